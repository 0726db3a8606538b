"""Items whose text means the same as a query, or as what the user looked at."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from recsys.config import Config
from recsys.index.vectors import VectorIndex
from recsys.recall.sources.facts import Facts, Wording
from recsys.recall.sources.tfidf import SIMILAR
from recsys.slate import BoolArray, History, IntArray, Query

MOST_FOR_STATISTICS = 20_000
"""Vectors that the mean and spread of similarities are computed from."""


class TextConfig(Config):
    """Settings of the text source."""

    match_z: float = 3.5
    """Standard deviations above the catalogue's mean similarity from which an item matches a search."""
    history: int = 10
    """Latest items of a history that are read."""
    decay: float = 0.8
    """Weight of an item of the history against the one after it."""


class TextReading:
    """Similarity of all items to one vector, in standard deviations above the mean over the catalogue.

    Mean and variance over all items are a product with the mean vector and a quadratic form of the covariance: exact
    without looking at one item.
    """

    def __init__(self, index: VectorIndex, vector: NDArray[np.float32], mean: float, deviation: float, match_z: float):
        self._index, self._vector, self._mean, self._deviation = index, vector, mean, deviation
        self.least_similarity = mean + match_z * deviation
        """Cosine from which an item counts as a match."""

    @property
    def exact(self) -> bool:
        """Whether `matched` finds every match."""
        return self._index.is_exact

    def top(self, allowed: BoolArray, k: int) -> IntArray:
        """The k most similar allowed items."""
        return self._index.top(self._vector, allowed, k)[0]

    def score(self, index: IntArray) -> NDArray[np.float32]:
        """(N,) z-scores."""
        return np.asarray((self._index.score(self._vector, index) - self._mean) / self._deviation, np.float32)

    def matched(self, allowed: BoolArray) -> BoolArray:
        """(I,) allowed items at least `least_similarity` similar."""
        found = np.zeros(len(self._index), np.bool_)
        found[self._index.above(self._vector, self.least_similarity, allowed)[0]] = True
        return found


class TextSource:
    """Nearest texts: of the query in a search, else of the items in context, else of the latest history."""

    facts: ClassVar[Facts] = Facts(
        name="text",
        weights={"search": 1.0},
        telling=50,
        reason=SIMILAR,
        search_reason=Wording("meaning", "Close to what you mean"),
    )

    def __init__(
        self,
        index: VectorIndex,
        encode: Callable[[str], NDArray[np.float32]],
        config: TextConfig | None = None,
    ) -> None:
        """
        Args:
            index: over the l2-normalised item vectors (I, D).
            encode: a text's l2-normalised vector (D,), of the same encoder.
        """
        self._index, self._encode, self._config = index, encode, config or TextConfig()
        sample = index.vectors[:: max(1, len(index) // MOST_FOR_STATISTICS)].astype(np.float64)
        self._mean = sample.mean(axis=0)  # (D,)
        self._covariance = (sample - self._mean).T @ (sample - self._mean) / len(sample)  # (D, D)

    def over(self, index: VectorIndex) -> TextSource:
        """The same over a changed index, with the statistics of the release: few items do not move them."""
        other = copy(self)
        other._index = index
        return other

    def read(self, query: Query) -> TextReading | None:
        """None without text, context and history, or where nothing of the text is known."""
        vector = self._vector(query)
        length = float(np.linalg.norm(vector))
        if length < 1e-6:
            return None
        vector = (vector / length).astype(np.float32)
        variance = float(vector @ self._covariance @ vector)
        deviation = max(variance, 1e-12) ** 0.5
        return TextReading(self._index, vector, float(self._mean @ vector), deviation, self._config.match_z)

    def _vector(self, query: Query) -> NDArray[np.float32]:
        if query.asked.text.strip():
            return self._encode(query.asked.text)
        if len(query.asked.context):
            return np.asarray(self._index.vectors[query.asked.context].mean(axis=0), np.float32)
        return self._taste(query.person.history)

    def _taste(self, history: History) -> NDArray[np.float32]:
        latest = history.index[-self._config.history :]
        weights = self._config.decay ** np.arange(len(latest))[::-1]  # 1 for the last
        return np.asarray(weights @ self._index.vectors[latest], np.float32)
