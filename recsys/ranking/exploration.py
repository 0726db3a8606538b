"""Chance, logged: without it no later estimate of another policy is possible."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recsys.slate import IntArray


def explore(
    order: IntArray, *, size: int, share: float, pool: int, rng: np.random.Generator
) -> tuple[IntArray, NDArray[np.float64]]:
    """Show the order as it is, or, for a share of requests, a uniformly shuffled top.

    Args:
        order: (N,) items, best first.
        size: items to show.
        share: probability of the shuffle, in [0, 1].
        pool: how many of the best are shuffled; at least `size`.
        rng: of this request alone.

    Returns:
        (K,) items shown and (K,) the exact probability that this policy puts that item at that position:
        (1 - share) if it is where the order has it, plus share / pool.
    """
    depth = min(max(pool, size), len(order))
    shuffled = rng.random() < share
    shown = (rng.permutation(order[:depth]) if shuffled else order)[:size]
    in_place = shown == order[: len(shown)]
    return shown, (1.0 - share) * in_place + share / max(depth, 1)
