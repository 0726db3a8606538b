"""What a text asks the lexical index for: one thing after the other, each by the terms that may stand for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from recsys.index.documents import FUNCTION_WORDS, IDS, JOINED, compact, joined
from recsys.index.spelling import Correction, Spelling
from recsys.text import is_number, is_unspaced, runs, terms_of

AS_OFTEN = 0.1
"""Times as often as a word itself that its divided form must be written, to be more than chance (`bean`, `be an`)."""


class Wanted(NamedTuple):
    """One thing asked for. An item has it by any of the alternatives, or by all of `parts`, or by `joined`."""

    alternatives: tuple[Correction, ...] = ()
    """Terms of the texts, each one enough."""
    parts: tuple[str, ...] = ()
    """Terms that are enough together."""
    joined: str | None = None
    """Two neighbouring words of an item, as one."""

    @property
    def is_asked(self) -> bool:
        """Whether it is more than a function word."""
        return not any(term in FUNCTION_WORDS for term, _ in self.alternatives)

    @property
    def as_told(self) -> Wanted:
        """Without the corrections that nobody is told of: only the likeliest is."""
        told = (one for place, one in enumerate(self.alternatives) if not place or not one.distance)
        return self._replace(alternatives=tuple(told))


UNKNOWN = Wanted()
"""What a word asks for that no item has and nothing stands for."""


class Reader:
    """Reads texts with the words of one index. Read-only."""

    def __init__(self, spelling: Spelling, how_often: Callable[[str, str], int], language: str) -> None:
        """
        Args:
            how_often: field, term -> items that have it.
            language: of the catalogue.
        """
        self._spelling, self._how_often, self._language = spelling, how_often, language

    def things(self, text: str) -> Iterator[tuple[str, Wanted]]:
        """What is asked for, with the words that ask for it, in order; UNKNOWN where no item has a word."""
        written, at = runs(text), 0
        while at < len(written):
            together = self._together(written[at], written[at + 1]) if at + 1 < len(written) else None
            if together is not None:
                yield f"{written[at]} {written[at + 1]}", together
                at += 2
            else:
                alone = self._alone(written[at]) or [UNKNOWN]
                yield from ((written[at], wanted) for wanted in alone)
                at += 1

    def neighbours(self, text: str) -> list[str]:
        """Neighbouring words of the text that also stand side by side in the title or a fact of some item."""
        pairs = (joined(left, right, self._language) for left, right in pairwise(runs(text)))
        return [term for term in dict.fromkeys(pairs) if term and self._how_often(JOINED, term)]

    def id_of(self, text: str) -> str | None:
        """The text as an id, or a part of one, that some item has."""
        words = text.split()
        code = compact(text)
        if not code or (len(words) > 1 and not any(map(str.isdigit, code))):
            return None
        for term in dict.fromkeys((code, code.lstrip("0"))):
            if term and self._how_often(IDS, term):
                return term
        return None

    def _together(self, left: str, right: str) -> Wanted | None:
        """Two neighbouring words that the shop also writes as one, or a number and what it counts."""
        term = joined(left, right, self._language)
        if term is None:
            return None
        measured = is_number(left) and self._how_often(JOINED, term) > 0
        known = term in self._spelling
        if not measured and not known:
            return None
        parts = (*terms_of(left, self._language), *terms_of(right, self._language))
        return Wanted((Correction(term, 0),) if known else (), parts, term)

    def _alone(self, run: str) -> list[Wanted]:
        terms = terms_of(run, self._language)
        found = [self._term(term) for term in terms]
        if is_unspaced(run):
            found[1:-1] = [
                one and one._replace(parts=around) for one, around in zip(found[1:-1], _around(terms), strict=True)
            ]
        return [one for one in found if one]

    def _term(self, term: str) -> Wanted | None:
        divided = self._how_often(JOINED, term)
        if term in self._spelling:
            often = divided >= max(1.0, AS_OFTEN * self._spelling.frequency(term))
            return Wanted((Correction(term, 0),), joined=term if often else None)
        if divided:
            return Wanted(joined=term)
        corrections = self._spelling.corrections(term)
        return Wanted(tuple(corrections)) if corrections else None


def _around(terms: Sequence[str]) -> list[tuple[str, str]]:
    """The neighbours of each pair of clusters but the first and the last. Where both are there, so are its clusters:
    the pair itself may stand across two words that the shop writes apart."""
    return list(zip(terms[:-2], terms[2:], strict=True))


def corrected(things: Iterable[tuple[str, Wanted]]) -> list[tuple[str, str]]:
    """Words that the index does not know, and the likeliest term that each was taken for, once each."""
    nearest = [(words, wanted.alternatives[0]) for words, wanted in things if wanted.alternatives]
    return list(dict.fromkeys((words, term) for words, (term, distance) in nearest if distance))


def unknown(things: Iterable[tuple[str, Wanted]]) -> list[str]:
    """Words that no item has and nothing stands for, once each; a function word is not missed."""
    return list(dict.fromkeys(words for words, one in things if one == UNKNOWN and words not in FUNCTION_WORDS))
