"""What a text asks the lexical index for: one thing after the other, each by the terms that may stand for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from recsys.index.documents import FUNCTION_WORDS, IDS, JOINED, compact, joined
from recsys.index.spelling import Correction, Spelling
from recsys.index.stand_ins import Alternatives, apart
from recsys.text import is_number, is_unspaced, runs, terms_of, tokens

REMEMBERED = 65536
"""Terms whose frequency is kept."""
MOST_BEGUN = 100
"""Ids or model numbers that a beginning may stand for: one of more says too little."""
SHORTEST_BEGINNING = 5
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
    instead: tuple[tuple[str, ...], ...] = ()
    """What may stand for it, each the terms that are enough together."""

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


class Read(NamedTuple):
    """A text as it was read."""

    things: tuple[tuple[str, Wanted], ...]
    """What is asked for, with the words that ask for it, in order; UNKNOWN where no item has a word."""
    neighbours: tuple[str, ...]
    """Neighbouring words that also stand side by side in the title or a fact of some item."""
    ids: tuple[str, ...]
    """The id, or part of one, that the text is; else the ids that begin so, if they are few."""


class Reader:
    """Reads texts with the words of one index. Read-only."""

    def __init__(
        self,
        spelling: Spelling,
        how_often: Callable[[str, str], int],
        beginning: Callable[[str, str], Sequence[str]],
        language: str,
    ) -> None:
        """
        Args:
            how_often: field, term -> items that have it.
            beginning: field, letters -> terms that begin so.
            language: of the catalogue.
        """
        self._spelling, self._language = spelling, language
        self._how_often, self._beginning = lru_cache(REMEMBERED)(how_often), beginning

    def read(self, text: str, synonyms: Sequence[Alternatives] = ()) -> Read:
        """All that a text asks for.

        Args:
            synonyms: of words of the text; these are never corrected, for somebody knows them.
        """
        written = runs(text)
        return Read(tuple(self._asked(written, synonyms)), self._neighbours(written), self._ids(text))

    def _asked(self, written: Sequence[str], synonyms: Sequence[Alternatives]) -> Iterator[tuple[str, Wanted]]:
        for words, others in apart(written, synonyms):
            if others:
                yield " ".join(words), self._either(words, others)
            else:
                yield from self._things(words)

    def _either(self, written: Sequence[str], others: Iterable[str]) -> Wanted:
        """Words by all their terms, as they are written, or by those of what may stand for them."""
        own = tuple(term for run in written for term in terms_of(run, self._language))
        joined_term = joined(*written, self._language) if len(written) == 2 else None
        instead = (tuple(tokens(other, self._language)) for other in others)
        return Wanted(parts=own, joined=joined_term, instead=tuple(terms for terms in instead if terms))

    def _things(self, written: Sequence[str]) -> Iterator[tuple[str, Wanted]]:
        at = 0
        while at < len(written):
            together = self._together(written[at], written[at + 1]) if at + 1 < len(written) else None
            if together is not None:
                yield f"{written[at]} {written[at + 1]}", together
                at += 2
            else:
                yield from ((written[at], wanted) for wanted in self._alone(written[at]) or [UNKNOWN])
                at += 1

    def _neighbours(self, written: Sequence[str]) -> tuple[str, ...]:
        pairs = (joined(left, right, self._language) for left, right in pairwise(written))
        return tuple(term for term in dict.fromkeys(pairs) if term and self._how_often(JOINED, term))

    def _ids(self, text: str) -> tuple[str, ...]:
        is_one_word, code = len(text.split()) == 1, compact(text)
        if not code or not (is_one_word or _has_digit(code)):
            return ()
        for term in dict.fromkeys((code, code.lstrip("0"))):
            if term and self._how_often(IDS, term):
                return (term,)
        if not is_one_word or not _is_beginning(code):
            return ()
        begun = tuple(sorted(self._beginning(IDS, code)))
        return begun if len(begun) <= MOST_BEGUN else ()

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
            others = tuple((one,) for one in self._begun_by(term) if one != term)
            return Wanted((Correction(term, 0),), joined=term if often else None, instead=others)
        if divided:
            return Wanted(joined=term)
        alternatives = [Correction(one, 0) for one in self._begun_by(term)] or self._spelling.corrections(term)
        return Wanted(tuple(alternatives)) if alternatives else None

    def _begun_by(self, term: str) -> list[str]:
        """Model numbers that begin so; none for a number: 100000 mAh is not 1000000."""
        is_model = _is_beginning(term) and not is_number(term)
        return self._spelling.begun_by(term, MOST_BEGUN) if is_model else []


def _around(terms: Sequence[str]) -> list[tuple[str, str]]:
    """The neighbours of each pair of clusters but the first and the last. Where both are there, so are its clusters:
    the pair itself may stand across two words that the shop writes apart."""
    return list(zip(terms[:-2], terms[2:], strict=True))


def _has_digit(term: str) -> bool:
    return any(map(str.isdigit, term))


def _is_beginning(code: str) -> bool:
    """Whether it is long enough for the beginning of an id or a model number: `tra708`; of digits alone, `084277`."""
    return _has_digit(code) and len(code) >= SHORTEST_BEGINNING + code.isdigit()


def corrected(things: Iterable[tuple[str, Wanted]]) -> list[tuple[str, str]]:
    """Words that the index does not know, and the likeliest term that each was taken for, once each."""
    nearest = [(words, wanted.alternatives[0]) for words, wanted in things if wanted.alternatives]
    return list(dict.fromkeys((words, term) for words, (term, distance) in nearest if distance))


def unknown(things: Iterable[tuple[str, Wanted]]) -> list[str]:
    """Words that no item has and nothing stands for, once each; a function word is not missed."""
    return list(dict.fromkeys(words for words, one in things if one == UNKNOWN and words not in FUNCTION_WORDS))
