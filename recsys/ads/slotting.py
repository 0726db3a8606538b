"""Where sponsored items stand among the organic ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from recsys.slate import IntArray, Placement


class Slot(NamedTuple):
    """One place of the page; `placement` is None where it is organic."""

    index: int
    placement: Placement | None = None


def slot(
    organic: IntArray, placements: Sequence[Placement], *, positions: Sequence[int], size: int
) -> tuple[Slot, ...]:
    """Lay organic and sponsored items into one list of at most `size`, no item twice.

    The best placement takes the first position. A sponsored item takes the place of the same organic one. Ads stand
    among results, never after or instead of them: a position that the organic items do not reach stays unsold.

    Args:
        organic: (N,) items, best first.
        placements: won in the auction, best slot first.
        positions: on this page, rising, 0 at the top.
    """
    sold = dict(zip(positions, placements, strict=False))
    sponsored = {placement.index for placement in sold.values()}
    rest = iter([int(index) for index in organic if int(index) not in sponsored])
    page: list[Slot] = []
    waiting = next(rest, None)
    while waiting is not None and len(page) < size:
        placement = sold.get(len(page))
        if placement is not None:
            page.append(Slot(placement.index, placement))
            continue
        page.append(Slot(waiting))
        waiting = next(rest, None)
    return tuple(page)
