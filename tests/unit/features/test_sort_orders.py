"""Sorting a catalogue by a fact: as Python would, and what has no fact last."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from recsys.slate import Sort
from tests.shelf import catalogue_of, row, rows


@given(rows)
def test_the_order_is_that_of_a_plain_sort(shelf: list[dict[str, Any]]) -> None:
    catalogue = catalogue_of(shelf)
    every = np.arange(len(catalogue), dtype=np.int32)

    def price(index: int, sign: int) -> tuple[bool, int]:
        known = catalogue.describe(index)["price_micros"]
        return known is None, sign * (known or 0)

    def rating(index: int) -> tuple[bool, float]:
        known = float(catalogue.rating[index])
        return math.isnan(known), 0.0 if math.isnan(known) else -known

    plain: dict[Sort, Any] = {
        "price_asc": lambda index: price(index, 1),
        "price_desc": lambda index: price(index, -1),
        "rating": rating,
    }
    for sort, key in plain.items():
        if sort in catalogue.sorts:
            assert catalogue.sorted(every, sort).tolist() == sorted(every.tolist(), key=key)


def test_the_newest_come_first_and_the_undated_last() -> None:
    import datetime as dt

    days = [dt.datetime(2026, 1, day, tzinfo=dt.UTC) for day in (3, 9, 5)]
    catalogue = catalogue_of([row(), *[row(created_at=day) for day in days]])
    assert catalogue.sorted(np.arange(4, dtype=np.int32), "newest").tolist() == [2, 3, 1, 0]


def test_of_equal_ratings_that_of_more_people_comes_first() -> None:
    catalogue = catalogue_of([row(rating=4.0, rating_count=2), row(rating=4.0, rating_count=90), row(rating=4.5)])
    assert catalogue.sorted(np.arange(3, dtype=np.int32), "rating").tolist() == [2, 1, 0]


@pytest.mark.parametrize(
    ("known", "sorts"),
    [
        ({}, ("relevance",)),
        ({"price_micros": 5}, ("relevance", "price_asc", "price_desc")),
        ({"rating": 3.0}, ("relevance", "rating")),
    ],
)
def test_only_facts_that_an_item_has_can_be_sorted_by(known: dict[str, Any], sorts: tuple[Sort, ...]) -> None:
    assert catalogue_of([row(), row(**known)]).sorts == sorts
