"""What a shop's own catalogue says of words: names of its values, neighbours in its texts, units, currencies."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from recsys.errors import WrongArtifact
from recsys.features.catalogue import Catalogue
from recsys.index.spelling import Spelling
from recsys.queries.said_words import hash_of_pair, hashes_of_pairs, said_words
from recsys.queries.synonyms import Synonym, Synonyms
from recsys.queries.words import fold, plain, same
from recsys.slate import BoolArray, Filters

SETTINGS, PAIRS = "words.json", "pairs.npy"
LONGEST = 4
"""Words of a value that are looked for in a query."""
CERTAIN = 0.9
"""Share of the items with a word in their title that must have the value which it names, before it may filter."""
FLAGS = frozenset(
    [
        "yes",
        "no",
        "true",
        "false",
        "other",
        "none",
        "new",
        "used",
        "n",
        "a",
        "unknown",
        "default",
        "one",
        "and",
        "or",
        "for",
        "with",
        "the",
        "of",
        "in",
        "on",
        "to",
    ]
)
"""Values that are words of every sentence."""
_MEASURE = re.compile(r"\d[\d.,x×/ ]*\s*([^\W\d_]+)")


class Value(NamedTuple):
    """One value of one field."""

    field: str
    """category, brand, or the name of an attribute."""
    value: tuple[str, ...]
    """A path for a category, else one text."""


@dataclass(frozen=True)
class Learned:
    """What a catalogue says of words, kept beside an index."""

    certain: dict[str, Value]
    """Folded words -> the one value that they surely mean."""
    names: frozenset[str]
    """Folded words that are a whole value of some field."""
    units: frozenset[str]
    fields: frozenset[str]
    """Names of attributes, which stand before numbers that are no prices."""
    words: dict[str, int]
    """Folded words -> items with it in title or facts; 0 where descriptions alone have it."""
    pairs: NDArray[np.int64]
    """(P,) hashes of words that stand side by side, rising."""
    synonyms: Synonyms

    @classmethod
    def of(cls, catalogue: Catalogue, synonyms: Synonyms | None = None) -> Self:
        """Learn from a catalogue.

        Args:
            synonyms: as the shop gives them, or as they were learned of its log.
        """
        titles = [plain(title).split() for title in catalogue.titles]
        facts = [plain(catalogue.facts(row)).split() for row in range(len(catalogue))]
        named, synonyms = _named(catalogue), synonyms or Synonyms()
        certain = _certain(catalogue, named, titles, synonyms)
        fields = frozenset(plain(name) for name in catalogue.attributes)
        words, pairs = said_words(catalogue, titles, facts), hashes_of_pairs([*titles, *facts])
        return cls(certain, frozenset(named), _units(catalogue), fields, words, pairs, synonyms)

    def save(self, folder: Path) -> None:
        """Write words.json and pairs.npy into a folder, made if absent."""
        folder.mkdir(parents=True, exist_ok=True)
        words = {
            "certain": self.certain,
            "names": sorted(self.names),
            "units": sorted(self.units),
            "fields": sorted(self.fields),
            "words": self.words,
            "synonyms": self.synonyms.pairs(),
        }
        (folder / SETTINGS).write_text(json.dumps(words, ensure_ascii=False), "utf-8")
        np.save(folder / PAIRS, self.pairs)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote. Raises WrongArtifact."""
        try:
            said = json.loads((folder / SETTINGS).read_text("utf-8"))
            certain = {words: Value(field, tuple(value)) for words, (field, value) in said["certain"].items()}
            names, units, fields = (frozenset(said[name]) for name in ("names", "units", "fields"))
            pairs = np.asarray(np.load(folder / PAIRS), np.int64)
            synonyms = Synonyms(Synonym(*one) for one in said["synonyms"])
            return cls(certain, names, units, fields, said["words"], pairs, synonyms)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise WrongArtifact(str(folder), "the words of a shop", error, kind="index") from None


class ShopWords:
    """What was learned, over a catalogue; read by many threads."""

    def __init__(self, catalogue: Catalogue, learned: Learned | None = None) -> None:
        """
        Args:
            learned: of the catalogue as released; without it, it is learned here, which takes a while.
        """
        self._catalogue = catalogue
        learned = learned or Learned.of(catalogue)
        self.certain, self.names, self.units, self.fields = (
            learned.certain,
            learned.names,
            learned.units,
            learned.fields,
        )
        self.beginnings = frozenset(name.split()[0] for name in learned.names)
        """First words of names."""
        self._pairs, self.synonyms = learned.pairs, learned.synonyms
        self._words = learned.words
        self._spelling = Spelling({word: count for word, count in learned.words.items() if count})
        self.spelled = lru_cache(4096)(self._spelled)
        self.has_prices = bool(catalogue.prices.known.any())
        self.passing = lru_cache(256)(self._passing)

    def changed(self, catalogue: Catalogue) -> ShopWords:
        """The same words over items as they are now; new values of theirs are learned with the next release."""
        other = copy(self)
        other._catalogue = catalogue
        texts = (
            plain(f"{catalogue.text(row)} {catalogue.descriptions[row]}") for row in catalogue.changed_rows.tolist()
        )
        other._words = self._words | {word: 1 for text in texts for word in text.split() if word not in self._words}
        other.spelled = lru_cache(4096)(other._spelled)
        other.passing = lru_cache(256)(other._passing)
        return other

    @property
    def currencies(self) -> tuple[str, ...]:
        """Of the prices, most frequent first; empty where the shop says none."""
        return self._catalogue.prices.currencies

    def beside(self, first: str, second: str) -> bool:
        """Whether two folded words stand next to each other in some title, brand, category or attribute."""
        wanted = hash_of_pair(first, second)
        place = int(np.searchsorted(self._pairs, wanted))
        return place < len(self._pairs) and int(self._pairs[place]) == wanted

    def says(self, phrase: str) -> bool:
        """Whether some item has these words just so in its title or facts."""
        return bool(self._catalogue.words.having(phrase).any())

    def _spelled(self, word: str) -> str:
        """A folded word as it is compared; one that nobody knows, as the word of a title that is one edit away."""
        written = same(word)
        if written in self._words or self.synonyms.instead_of(written):
            return written
        found = self._spelling.corrections(written, 1)
        return found[0].term if found and found[0].distance == 1 else written

    def _passing(self, value: Value) -> BoolArray:
        """(I,) items on show that have a value."""
        return self._catalogue.mask(filters_of([value]))


def filters_of(values: Iterable[Value]) -> Filters:
    """Filters that accept these values; several of one field are alternatives."""
    categories: list[tuple[str, ...]] = []
    brands: list[str] = []
    attributes: dict[str, list[str]] = defaultdict(list)
    for one in values:
        if one.field == "category":
            categories.append(one.value)
        elif one.field == "brand":
            brands.append(one.value[0])
        else:
            attributes[one.field].append(one.value[0])
    pairs = tuple((name, tuple(accepted)) for name, accepted in sorted(attributes.items()))
    return Filters(tuple(categories), tuple(brands), attributes=pairs)


def _named(catalogue: Catalogue) -> dict[str, list[Value]]:
    """Folded words -> the values that are called so."""
    named: dict[str, list[Value]] = defaultdict(list)
    for path in catalogue.categories:
        named[plain(path[-1])].append(Value("category", tuple(path)))
    for brand in catalogue.brands:
        named[plain(brand)].append(Value("brand", (brand,)))
    for name, codes in catalogue.attributes.items():
        for value in codes.values:
            named[plain(value)].append(Value(name, (value,)))
    return {words: values for words, values in named.items() if 0 < len(words.split()) <= LONGEST}


def _certain(
    catalogue: Catalogue, named: dict[str, list[Value]], titles: list[list[str]], synonyms: Synonyms
) -> dict[str, Value]:
    """Of the names, those by which titles mean one value: nearly all items with the words, or what may stand for them,
    have it.
    """
    instead = {words: [plain(other) for other in synonyms.instead_of(words)] for words in named}
    rows = _rows_with(frozenset(named).union(*instead.values()), titles)
    found: dict[str, Value] = {}
    for words, values in named.items():
        if words.replace(" ", "").isdigit() or len(words) < 2 or words in FLAGS:
            continue  # such a word means many things
        said = sorted({row for one in (words, *instead[words]) for row in rows.get(one, ())})
        having = [value for value in values if _share(catalogue, value, said) >= CERTAIN]
        fields = {value.field for value in values}
        if (len(values) == 1 and having and len(fields) == 1) or len(having) == 1:
            found[words] = having[0]
    return found


def _rows_with(names: frozenset[str], titles: list[list[str]]) -> dict[str, list[int]]:
    """Names -> rows of the items whose titles say them."""
    rows: dict[str, list[int]] = defaultdict(list)
    for row, words in enumerate(titles):
        for start in range(len(words)):
            for end in range(start + 1, min(start + LONGEST, len(words)) + 1):
                name = " ".join(words[start:end])
                if name in names and (not rows[name] or rows[name][-1] != row):
                    rows[name].append(row)
    return rows


def _share(catalogue: Catalogue, value: Value, rows: list[int]) -> float:
    """Share of these items that have the value; 1 where no title says its name, for then nothing speaks against it."""
    if not rows:
        return 1.0
    index = np.array(rows, np.int32)
    if value.field == "category":
        path = value.value
        return float(np.mean([catalogue.paths[row][: len(path)] == path for row in rows]))
    if value.field == "brand":
        return float((catalogue.brand_code[index] == catalogue.brands.index(value.value[0])).mean())
    return float(catalogue.attributes[value.field].having(index, value.value[0]).mean())


def _units(catalogue: Catalogue) -> frozenset[str]:
    """What stands behind the number in values such as `10 kg` and `1000 Pieces`."""
    values = (value for codes in catalogue.attributes.values() for value in codes.values)
    found = (_MEASURE.fullmatch(fold(value).strip()) for value in values)
    return frozenset(same(match[1]) for match in found if match)
