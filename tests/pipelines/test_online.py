"""online: the daily table of a served shop agrees with what its shoppers did and what its advertisers paid."""

from __future__ import annotations

import time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

from pipelines import online, visit
from pipelines.online import OnlineConfig
from pipelines.running.job import Job
from pipelines.visit import VisitConfig
from recsys.artifacts import Workspace
from recsys.feedback.daily import DAILY
from recsys.records import Event
from recsys.stores.catalogue import CatalogueStore
from recsys.stores.database import open_database, store_url
from recsys.stores.events import EventStore
from recsys.stores.ledger import Ledger
from tests.serving import serving
from tests.worlds import linked_shop

pytestmark = pytest.mark.ray


def test_the_daily_table_is_what_shoppers_did(small_shop: Path, tmp_path: Path, job: Job) -> None:
    store = tmp_path / "store.sqlite"
    with serving(small_shop, store) as served:
        loop = visit.run(
            Workspace(small_shop),
            VisitConfig(url=served.url, key=served.keys.secrets["shop"], sessions=20, seed=5),
            job,
        )
    (tmp_path / "shop").mkdir()
    workspace = linked_shop(small_shop, tmp_path / "shop")
    config = OnlineConfig(store_url=store_url(store), out=tmp_path / "report")
    artifact = online.run(workspace, config, job)
    assert artifact is not None
    table = pq.read_table(tmp_path / "report" / "daily.parquet")
    kinds = {"impressions": "impression", "views": "view", "clicks": "click", "carts": "cart", "purchases": "purchase"}
    for surface in ("search", "home", "item", "cart"):
        mine = table.filter(pc.equal(table["surface"], surface))
        theirs = loop.events.filter(pc.equal(loop.events["surface"], surface))
        for name, kind in kinds.items():
            assert pc.sum(mine[name]).as_py() == theirs.filter(pc.equal(theirs["kind"], kind)).num_rows, (surface, name)
    engine = open_database(store_url(store))
    spent = sum(Ledger(engine).spent().values())
    engine.dispose()
    assert pc.sum(table["revenue_micros"]).as_py() == spent > 0
    written = pacsv.read_csv(tmp_path / "report" / "daily.csv")
    assert written["clicks"].to_pylist() == table["clicks"].to_pylist()
    assert set(written["ctr_per"].to_pylist()) == {"views"}
    printed = job.console.file.getvalue()  # type: ignore[attr-defined]
    assert "/view" in printed and "…" not in printed.rpartition("online ")[2]
    again = online.run(workspace, config, job)
    assert again is not None and again.key == artifact.key
    engine = open_database(store_url(store))
    CatalogueStore(engine).put({"new": {"title": "A new thing", "category": []}}, time.time())
    for item_id in ("new", "nobody-knows-it"):
        click = Event(event_id=f"on-{item_id}", user_id="somebody", kind="click", item_id=item_id, at_s=time.time())
        EventStore(engine).append([click])
    engine.dispose()
    more = online.run(workspace, config, job)
    assert more is not None
    assert more.manifest.metrics["clicks"] == artifact.manifest.metrics["clicks"] + 1, "items put since are known"
    assert not [path for path in (tmp_path / "shop" / "online").iterdir() if path.name.startswith(".")]


def test_a_store_without_events_is_one_line(tmp_path: Path, job: Job) -> None:
    assert online.run(Workspace(tmp_path), OnlineConfig(), job) is None
    assert "no events" in job.console.file.getvalue()  # type: ignore[attr-defined]


def test_a_total_never_mixes_what_rates_are_per() -> None:
    """Days without views, with views, and organic clicks: no sum of clicks over the views of other days."""
    counts = {name: 0 for name in DAILY.names if pa.types.is_int64(DAILY.field(name).type)}
    rows = [
        {**counts, "day": 0, "surface": "home", "impressions": 10, "clicks": 5},
        {**counts, "day": 1, "surface": "home", "impressions": 10, "views": 8, "clicks": 5},
        {**counts, "day": 1, "surface": "search", "impressions": 10, "views": 2, "clicks": 1},
        {**counts, "day": 1, "clicks": 7},
    ]
    columns = online.printed(pa.Table.from_pylist(rows, DAILY)).columns
    ctr = list(columns[online.HEADS.index("CTR")].cells)
    assert ctr == ["0.500/impression", "0.625/view", "0.500/view", "–", "0.500/impression 0.600/view"]
