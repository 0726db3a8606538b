"""Bands of price: round borders, every match in one, few enough."""

from __future__ import annotations

import itertools
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.features.price_bands import HUNDREDTH, PriceCounter

CENTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=60)


def bands(cents: list[int], matched: list[bool] | None = None) -> list[tuple[float, float, int]]:
    micros = np.array(cents, np.int64) * HUNDREDTH
    found = PriceCounter(micros, np.ones(len(micros), np.bool_)).count(
        np.ones(len(micros), np.bool_) if matched is None else np.array(matched)
    )
    return [(float(value.split("-")[0]), float(value.split("-")[1]), count) for value, count in found]


def is_round(amount: float) -> bool:
    """At most two digits, or a multiple of five behind them."""
    cents = f"{round(amount * 100)}".rstrip("0")
    return len(cents) <= 2 or (len(cents) == 3 and cents[-1] == "5")


@given(CENTS, st.randoms())
def test_every_match_is_in_one_band_and_the_borders_follow_each_other(cents: list[int], random: Any) -> None:
    matched = [random.random() < 0.7 for _ in cents]
    found = bands(cents, matched)
    chosen = [one / 100 for one, there in zip(cents, matched, strict=True) if there]
    assert len(found) <= 6 and sum(count for *_, count in found) == len(chosen)
    for low, high, count in found:
        assert low <= high and count == sum(low <= price <= high for price in chosen) > 0
    assert all(before[1] < after[0] for before, after in itertools.pairwise(found))


@pytest.mark.parametrize("scale", [1, 100, 100_000])
def test_prices_far_apart_get_bands_that_widen(scale: int) -> None:
    prices = np.random.default_rng(0).lognormal(3, 1, 2000) * scale
    found = bands(np.maximum(1, prices).astype(int).tolist())
    ladder = {round(digit * 10.0**power, 2) for power in range(-2, 8) for digit in (1, 2, 5)} | {0.0}
    assert {low for low, _, _ in found} <= ladder and {round(high + 0.01, 2) for _, high, _ in found} <= ladder
    assert 4 <= len(found) <= 6


def test_prices_close_together_get_even_bands() -> None:
    found = bands(np.random.default_rng(0).integers(3000, 5000, 500).tolist())
    assert [low for low, _, _ in found] == [30, 35, 40, 45] and found[-1][1] == 49.99


def test_one_price_is_one_band_and_no_price_is_none() -> None:
    ((low, high, count),) = bands([2499])
    assert low <= 24.99 <= high and is_round(low) and count == 1
    assert bands([2499], [False]) == []
    nothing = PriceCounter(np.zeros(3, np.int64), np.zeros(3, np.bool_))
    assert nothing.count(np.ones(3, np.bool_)) == ()


def test_a_large_catalogue_costs_little() -> None:
    micros = (np.random.default_rng(0).lognormal(3, 1, 200_000) * 100).astype(np.int64) * HUNDREDTH
    counter, matched = PriceCounter(micros, np.ones(len(micros), np.bool_)), np.ones(len(micros), np.bool_)
    times = []
    for _ in range(5):
        started = time.perf_counter()
        counter.count(matched)
        times.append(time.perf_counter() - started)
    assert min(times) < 0.02
