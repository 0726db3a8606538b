"""Counts of the matches in bands of price whose borders are round numbers: 10, 20, 50 or 30, 35, 40.

Prices are coded once for the catalogue, by their first three digits; a request costs one `bincount` and a walk over a
few thousand counts, whatever the size of the catalogue.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recsys.schema import MICROS
from recsys.slate import BoolArray, IntArray

HUNDREDTH = MICROS // 100
LADDER = tuple(digit * 10**power * HUNDREDTH for power in range(15) for digit in (1, 2, 5))
"""Micros: 0.01, 0.02, 0.05, 0.1 ... units of the currency."""
WIDE = 5
"""Matches of which the dear cost so many times what the cheap cost lie in bands that widen."""


class PriceCounter:
    """A facet of price bands, cheapest first.

    A band `10-19.99` is inclusive at both ends, as the filters `price_min_micros` and `price_max_micros` are; a price
    that is no whole number of hundredths may fall between two of them.
    """

    def __init__(self, micros: NDArray[np.int64], known: BoolArray, num_bands: int = 6) -> None:
        """
        Args:
            micros: (I,) prices in micros.
            known: (I,) whether there is a price.
            num_bands: at most so many.
        """
        self._grid = _grid(micros[known])  # (G + 1,) micros
        self._codes: IntArray = np.where(known, np.searchsorted(self._grid, micros, side="right") - 1, -1).astype(
            np.int32
        )
        self._num_bands = num_bands

    def count(self, matched: BoolArray) -> tuple[tuple[str, int], ...]:
        """Bands with their number of matches; bands without a match are left out."""
        counts = np.bincount(self._codes[matched] + 1, minlength=len(self._grid))[1:]
        filled = np.flatnonzero(counts)
        if len(filled) == 0:
            return ()
        borders = self._borders(counts, filled)
        below = np.concatenate([[0], np.cumsum(counts)])[np.searchsorted(self._grid, borders).clip(max=len(counts))]
        inside = np.diff(below)
        borders, inside = _merged(borders, inside, self._num_bands)
        return tuple(
            (f"{_units(low)}-{_units(high - HUNDREDTH)}", int(count))
            for low, high, count in zip(borders[:-1].tolist(), borders[1:].tolist(), inside.tolist(), strict=True)
            if count
        )

    def _borders(self, counts: NDArray[np.int64], filled: NDArray[np.int64]) -> NDArray[np.int64]:
        """Round numbers from below the cheapest match to above the dearest."""
        share = np.cumsum(counts) / counts.sum()
        least, most = int(self._grid[filled[0]]), int(self._grid[filled[-1] + 1])
        cheap, dear = (int(self._grid[np.searchsorted(share, part)]) for part in (0.05, 0.95))
        if dear > WIDE * cheap:
            return _steps_of_ladder(least, most)
        wanted = max((dear - cheap) / (self._num_bands - 1), dear / 100, HUNDREDTH)
        step = next((step for step in LADDER if step >= wanted), LADDER[-1])
        inner = np.arange(cheap // step, -(-dear // step) + 1, dtype=np.int64) * step
        ends = [least // step * step, -(-most // step) * step]
        return np.unique(np.concatenate([inner[(inner > ends[0]) & (inner < ends[1])], ends]).astype(np.int64))


def _steps_of_ladder(least: int, most: int) -> NDArray[np.int64]:
    """0 or 1-2-5 numbers, the first at most `least`, the last at least `most`."""
    steps = np.array((0, *LADDER), np.int64)
    first, last = np.searchsorted(steps, least, side="right") - 1, np.searchsorted(steps, most)
    return np.asarray(steps[first : last + 1])


def _merged(
    borders: NDArray[np.int64], counts: NDArray[np.int64], most: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The band with the fewest matches joins its smaller neighbour until there are few enough."""
    while len(counts) > most:
        least = int(np.argmin(counts))
        beside = [place for place in (least - 1, least + 1) if 0 <= place < len(counts)]
        border = max(least, min(beside, key=lambda place: int(counts[place])))
        borders = np.delete(borders, border)
        counts = np.add.reduceat(counts, np.delete(np.arange(len(counts)), border))
    return borders, counts


def _grid(micros: NDArray[np.int64]) -> NDArray[np.int64]:
    """Increasing borders around all prices: 0, and numbers of three digits; whole hundredths."""
    if len(micros) == 0:
        return np.zeros(1, np.int64)
    decades = [np.arange(100, 1000, dtype=np.int64) * 10**power * (HUNDREDTH // 100) for power in range(2, 14)]
    below_one = np.arange(1, 100, dtype=np.int64) * HUNDREDTH
    grid = np.unique(np.concatenate([[0], below_one, *decades]))
    grid = grid[grid % HUNDREDTH == 0]
    first = np.searchsorted(grid, micros.min(), side="right") - 1
    last = np.searchsorted(grid, micros.max(), side="right")
    return np.asarray(grid[first : last + 1])


def _units(micros: int) -> str:
    """Micros as currency units, without needless zeros: 10, 24.99."""
    units, hundredths = divmod(int(micros) // HUNDREDTH, 100)
    return f"{units}.{hundredths:02d}" if hundredths else str(units)
