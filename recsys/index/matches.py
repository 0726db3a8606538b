"""What a search by words finds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.slate import NO_ITEMS, BoolArray, IntArray


@dataclass(frozen=True, slots=True)
class Matches:
    """Items that match, best first."""

    index: IntArray  # (M,)
    score: NDArray[np.float32]  # (M,) BM25, above 0
    whole: BoolArray  # (M,) whether it has all that was asked for
    total: int  # matches in all
    corrected: tuple[tuple[str, str], ...] = ()
    """Words of the text that no item has, and what each was taken for, as the catalogue writes it most."""
    unknown: tuple[str, ...] = ()
    """Words of the text that no item has and nothing stands for."""

    @property
    def exact(self) -> bool:
        """Whether these are all."""
        return len(self.index) == self.total


NO_MATCHES = Matches(NO_ITEMS, np.zeros(0, np.float32), np.zeros(0, np.bool_), 0)
