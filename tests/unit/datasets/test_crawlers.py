"""Crawlers are told from good customers: by what they do and never buy, not by lines of an order nor by days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from recsys.datasets.cleaning import clean_events, reasons
from recsys.datasets.crawlers import CrawlerConfig, bots, suspicious_counts
from recsys.schema import EVENTS, SERVED

NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)
MIDNIGHT = NOON.replace(hour=0)
ITEMS = pa.array([f"i{number}" for number in range(400)])


def log(moments: list[datetime], kind: str = "click", user: str = "u", **more: Any) -> list[dict[str, Any]]:
    """An event a moment, each of another item."""
    return [
        {
            "event_id": f"{user}-{kind}-{number}-{at}",
            "user_id": user,
            "at": at,
            "kind": kind,
            "item_id": f"i{number}",
            **more,
        }
        for number, at in enumerate(moments)
    ]


def crawlers(rows: list[dict[str, Any]], config: CrawlerConfig | None = None) -> list[str]:
    schema = SERVED if "proven" in rows[0] else EVENTS
    found = bots(suspicious_counts(pa.Table.from_pylist(rows, schema)), config)
    return [str(user) for user in found["user_id"].to_pylist()]


def every(seconds: float, count: int, start: datetime = NOON) -> list[datetime]:
    return [start + timedelta(seconds=seconds * number) for number in range(count)]


def test_page_after_page_without_a_pause_is_a_crawler() -> None:
    assert crawlers(log(every(20, 130))) == ["u"]
    assert crawlers(log(every(20, 130), user="fast") + log(every(60, 130), user="slow")) == ["fast"]


@pytest.mark.parametrize("kind", ["purchase", "return"])
def test_lines_of_orders_are_no_sign_of_a_crawler(kind: str) -> None:
    assert crawlers(log([NOON] * 300, kind, session_id="order")) == []
    assert crawlers(log(every(10, 300), kind)) == []


@pytest.mark.parametrize("kind", ["cart", "favourite", "review", "click"])
def test_what_is_told_of_one_moment_of_a_session_is_one_deed(kind: str) -> None:
    orders = [NOON + timedelta(minutes=minute) for minute in range(0, 60, 5) for _ in range(30)]
    assert crawlers(log(orders, kind, session_id="s")) == []
    assert len(clean_events(pa.Table.from_pylist(log(orders, kind), EVENTS), ITEMS).kept) == len(orders)


def test_who_buys_is_a_customer_however_much_they_look_at() -> None:
    looked = log(every(10, 300))
    assert crawlers(looked) == ["u"]
    assert crawlers(looked + log([NOON - timedelta(days=90)], "purchase")) == []


@pytest.mark.parametrize("zone", [0, 1, 5.5])
def test_a_log_of_days_says_nothing_of_pace(zone: float) -> None:
    midnight = MIDNIGHT - timedelta(hours=zone)
    assert crawlers(log([midnight] * 200) + log([midnight + timedelta(days=1)] * 200)) == []


def test_a_log_of_minutes_still_shows_who_makes_no_pause() -> None:
    restless = [NOON + timedelta(minutes=minute) for minute in range(60) for _ in range(5)]
    assert crawlers(log(restless)) == ["u"]
    assert crawlers(log([at for at in restless if at.minute < 40])) == []


def test_more_views_than_pages_can_hold_are_a_crawlers() -> None:
    assert crawlers(log(every(1, 3_200), "view")) == ["u"]
    assert crawlers(log(every(1, 2_900), "view") + log(every(1, 2_900), "impression")) == []


def test_only_the_shop_can_say_that_somebody_bought() -> None:
    proven: dict[str, Any] = {"source": "eve", "proven": True}
    looked = log(every(10, 200), **proven)
    said_by_eve = log([NOON], "purchase", **proven)
    said_by_the_shop = log([NOON], "purchase", source=None, proven=True)
    assert crawlers(looked + said_by_eve + said_by_the_shop) == ["u"]
    of_the_shop = log(every(10, 200), source=None, proven=True)
    assert crawlers(of_the_shop + said_by_the_shop) == []
    assert crawlers(of_the_shop + log([NOON], "purchase", source=None, proven=False)) == ["u"]


def test_a_device_that_tells_one_moment_for_all_hides_nothing() -> None:
    assert crawlers(log([NOON] * 200, source="eve", proven=True)) == ["u"]
    assert crawlers(log([NOON] * 200, source=None, proven=True)) == []
    assert crawlers(log([NOON] * 200, "purchase", source="home", proven=True)) == []


def test_a_deed_that_is_cut_in_two_parts_is_one() -> None:
    rows = log([at for at in every(30, 100) for _ in range(2)], session_id="s")
    parts = [pa.Table.from_pylist(rows[first::2], EVENTS) for first in (0, 1)]
    assert len(bots([suspicious_counts(part) for part in parts])) == 0


def test_two_amounts_of_one_item_in_one_order_are_two_lines() -> None:
    line = {"user_id": "u", "at": NOON, "kind": "purchase", "item_id": "i0", "session_id": "order"}
    rows = [{**line, "event_id": str(number), "quantity": quantity} for number, quantity in enumerate([1, 6, 6])]
    cleaned = clean_events(pa.Table.from_pylist(rows, EVENTS), ITEMS)
    assert cleaned.kept["quantity"].to_pylist() == [1, 6]
    assert reasons(cleaned.quarantined) == {"event repeated": 1}
