"""Simulated advertisers for any catalogue; their campaigns say in their names that they are simulated."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recsys.schema import CAMPAIGNS, CREATIVES, MICROS

SIMULATED = "Simulated"
MOST_CREATIVES = 12
TYPICAL_PRICE = 30.0
"""Assumed where a catalogue has no prices, in currency units."""


def simulate_campaigns(
    items: pa.Table,
    rng: np.random.Generator,
    *,
    num_advertisers: int = 36,
    currency: str | None = None,
    starts_s: float | None = None,
    ends_s: float | None = None,
) -> tuple[pa.Table, pa.Table]:
    """Campaigns and creatives on top of a catalogue; each advertiser promotes items of one category or brand.

    Args:
        items: a canonical `items` table.
        currency: of bids and budgets; without it the one most items have, or USD.
        starts_s, ends_s: seconds since the epoch; without them the campaigns run always.

    Returns:
        (campaigns, creatives), canonical, empty where there is nothing in stock to promote.
    """
    groups = _groups(items)
    campaigns: list[dict[str, object]] = []
    creatives: list[dict[str, object]] = []
    titles, prices = items["title"].to_pylist(), items["price_micros"].to_pylist()
    item_ids = items["item_id"].to_pylist()
    usual, spoken = _usual_currency(items), items["currency"].to_pylist()
    currency = currency or usual
    for number in range(num_advertisers if groups else 0):
        name, rows = groups[int(rng.integers(len(groups)))]
        chosen = rng.choice(rows, size=min(len(rows), int(rng.integers(3, MOST_CREATIVES + 1))), replace=False)
        known = [prices[row] / MICROS for row in chosen if prices[row] is not None and spoken[row] == usual]
        bid = 0.012 * float(np.median(known) if known else TYPICAL_PRICE) * rng.lognormal(0, 0.5)
        campaign_id = f"c{number:04d}"
        campaigns.append(
            {
                "campaign_id": campaign_id,
                "advertiser_id": f"a{int(rng.integers(max(1, num_advertisers * 2 // 3))):04d}",
                "name": f"{SIMULATED}: {name}",
                "bid_cpc_micros": _round_micros(bid),
                "budget_micros": _round_micros(bid * float(rng.uniform(80, 800))),
                "currency": currency,
                "starts_at": _micros_at(starts_s),
                "ends_at": _micros_at(ends_s),
            }
        )
        creatives += [
            {
                "creative_id": f"{campaign_id}-{place:02d}",
                "campaign_id": campaign_id,
                "item_id": item_ids[row],
                "headline": titles[row] or None,
            }
            for place, row in enumerate(chosen)
        ]
    simulated = {b"simulated": b"true"}
    return (
        pa.Table.from_pylist(campaigns, CAMPAIGNS.with_metadata(simulated)),
        pa.Table.from_pylist(creatives, CREATIVES.with_metadata(simulated)),
    )


def _groups(items: pa.Table) -> list[tuple[str, NDArray[np.intp]]]:
    """(name, rows) of what an advertiser may promote: the deepest categories, the brands, or else everything."""
    members: dict[str, list[int]] = {}
    columns = zip(items["category"].to_pylist(), items["brand"].to_pylist(), items["in_stock"].to_pylist(), strict=True)
    for row, (path, brand, in_stock) in enumerate(columns):
        if not in_stock:
            continue
        for name in ({path[-1]} if path else set()) | ({brand} if brand else set()) or {"everything"}:
            members.setdefault(name, []).append(row)
    large = {name: rows for name, rows in members.items() if len(rows) >= 3} or members
    return [(name, np.array(large[name], np.intp)) for name in sorted(large)]


def _usual_currency(items: pa.Table) -> str:
    counts = items["currency"].drop_null().value_counts().to_pylist()
    return str(max(counts, key=lambda entry: (entry["counts"], entry["values"]))["values"]) if counts else "USD"


def _round_micros(units: float) -> int:
    """Whole cents, at least one."""
    return max(1, round(units * 100)) * (MICROS // 100)


def _micros_at(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1e6)
