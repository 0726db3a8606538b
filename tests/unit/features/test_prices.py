"""Amounts are compared within one currency, and what is in another is neither left unsaid nor taken for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.features.catalogue import Catalogue
from recsys.slate import Filters
from tests.shelf import MICROS, catalogue_of, row

CODES = [None, "EUR", "USD", "JPY"]
PRICED = st.lists(st.tuples(st.none() | st.integers(0, 2000), st.sampled_from(CODES)), min_size=1, max_size=20)


def shop(*prices: tuple[float | None, str | None]) -> Catalogue:
    """A shop of these amounts."""
    made = [None if amount is None else round(amount * MICROS) for amount, _ in prices]
    return catalogue_of(
        [row(price_micros=micros, currency=code) for micros, (_, code) in zip(made, prices, strict=True)]
    )


MIXED = shop((15, "USD"), (1500, "JPY"), (20, "USD"), (None, None), (18, "EUR"), (10, "usd"), (900, "JPY"))


@pytest.mark.parametrize(
    ("currency", "passed"),
    [(None, [0, 5]), ("USD", [0, 5]), ("usd", [0, 5]), ("EUR", [4]), ("JPY", []), ("CHF", [])],
)
def test_a_limit_is_passed_by_prices_of_its_currency_alone(currency: str | None, passed: list[int]) -> None:
    mask = MIXED.mask(Filters(price_max_micros=19 * MICROS, currency=currency))
    assert np.flatnonzero(mask).tolist() == passed


@pytest.mark.parametrize(
    ("currency", "ascending", "descending"),
    [
        (None, [5, 0, 2, 1, 3, 4, 6], [2, 0, 5, 1, 3, 4, 6]),
        ("JPY", [6, 1, 0, 2, 3, 4, 5], [1, 6, 0, 2, 3, 4, 5]),
        ("CHF", [0, 1, 2, 3, 4, 5, 6], [0, 1, 2, 3, 4, 5, 6]),
    ],
)
def test_prices_of_another_currency_come_last_in_either_order(
    currency: str | None, ascending: list[int], descending: list[int]
) -> None:
    every = np.arange(len(MIXED), dtype=np.int32)
    assert MIXED.sorted(every, "price_asc", currency).tolist() == ascending
    assert MIXED.sorted(every, "price_desc", currency).tolist() == descending


@pytest.mark.parametrize(("currency", "named", "count"), [(None, "USD", 3), ("JPY", "JPY", 2), ("CHF", "CHF", 0)])
def test_bands_are_of_one_currency_and_name_it(currency: str | None, named: str, count: int) -> None:
    chosen = Filters(currency=currency)
    (facet,) = MIXED.facets(MIXED.mask(chosen), ["price"], chosen)
    assert (facet.currency, sum(number for _, number in facet.counts)) == (named, count)


def test_what_is_not_compared_is_counted_by_its_currency() -> None:
    assert MIXED.prices.of().elsewhere == {"JPY": 2, "EUR": 1}
    assert MIXED.prices.of("JPY").elsewhere == {"USD": 3, "EUR": 1}
    assert MIXED.prices.currencies == ("USD", "JPY", "EUR")
    assert MIXED.prices.of().range == (10 * MICROS, 20 * MICROS) and MIXED.prices.of("CHF").range is None


def test_prices_that_say_no_currency_are_one_unless_others_say_theirs() -> None:
    bare = shop((5, None), (7, None))
    assert bare.prices.currencies == () and bare.mask(Filters(price_max_micros=6 * MICROS)).tolist() == [True, False]
    some = shop((5, None), (7, "EUR"))
    assert some.mask(Filters(price_max_micros=9 * MICROS)).tolist() == [False, True]
    assert some.prices.of().elsewhere == {"": 1}


@given(PRICED, st.sampled_from([*CODES, "CHF"]), st.integers(0, 2000))
def test_of_every_catalogue_only_one_currency_is_compared(
    prices: list[tuple[Any, Any]], currency: str | None, most: int
) -> None:
    catalogue = shop(*prices)
    code = catalogue.prices.of(currency).currency
    passed = catalogue.mask(Filters(price_max_micros=most * MICROS, currency=currency))
    wanted = [amount is not None and amount <= most and said == code for amount, said in prices]
    if catalogue.prices.currencies or currency is not None:
        assert passed.tolist() == wanted
    order = catalogue.sorted(np.arange(len(prices), dtype=np.int32), "price_asc", currency)
    compared = catalogue.prices.of(currency).has[order]
    assert compared.tolist() == sorted(compared.tolist(), reverse=True)
