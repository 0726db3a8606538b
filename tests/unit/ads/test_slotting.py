"""A page of organic and sponsored items."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recsys.ads.slotting import slot
from recsys.slate import Placement


def ad(index: int) -> Placement:
    return Placement(index, f"c{index}", 10, 1000)


def lay(organic: list[int], sponsored: list[int], positions: tuple[int, ...] = (1, 4), size: int = 10) -> list[str]:
    slots = slot(np.array(organic, np.int32), [ad(index) for index in sponsored], positions=positions, size=size)
    return [f"{place.index}*" if place.placement else str(place.index) for place in slots]


def test_ads_take_their_positions_best_first() -> None:
    assert lay([0, 1, 2, 3, 4, 5], [90, 91, 92], size=7) == ["0", "90*", "1", "2", "91*", "3", "4"]
    assert lay([0, 1, 2], [90, 91], positions=(0, 1)) == ["90*", "91*", "0", "1", "2"]
    assert lay([0, 1, 2], []) == ["0", "1", "2"]


def test_an_ad_stands_in_for_the_same_organic_item() -> None:
    assert lay([7, 0, 1, 2, 3], [7]) == ["0", "7*", "1", "2", "3"]


def test_ads_never_stand_after_or_instead_of_results() -> None:
    assert lay([], [90]) == []
    assert lay([0], [90]) == ["0"]
    assert lay([0, 1], [90, 91]) == ["0", "90*", "1"]


def test_a_match_that_is_also_an_ad_is_not_lost() -> None:
    assert lay([7], [7]) == ["7"]
    assert lay([0, 7], [90, 7]) == ["0", "90*", "7"]


unique = st.lists(st.integers(0, 15), unique=True, max_size=12)
places = st.lists(st.integers(0, 9), unique=True, max_size=4).map(sorted).map(tuple)


@given(unique, unique, places, st.integers(1, 12))
def test_no_item_twice_none_lost_and_order_kept(
    organic: list[int], sponsored: list[int], positions: tuple[int, ...], size: int
) -> None:
    page = slot(np.array(organic, np.int32), [ad(index) for index in sponsored], positions=positions, size=size)
    shown = [place.index for place in page]
    sold = [place.index for place in page if place.placement]
    assert len(set(shown)) == len(shown) <= size
    assert [n for n, place in enumerate(page) if place.placement] == list(positions[: len(sold)])
    assert sold == sponsored[: len(sold)]
    rest = [index for index in organic if index not in sold]
    assert [place.index for place in page if not place.placement] == rest[: len(page) - len(sold)]
    assert len(page) == min(size, len(rest) + len(sold)), "a page is as full as it can be"
