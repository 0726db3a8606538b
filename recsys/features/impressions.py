"""Features of (request, item) pairs: what ranking sees, offline and online by the same code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from recsys.features.agreement import mean_known, share
from recsys.features.catalogue import Catalogue
from recsys.schema import DAY_S, SURFACES
from recsys.slate import Asked, History, IntArray

Features = NDArray[np.float32]

NAMES = (
    "position",
    "surface",
    "history_length",
    "query_length",
    "log_price",
    "price_in_category",
    "rating",
    "log_rating_count",
    "age_days",
    "coec",
    "log_impressions",
    "category_share",
    "brand_share",
    "price_to_history",
    "in_history",
    "bought_before",
    "same_category_as_context",
    "same_brand_as_context",
    "price_to_context",
)
PRIOR_CLICKS = 4.0  # pseudo-clicks of an average item: a new item starts at the average


def feature_names(sources: Sequence[str]) -> tuple[str, ...]:
    """Columns of `impression_features`, in order."""
    return (*NAMES, *(f"source_{name}" for name in sources))


@dataclass(frozen=True)
class ItemStats:
    """How often each item was shown and clicked, the position it was shown at taken into account."""

    coec: NDArray[np.float32]  # (I,) clicks over expected clicks, 1 for an average item
    log_impressions: NDArray[np.float32]  # (I,)

    @classmethod
    def fit(cls, slates: pa.Table, num_items: int) -> Self:
        """From rows of impressions (`index`, `position`, `clicked`); COEC as in Zhang and Jones (WWW 2007)."""
        index = slates["index"].to_numpy()
        position = np.minimum(slates["position"].to_numpy(), 99)
        clicked = slates["clicked"].to_numpy(zero_copy_only=False).astype(np.float64)
        shown_at = np.bincount(position, minlength=100)
        rate_at = np.bincount(position, clicked, minlength=100) / np.maximum(shown_at, 1)
        expected = np.bincount(index, rate_at[position], minlength=num_items)
        clicks = np.bincount(index, clicked, minlength=num_items)
        coec = (clicks + PRIOR_CLICKS) / (expected + PRIOR_CLICKS)
        shown = np.log1p(np.bincount(index, minlength=num_items))
        return cls(coec.astype(np.float32), shown.astype(np.float32))

    def grown(self, num_items: int) -> ItemStats:
        """With new items behind the known ones, which nobody was shown yet: they count as average."""
        num_new = num_items - len(self.coec)
        return ItemStats(
            np.pad(self.coec, (0, num_new), constant_values=1.0), np.pad(self.log_impressions, (0, num_new))
        )

    def save(self, path: Path) -> None:
        pq.write_table(pa.table({"coec": self.coec, "log_impressions": self.log_impressions}), path)

    @classmethod
    def load(cls, path: Path) -> Self:
        table = pq.read_table(path)
        return cls(table["coec"].to_numpy(), table["log_impressions"].to_numpy())


class ImpressionFeatures:
    """Columns of the catalogue that every request needs, computed once."""

    def __init__(self, catalogue: Catalogue, stats: ItemStats) -> None:
        self._catalogue, self._stats = catalogue, stats
        self.num_items = len(catalogue)
        self._category, self._brand = catalogue.leaf_category, catalogue.brand_code
        self._log_price = np.log(np.maximum(catalogue.prices.of().values, 1.0)).astype(np.float32)  # nan stays nan
        self._price_in_category = self._log_price - _mean_by_group(self._log_price, self._category)
        self._log_count = np.log1p(catalogue.rating_count)

    def matrix(
        self,
        asked: Asked,
        history: History,
        index: IntArray,
        scores: NDArray[np.float32],
        position: IntArray | int = 0,
    ) -> Features:
        """(N, F) of items in one request.

        Args:
            index: (N,) items.
            scores: (N, S) of the recall sources, nan where an item was not scored.
            position: where each was shown; 0 asks what it would get at the top.
        """
        log_price, context = self._log_price[index], asked.context
        age_days = (asked.at_s - self._catalogue.created_s[index]) / DAY_S
        columns = [
            position,
            SURFACES.index(asked.surface),
            len(history),
            len(asked.text.split()),
            log_price,
            self._price_in_category[index],
            self._catalogue.rating[index],
            self._log_count[index],
            age_days,
            self._stats.coec[index],
            self._stats.log_impressions[index],
            share(self._category, history.index, index),
            share(self._brand, history.index, index),
            log_price - mean_known(self._log_price[history.index]),
            np.isin(index, history.index),
            np.isin(index, history.index[history.bought]),
            np.isin(self._category[index], self._category[context]) if len(context) else np.nan,
            np.isin(self._brand[index], self._brand[context]) if len(context) else np.nan,
            log_price - mean_known(self._log_price[context]),
        ]
        out = np.empty((len(index), len(columns) + scores.shape[1]), np.float32)
        for column, values in enumerate(columns):
            out[:, column] = values
        out[:, len(columns) :] = scores
        return out


def _mean_by_group(values: NDArray[np.float32], group: IntArray) -> NDArray[np.float32]:
    known = ~np.isnan(values)
    code = group + 1  # -1 is a group too
    size = np.bincount(code[known], minlength=int(code.max(initial=0)) + 1)
    total = np.bincount(code[known], values[known], minlength=len(size))
    mean: NDArray[np.float32] = (total / np.maximum(size, 1)).astype(np.float32)[code]
    return mean
