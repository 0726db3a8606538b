"""Impressions wait for a store that is away, and say so no more often than somebody reads."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path

import pytest

from deployments.shopper.impressions import FLUSH_EVERY_S, ImpressionSink
from recsys.records import Impression
from recsys.stores.database import open_database, store_url
from recsys.stores.events import EventStore

STRANGER = "a-stranger's-id"


def shown(number: int, query: str = "red shoes") -> Impression:
    return Impression(
        slate_id=f"s{number}",
        item_id="i",
        user_id=STRANGER,
        at_s=time.time(),
        surface="search",
        position=0,
        propensity=1.0,
        policy="p",
        release="r",
        query=query,
    )


async def test_a_store_that_is_away_is_one_line_and_what_waits_is_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "store.db"
    store = EventStore(open_database(store_url(path)))
    sink = ImpressionSink(store)
    away = [left.rename(left.with_name(f"away-{left.name}")) for left in tmp_path.glob("store.db*")]
    with caplog.at_level(logging.WARNING):
        for number in range(6):
            sink.put([shown(number)])
            await asyncio.sleep(FLUSH_EVERY_S)
    assert len(caplog.records) == 1 and "impressions wait" in caplog.text
    assert STRANGER not in caplog.text
    for left in away:
        left.rename(left.with_name(left.name.removeprefix("away-")))
    await sink.close()
    assert store.read_events().num_rows == 6 and sink.lost == 0


async def test_what_no_store_takes_is_said_without_whose_it_was(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sink = ImpressionSink(EventStore(open_database(store_url(tmp_path / "store.db"))))
    with caplog.at_level(logging.WARNING):
        for number in range(3):
            sink.put([shown(number, query=f"\0{STRANGER}")])
            await sink.flush()
    await sink.close()
    assert sink.lost == 3
    assert len(caplog.records) == 1 and "impression.query" in caplog.text
    assert STRANGER not in caplog.text
