"""The store on disk, in shards by user: everything once, known by content, and gone afterwards."""

from __future__ import annotations

import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.running.store_log import exported, opened
from recsys.artifacts import Workspace
from recsys.records import Event, Impression
from recsys.stores.database import open_database, store_url
from recsys.stores.events import EventStore

NOON = time.time() // 86_400 * 86_400 - 6.5 * 86_400  # a clock that is believed


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    """A store in its workspace: a visitor looks, logs in, and clicks."""
    engine = open_database(store_url(tmp_path / "store.sqlite"))
    store = EventStore(engine)
    store.append_impressions(
        [
            Impression(
                slate_id=f"s{n}",
                item_id="i",
                user_id=f"v{n}",
                session_id=f"v{n}",
                at_s=NOON + n,
                surface="home",
                position=0,
                propensity=1.0,
                policy="p",
                release="r",
            )
            for n in range(20)
        ]
    )
    store.append(
        [
            Event(event_id=f"e{n}", user_id=f"u{n}", session_id=f"v{n}", kind="click", item_id="i", at_s=NOON + n + 0.5)
            for n in range(10)
        ]
    )
    engine.dispose()
    return Workspace(tmp_path)


def test_shards_hold_whole_users_and_visitors_under_their_account(shop: Workspace) -> None:
    with opened(shop, None) as engine, exported(shop, engine, "served", 4, NOON + 1000) as log:
        parts = [pq.read_table(file) for file in log.files]
        assert (log.num_rows, log.until_s) == (30, NOON + 19 + 1e-6)
    assert not list((shop.root / "served").iterdir())
    users = [set(part["user_id"].to_pylist()) for part in parts]
    assert sum(len(one) for one in users) == len(set.union(*users)) == 20
    rows = pa.concat_tables(parts).to_pylist()
    owners = {row["slate_id"]: row["user_id"] for row in rows if row["kind"] == "impression"}
    assert owners == {f"s{n}": f"u{n}" if n < 10 else f"v{n}" for n in range(20)}


def test_a_log_is_known_by_its_rows(shop: Workspace) -> None:
    def digest(num_parts: int, until_s: float) -> str:
        with opened(shop, None) as engine, exported(shop, engine, "served", num_parts, until_s) as log:
            return log.digest

    assert digest(4, NOON + 1000) == digest(3, NOON + 2000) != digest(4, NOON + 5)


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "shop")
    with (
        opened(workspace, store_url(tmp_path / "none.sqlite")) as engine,
        exported(workspace, engine, "served", 2, NOON) as log,
    ):
        assert engine is None and log.num_rows == 0
    assert not (tmp_path / "none.sqlite").exists()
