"""How an item agrees with a past: codes and prices it shares with it. Array axes: I items, N any of them, L past."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recsys.slate import IntArray


def share(code: IntArray, past: IntArray, index: IntArray) -> NDArray[np.float64]:
    """(N,) share of the past that has the item's code; recent steps count more, unknown codes (-1) never.

    Args:
        code: (I,) of all items.
        past: (L,) items, oldest first.
    """
    if len(past) == 0:
        return np.zeros(len(index))
    weight = 0.9 ** np.arange(len(past))[::-1]
    known = code[past] >= 0
    total = np.bincount(code[past][known], weight[known], minlength=int(code.max(initial=0)) + 1)
    return np.where(code[index] >= 0, total[np.maximum(code[index], 0)] / weight.sum(), 0.0)


def same(code: IntArray, index: IntArray, item: int) -> NDArray[np.bool_]:
    """(N,) whether items have the code of one; an unknown code (-1) is nobody's."""
    return np.asarray((code[index] == code[item]) & (code[item] >= 0), np.bool_)


def mean_known(values: NDArray[np.float32]) -> float:
    """Of those that are not nan; nan of none."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
