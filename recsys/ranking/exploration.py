"""Chance, logged: without it no later estimate of another policy is possible."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsys.slate import IntArray


class Explored(NamedTuple):
    """What chance made of an order."""

    shown: IntArray  # (K,) items
    chance: NDArray[np.float64]  # (K,) the exact probability that this policy puts that item at that position
    shuffled: bool


def explore(order: IntArray, *, size: int, share: float, pool: int, rng: np.random.Generator) -> Explored:
    """Show the order as it is, or, for a share of requests, a uniformly shuffled top.

    Args:
        order: (N,) items, best first.
        size: items to show.
        share: probability of the shuffle, in [0, 1].
        pool: how many of the best are shuffled; at least `size`.
        rng: of this request alone.

    Returns:
        The chance is (1 - share) if an item is where the order has it, plus share / pool.
    """
    depth = min(max(pool, size), len(order))
    shuffled = bool(rng.random() < share)
    shown = (rng.permutation(order[:depth]) if shuffled else order)[:size]
    in_place = shown == order[: len(shown)]
    return Explored(shown, (1.0 - share) * in_place + share / max(depth, 1), shuffled)
