"""Who may bid."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from recsys.ads.eligibility import best_bid_per_item, eligible
from recsys.ads.inventory import Inventory
from recsys.schema import CAMPAIGNS, CREATIVES
from recsys.slate import NO_ITEMS

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
ROW = {f"i{n}": n for n in range(5)}


def an_inventory(*ads: tuple[str, str, int], **window: datetime) -> Inventory:
    """From (campaign, item, bid)."""
    campaigns = {
        name: {
            "campaign_id": name,
            "advertiser_id": "a",
            "name": name,
            "bid_cpc_micros": bid,
            "budget_micros": 100,
            "currency": "EUR",
            **window,
        }
        for name, _, bid in ads
    }
    creatives = [
        {"creative_id": f"k{n}", "campaign_id": name, "item_id": item} for n, (name, item, _) in enumerate(ads)
    ]
    return Inventory.from_tables(
        pa.Table.from_pylist(list(campaigns.values()), CAMPAIGNS), pa.Table.from_pylist(creatives, CREATIVES), ROW
    )


def may(ads: Inventory, at: datetime = NOON, **changes: object) -> list[str]:
    request = {
        "at_s": at.timestamp(),
        "remaining": dict.fromkeys(ads.campaign_ids, 100),
        "allowed": np.ones(5, np.bool_),
        "exclude": NO_ITEMS,
    } | changes
    return [ads.campaign_ids[row] for row in np.flatnonzero(eligible(ads, **request))]  # type: ignore[arg-type]


def test_an_ad_is_a_campaign_and_an_item_of_the_catalogue() -> None:
    ads = an_inventory(("b", "i2", 5), ("a", "i1", 7), ("b", "i0", 5), ("b", "i2", 5), ("a", "gone", 7), ("c", "i3", 0))
    assert list(zip(ads.campaign_ids, ads.index.tolist(), ads.bid_cpc_micros.tolist(), strict=True)) == [
        ("a", 1, 7),
        ("b", 0, 5),
        ("b", 2, 5),
    ]
    assert len(an_inventory()) == 0


def test_a_campaign_runs_from_its_start_up_to_its_end() -> None:
    ads = an_inventory(("a", "i1", 5), starts_at=NOON, ends_at=NOON.replace(hour=13))
    hours = {hour: may(ads, NOON.replace(hour=hour)) for hour in (11, 12, 13)}
    assert hours == {11: [], 12: ["a"], 13: []}
    assert may(an_inventory(("a", "i1", 5)), datetime(1980, 1, 1, tzinfo=UTC)) == ["a"], "no window: always"


def test_a_campaign_must_be_able_to_pay_its_bid() -> None:
    ads = an_inventory(("a", "i1", 5), ("b", "i2", 5), ("c", "i3", 5))
    assert may(ads, remaining={"a": 5, "b": 4}) == ["a"]


def test_items_that_the_request_may_not_show_do_not_bid() -> None:
    ads = an_inventory(("a", "i1", 5), ("b", "i2", 5), ("c", "i3", 5))
    assert may(ads, allowed=np.arange(5) != 2) == ["a", "c"]
    assert may(ads, exclude=np.array([1, 3], np.int32)) == ["b"]


def test_an_item_bids_once_and_highest() -> None:
    ads = an_inventory(("a", "i1", 5), ("b", "i1", 9), ("c", "i1", 9), ("d", "i2", 1))
    assert [ads.campaign_ids[row] for row in best_bid_per_item(ads, np.arange(4))] == ["b", "d"]
    assert [ads.campaign_ids[row] for row in best_bid_per_item(ads, np.array([0, 2]))] == ["c"]
    assert len(best_bid_per_item(ads, np.zeros(0, np.int64))) == 0
