"""Typeahead: what a shopper may be about to write.

Phrases are what others searched for, categories, brands and titles. One fits when every written word begins one of its
words; in a script without spaces (Chinese, Japanese, Korean, Thai ...) a word begins at every character. Where a search
is not finished by a whole phrase, its last word is finished by the words that stand in the fitting phrases beside the
earlier ones, so that what is suggested is also found. A word that begins nothing is read as its nearest beginning, or,
having none, is ignored.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from recsys.features.catalogue import Catalogue
from recsys.index.spelling import SHORTEST, Spelling
from recsys.slate import BoolArray, IntArray
from recsys.text import is_unspaced, normalise, runs

Kind = Literal["query", "category", "brand", "item"]
TRUST: dict[Kind, float] = {"query": 1.0, "category": 1.0, "brand": 0.9, "item": 0.3}
"""How much the logarithm of a phrase's count weighs: people's own words before the shop's, titles last."""
MOST_WORDS = 8
"""Written words that are read; the last ones."""
MOST_ITEMS = 3
"""Titles among the suggestions; more would leave no room for searches."""
READ = 8
"""Heaviest phrases that are looked at for each suggestion."""
REMEMBERED = 4096
"""Beginnings whose answers are kept: the shortest ones are the dearest, and asked for most."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A finished text; `item_id` where it is the title of an item."""

    text: str
    kind: Kind
    item_id: str | None = None


class Phrase(NamedTuple):
    suggestion: Suggestion
    weight: float


class Completer(Protocol):
    """What finishes a text."""

    def complete(self, text: str, limit: int = 8) -> tuple[Suggestion, ...]:
        """At most `limit` suggestions for what has been written, the likeliest first; none for nothing."""
        ...


class Suggestions:
    """Read-only; asked by many threads."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        """Take phrases in any order; of two with the same words the heavier stays."""
        best: dict[str, Phrase] = {}
        for phrase in sorted(phrases, key=lambda phrase: (-phrase.weight, phrase.suggestion.text)):
            best.setdefault(normalise(phrase.suggestion.text), phrase)
        self._phrases = [phrase.suggestion for phrase in best.values()]  # P, heaviest first: a place is a rank
        self._weight = np.array([phrase.weight for phrase in best.values()], np.float64)  # (P,)
        postings = sorted({(word, rank) for rank, text in enumerate(best) for word in _beginnings(text)})
        self._words = sorted({word for word, _ in postings})  # W
        place = {word: number for number, word in enumerate(self._words)}
        self._whole = frozenset(self._words)
        self._word = np.array([place[word] for word, _ in postings], np.int32)  # (O,) rising
        self._rank = np.array([rank for _, rank in postings], np.int32)  # (O,) rising within a word
        self._starts = np.searchsorted(self._word, np.arange(len(self._words) + 1))  # (W + 1,)
        self._spelling = Spelling(_prefixes(self._words))
        self._remembered = lru_cache(REMEMBERED)(self._complete)

    @classmethod
    def of(cls, catalogue: Catalogue, popularity: NDArray[np.int64], queries: Mapping[str, int]) -> Suggestions:
        """Everything that a catalogue and its log have to say.

        Args:
            popularity: (I,) steps of each item.
            queries: what was searched for -> by how many people.
        """
        shown = np.flatnonzero(catalogue.showable).astype(np.int32)
        return cls([*_queries(queries), *_facts(catalogue), *_titles(catalogue, popularity, shown)])

    def complete(self, text: str, limit: int = 8) -> tuple[Suggestion, ...]:
        """At most `limit` suggestions for what has been written, the likeliest first; none for nothing."""
        written = normalise(text)
        return self._remembered(written, limit) if written else ()

    def _complete(self, written: str, limit: int) -> tuple[Suggestion, ...]:
        words = [word for run in runs(written)[-MOST_WORDS:] if (word := self._nearest(run))]
        if not words:
            return ()
        ranges = [self._range(word) for word in words]
        fitting = np.ones(len(self._phrases), np.bool_)
        for start, end in ranges:
            fitting &= self._among(start, end)
        found = self._best(fitting, " ".join(words), limit)
        searches = sum(suggestion.kind != "item" for suggestion in found)
        finished = self._finished(words, ranges[-1], fitting, {normalise(one.text) for one in found}, limit - searches)
        titles = [suggestion for suggestion in found if suggestion.kind == "item"]
        searched = [suggestion for suggestion in found if suggestion.kind != "item"]
        room = max(limit - len(titles), len(searched))
        return tuple([*[*searched, *finished][:room], *titles][:limit])

    def _best(self, fitting: BoolArray, written: str, limit: int) -> list[Suggestion]:
        """The heaviest fitting phrases, few titles among them; those that go on as it was written come first."""
        heaviest = [self._phrases[rank] for rank in islice(np.flatnonzero(fitting).tolist(), READ * limit)]
        heaviest.sort(key=lambda one: not normalise(one.text).startswith(written))
        titles = [one for one in heaviest if one.kind == "item"][:MOST_ITEMS]
        return [one for one in heaviest if one.kind != "item" or one in titles][:limit]

    def _finished(
        self, words: Sequence[str], last: tuple[int, int], fitting: BoolArray, known: set[str], limit: int
    ) -> list[Suggestion]:
        """The written words with the last one finished, by what stands in the fitting phrases."""
        start, end = last
        inside = fitting[self._rank[start:end]]
        word, rank = self._word[start:end][inside], self._rank[start:end][inside]
        if len(word) == 0 or is_unspaced(words[-1]) or not self._whole.issuperset(words[:-1]):  # a suffix is no word
            return []
        weight = np.bincount(word - word[0], self._weight[rank])
        order = np.argsort(-weight, kind="stable")[: limit + len(known)]
        earlier = " ".join(words[:-1])
        texts = [f"{earlier} {self._words[word[0] + number]}".strip() for number in order if weight[number] > 0]
        return [Suggestion(text, "query") for text in texts if text not in known][: max(limit, 0)]

    def _nearest(self, word: str) -> str | None:
        """The word if it begins anything, else the nearest beginning, else None."""
        start, end = self._range(word)
        if start < end:
            return word
        corrections = self._spelling.corrections(word, 1) if len(word) >= SHORTEST else []
        return corrections[0].term if corrections else None

    def _range(self, prefix: str) -> tuple[int, int]:
        """Where the postings of words with this prefix begin and end."""
        first = bisect_left(self._words, prefix)
        last = bisect_left(self._words, prefix + chr(0x10FFFF))
        return int(self._starts[first]), int(self._starts[last])

    def _among(self, start: int, end: int) -> BoolArray:
        """(P,) phrases that these postings name."""
        among = np.zeros(len(self._phrases), np.bool_)
        among[self._rank[start:end]] = True
        return among


class ChangedSuggestions:
    """Those of a release, without titles of items that have changed, and with the titles that they have now."""

    def __init__(self, released: Suggestions, catalogue: Catalogue) -> None:
        """
        Args:
            catalogue: with the changes.
        """
        rows = catalogue.changed_rows
        self._released = released
        self._changed = frozenset(catalogue.item_ids[row] for row in rows.tolist())
        popularity = np.zeros(len(catalogue), np.int64)
        self._now = Suggestions(_titles(catalogue, popularity, rows[catalogue.showable[rows]]))

    def complete(self, text: str, limit: int = 8) -> tuple[Suggestion, ...]:
        """As `Suggestions.complete`; titles of changed items stand before others."""
        found = self._released.complete(text, limit + MOST_ITEMS)
        now = self._now.complete(text, limit)
        searches = dict.fromkeys(one for one in (*found, *now) if one.kind != "item")
        titles = [one for one in now if one.kind == "item"]
        titles += [one for one in found if one.kind == "item" and one.item_id not in self._changed]
        titles = titles[:MOST_ITEMS]
        return (*list(searches)[: max(limit - len(titles), 0)], *titles)[:limit]


def _beginnings(text: str) -> Iterable[str]:
    """What a written word may begin: each word (`.net` also without its sign), each rest of a run without spaces."""
    for run in runs(text):
        if is_unspaced(run):
            yield from (run[start:] for start in range(len(run)))
        else:
            yield from {run, run.lstrip(".")}


def _prefixes(words: Sequence[str]) -> Counter[str]:
    """Beginnings long enough to be corrected, with how many words have them."""
    return Counter(word[:end] for word in words for end in range(SHORTEST - 1, len(word) + 1))


def _queries(queries: Mapping[str, int]) -> Iterable[Phrase]:
    for text, count in queries.items():
        yield Phrase(Suggestion(text, "query"), TRUST["query"] * math.log1p(count))


def _facts(catalogue: Catalogue) -> Iterable[Phrase]:
    """Names of categories and brands, by the number of items that can be shown."""
    shown = np.flatnonzero(catalogue.showable)
    categories = Counter(name for index in shown for name in set(catalogue.paths[index]))
    brands = Counter(catalogue.brands[code] for code in catalogue.brand_code[shown] if code >= 0)
    counted: list[tuple[Kind, Counter[str]]] = [("category", categories), ("brand", brands)]
    for kind, counts in counted:
        for name, count in counts.items():
            yield Phrase(Suggestion(name, kind), TRUST[kind] * math.log1p(count))


def _titles(catalogue: Catalogue, popularity: NDArray[np.int64], rows: IntArray) -> Iterable[Phrase]:
    for index in rows.tolist():
        suggestion = Suggestion(catalogue.titles[index], "item", catalogue.item_ids[index])
        yield Phrase(suggestion, TRUST["item"] * math.log1p(1 + int(popularity[index])))
