"""Words that stand for each other in this shop, and where a search has one of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from recsys.queries.understood import Parts, Taken
from recsys.queries.words import plain, same
from recsys.text import is_unspaced

LONGEST = 4
"""Words of a synonym that are looked for in a search."""


class Synonym(NamedTuple):
    """Who writes `words` may also mean `instead`; not the other way round."""

    words: str
    instead: str


class Synonyms:
    """Of one shop; read by many threads."""

    def __init__(self, known: Iterable[Synonym] = ()) -> None:
        """
        Args:
            known: in any writing; what is no word, or means itself, is left out.
        """
        found: dict[str, list[str]] = {}
        for words, instead in known:
            key, others = plain(words), found.setdefault(plain(words), [])
            if plain(instead) not in ("", key, *map(plain, others)):
                others.append(instead)
        self._instead = {key: tuple(others) for key, others in found.items() if key and others}
        self.beginnings = frozenset(key.split()[0] for key in self._instead)
        """First words of those that have one."""
        unspaced = sorted((key for key in self._instead if is_unspaced(key)), key=lambda key: (-len(key), key))
        self._unspaced = re.compile("|".join(map(re.escape, unspaced))) if unspaced else None

    def __len__(self) -> int:
        return len(self._instead)

    def instead_of(self, words: str) -> tuple[str, ...]:
        """What may be meant by words, given as `plain` writes them; nothing of most words."""
        return self._instead.get(words, ())

    def pairs(self) -> list[Synonym]:
        """All of them, which make the same again."""
        return [Synonym(words, instead) for words, others in self._instead.items() for instead in others]

    def within(self, folded: str) -> Iterable[tuple[int, int, str]]:
        """Where those of scripts without spaces stand in a folded text: start, end, and which."""
        if self._unspaced is not None:
            for match in self._unspaced.finditer(folded):
                yield match.start(), match.end(), match[0]


def read_synonyms(parts: Parts, synonyms: Synonyms) -> None:
    """Say what the words that nobody else has read may also mean; they are still searched for."""
    if not len(synonyms):
        return
    for start, end, key in [*synonyms.within(parts.folded), *_words(parts, synonyms)]:
        if parts.free(start, end) and not parts.is_refused(start, end):
            words = parts.take(start, end, drop=False)
            parts.synonyms += [Taken(words, instead) for instead in synonyms.instead_of(key)]


def _words(parts: Parts, synonyms: Synonyms) -> Iterable[tuple[int, int, str]]:
    """The longest ones first met: start, end, and which."""
    words, place = parts.said, 0
    compared = [same(word.text) for word in words]
    while place < len(words):
        begins = compared[place] in synonyms.beginnings
        width = _longest(compared[place : place + LONGEST], synonyms) if begins else 0
        if width:
            end = place + width
            yield words[place].start, words[end - 1].end, " ".join(compared[place:end])
        place += width or 1


def _longest(words: Sequence[str], synonyms: Synonyms) -> int:
    return next((width for width in range(len(words), 0, -1) if synonyms.instead_of(" ".join(words[:width]))), 0)


def as_asked(understood: Iterable[Taken]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Words of a search with all that may be meant by them, as the stages take it."""
    found: dict[str, list[str]] = {}
    for one in understood:
        found.setdefault(one.words, []).append(one.value)
    return tuple((words, tuple(values)) for words, values in found.items())


def joined(given: Synonyms, *learned: Mapping[str, str]) -> Synonyms:
    """What a shop says of its words, and what was learned of the others."""
    more = (Synonym(*one) for each in learned for one in each.items() if not given.instead_of(plain(one[0])))
    return Synonyms([*given.pairs(), *more])
