"""What a generalised second-price auction promises, checked by running it again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.ads.auction import Outcome, run_gsp

Ads = list[tuple[int, float]]
ads = st.lists(
    st.tuples(
        st.one_of(st.integers(1, 30), st.integers(1, 50_000_000)),
        st.one_of(st.sampled_from([0.0, 0.1, 0.5, 1.0]), st.floats(1e-9, 1.0)),
    ),
    max_size=8,
)
slots = st.integers(1, 5)
reserves = st.one_of(st.just(0), st.integers(0, 5_000_000_000))


def auction(bidders: Ads, num_slots: int, reserve: int) -> Outcome:
    bids = np.array([bid for bid, _ in bidders], np.int64)
    p_ctr = np.array([p for _, p in bidders], np.float64)
    return run_gsp(bids, p_ctr, num_slots=num_slots, reserve_ecpm_micros=reserve)


def place(bidders: Ads, ad: int, bid: int, num_slots: int, reserve: int) -> int:
    """Slot of an ad that bids something else; `num_slots` where it gets none."""
    changed = [(bid if row == ad else old, p) for row, (old, p) in enumerate(bidders)]
    winners = auction(changed, num_slots, reserve).winners.tolist()
    return winners.index(ad) if ad in winners else num_slots


def test_a_worked_example() -> None:
    """Three ads, two slots: 1000 x bid x p_ctr is 20, 15 and 9 units, in micros."""
    won = auction([(300_000, 0.05), (200_000, 0.1), (900_000, 0.01)], num_slots=2, reserve=0)
    assert won.winners.tolist() == [1, 0]
    assert won.ecpm_micros.tolist() == [20_000_000, 15_000_000]
    assert won.price_cpc_micros.tolist() == [150_000, 180_000]


def test_a_lonely_winner_pays_the_reserve() -> None:
    assert auction([(300_000, 0.05)], 2, reserve=4_000_000).price_cpc_micros.tolist() == [80_000]
    assert auction([(300_000, 0.05)], 2, reserve=0).price_cpc_micros.tolist() == [1]
    assert len(auction([(300_000, 0.05)], 2, reserve=15_000_001).winners) == 0


@given(ads, slots, reserves)
def test_nobody_pays_more_than_their_bid_nor_less_than_a_micro(bidders: Ads, num_slots: int, reserve: int) -> None:
    won = auction(bidders, num_slots, reserve)
    assert won.price_cpc_micros.dtype == np.int64
    for ad, price in zip(won.winners, won.price_cpc_micros, strict=True):
        assert 1 <= price <= bidders[ad][0]


@given(ads, slots, reserves)
def test_the_slots_go_to_the_highest_ecpm_above_the_reserve(bidders: Ads, num_slots: int, reserve: int) -> None:
    ecpm = [1000.0 * bid * p for bid, p in bidders]
    willing = sorted((value for value in ecpm if value >= reserve and value > 0), reverse=True)
    assert [ecpm[ad] for ad in auction(bidders, num_slots, reserve).winners] == willing[:num_slots]


@given(ads.filter(len), slots, reserves, st.data())
def test_bidding_more_never_loses_places(bidders: Ads, num_slots: int, reserve: int, data: st.DataObject) -> None:
    ad = data.draw(st.integers(0, len(bidders) - 1))
    more = bidders[ad][0] + data.draw(st.integers(1, 10_000_000))
    before = place(bidders, ad, bidders[ad][0], num_slots, reserve)
    assert place(bidders, ad, more, num_slots, reserve) <= before


@given(ads, slots, reserves)
def test_the_price_is_the_least_bid_that_keeps_the_slot(bidders: Ads, num_slots: int, reserve: int) -> None:
    """One micro more than the price would keep the slot (at the price itself it may tie); one less would lose it."""
    won = auction(bidders, num_slots, reserve)
    for slot, (ad, price) in enumerate(zip(won.winners.tolist(), won.price_cpc_micros.tolist(), strict=True)):
        above = min(price + 1, bidders[ad][0])
        assert place(bidders, ad, above, num_slots, reserve) == slot
        if price > 1:
            assert place(bidders, ad, price - 1, num_slots, reserve) > slot


@pytest.mark.parametrize(
    ("bids", "p_ctr"), [([1], [1.5]), ([1], [float("nan")]), ([0], [0.5]), ([2**53], [0.5]), ([1, 2], [0.5])]
)
def test_impossible_bids_are_a_mistake(bids: list[int], p_ctr: list[float]) -> None:
    with pytest.raises(ValueError, match=r"must lie in|probabilities"):
        run_gsp(np.array(bids, np.int64), np.array(p_ctr), num_slots=1)
