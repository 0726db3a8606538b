"""The stage on a small catalogue of three kinds of things."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import numpy as np
import pytest

from recsys.ads.budgets import Budgets
from recsys.ads.inventory import Inventory
from recsys.ads.stage import AdPlacement, AdsConfig, hold_auction
from recsys.errors import Unavailable
from recsys.slate import Asked, Draw, Filters, History, Person, Query

NUM_KINDS, PER_KIND = 3, 20
VECTORS = np.repeat(np.eye(NUM_KINDS, dtype=np.float32), PER_KIND, axis=0)  # (60, 3): shoes, hats, lamps
WORDS = {"shoes": VECTORS[0], "hats": VECTORS[20], "lamps": VECTORS[40]}
SHOE, HAT, LAMP = 3, 23, 43
SHARES = AdsConfig(search_share=0.3, browse_share=0.3)


def encode(text: str) -> np.ndarray:
    return np.asarray(WORDS.get(text, np.zeros(NUM_KINDS)), np.float32)


def a_stage(config: AdsConfig = SHARES, remaining: Mapping[str, int] | None = None) -> AdPlacement:
    bids = {"a": (SHOE, 90_000), "b": (SHOE + 1, 80_000), "c": (HAT, 70_000), "d": (LAMP, 60_000), "e": (SHOE, 95_000)}
    ads = Inventory(
        index=np.array([index for index, _ in bids.values()], np.int32),
        campaign_ids=tuple(bids),
        bid_cpc_micros=np.array([bid for _, bid in bids.values()], np.int64),
        starts_s=np.full(len(bids), -np.inf),
        ends_s=np.full(len(bids), np.inf),
    )
    left = dict.fromkeys(bids, 10**9) if remaining is None else remaining
    return AdPlacement(
        config,
        lambda: ads,
        release="r1",
        vectors=VECTORS,
        encode=encode,
        allowed=lambda filters: np.arange(60) != (SHOE + 1 if filters.brands else -1),
        remaining=lambda: left,
    )


def offered(query: Query, stage: AdPlacement | None = None) -> list[str]:
    return list((stage or a_stage()).offers(query).campaign_ids)


SHOES = Asked(surface="search", size=10, text="shoes")
SEARCH = Query(SHOES)
HOME = Query(Asked(surface="home", size=10))


def test_a_search_gets_ads_for_what_was_asked() -> None:
    assert offered(SEARCH) == ["e", "b"]  # campaign a offers less for the same item
    assert offered(Query(replace(SHOES, text="hats"))) == ["c"]
    assert offered(Query(replace(SHOES, text="qqq"))) == [], "nothing is known of these words"
    assert offered(Query(replace(SHOES, filters=Filters(brands=("x",))))) == ["e"]
    assert offered(Query(replace(SHOES, ads=False))) == []


def test_an_item_page_gets_ads_for_its_item_but_not_of_it() -> None:
    page = Query(Asked(surface="item", size=10, context=np.array([SHOE], np.int32)))
    assert offered(page) == ["b"]
    assert offered(replace(page, draw=Draw(exclude=np.array([SHOE + 1], np.int32)))) == []


def test_home_follows_the_history_and_else_the_bids() -> None:
    history = History(np.array([41, 42], np.int32), np.zeros(2), np.zeros(2, np.bool_))
    assert offered(replace(HOME, person=Person(history=history))) == ["d"]
    assert offered(HOME) == ["e", "b", "c", "d"]
    assert offered(HOME, a_stage(AdsConfig(max_offers=2))) == ["e", "b"]


def test_a_campaign_without_budget_makes_room_for_the_next_bid_on_its_item() -> None:
    assert offered(SEARCH, a_stage(remaining={"a": 90_000, "b": 0, "e": 94_999})) == ["a"]


def test_the_auction_sells_the_places() -> None:
    stage = a_stage()
    offers = stage.offers(HOME)
    won = hold_auction(stage.config, offers, np.array([0.01, 0.02, 0.03, 0.0001]), 2)
    assert [(placement.index, placement.campaign_id) for placement in won] == [(HAT, "c"), (SHOE + 1, "b")]
    assert [placement.ecpm_micros for placement in won] == [2_100_000, 1_600_000]
    assert [placement.price_cpc_micros for placement in won] == [53_334, 47_500]
    assert hold_auction(stage.config, offers, np.full(4, 1e-6), 2) == (), "nobody reaches the reserve"


def test_no_ads_no_auction() -> None:
    stage = a_stage()
    offers = stage.offers(Query(Asked("home", 10, ads=False)))
    assert hold_auction(stage.config, offers, np.zeros(0), 2) == ()


def test_budgets_are_read_at_most_once_in_their_time() -> None:
    reads: list[int] = []
    now = 0.0

    def read() -> dict[str, int]:
        reads.append(len(reads))
        return {"a": len(reads)}

    budgets = Budgets(read, max_age_s=1.0, clock=lambda: now)
    found = []
    for now in (0.0, 0.5, 0.99, 1.0, 1.5):  # noqa: B007
        found.append(budgets.remaining()["a"])
    assert found == [1, 1, 1, 2, 2]


def test_one_thread_reads_budgets_that_expired_and_the_others_go_on() -> None:
    now, reads, slow = 0.0, 0, Event()

    def read() -> dict[str, int]:
        nonlocal reads
        reads += 1
        if reads > 1:
            slow.wait(10.0)
        return {"a": reads}

    budgets = Budgets(read, max_age_s=1.0, clock=lambda: now)
    assert budgets.remaining() == {"a": 1}
    now = 2.0
    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(budgets.remaining)
        while reads < 2:
            time.sleep(0.001)
        assert [budgets.remaining()["a"] for _ in range(20)] == [1] * 20, "nobody waits beside the one who reads"
        slow.set()
        assert reader.result() == {"a": 2} == budgets.remaining()
    assert reads == 2


def test_a_store_that_is_away_means_no_ads_and_says_so() -> None:
    def away() -> dict[str, int]:
        raise Unavailable("store", "an answer")

    with pytest.raises(Unavailable):
        Budgets(away, max_age_s=1.0).remaining()
