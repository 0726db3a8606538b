"""Counts of the matches per value of one field: category, brand, price, rating, attributes.

Everything that can be is coded once for the catalogue; a request costs one `bincount` a facet. The count beside a
value is the number of matches that are left after choosing it as a filter.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from recsys.slate import NO_ITEMS, BoolArray, IntArray

NONE = -1
"""Code of an absent value."""

Counts = tuple[tuple[str, int], ...]


class Codes(NamedTuple):
    """A column of strings as small integers, in the order of the strings. An item may have several values.

    Few do, so that a column with one value an item is one array; further values stand beside it.
    """

    codes: IntArray  # (I,) first value of the item; NONE where it has none
    values: tuple[str, ...]
    more_rows: IntArray = NO_ITEMS  # (M,) items that have a further value
    more_codes: IntArray = NO_ITEMS  # (M,) that value, rising

    @classmethod
    def of(cls, column: Sequence[str | None]) -> Codes:
        """Of one value an item, or none."""
        rows = [row for row, value in enumerate(column) if value is not None]
        return cls.of_several(len(column), rows, [value for value in column if value is not None])

    @classmethod
    def of_several(cls, num_items: int, rows: Sequence[int], values: Sequence[str]) -> Codes:
        """Of pairs of an item and a value, in the order of the items; an item has each value once.

        Args:
            rows: (P,) items.
            values: (P,) strings.
        """
        names = tuple(sorted(set(values)))
        code = {value: number for number, value in enumerate(names)}
        row, coded = np.array(rows, np.int32), np.array([code[value] for value in values], np.int32)
        first = np.diff(row, prepend=NONE) > 0
        codes = np.full(num_items, NONE, np.int32)
        codes[row[first]] = coded[first]
        row, coded = row[~first], coded[~first]
        order = np.lexsort((row, coded))
        return cls(codes, names, row[order], coded[order])

    def has(self, value: str) -> bool:
        """Whether an item has this value."""
        return self._code(value) is not None

    def among(self, accepted: Sequence[str]) -> BoolArray:
        """(I,) whether a value of the item is one of these."""
        wanted = set(accepted)
        known = np.array([value in wanted for value in self.values] + [False])  # the last one answers NONE
        found = np.asarray(known[self.codes])
        found[self.more_rows[known[self.more_codes]]] = True
        return found

    def having(self, index: IntArray, value: str) -> BoolArray:
        """(N,) whether these items have a value."""
        code = self._code(value)
        if code is None:
            return np.zeros(len(index), np.bool_)
        start, end = np.searchsorted(self.more_codes, [code, code + 1])
        return np.asarray((self.codes[index] == code) | np.isin(index, self.more_rows[start:end]))

    def counts(self, matched: BoolArray) -> NDArray[np.int64]:
        """(V,) matches that have each value."""
        counts = _bincount(self.codes[matched], len(self.values))
        if len(self.more_rows):
            counts = counts + _bincount(self.more_codes[matched[self.more_rows]], len(self.values))
        return counts

    def _code(self, value: str) -> int | None:
        place = bisect_left(self.values, value)
        return place if place < len(self.values) and self.values[place] == value else None


class Counter(Protocol):
    """One facet."""

    def count(self, matched: BoolArray) -> Counts:
        """Values with their number of matches; values without a match are left out."""
        ...


class ValueCounter:
    """A facet of values, most frequent first; an item with several counts under each."""

    def __init__(self, codes: Codes, limit: int = 20) -> None:
        self._codes, self._limit = codes, limit

    def count(self, matched: BoolArray) -> Counts:
        return _most_frequent(self._codes.counts(matched), self._codes.values, self._limit)


class CategoryCounter:
    """A facet of a tree: the level just below the deepest node that holds every match."""

    def __init__(self, levels: IntArray, paths: Sequence[tuple[str, ...]], limit: int = 20) -> None:
        """
        Args:
            levels: (I, depth) node at each level of the item's path, NONE below its leaf.
            paths: of each node, in their own order.
        """
        self._levels, self._limit = np.ascontiguousarray(levels.T), limit
        self._names = tuple(" > ".join(path) for path in paths)

    def count(self, matched: BoolArray) -> Counts:
        total = int(np.count_nonzero(matched))
        counts = np.zeros(len(self._names), np.int64)
        for level in self._levels:
            below = _bincount(level[matched], len(self._names))
            if not below.any():
                break  # every match is a leaf: the level above is the last word
            counts = below
            if counts.max() < total:
                break
        return _most_frequent(counts, self._names, self._limit)


class RatingCounter:
    """A facet of least ratings, best first: `4+` counts every match rated 4 or better, as `rating_min` filters."""

    def __init__(self, rating: NDArray[np.float32], steps: Sequence[int] = (4, 3, 2, 1)) -> None:
        self._steps = tuple(steps)
        self._codes = np.where(
            np.isnan(rating), NONE, np.searchsorted(-np.array(self._steps), -rating, side="left")
        ).astype(np.int32)

    def count(self, matched: BoolArray) -> Counts:
        at_least = np.cumsum(_bincount(self._codes[matched], len(self._steps) + 1))
        return tuple((f"{step}+", int(count)) for step, count in zip(self._steps, at_least, strict=False) if count)


def category_tree(paths: Sequence[Sequence[str]]) -> tuple[tuple[tuple[str, ...], ...], IntArray]:
    """Nodes of the tree in the order of their paths, and (I, depth) the node of each item at each level."""
    nodes = tuple(sorted({tuple(path[:depth]) for path in paths for depth in range(1, len(path) + 1)}))
    code: Mapping[tuple[str, ...], int] = {path: number for number, path in enumerate(nodes)}
    levels = np.full((len(paths), max(map(len, nodes), default=1)), NONE, np.int32)
    for i, path in enumerate(paths):
        levels[i, : len(path)] = [code[tuple(path[:depth])] for depth in range(1, len(path) + 1)]
    return nodes, levels


def _bincount(codes: IntArray, num_values: int) -> NDArray[np.int64]:
    """Counts of 0..num_values-1; NONE is not counted."""
    return np.bincount(codes + 1, minlength=num_values + 1)[1:]


def _most_frequent(counts: NDArray[np.int64], names: Sequence[str], limit: int) -> Counts:
    order = np.argsort(-counts, kind="stable")[:limit]  # equal counts: in the order of the names
    return tuple((names[code], int(counts[code])) for code in order if counts[code])
