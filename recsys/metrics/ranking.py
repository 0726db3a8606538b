"""How high a list puts what the user wanted.

Equal scores count half: the rank of a target is 1 + the number of better items + half of the equal others. Counting
only strictly better items makes a model that scores everything the same look perfect. Array axes: B lists, I items,
M lists, K places.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recsys.slate import NO_ITEMS, FloatArray, IntArray


def rank_of_target(scores: FloatArray, target: int, exclude: IntArray = NO_ITEMS) -> float:
    """Rank of one item among all, 1 for the best, with half-ties.

    Args:
        scores: (I,) higher is better; -inf for items that cannot be shown.
        target: its index.
        exclude: items left out of the ranking; the target itself never is.
    """
    better = int(np.count_nonzero(scores > scores[target]))
    equal = int(np.count_nonzero(scores == scores[target])) - 1
    others = np.unique(exclude[exclude != target])
    better -= int(np.count_nonzero(scores[others] > scores[target]))
    equal -= int(np.count_nonzero(scores[others] == scores[target]))
    return 1.0 + better + equal / 2.0


def ranks(scores: FloatArray, target: IntArray) -> NDArray[np.float64]:
    """(B,) ranks with half-ties, one target per row of scores.

    Args:
        scores: (B, I) with -inf for what is left out of the ranking.
        target: (B,) item of each row.
    """
    own = scores[np.arange(len(target)), target][:, None]
    better = np.count_nonzero(scores > own, axis=1)
    equal = np.count_nonzero(scores == own, axis=1) - 1
    return np.asarray(1.0 + better + equal / 2.0, np.float64)


def rank_in_list(items: Sequence[int] | IntArray, target: int) -> float:
    """Rank of an item in a list that was cut, infinite where it is absent."""
    places = np.flatnonzero(np.asarray(items) == target)
    return float(places[0] + 1) if len(places) else float("inf")


def recall_at_k(rank: FloatArray, k: int) -> NDArray[np.float64]:
    """(M,) whether the one relevant item is in the first k places; the mean is recall@k.

    A half rank such as 10.5 (tied over places 10 and 11) is outside.
    """
    return np.asarray(rank <= k, np.float64)


def ndcg_at_k(rank: FloatArray, k: int) -> NDArray[np.float64]:
    """(M,) 1 / log2(1 + rank) inside the first k places, else 0: NDCG with one relevant item.

    Järvelin and Kekäläinen, ACM TOIS 2002; the ideal list has the item first, so the normaliser is 1.
    """
    return np.where(rank <= k, 1.0 / np.log2(1.0 + np.maximum(rank, 1.0)), 0.0)


def graded_ndcg_at_k(gains: FloatArray, ideal: FloatArray, k: int) -> float:
    """NDCG of one list with graded relevance.

    Args:
        gains: (K,) gain of the item at each place of the list, best place first.
        ideal: (N,) gains of everything that could have been listed, in any order.
    """
    best = _dcg(np.sort(ideal)[::-1][:k])
    return _dcg(gains[:k]) / best if best > 0 else 0.0


def _dcg(gains: FloatArray) -> float:
    return float(np.sum(gains / np.log2(np.arange(2, len(gains) + 2))))
