"""What a search text asks for: the truth's reading of it, and the grade of every item for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsys.simulation.assortment import Assortment
from recsys.simulation.grammar import Vocabulary
from recsys.simulation.taxonomy import FACETS, SECTIONS, TYPE_CODE, TYPES, VALUES
from recsys.text import is_cjk, normalise, tokens

Phrase = tuple[str, ...]

_UNIT = re.compile(
    r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]|[^\W_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+"
)


class Intent(NamedTuple):
    """What somebody wants. Empty parts do not restrict."""

    types: tuple[int, ...] = ()
    """Product types, any of which will do."""
    wanted: tuple[tuple[str, tuple[int, ...]], ...] = ()
    """(facet or "brand", codes any of which will do)."""


class Intents:
    """Reads search texts with all the words of the language, also those that no title uses, and with typing errors."""

    def __init__(self, vocabulary: Vocabulary, brands: tuple[str, ...]) -> None:
        self._meanings = dict(_lexicon(vocabulary, brands))
        self._partial = _partial_nouns(self._meanings, vocabulary)
        self._longest = max(map(len, self._meanings))
        self._known = set(chain.from_iterable(self._meanings))
        self._close: dict[str, str] = {}
        for unit in sorted(self._known, key=lambda unit: (len(unit), unit)):
            for form in _shorter(unit):
                self._close.setdefault(form, unit)

    def parse(self, text: str) -> Intent:
        """The intent behind a text; empty where nothing in it is understood."""
        words = [self._corrected(unit) for unit in units(text)]
        types: set[int] = set()
        wanted: dict[str, tuple[int, ...]] = {}
        at = 0
        while at < len(words):
            length, (facet, codes) = self._longest_at(words, at)
            at += length
            if facet == "type":
                types.update(codes)
            elif facet:
                wanted.setdefault(facet, codes)
        return Intent(tuple(sorted(types)), tuple(sorted(wanted.items())))

    def _longest_at(self, words: list[str], at: int) -> tuple[int, tuple[str, tuple[int, ...]]]:
        for table in (self._meanings, self._partial):
            for length in range(min(self._longest, len(words) - at), 0, -1):
                meaning = table.get(tuple(words[at : at + length]))
                if meaning is not None:
                    return length, meaning
        return 1, ("", ())

    def _corrected(self, unit: str) -> str:
        """The known word at an edit distance of one, where the unit itself is unknown."""
        if unit in self._known or len(unit) < 4:
            return unit
        return next((self._close[form] for form in (unit, *_shorter(unit)) if form in self._close), unit)


def units(text: str) -> list[str]:
    """Stemmed words and single Chinese characters."""
    found: list[str] = []
    for unit in _UNIT.findall(normalise(text)):
        found += [unit] if is_cjk(unit) else tokens(unit)
    return found


def grades(intent: Intent, assortment: Assortment) -> NDArray[np.int8]:
    """(I,) relevance of every item.

    3: what was asked for. 2: the right kind of thing with something else than asked. 1: a thing of the same section,
    or nothing of what was asked but the kind. 0: none of this.
    """
    asked = len(intent.wanted)
    met = np.zeros(len(assortment), np.int8)
    for facet, codes in intent.wanted:
        column = assortment.brand if facet == "brand" else assortment.values[facet]
        met += np.isin(column, codes)
    if not intent.types:
        if not asked:
            return np.zeros(len(assortment), np.int8)
        return np.where(met == asked, 3, met > 0).astype(np.int8)
    right = np.isin(assortment.kind, intent.types)
    sections = [SECTIONS.index(TYPES[code].section) for code in intent.types]
    near = np.isin(assortment.section, sections)
    partly = np.where((met > 0) | (asked == 1), 2, 1)
    return np.where(right, np.where(met == asked, 3, partly), near).astype(np.int8)


def _lexicon(vocabulary: Vocabulary, brands: tuple[str, ...]) -> Iterator[tuple[Phrase, tuple[str, tuple[int, ...]]]]:
    """(phrase, (facet, codes)), the more specific meanings last."""
    for word, (facet, names) in vocabulary.wider.items():
        yield tuple(units(word)), (facet, tuple(VALUES[facet].index(name) for name in names))
    for facet in FACETS:
        for name, words in vocabulary.values[facet].items():
            for word in words:
                yield tuple(units(word)), (facet, (VALUES[facet].index(name),))
    for code, brand in enumerate(brands):
        yield tuple(units(brand)), ("brand", (code,))
    for key, words in vocabulary.types.items():
        for word in words:
            yield tuple(units(re.sub(r"[\s-]", "", word))), ("type", (TYPE_CODE[key],))  # frypan, tshirt
            yield tuple(units(word)), ("type", (TYPE_CODE[key],))


def _partial_nouns(
    meanings: dict[Phrase, tuple[str, tuple[int, ...]]], vocabulary: Vocabulary
) -> dict[Phrase, tuple[str, tuple[int, ...]]]:
    """Nouns with one unit missing mean all the types they may come from: `lamp`, `grinder`."""
    found: dict[Phrase, set[int]] = {}
    for phrase, (facet, codes) in meanings.items():
        if facet != "type" or len(phrase) < (2 if vocabulary.locale == "en" else 3):
            continue
        for gap in range(len(phrase)):
            found.setdefault(phrase[:gap] + phrase[gap + 1 :], set()).update(codes)
    return {phrase: ("type", tuple(sorted(codes))) for phrase, codes in found.items()}


def _shorter(unit: str) -> list[str]:
    """The unit and all its forms with one letter less; two words within one edit share one of these."""
    if len(unit) < 4:
        return []
    return [unit, *(unit[:i] + unit[i + 1 :] for i in range(len(unit)))]
