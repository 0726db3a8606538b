"""Recall by words: BM25 over titles, facts and descriptions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recsys.index.lexical import LexicalIndex, Matches
from recsys.recall.dense import best_allowed
from recsys.slate import BoolArray, IntArray, Query


class LexicalReading:
    """BM25 of every item as a share of the best match's: 1 for the best, 0 for no match."""

    def __init__(self, matches: Matches, num_items: int) -> None:
        self._score = np.zeros(num_items, np.float32)
        self._score[matches.index] = matches.score / max(float(matches.score.max(initial=0.0)), 1e-9)
        self.exact = matches.exact

    def top(self, allowed: BoolArray, k: int) -> IntArray:
        return best_allowed(self._score, self.matched(allowed), k)

    def score(self, index: IntArray) -> NDArray[np.float32]:
        return self._score[index]

    def matched(self, allowed: BoolArray) -> BoolArray:
        """(I,) allowed items that have the words."""
        matched: BoolArray = (self._score > 0) & allowed
        return matched


class LexicalSource:
    """Reads the searched text."""

    name = "lexical"

    def __init__(self, index: LexicalIndex, num_items: int) -> None:
        self._index, self._num_items = index, num_items

    def read(self, query: Query) -> LexicalReading | None:
        if not query.text:
            return None
        return LexicalReading(self._index.search(query.text, query.filters), self._num_items)
