"""Features of the candidates of one request, by which the next step is told from the others.

None carries the order in which equal steps were stored: places of equal scores are averaged, and of counts only sums
are read, never which of two items of a day came first.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recsys.features.agreement import mean_known, same, share
from recsys.features.catalogue import Catalogue
from recsys.schema import DAY_S
from recsys.slate import Asked, History, IntArray

OWN = (
    "fused",
    "place_fused",
    "log_steps",
    "log_steps_last",
    "history_length",
    "category_share",
    "brand_share",
    "same_category_as_last",
    "same_brand_as_last",
    "price_to_history",
    "age_days",
)


def feature_names(sources: Sequence[str]) -> tuple[str, ...]:
    """Columns of `NextStepFeatures.matrix`, in order."""
    return (*OWN, *(f"source_{name}" for name in sources), *(f"place_{name}" for name in sources))


class NextStepFeatures:
    """Columns of the catalogue that every request needs, computed once."""

    def __init__(self, catalogue: Catalogue, steps: NDArray[np.int64]) -> None:
        """
        Args:
            steps: (I,) of each item so far.
        """
        self.num_items = len(catalogue)
        self._log_steps = np.log1p(steps).astype(np.float32)
        self._category, self._brand = catalogue.leaf_category, catalogue.brand_code
        self._log_price = np.log(np.maximum(catalogue.prices.of().values, 1.0)).astype(np.float32)  # nan stays nan
        self._created_s = catalogue.created_s

    def matrix(
        self, asked: Asked, history: History, index: IntArray, scores: NDArray[np.float32], fused: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """(N, F) of the candidates of one request, which starts from its context or else from a history.

        Args:
            index: (N,) candidates.
            scores, fused: (N, S) of the recall sources, and (N,) their sum.
        """
        past = asked.context if len(asked.context) else history.index
        last = past[-1]
        columns = [
            fused,
            places(fused[:, None])[:, 0],
            self._log_steps[index],
            self._log_steps[last],
            len(past),
            share(self._category, past, index),
            share(self._brand, past, index),
            same(self._category, index, last),
            same(self._brand, index, last),
            self._log_price[index] - mean_known(self._log_price[past]),
            (asked.at_s - self._created_s[index]) / DAY_S,
        ]
        out = np.empty((len(index), len(columns) + 2 * scores.shape[1]), np.float32)
        for column, values in enumerate(columns):
            out[:, column] = values
        out[:, len(columns) : len(columns) + scores.shape[1]] = scores
        out[:, len(columns) + scores.shape[1] :] = places(scores)
        return out


def places(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, S) place of each score in its column, 0 the best, the mean of their places for equal ones."""
    better = (scores[None, :, :] > scores[:, None, :]).sum(axis=1)
    equal = (scores[None, :, :] == scores[:, None, :]).sum(axis=1) - 1
    return np.asarray(better + equal / 2.0, np.float32)
