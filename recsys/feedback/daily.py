"""What a shop's slates brought, by day and surface: counts that add up, and the rates of the business over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import pyarrow as pa

from recsys.metrics.business import Rate, add_to_cart_rate, cpm, ctr, cvr

KEYS = ("day", "surface")
COUNTED = (
    "impressions",
    "views",
    "clicks",
    "carts",
    "purchases",
    "clicked_purchases",
    "returns",
    "ad_impressions",
    "ad_views",
    "ad_clicks",
    "unproven",
)
"""Clicked purchases followed a click on the same impression; the others were put into the cart right away, or organic.
Unproven events are in no other count."""
CHARGED = ("charged_clicks", "free_clicks", "revenue_micros")
RATES = ("ctr", "cvr", "add_to_cart_rate", "cpm")
_KEY_FIELDS = [pa.field("day", pa.date32()), pa.field("surface", pa.string())]
COUNTS = pa.schema([*_KEY_FIELDS, *(pa.field(name, pa.int64()) for name in COUNTED)])
"""`day` in UTC; `surface` null for what no slate can be credited with."""
DAILY = pa.schema(
    [
        *COUNTS,
        *(pa.field(name, pa.int64()) for name in CHARGED),
        *(field for name in RATES for field in (pa.field(name, pa.float64()), pa.field(f"{name}_per", pa.string()))),
    ]
)
"""Counts, what the ledger took for sponsored clicks, and rates, each with what it is per; null over nothing."""

_KINDS = {"impressions": "impression", "carts": "cart", "purchases": "purchase", "returns": "return"}
_ONCE = {"views": "view", "clicks": "click"}
"""Counted once an impression: somebody who looks or clicks twice has not doubled the shop's appeal."""


def count_by_day(events: pa.Table) -> pa.Table:
    """COUNTS of some users, to be added up over all.

    Args:
        events: canonical events of whole users, after `attribution.attribute`.
    """
    frame: pl.DataFrame = pl.DataFrame(events)
    proven = pl.col("proven")
    known = pl.col("slate_id").is_not_null() & proven
    frame = frame.with_columns(
        day=pl.col("at").dt.date(),
        surface=pl.when(known).then("surface"),
        is_ad=pl.col("campaign_id").is_not_null() & known,
        first=~known | pl.struct("kind", "slate_id", "item_id", proven.alias("proven")).is_first_distinct(),
        clicked=known & ((pl.col("kind") == "click") & proven).any().over("slate_id", "item_id"),
    )
    once = {name: (pl.col("kind") == kind) & proven & pl.col("first") for name, kind in _ONCE.items()}
    each = {name: (pl.col("kind") == kind) & proven for name, kind in _KINDS.items()} | once
    ads = {f"ad_{name}": each[name] & pl.col("is_ad") for name in ("impressions", "views", "clicks")}
    followed = {"clicked_purchases": each["purchases"] & pl.col("clicked")}
    sums = [
        test.sum().cast(pl.Int64).alias(name) for name, test in {**each, **ads, **followed, "unproven": ~proven}.items()
    ]
    return frame.group_by(KEYS).agg(sums).sort(KEYS).select(COUNTS.names).to_arrow().cast(COUNTS)


def daily(counts: Sequence[pa.Table], revenue: pa.Table) -> pa.Table:
    """DAILY from the counts of all parts and what the ledger took (stores.ledger.REVENUE), in order of day."""
    parts: pl.DataFrame = pl.DataFrame(pa.concat_tables([COUNTS.empty_table(), *counts]))
    taken: pl.DataFrame = pl.DataFrame(revenue).with_columns(pl.col("day").cast(pl.Int32).cast(pl.Date))
    total = pl.concat([parts, taken], how="diagonal").group_by(KEYS).agg(pl.col(*COUNTED, *CHARGED).sum())
    rows = total.sort(*KEYS, nulls_last=True).to_dicts()
    return pa.Table.from_pylist([{**row, **_columns(rates(row))} for row in rows], DAILY)


def rates(counts: Mapping[str, Any]) -> dict[str, Rate]:
    """The rates over some counts (COUNTED and CHARGED). Money per thousand is of the sponsored places alone."""
    clicks, ads = counts["clicks"], {name: counts[f"ad_{name}"] for name in ("views", "impressions")}
    return {
        "ctr": ctr(clicks, views=counts["views"], impressions=counts["impressions"]),
        "cvr": cvr(counts["clicked_purchases"], clicks=clicks),
        "add_to_cart_rate": add_to_cart_rate(counts["carts"], clicks=clicks),
        "cpm": cpm(counts["revenue_micros"], **ads),
    }


def _columns(found: Mapping[str, Rate]) -> dict[str, float | str | None]:
    columns: dict[str, float | str | None] = {}
    for name, rate in found.items():
        columns[name] = rate.value if rate.denominator else None
        columns[f"{name}_per"] = f"1000 ad {rate.per}" if name == "cpm" else rate.per
    return columns
