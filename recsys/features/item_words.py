"""Which items say words just so, or say them at all, in their title, brand, category and attributes.

Filters by words (`Filters.phrases`, `Filters.without`) are rare, so an item's words are looked up when somebody asks:
a plain search through one long text, then a close look at the items that it leads to.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate

import numpy as np

from recsys import text as analysis
from recsys.slate import BoolArray
from recsys.text.negators import BEHIND, DENYING, FREE, IN_TITLES, INNER, OF, PASSED, W_O

_DENYING = DENYING | INNER | IN_TITLES
_WORD = re.compile(r"[^\W_]+")
_BOUND = frozenset(f"-{word}" for word in BEHIND)
_SAID = re.compile(rf"(?<=\w)(?:{'|'.join(sorted(_BOUND))})(?!\w)|[^\W_]+")
"""Words of an item; `-free` is one of its own, which denies nothing but the word that it is bound to."""


class ItemWords:
    """Of one catalogue; read by many threads."""

    def __init__(self, texts: Sequence[str]) -> None:
        """
        Args:
            texts: (I,) title and facts of each item.
        """
        self._texts = [analysis.normalise(text) for text in texts]
        self._joined = "\n".join(self._texts)
        self._starts = list(accumulate((len(text) + 1 for text in self._texts), initial=0))
        self.having = lru_cache(128)(self._having)
        self.wanting = lru_cache(128)(self._wanting)

    def _having(self, phrase: str) -> BoolArray:
        """(I,) items that say the words of a phrase one after the other, as they are written."""
        words = _WORD.findall(analysis.normalise(phrase))
        pattern = re.compile(r"(?<![^\W_])" + r"[\W_]{1,3}".join(map(re.escape, words)) + r"(?![^\W_])")
        found = np.zeros(len(self._texts), np.bool_)
        if words:
            found[list(self._rows(pattern))] = True
        return found

    def _wanting(self, phrase: str) -> BoolArray:
        """(I,) items that do not say the words of a phrase in any form, or only deny them: `no sugar`, `sugar-free`."""
        terms = [analysis.tokens(word) for word in _WORD.findall(analysis.normalise(phrase))]
        wanting = np.ones(len(self._texts), np.bool_)
        if not terms or not all(terms):
            return wanting
        first = _WORD.findall(analysis.normalise(phrase))[0]
        begin = re.compile(re.escape(_common(first, terms[0][0])))
        for row in set(self._rows(begin)):
            wanting[row] = not _affirms(_SAID.findall(self._texts[row]), terms)
        return wanting

    def _rows(self, pattern: re.Pattern[str]) -> Iterator[int]:
        for match in pattern.finditer(self._joined):
            yield bisect.bisect_right(self._starts, match.start()) - 1


def _common(word: str, term: str) -> str:
    """What a word and its stem begin with; one character less, for endings change the last."""
    size = next((i for i, (a, b) in enumerate(zip(word, term, strict=False)) if a != b), min(len(word), len(term)))
    return word[: max(1, size - 1 if size > 3 else size)]


def _affirms(words: Sequence[str], terms: Sequence[Sequence[str]]) -> bool:
    """Whether the words hold the terms one after the other, and deny them nowhere: `without needle`, of `Needles`."""
    wide = len(terms)
    places = [
        start
        for start in range(len(words) - wide + 1)
        if all(_holds(words[start + i], term) for i, term in enumerate(terms))
    ]
    return bool(places) and not any(_denied(words, start, wide) for start in places)


def _holds(word: str, term: Sequence[str]) -> bool:
    known = analysis.tokens(word)
    return set(term) <= set(known)


def _denied(words: Sequence[str], start: int, wide: int) -> bool:
    """A negator stands before them, small words between aside, or behind them, one word between at most."""
    before = start - 1
    while before > 0 and words[before] in PASSED:
        before -= 1
    behind = words[start + wide : start + wide + 2]
    if before >= 0 and (words[before] in _DENYING or tuple(words[before - 1 : before + 1]) == W_O):
        return True
    free_of = before >= 0 and words[before] == FREE and words[before + 1] in OF
    return free_of or any(word in BEHIND for word in behind) or (bool(behind) and behind[0] in _BOUND)
