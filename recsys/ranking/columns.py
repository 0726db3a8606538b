"""The columns of recall's scores that a model learned from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def as_learned(scores: NDArray[np.float32], sources: tuple[str, ...], learned: tuple[str, ...]) -> NDArray[np.float32]:
    """(N, L) scores in the columns that a ranker learned from; nan, as for what recall did not score, in all of them
    where these are the columns of other sources (recall fell back, or has another set since).

    Args:
        scores: (N, S) of the sources named.
        learned: (L,) the ranker's sources.
    """
    return scores if sources == learned else np.full((len(scores), len(learned)), np.nan, np.float32)
