"""The logged propensity is the frequency with which the policy acts."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recsys.ranking.exploration import explore


def test_propensities_are_frequencies() -> None:
    order = np.arange(12, dtype=np.int32)
    runs = 20_000
    seen: dict[tuple[int, int], int] = {}
    said: dict[tuple[int, int], float] = {}
    for seed in range(runs):
        shown, chance, _ = explore(order, size=4, share=0.4, pool=8, rng=np.random.default_rng(seed))
        for place, (item, probability) in enumerate(zip(shown.tolist(), chance.tolist(), strict=True)):
            seen[item, place] = seen.get((item, place), 0) + 1
            assert said.setdefault((item, place), probability) == probability  # of the pair, not of the draw
    for pair, count in seen.items():
        assert abs(count / runs - said[pair]) < 5 * np.sqrt(said[pair] / runs)


@given(st.integers(0, 40), st.integers(1, 20), st.floats(0, 1), st.integers(1, 50))
def test_no_item_twice_and_chances_are_chances(num: int, size: int, share: float, pool: int) -> None:
    order = np.arange(num, dtype=np.int32)
    shown, chance, _ = explore(order, size=size, share=share, pool=pool, rng=np.random.default_rng(0))
    assert len(set(shown.tolist())) == len(shown) == min(num, size)
    assert np.all((chance > 0) & (chance <= 1 + 1e-12))


def test_without_a_share_the_order_stands() -> None:
    order = np.array([5, 3, 9], np.int32)
    shown, chance, shuffled = explore(order, size=2, share=0.0, pool=3, rng=np.random.default_rng(1))
    assert shown.tolist() == [5, 3] and chance.tolist() == [1.0, 1.0] and not shuffled
    assert explore(order, size=2, share=1.0, pool=3, rng=np.random.default_rng(1)).shuffled
