"""One page of a slate: what has all that was asked for before what comes close, sold places and chance among the first.

Array axes: N candidates, K places of the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsys.ads.slotting import Slot, slot
from recsys.ranking.exploration import explore
from recsys.slate import Asked, Candidates, IntArray, Placement, Ranked, Sort


class Page(NamedTuple):
    """What stands where, and what chance had in it."""

    slots: tuple[Slot, ...]  # (K,)
    chance: NDArray[np.float64]  # (K,) exact probability of each item at its place
    shuffled: bool


def organic(asked: Asked, candidates: Candidates, ranked: Ranked, prices: NDArray[np.float64]) -> tuple[IntArray, int]:
    """(N,) candidates, best first, and how many have all that was asked for: they come before the others.

    Each part is ordered by the ranker, or as recall sorted it; who wishes for cheap gets it within the part.

    Args:
        prices: (I,) of the catalogue, NaN where unknown.
    """
    num_whole = int(candidates.whole.sum())
    if candidates.sort != "relevance":
        return candidates.index, num_whole
    num = len(candidates.index)
    order = np.lexsort((np.arange(num), -ranked.score[:num], ~candidates.whole))
    parts = np.split(candidates.index[order], [num_whole])
    if asked.cheap:
        parts = [_cheap_first(part, prices[part]) for part in parts]
    return np.concatenate(parts), num_whole


def lay(
    order: IntArray,
    num_whole: int,
    placements: Sequence[Placement],
    *,
    size: int,
    positions: Sequence[int],
    share: float,
    pool: int,
    rng: np.random.Generator,
) -> Page:
    """The page. Among what only comes close nothing is sold, and nothing of it gets before what was asked for.

    The places of the ads are settled on the order itself; chance then moves only the organic items among the
    places that are left. Laid after the shuffle, an ad that stands in for an organic item would move others.

    Args:
        order: (N,) as `organic` has it.
        placements: won in the auction, best slot first; each has all that was asked for.
        size: most places.
        positions: for sale, rising, 0 at the top.
        share: of requests whose top is shuffled.
        pool: how many of the best are shuffled then.
    """
    head = order[:num_whole] if num_whole else order
    page = slot(head, placements if num_whole else (), positions=positions, size=size)
    free = np.array([place for place, one in enumerate(page) if one.placement is None], np.int64)
    sold = [one.index for one in page if one.placement is not None]
    drawn = explore(head[~np.isin(head, sold)], size=len(free), share=share, pool=pool, rng=rng)
    moved = dict(zip(free.tolist(), (Slot(int(item)) for item in drawn.shown), strict=True))
    close = [Slot(int(item)) for item in order[len(head) :][: size - len(page)]]
    chance = np.ones(len(page) + len(close))
    chance[free] = drawn.chance
    slots = (*(moved.get(place, one) for place, one in enumerate(page)), *close)
    return Page(slots, chance, drawn.shuffled)


def policy_of(sort: Sort, share: float) -> str:
    """What decided the order, by name, for the log."""
    return f"mixed:{share:g}" if sort == "relevance" else f"sorted:{sort}"


def _cheap_first(best: IntArray, prices: NDArray[np.float64]) -> IntArray:
    """Relevance and price together, by places: a place among the prices counts twice one of relevance."""
    place = np.empty(len(best))
    place[np.argsort(np.where(np.isnan(prices), np.inf, prices), kind="stable")] = np.arange(len(best))
    return best[np.argsort(np.arange(len(best)) + 2.0 * place, kind="stable")]
