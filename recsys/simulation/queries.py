"""Search texts as shoppers type them: nouns, synonyms, attributes, brands, and typing errors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsys.simulation.assortment import Assortment
from recsys.simulation.grammar import Vocabulary
from recsys.simulation.intents import Intent, Intents
from recsys.simulation.taxonomy import FACETS, TYPES, VALUES

SYNONYM_SHARE = 0.42
"""Of the nouns; twice as rare for attributes."""
WIDER_SHARE = 0.15
"""Of the attributes that a wider word covers: `wooden` instead of `oak`."""
TYPO_SHARE = 0.1
_SHORTEST_TYPO = 5


class ShopQuery(NamedTuple):
    """A search text and what is meant by it."""

    text: str
    intent: Intent


class QueryWriter:
    """Writes texts that have a target item in mind."""

    def __init__(self, vocabulary: Vocabulary, assortment: Assortment, intents: Intents) -> None:
        self._vocabulary, self._assortment, self._intents = vocabulary, assortment, intents
        self._patterns = [pattern for pattern, _ in vocabulary.queries]
        weights = np.array([weight for _, weight in vocabulary.queries])
        self._cumulative = np.cumsum(weights / weights.sum())
        self._wider: dict[tuple[str, str], list[str]] = {}
        for word, (facet, names) in vocabulary.wider.items():
            for name in names:
                self._wider.setdefault((facet, name), []).append(word)

    def write(self, item: NDArray[np.intp], rng: np.random.Generator) -> list[str]:
        """One text for each target item."""
        patterns = np.minimum(np.searchsorted(self._cumulative, rng.random(len(item))), len(self._patterns) - 1)
        return [self._write(int(i), self._patterns[p], rng) for i, p in zip(item, patterns, strict=True)]

    def _write(self, item: int, pattern: str, rng: np.random.Generator) -> str:
        words = self._words(item, pattern, rng)
        text = (
            " ".join(pattern.format_map(words).split()).lower() if "" not in words.values() else words["type"].lower()
        )
        if rng.random() >= TYPO_SHARE:
            return text
        mistyped = _mistype(text, self._vocabulary.locale == "zh", rng)
        return mistyped if self._intents.parse(mistyped) == self._intents.parse(text) else text

    def _words(self, item: int, pattern: str, rng: np.random.Generator) -> dict[str, str]:
        """A word for every name in the pattern, empty where the item has no such attribute."""
        words = {"type": _choose(self._vocabulary.types[TYPES[self._assortment.kind[item]].key], SYNONYM_SHARE, rng)}
        if "{brand}" in pattern:
            words["brand"] = self._assortment.brands[self._assortment.brand[item]]
        for facet in FACETS:
            if f"{{{facet}}}" in pattern:
                words[facet] = self._value_word(facet, int(self._assortment.values[facet][item]), rng)
        return words

    def _value_word(self, facet: str, code: int, rng: np.random.Generator) -> str:
        if code < 0:
            return ""
        name = VALUES[facet][code]
        wider = self._wider.get((facet, name))
        if wider and rng.random() < WIDER_SHARE:
            return wider[int(rng.integers(len(wider)))]
        return _choose(self._vocabulary.values[facet][name], SYNONYM_SHARE / 2, rng)


def _choose(words: tuple[str, ...], synonym_share: float, rng: np.random.Generator) -> str:
    if len(words) == 1 or rng.random() >= synonym_share:
        return words[0]
    return words[int(rng.integers(1, len(words)))]


def _mistype(text: str, chinese: bool, rng: np.random.Generator) -> str:
    """One slip of the finger: a letter left out, doubled, changed or swapped; in Chinese, a character left out."""
    if chinese:
        at = int(rng.integers(len(text)))
        return text[:at] + text[at + 1 :]
    words = text.split(" ")
    long = [n for n, word in enumerate(words) if len(word) >= _SHORTEST_TYPO and word.isalpha()]
    if not long:
        return text
    n = long[int(rng.integers(len(long)))]
    word, at = words[n], int(rng.integers(1, len(words[n]) - 1))
    letter = chr(ord("a") + int(rng.integers(26)))
    slips = (
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
        word[:at] + letter + word[at + 1 :],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    )
    words[n] = slips[int(rng.integers(len(slips)))]
    return " ".join(words)
