"""Words for the keys of the taxonomy, in one language, and the grammar that joins them.

The first word of a key is the one titles use; the others are synonyms, which only descriptions and queries use, so
that a search for them needs more than equal letters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Words = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Vocabulary:
    """One language of the shop."""

    locale: Literal["en", "zh"]
    currency: str
    price_scale: float
    """Prices in this currency for one unit of the taxonomy's."""
    departments: Mapping[str, str]
    sections: Mapping[str, str]
    types: Words
    plural: frozenset[str]
    """Types whose nouns are plural, where the language shows it."""
    facets: Mapping[str, str]
    """Facet -> the attribute's name in the catalogue."""
    values: Mapping[str, Words]
    """Facet -> value -> words."""
    wider: Mapping[str, tuple[str, tuple[str, ...]]]
    """Word -> (facet, the values it covers), for queries only."""
    brands: Mapping[str, tuple[str, ...]]
    """Department -> its brands."""
    lines: tuple[str, ...]
    """Names of product lines."""
    titles: tuple[str, ...]
    """Patterns of segments divided by `|`; a segment whose word is absent is left out."""
    descriptions: tuple[str, ...]
    """Patterns of the first sentence, likewise; `{This}` and `{comes}` agree with the noun."""
    queries: tuple[tuple[str, float], ...]
    """(pattern, weight)."""
    feature_sentences: Mapping[str, str]
    material_sentences: Mapping[str, str]
    uses: Mapping[str, tuple[str, ...]]
    """Section -> sentences about what its products are for."""
    agreement: tuple[Mapping[str, str], Mapping[str, str]]
    """Words of the description that agree with a singular and with a plural noun."""

    def noun(self, type_key: str) -> str:
        """The word that titles use."""
        return self.types[type_key][0]

    def word(self, facet: str, value: str) -> str:
        """The word that titles and attributes use."""
        return self.values[facet][value][0]


def fill(pattern: str, words: Mapping[str, str]) -> str:
    """Join the segments whose words are all there: `"{brand}| {material}| {noun}|, {size}"`."""
    kept = []
    for segment in pattern.split("|"):
        try:
            kept.append(segment.format_map(words))
        except KeyError:
            continue
    return "".join(kept).strip(" ,，")
