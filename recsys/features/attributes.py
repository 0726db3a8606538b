"""Attributes of items: (name, value) pairs in which a name may come several times, and their values as codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from recsys.features.facets import NONE, Codes

Pair = tuple[str, str]


def by_name(pairs: Iterable[Pair]) -> dict[str, list[str]]:
    """Name -> values, each in the order in which it first comes, and once."""
    found: dict[str, dict[str, None]] = {}
    for name, value in pairs:
        found.setdefault(name, {})[value] = None
    return {name: list(values) for name, values in found.items()}


def pairs_of(said: Mapping[str, str | Sequence[str]] | Iterable[Pair]) -> list[Pair]:
    """The pairs of what maps names to a value or to several, or has pairs already."""
    if not isinstance(said, Mapping):
        return list(said)
    several = {name: [values] if isinstance(values, str) else values for name, values in said.items()}
    return [(name, value) for name, values in several.items() for value in values]


def shared_pairs(column: Iterable[Iterable[Pair]]) -> list[tuple[Pair, ...]]:
    """(I,) the pairs of each item, each once; equal pairs of different items are one object."""
    known: dict[Pair, Pair] = {}
    return [tuple(known.setdefault(pair, pair) for pair in dict.fromkeys(pairs)) for pairs in column]


def attribute_codes(pairs: Sequence[Iterable[Pair]]) -> dict[str, Codes]:
    """Codes per attribute; the attribute of most items first.

    Args:
        pairs: (I,) of each item, each once.
    """
    found: dict[str, tuple[list[int], list[str]]] = {}
    for row, some in enumerate(pairs):
        for name, value in some:
            rows, values = found.setdefault(name, ([], []))
            rows.append(row)
            values.append(value)
    codes = {name: Codes.of_several(len(pairs), rows, values) for name, (rows, values) in found.items()}
    return dict(sorted(codes.items(), key=lambda one: (int(np.count_nonzero(one[1].codes == NONE)), one[0])))
