"""The daily table: counts by day and surface, and what each rate is per."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from recsys.feedback.daily import COUNTS, DAILY, count_by_day, daily
from recsys.schema import SERVED
from recsys.stores.ledger import REVENUE

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def events(*rows: dict[str, Any]) -> pa.Table:
    """Credited events of one user at noon, `days` later."""
    made = [
        {
            "event_id": str(number),
            "user_id": "u",
            "item_id": "a",
            "proven": True,
            "at": NOON + timedelta(row.pop("days", 0)),
            **row,
        }
        for number, row in enumerate(rows)
    ]
    return pa.Table.from_pylist(made, SERVED)


def on(surface: str, kind: str, item_id: str = "a", **known: Any) -> dict[str, Any]:
    return {"kind": kind, "slate_id": f"slate of {surface}", "surface": surface, "item_id": item_id, **known}


LOG = (
    on("home", "impression"),
    on("home", "impression", "b", campaign_id="c"),
    on("home", "impression", "d"),
    on("home", "view"),
    on("home", "view", "b", campaign_id="c"),
    on("home", "view"),
    on("home", "click"),
    on("home", "click"),
    on("home", "click", "b", campaign_id="c"),
    on("home", "cart"),
    on("home", "purchase"),
    on("home", "purchase", "d"),
    on("home", "return"),
    on("search", "impression", days=1),
    on("search", "impression", "b", days=1),
    on("search", "click", days=1),
    {"kind": "click", "surface": "item"},
    {"kind": "click", "surface": "item"},
    {"kind": "purchase"},
)


def revenue(*rows: tuple[int, str | None, int, int, int]) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(REVENUE.names, row, strict=True)) for row in rows], REVENUE)


def test_rates_say_what_they_are_per() -> None:
    day = (NOON.date() - date(1970, 1, 1)).days
    table = daily([count_by_day(events(*map(dict, LOG)))], revenue((day, "home", 1, 1, 2_000_000)))
    assert table.schema == DAILY
    home, organic, search = table.to_pylist()
    assert (home["day"], home["surface"]) == (NOON.date(), "home")
    assert (home["impressions"], home["views"], home["clicks"]) == (3, 2, 2), "looked at or clicked twice is once"
    assert (home["ctr"], home["ctr_per"]) == (1.0, "views")
    assert (home["purchases"], home["clicked_purchases"], home["returns"]) == (2, 1, 1)
    assert (home["cvr"], home["cvr_per"], home["add_to_cart_rate"]) == (0.5, "clicks", 0.5)
    assert (home["ad_impressions"], home["ad_views"], home["ad_clicks"]) == (1, 1, 1)
    assert (home["revenue_micros"], home["cpm"], home["cpm_per"]) == (2_000_000, 2000.0, "1000 ad views")
    assert (search["day"], search["ctr"], search["ctr_per"]) == (NOON.date() + timedelta(1), 0.5, "impressions")
    assert (search["revenue_micros"], search["cpm"]) == (0, None)
    assert (organic["surface"], organic["clicks"], organic["purchases"], organic["ctr"]) == (None, 2, 1, None)


def test_parts_add_up() -> None:
    one = events(*map(dict, LOG))
    other = one.set_column(
        one.column_names.index("slate_id"),
        SERVED.field("slate_id"),
        pa.array([slate and f"{slate} of v" for slate in one["slate_id"].to_pylist()]),
    )
    both = daily([count_by_day(one), count_by_day(other)], REVENUE.empty_table())
    once = daily([count_by_day(one)], REVENUE.empty_table())
    for name in COUNTS.names[2:]:
        assert both[name].to_pylist() == [2 * count for count in once[name].to_pylist()], name
    assert both["ctr"].to_pylist() == pytest.approx(once["ctr"].to_pylist())


def test_of_nothing_there_is_an_empty_table() -> None:
    assert daily([count_by_day(SERVED.empty_table())], REVENUE.empty_table()).num_rows == 0


def test_what_is_not_proven_is_counted_apart() -> None:
    forged = tuple({**on("home", kind), "proven": False} for kind in ("view", "click", "cart", "purchase", "return"))
    before, after = (count_by_day(events(*map(dict, log))) for log in (LOG, forged + LOG + forged))
    assert sum(after["unproven"].to_pylist()) == 10 and sum(before["unproven"].to_pylist()) == 0
    assert (
        after.drop_columns(["unproven"])
        .filter(pc.is_valid(after["surface"]))
        .equals(before.drop_columns(["unproven"]).filter(pc.is_valid(before["surface"])))
    )
