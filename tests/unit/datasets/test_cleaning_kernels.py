"""Cleaning divides: every row is kept or quarantined with a reason, and what is kept is possible."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.datasets.cleaning import (
    PNG,
    Cleaned,
    clean_campaigns,
    clean_creatives,
    clean_events,
    clean_images,
    clean_items,
    clean_users,
    partition_by_user,
    reasons,
)
from recsys.datasets.crawlers import CrawlerConfig, bots, suspicious_counts
from recsys.schema import CAMPAIGNS, CREATIVES, EVENTS, IMAGES, ITEMS, KINDS, SERVED, USERS, with_clock

NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)
KNOWN = pa.array(["a", "b", "c"])
MOMENTS = [NOON, NOON + timedelta(hours=1), NOON.replace(year=1990), NOON.replace(year=2990)]
GOOD_EVENT: dict[str, Any] = {"event_id": "e", "user_id": "u", "at": NOON, "kind": "click", "item_id": "a"}
GOOD_ITEM: dict[str, Any] = {
    "item_id": "a",
    "title": "A",
    "description": "",
    "category": [],
    "in_stock": True,
    "attributes": [],
    "price_micros": 5,
    "currency": "EUR",
}

events_strategy = st.lists(
    st.fixed_dictionaries(
        {
            "event_id": st.sampled_from(["e1", "e2", "e3", "e4", "e5", "e6", "", None]),
            "user_id": st.sampled_from(["u1", "u2", "bot", " ", None]),
            "at": st.none() | st.sampled_from(MOMENTS),
            "kind": st.sampled_from([*KINDS, "touch", None]),
            "item_id": st.sampled_from(["a", "b", "z", "", None]),
            "price_micros": st.none() | st.integers(-5, 5) | st.just(2**62),
            "quantity": st.none() | st.integers(-2, 3),
            "rating": st.none() | st.sampled_from([0.0, 5.0, 5.5, -1.0, float("nan"), float("inf")]),
            "propensity": st.none() | st.sampled_from([0.0, 0.5, 1.0, 1.5, float("nan")]),
            "position": st.none() | st.integers(-2, 3),
            "surface": st.sampled_from(["search", "hall", None]),
            "slate_id": st.sampled_from(["s", None]),
        }
    ),
    max_size=25,
)


def check_division(table: pa.Table, cleaned: Cleaned) -> None:
    """Nothing is lost, nothing is made up, every quarantined row has a reason."""
    assert cleaned.kept.num_rows + cleaned.quarantined.num_rows == table.num_rows
    assert all(cleaned.quarantined["reason"].to_pylist())
    rest = cleaned.quarantined.drop_columns("reason")
    rows = [repr(row) for part in (cleaned.kept, rest) for row in part.to_pylist()]
    assert sorted(rows) == sorted(repr(row) for row in table.to_pylist())
    assert sum(reasons(cleaned.quarantined).values()) == cleaned.quarantined.num_rows


@settings(max_examples=150, deadline=None)
@given(events_strategy)
def test_events_are_divided(rows: list[dict[str, Any]]) -> None:
    table = pa.Table.from_pylist(rows, EVENTS)
    crawlers = pa.table({"user_id": ["bot"], "source": pa.array([None], pa.string())})
    cleaned = clean_events(table, KNOWN, crawlers)
    check_division(table, cleaned)
    kept = cleaned.kept.to_pylist()
    assert len({row["event_id"] for row in kept}) == len(kept)
    for row in kept:
        assert row["user_id"] in ("u1", "u2") and row["item_id"] in ("a", "b") and row["kind"] in KINDS
        assert 1995 <= row["at"].year < 2900
        assert row["rating"] is None or 0 <= row["rating"] <= 5
        assert row["quantity"] is None or row["quantity"] >= 1
        assert row["price_micros"] is None or row["price_micros"] >= 0
        assert row["propensity"] is None or 0 < row["propensity"] <= 1
    again = clean_events(cleaned.kept, KNOWN, crawlers)
    assert again.quarantined.num_rows == 0 and again.kept.equals(cleaned.kept)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"event_id": " "}, "event_id missing"),
        ({"user_id": None}, "user_id missing"),
        ({"item_id": ""}, "item_id missing"),
        ({"at": None}, "time missing"),
        ({"at": NOON.replace(year=1994)}, "time impossible"),
        ({"at": datetime.now(UTC) + timedelta(days=3)}, "time impossible"),
        ({"kind": "touch"}, "kind unknown"),
        ({"surface": "hall"}, "surface unknown"),
        ({"position": -1}, "position impossible"),
        ({"price_micros": -1}, "price impossible"),
        ({"quantity": 0}, "quantity impossible"),
        ({"rating": 6.0}, "rating impossible"),
        ({"propensity": 0.0}, "propensity impossible"),
        ({"item_id": "z"}, "item unknown"),
        ({"user_id": None, "kind": "touch"}, "user_id missing"),
    ],
)
def test_the_first_reason_is_given(change: dict[str, Any], reason: str) -> None:
    cleaned = clean_events(pa.Table.from_pylist([{**GOOD_EVENT, **change}], EVENTS), KNOWN)
    assert reasons(cleaned.quarantined) == {reason: 1}


def test_repeated_events_stay_once() -> None:
    rows = [
        GOOD_EVENT,
        GOOD_EVENT,
        {**GOOD_EVENT, "event_id": "other"},
        {**GOOD_EVENT, "event_id": "buy", "kind": "purchase"},
    ]
    cleaned = clean_events(pa.Table.from_pylist(rows, EVENTS), KNOWN)
    assert cleaned.kept["event_id"].to_pylist() == ["e", "buy"]
    assert reasons(cleaned.quarantined) == {"event repeated": 1, "event_id repeated": 1}


def test_ordinal_times_are_not_judged() -> None:
    rows = [
        {**GOOD_EVENT, "event_id": f"e{step}", "kind": "review", "at": datetime.fromtimestamp(step, UTC)}
        for step in range(300)
    ]
    table = with_clock(pa.Table.from_pylist(rows, EVENTS), "ordinal")
    assert bots([suspicious_counts(table)]).num_rows == 0
    assert clean_events(table, KNOWN).kept.num_rows == 300
    as_wall = with_clock(table, "wall")
    assert bots([suspicious_counts(as_wall)])["user_id"].to_pylist() == ["u"]
    assert reasons(clean_events(as_wall, KNOWN).quarantined) == {"time impossible": 300}


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 6), st.lists(st.tuples(st.sampled_from("uvw"), st.integers(0, 3 * 3600)), max_size=60))
def test_crawlers_are_the_same_however_the_log_is_cut(num_parts: int, deeds: list[tuple[str, int]]) -> None:
    rows = [
        {**GOOD_EVENT, "event_id": str(number), "user_id": user, "at": NOON + timedelta(seconds=second)}
        for number, (user, second) in enumerate(deeds)
    ]
    table = pa.Table.from_pylist(rows, EVENTS)
    config = CrawlerConfig(bot_clicks_an_hour=5)
    whole = bots(suspicious_counts(table), config)
    cuts = [
        table.slice(at, -(-len(rows) // num_parts)) for at in range(0, len(rows), max(1, -(-len(rows) // num_parts)))
    ]
    assert bots([suspicious_counts(part) for part in cuts], config).equals(whole) if cuts else len(whole) == 0
    moments, hours = set(deeds), {(user, second // 3600) for user, second in deeds}
    naive = {user for user, hour in hours if sum((u, s // 3600) == (user, hour) for u, s in moments) > 5}
    assert set(whole["user_id"].to_pylist()) == naive


def test_many_impressions_alone_are_no_crawler() -> None:
    rows = [
        {**GOOD_EVENT, "event_id": str(number), "kind": ("impression", "view")[number % 2]} for number in range(1_000)
    ]
    assert len(bots(suspicious_counts(pa.Table.from_pylist(rows, EVENTS)))) == 0


@given(st.lists(st.sampled_from(["u1", "u2", "ü", "", None]), max_size=30), st.integers(1, 5))
def test_partitions_hold_whole_users(users: list[str | None], num_parts: int) -> None:
    rows = [{**GOOD_EVENT, "event_id": str(number), "user_id": user} for number, user in enumerate(users)]
    parts = partition_by_user(pa.Table.from_pylist(rows, EVENTS), num_parts)
    assert len(parts) == num_parts
    homes: dict[str, int] = {}
    for number, part in enumerate(parts):
        for user in part["user_id"].to_pylist():
            assert homes.setdefault(user or "", number) == number
    ids = [event_id for part in parts for event_id in part["event_id"].to_pylist()]
    assert sorted(ids) == sorted(str(number) for number in range(len(users)))


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "item_id": st.sampled_from(["a", "b", "c", "", None]),
                "title": st.sampled_from(["T", " ", None]),
                "price_micros": st.none() | st.integers(-2, 2),
                "currency": st.sampled_from(["EUR", None]),
                "rating": st.none() | st.floats(-1, 6),
                "in_stock": st.sampled_from([True, False, None]),
                "created_at": st.none() | st.sampled_from([NOON, NOON.replace(year=1980)]),
            }
        ),
        max_size=20,
    )
)
def test_items_are_divided(rows: list[dict[str, Any]]) -> None:
    table = pa.Table.from_pylist([{**GOOD_ITEM, **row} for row in rows], ITEMS)
    cleaned = clean_items(table)
    check_division(table, cleaned)
    kept = cleaned.kept["item_id"].to_pylist()
    assert len(set(kept)) == len(kept) and None not in kept
    assert pc.all(pc.is_valid(cleaned.kept["in_stock"])).as_py() is not False
    assert clean_items(cleaned.kept).quarantined.num_rows == 0


def test_users_campaigns_and_creatives() -> None:
    users = pa.Table.from_pylist([{"user_id": user, "consent": []} for user in ("u", "u", "")], USERS)
    assert reasons(clean_users(users).quarantined) == {"user_id missing": 1, "user_id repeated": 1}
    good = {
        "campaign_id": "c",
        "advertiser_id": "a",
        "name": "n",
        "bid_cpc_micros": 5,
        "budget_micros": 10,
        "currency": "EUR",
        "starts_at": NOON,
    }
    changes: list[dict[str, Any]] = [
        {},
        {},
        {"campaign_id": "d", "bid_cpc_micros": 0},
        {"campaign_id": "e", "budget_micros": -1},
        {"campaign_id": "f", "ends_at": NOON},
        {"campaign_id": "g", "advertiser_id": ""},
        {"campaign_id": "h", "currency": " "},
    ]
    campaigns = clean_campaigns(pa.Table.from_pylist([{**good, **change} for change in changes], CAMPAIGNS))
    assert campaigns.kept["campaign_id"].to_pylist() == ["c"]
    assert set(reasons(campaigns.quarantined)) == {
        "campaign_id repeated",
        "bid impossible",
        "budget impossible",
        "ends before it starts",
        "advertiser_id missing",
        "currency missing",
    }
    creatives = [("k", "c", "a"), ("l", "x", "a"), ("m", "c", "z"), ("k", "c", "a")]
    table = pa.Table.from_pylist(
        [dict(zip(("creative_id", "campaign_id", "item_id"), row, strict=True)) for row in creatives], CREATIVES
    )
    cleaned = clean_creatives(table, KNOWN, pa.array(["c"]))
    assert reasons(cleaned.quarantined) == {"campaign unknown": 1, "creative_id repeated": 1, "item unknown": 1}


def test_images_are_png_and_named_by_an_item() -> None:
    named = pa.chunked_array([["a", "b"], [None, "c", "d"]])
    rows = [("a", PNG + b"1"), ("b", b"GIF89a"), ("c", None), ("d", b""), ("e", PNG), ("", PNG), ("a", PNG + b"2")]
    images = pa.table(list(zip(*rows, strict=True)), schema=IMAGES)
    cleaned = clean_images(images, named)
    assert cleaned.kept.to_pylist() == [{"image": "a", "png": PNG + b"1"}]
    assert reasons(cleaned.quarantined) == {
        "not a PNG": 3,
        "image missing": 1,
        "image of no item": 1,
        "image repeated": 1,
    }
    assert clean_images(images, pa.chunked_array([pa.nulls(2, pa.string())])).kept.num_rows == 0


def test_empty_tables_stay_empty() -> None:
    for table, clean in ((ITEMS, clean_items), (USERS, clean_users), (CAMPAIGNS, clean_campaigns)):
        assert clean(table.empty_table()).quarantined.num_rows == 0
    assert clean_events(EVENTS.empty_table(), pa.array([], pa.string())).kept.num_rows == 0
    assert len(bots([])) == 0 and len(bots([suspicious_counts(EVENTS.empty_table())])) == 0


def test_an_impression_without_its_place_is_no_lesson_for_a_ranker() -> None:
    rows = [{**GOOD_EVENT, "event_id": str(number), "kind": "impression", "slate_id": "s"} for number in range(2)]
    table = pa.Table.from_pylist([rows[0], {**rows[1], "position": 3}], EVENTS)
    assert reasons(clean_events(table, KNOWN).quarantined) == {"impression without position": 1}


def test_nobody_is_taken_for_a_crawler_by_what_others_say_of_them() -> None:
    def deed(number: int, **changes: object) -> dict[str, object]:
        return {
            **GOOD_EVENT,
            "event_id": str(number),
            "at": NOON + timedelta(seconds=number),
            "proven": True,
            **changes,
        }

    own = [deed(number, source="home") for number in range(20)]
    forged = [deed(100 + number, source="eve", proven=False) for number in range(130)]
    stolen = [deed(300 + number, source="eve") for number in range(130)]
    for log, away in ((own + forged, 0), (own + forged + stolen, 260)):
        table = pa.Table.from_pylist(log, SERVED)
        cleaned = clean_events(table, KNOWN, bots(suspicious_counts(table)))
        assert reasons(cleaned.quarantined).get("crawler", 0) == away
        assert set(map(str, range(20))) <= set(cleaned.kept["event_id"].to_pylist())
