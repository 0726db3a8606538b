"""What a mistyped word may have meant: known terms within one or two edits."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import islice, takewhile
from typing import NamedTuple

import numpy as np
import regex
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from recsys.text import is_unspaced

_LETTERS = regex.compile(r"[\p{L}\p{M}]+")
SHORTEST = 4
"""Letters a word needs before it is taken for a typo."""
LONG = 7
"""Letters from which two edits are allowed."""


class Correction(NamedTuple):
    term: str
    distance: int


class Spelling:
    """The vocabulary of an index, searchable by edit distance."""

    def __init__(self, frequency: Mapping[str, int]) -> None:
        """
        Args:
            frequency: of each term, the number of items that have it.
        """
        self._frequency = dict(frequency)
        self._terms = [term for term in self._frequency if len(term) >= SHORTEST - 1 and _is_word(term)]
        self._codes = sorted(term for term in self._frequency if any(map(str.isdigit, term)))
        self._lengths = np.array([len(term) for term in self._terms], np.int32)
        self._letters = np.array([_letters(term) for term in self._terms], np.uint64)

    def __contains__(self, term: str) -> bool:
        return term in self._frequency

    def frequency(self, term: str) -> int:
        """Items that have a term, once for each field; 0 of an unknown one."""
        return self._frequency.get(term, 0)

    def begun_by(self, letters: str, most: int) -> list[str]:
        """Known terms with a digit, such as model numbers, that begin so; none where they are more than `most`."""
        first = bisect_left(self._codes, letters)
        found = list(takewhile(lambda term: term.startswith(letters), islice(self._codes, first, first + most + 1)))
        return found if len(found) <= most else []

    def corrections(self, word: str, limit: int = 3) -> list[Correction]:
        """The nearest known terms, most likely first: the fewest edits, then the same first letter, then frequency.

        Insertion, deletion, substitution and the swap of two neighbours are one edit each (optimal string alignment).
        Words with digits and words shorter than SHORTEST have no correction: `a15` is not `a16`.
        """
        if len(word) < SHORTEST or not _is_word(word):
            return []
        most = _most_edits(word)
        near = np.abs(self._lengths - len(word)) <= most
        near &= np.bitwise_count(self._letters ^ np.uint64(_letters(word))) <= 2 * most  # an edit changes two letters
        rows = np.flatnonzero(near)
        if len(rows) == 0:
            return []
        distance = edit_distance(word, [self._terms[row] for row in rows])
        best = int(distance.min())
        if best > most:
            return []
        found = [self._terms[row] for row in rows[distance == best]]
        found.sort(key=lambda term: (term[0] != word[0], -self._frequency[term], term))
        return [Correction(term, best) for term in found[:limit]]


def is_near(word: str, other: str) -> bool:
    """Whether one word may be a typing error of the other."""
    short = min(word, other, key=len)
    return len(short) >= SHORTEST and int(edit_distance(word, [other])[0]) <= _most_edits(short)


def _most_edits(word: str) -> int:
    return 2 if len(word) >= LONG else 1


def edit_distance(word: str, terms: Sequence[str]) -> NDArray[np.int64]:
    """(N,) optimal string alignment distance of a word to each term."""
    return np.array([OSA.distance(word, term) for term in terms], np.int64)


def _is_word(term: str) -> bool:
    """Letters of an alphabet and their marks; a syllable or ideogram is too much for one edit."""
    return _LETTERS.fullmatch(term) is not None and not is_unspaced(term)


def _letters(term: str) -> int:
    mask = 0
    for char in term:
        mask |= 1 << (ord(char) % 64)
    return mask
