"""Items that have the words of a search."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from recsys.index.lexical import LexicalIndex
from recsys.index.matches import Matches
from recsys.recall.sources.facts import Facts, Wording
from recsys.slate import BoolArray, IntArray, Query

WORDS = Wording("words", "Matches your words")
SOME_WORDS = Wording("some_words", "Has some of your words")


class LexicalReading:
    """The matches of one search, scored in standard deviations of BM25 over the catalogue (0 for a non-match)."""

    def __init__(self, matches: Matches, num_items: int) -> None:
        self._matches = matches
        mean = float(matches.score.sum()) / num_items
        variance = float((matches.score.astype(np.float64) ** 2).sum()) / num_items - mean**2
        deviation = max(variance, 1e-12) ** 0.5
        self._scores = np.full(num_items, -mean / deviation, np.float32)  # (I,)
        self._scores[matches.index] = (matches.score - mean) / deviation
        self._whole_first = matches.index[np.argsort(~matches.whole, kind="stable")]

    @property
    def exact(self) -> bool:
        """Whether `matched` finds every match."""
        return self._matches.exact

    @property
    def corrected(self) -> tuple[tuple[str, str], ...]:
        """(word of the query, the one it was taken for)."""
        return self._matches.corrected

    @property
    def unknown(self) -> tuple[str, ...]:
        """Words of the query that no item has and nothing stands for."""
        return self._matches.unknown

    def whole(self) -> BoolArray:
        """(I,) items that have all that was asked for."""
        return self._mask(self._matches.index[self._matches.whole])

    def top(self, allowed: BoolArray, k: int) -> IntArray:
        """The k best allowed matches: first those that have all that was asked for."""
        return self._whole_first[allowed[self._whole_first]][:k]

    def score(self, index: IntArray) -> NDArray[np.float32]:
        """(N,) z-scores."""
        return self._scores[index]

    def matched(self, allowed: BoolArray) -> BoolArray:
        """(I,) allowed matches, also of some of the words only."""
        return self._mask(self._matches.index) & allowed

    def _mask(self, index: IntArray) -> BoolArray:
        found = np.zeros(len(self._scores), np.bool_)
        found[index] = True
        return found


class LexicalSource:
    """BM25 over title, facts and description; forgives typos. Speaks only in a search."""

    facts: ClassVar[Facts] = Facts(
        name="lexical",
        weights={"search": 1.0},
        telling=0,
        search_reason=WORDS,
        needs_text=True,
    )

    def __init__(self, index: LexicalIndex) -> None:
        self._index = index

    def read(self, query: Query) -> LexicalReading | None:
        """None without a text."""
        asked = query.asked
        if not asked.text.strip():
            return None
        matches = self._index.search(asked.text, asked.filters, synonyms=asked.synonyms)
        return LexicalReading(matches, len(self._index))
