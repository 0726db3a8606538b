"""Simulated campaigns on any catalogue."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from recsys.datasets.cleaning import clean_campaigns, clean_creatives
from recsys.schema import ITEMS, conform
from recsys.simulation.advertisers import simulate_campaigns


def catalogue(count: int, *, prices: bool, in_stock: bool = True) -> pa.Table:
    rows = [
        {
            "item_id": f"x{number}",
            "title": f"Thing {number}",
            "description": "",
            "category": ["A", f"B{number % 3}"],
            "brand": None,
            "price_micros": 20_000_000 if prices else None,
            "currency": "EUR" if prices else None,
            "in_stock": in_stock,
            "attributes": [],
        }
        for number in range(count)
    ]
    return pa.Table.from_pylist(rows, ITEMS)


@pytest.mark.parametrize("prices", [True, False])
def test_campaigns_are_sound_and_say_that_they_are_simulated(prices: bool) -> None:
    items = catalogue(40, prices=prices)
    campaigns, creatives = simulate_campaigns(items, np.random.default_rng(0), num_advertisers=9)
    assert campaigns.num_rows == 9
    assert all(name.startswith("Simulated: ") for name in campaigns["name"].to_pylist())
    assert campaigns.schema.metadata[b"simulated"] == b"true"
    assert set(campaigns["currency"].to_pylist()) == {"EUR" if prices else "USD"}
    assert clean_campaigns(conform(campaigns, "campaigns")).quarantined.num_rows == 0
    ids = (items["item_id"].combine_chunks(), campaigns["campaign_id"].combine_chunks())
    assert clean_creatives(conform(creatives, "creatives"), *ids).quarantined.num_rows == 0
    assert all(
        budget > 10 * bid
        for bid, budget in zip(
            campaigns["bid_cpc_micros"].to_pylist(), campaigns["budget_micros"].to_pylist(), strict=True
        )
    )


@pytest.mark.parametrize("items", [catalogue(0, prices=True), catalogue(5, prices=True, in_stock=False)])
def test_nothing_to_promote_makes_no_campaigns(items: pa.Table) -> None:
    campaigns, creatives = simulate_campaigns(items, np.random.default_rng(0))
    assert campaigns.num_rows == creatives.num_rows == 0


def test_the_same_numbers_make_the_same_campaigns() -> None:
    items = catalogue(20, prices=True)
    first, second = (simulate_campaigns(items, np.random.default_rng(4), num_advertisers=5) for _ in range(2))
    assert first[0].equals(second[0]) and first[1].equals(second[1])
