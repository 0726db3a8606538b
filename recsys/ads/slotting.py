"""Where sponsored items stand among the organic ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from recsys.slate import IntArray, Placement


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of the page; `placement` is None where it is organic."""

    index: int
    placement: Placement | None = None


def slot(
    organic: IntArray, placements: Sequence[Placement], *, positions: Sequence[int], size: int
) -> tuple[Slot, ...]:
    """Lay organic and sponsored items into one list of at most `size`, no item twice.

    The best placement takes the first position. A sponsored item stands in for the same organic one. Ads stand among
    results, never after or instead of them: where the organic items do not reach a position, it stays unsold.

    Args:
        organic: (N,) items, best first.
        placements: won in the auction, best slot first.
        positions: on this page, rising, 0 at the top.
    """
    sold = list(zip(positions, placements, strict=False))
    page = _lay(organic, dict(sold), size)
    while sum(place.placement is not None for place in page) < len(sold):
        sold.pop()
        page = _lay(organic, dict(sold), size)
    return tuple(page)


def _lay(organic: IntArray, sold: Mapping[int, Placement], size: int) -> list[Slot]:
    sponsored = {placement.index for placement in sold.values()}
    page: list[Slot] = []
    for index in organic.tolist():
        if len(page) >= size:
            break
        if index in sponsored:
            continue
        while (placement := sold.get(len(page))) is not None:
            page.append(Slot(placement.index, placement))
        page.append(Slot(index))
    return page[:size]
