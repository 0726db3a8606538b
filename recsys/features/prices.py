"""What items cost. Amounts are compared within one currency: the one that is asked for, else that of most items.

The columns of a currency are made when somebody asks for it, so a catalogue of one currency has them once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recsys.features.facets import NONE, Codes
from recsys.features.price_bands import PriceCounter
from recsys.features.sort_orders import price_orders
from recsys.slate import BoolArray, IntArray, Sort

UNKNOWN = ""
"""Stands for every currency that no price is in."""


class Prices:
    """Of one catalogue; read by many threads."""

    def __init__(self, items: pa.Table, shown: BoolArray) -> None:
        """
        Args:
            items: canonical.
            shown: (I,) those that a shopper may meet.
        """
        self.micros: NDArray[np.int64] = np.asarray(pc.fill_null(items["price_micros"], 0), np.int64)
        """(I,) exact, in the currency of each; 0 where there is no price."""
        self.known: BoolArray = np.asarray(pc.is_valid(items["price_micros"]), np.bool_)
        """(I,) whether there is a price."""
        self.said: list[str | None] = items["currency"].to_pylist()
        """(I,) currency, as each item says it."""
        self._codes = Codes.of([None if currency is None else _code(currency) for currency in self.said])
        self._shown = shown
        priced = self._codes.codes[self.known]
        counts = np.bincount(priced[priced != NONE], minlength=len(self._codes.values))
        order = np.argsort(-counts, kind="stable")
        self.currencies: tuple[str, ...] = tuple(self._codes.values[code] for code in order if counts[code])
        """Of the prices, the usual one first; equally frequent ones by name."""
        self._made: dict[str | None, Comparable] = {}  # at most one a currency, and one for all that there are not

    def of(self, currency: str | None = None) -> Comparable:
        """What can be compared within a currency, the usual one where none is named."""
        code = next(iter(self.currencies), None) if currency is None else _code(currency)
        if code is not None and code not in self.currencies:
            code = UNKNOWN
        if code not in self._made:
            self._made[code] = self._make(code)  # two threads may make it twice; both are whole
        return self._made[code]

    def _make(self, currency: str | None) -> Comparable:
        has = self.known if currency is None else self.known & self._codes.among([currency])
        left = Counter(self._codes.codes[self._shown & self.known & ~has].tolist())
        others = {UNKNOWN if code == NONE else self._codes.values[code]: count for code, count in left.most_common()}
        return Comparable(currency, self.micros, has, self._shown, others)


class Comparable:
    """Prices in one currency."""

    def __init__(
        self,
        currency: str | None,
        micros: NDArray[np.int64],
        has: BoolArray,
        shown: BoolArray,
        elsewhere: Mapping[str, int],
    ) -> None:
        """
        Args:
            currency: its code; None where no price says its own, and all are taken for one.
            micros: (I,) of all items.
            has: (I,) whether an item has a price in it.
            shown: (I,) those that a shopper may meet.
            elsewhere: currency (empty where none is said) -> how many of the shown items are priced in it instead.
        """
        self.currency, self.has, self.elsewhere = currency, has, elsewhere
        self._micros, self._shown = micros, shown

    def between(self, least: int | None, most: int | None) -> BoolArray:
        """(I,) items whose price is neither below nor above these micros."""
        passed = self.has.copy()
        if least is not None:
            passed &= self._micros >= least
        if most is not None:
            passed &= self._micros <= most
        return passed

    @cached_property
    def range(self) -> tuple[int, int] | None:
        """Least and most micros of the shown items; None where none has a price."""
        micros = self._micros[self._shown & self.has]
        return (int(micros.min()), int(micros.max())) if len(micros) else None

    @cached_property
    def values(self) -> NDArray[np.float64]:
        """(I,) micros for models and orders, NaN where an item has no price."""
        return np.where(self.has, self._micros, np.nan)

    @cached_property
    def orders(self) -> dict[Sort, IntArray]:
        """Order by price -> (I,) the place of each item; empty where none has a price."""
        return price_orders(self._micros, self.has)

    @cached_property
    def bands(self) -> PriceCounter:
        """The facet of bands of price."""
        return PriceCounter(self._micros, self.has)


def _code(currency: str) -> str:
    return currency.strip().upper()
