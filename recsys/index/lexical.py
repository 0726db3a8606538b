"""Search by words: BM25 over title, facts and description, on tantivy.

Text is analysed by `recsys.text` and handed over as finished terms, so stemming and Chinese bigrams are the same
everywhere. What matches a text does not depend on filters, page or limit:

1. A term that the index does not know stands for its nearest known terms (`spelling`), or, having none, is ignored.
2. An item in stock matches if it has every term, in any field; English function words are not asked for.
3. If fewer than `enough` items do, two thirds of the terms suffice; if that is still too few, any term does.

The score is BM25 (k1 1.2, b .75) summed over terms and weighted fields, whichever rule let the item in.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import tantivy
from numpy.typing import NDArray
from tantivy import FieldType, Occur, Query

from recsys import text as analysis
from recsys.config import Config
from recsys.errors import WrongArtifact
from recsys.features.catalogue import Catalogue
from recsys.index.spelling import Correction, Spelling
from recsys.slate import NO_ITEMS, Filters, IntArray

WORDS = ("title", "facts", "description")
SETTINGS = "lexical.json"
FUNCTION_WORDS = frozenset(
    ("a", "an", "and", "at", "by", "for", "from", "in", "is", "it", "of", "on", "or", "s", "the", "to", "with")
)
WRITER_BYTES = 128_000_000
CHANGES_BYTES = 15_000_000
"""Of a writer of few items; the least that tantivy takes."""
_SEPARATOR = "\x1f"


class LexicalConfig(Config):
    """Settings of lexical search."""

    title: float = 2.0
    """Weight of the title."""
    facts: float = 1.0
    """Weight of brand, category and attribute values."""
    description: float = 0.5
    """Weight of the description."""
    typo: float = 0.7
    """Weight of a corrected term, for each edit."""
    enough: int = 10
    """Matches below which fewer terms are asked for."""
    match_limit: int = 20_000
    """Most matches that are returned."""


@dataclass(frozen=True, slots=True)
class Matches:
    """Items that match, best first."""

    index: IntArray  # (M,)
    score: NDArray[np.float32]  # (M,) BM25, above 0
    total: int  # matches in all

    @property
    def exact(self) -> bool:
        """Whether these are all."""
        return len(self.index) == self.total


NO_MATCHES = Matches(NO_ITEMS, np.zeros(0, np.float32), 0)


class LexicalIndex:
    """A read-only index. Any number of threads and processes may open one folder; nobody writes to it again.

    `changed` makes another one, in memory that only this process has.
    """

    def __init__(self, index: tantivy.Index, config: LexicalConfig, folder: Path) -> None:
        """Take an opened tantivy index; `build` and `open` make one."""
        self.config = config
        self._folder = folder
        self._schema, self._searcher = index.schema, index.searcher()
        frequency: Counter[str] = Counter()
        for name in WORDS:
            frequency.update(dict(self._searcher.terms_with_prefix(name, "")))
        self._spelling = Spelling(frequency)

    @classmethod
    def build(cls, catalogue: Catalogue, folder: Path, config: LexicalConfig | None = None) -> LexicalIndex:
        """Write the index of a catalogue into a folder (made if absent) and open it."""
        config = config or LexicalConfig()
        folder.mkdir(parents=True, exist_ok=True)
        index = tantivy.Index(_schema(), path=str(folder), reuse=False)
        writer = index.writer(heap_size=WRITER_BYTES, num_threads=1)  # one thread: documents stay in order
        for i in range(len(catalogue)):
            writer.add_document(_document(catalogue, i))
        writer.commit()
        writer.wait_merging_threads()
        del writer, index
        for lock in folder.glob(".tantivy-*.lock"):
            lock.unlink()
        for path in folder.iterdir():
            path.chmod(0o644)  # tantivy makes some private to the writer
        (folder / SETTINGS).write_text(config.model_dump_json(), "utf-8")
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path) -> LexicalIndex:
        """Open what `build` wrote, leaving the folder untouched. Raises WrongArtifact."""
        try:
            config = LexicalConfig.parse(json.loads((folder / SETTINGS).read_text("utf-8")))
            # tantivy makes lock files even to read, so it gets a folder of links: an artifact never changes, and may
            # lie on a read-only disk. The files stay mapped when the links are gone.
            with _links(folder) as links:
                index = tantivy.Index.open(str(links))
                index.config_reader("manual", 1)
                return cls(index, config, folder)
        except (OSError, ValueError) as error:
            raise WrongArtifact(str(folder), "a lexical index", error, kind="index") from None

    def changed(self, catalogue: Catalogue, rows: IntArray) -> LexicalIndex:
        """This index, as it lies in its folder, with other words for some items; rows behind the last are added.

        Costs a segment of the changed items; the segments of the others are shared. Equal changes give equal answers,
        however many came before. Raises WrongArtifact where the folder is gone.

        Args:
            catalogue: with the changes; what cannot be shown matches nothing.
            rows: (C,) what differs from the folder.
        """
        if not len(rows):
            return self
        try:
            with _links(self._folder) as links:
                index = tantivy.Index.open(str(links))
                writer = index.writer(heap_size=CHANGES_BYTES, num_threads=1)
                for row in rows.tolist():
                    writer.delete_documents_by_term("row", row)
                    writer.add_document(_document(catalogue, row))
                writer.commit()
                writer.wait_merging_threads()
                del writer
                index.config_reader("manual", 1)
                index.reload()
                return LexicalIndex(index, self.config, self._folder)
        except (OSError, ValueError) as error:
            raise WrongArtifact(str(self._folder), "a lexical index", error, kind="index") from None

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def search(self, text: str, filters: Filters | None = None, limit: int | None = None) -> Matches:
        """All items in stock that match the text, best first.

        Filters are pushed down into the search only where the limit could cut matches off: on a smaller catalogue
        the caller masks the matches anyway, and gets the same.

        Args:
            filters: what an item must be.
            limit: most matches returned; `config.match_limit` if None.
        """
        limit = self.config.match_limit if limit is None else limit
        terms = self.understand(text)
        if not terms or limit < 1:
            return NO_MATCHES
        matching = self._narrowest(terms)
        if filters is not None and len(self) > limit:
            matching = _all_of([matching, *self._filter_clauses(filters)])
        found = self._searcher.search(matching, limit=limit)
        addresses = [address for _, address in found.hits]
        index = np.array(self._searcher.fast_field_values("row", addresses), np.int32)
        return Matches(index, np.array([score for score, _ in found.hits], np.float32), int(found.count))

    def understand(self, text: str) -> list[list[Correction]]:
        """The distinct terms of a text that the index knows: each as itself, or as what it may have meant."""
        found = []
        for term in dict.fromkeys(analysis.tokens(text)):
            known = [Correction(term, 0)] if term in self._spelling else self._spelling.corrections(term)
            if known:
                found.append(known)
        return found

    def _narrowest(self, terms: Sequence[Sequence[Correction]]) -> Query:
        """The strictest rule under which enough items match."""
        clauses = [self._term_clause(alternatives) for alternatives in terms]
        asked = [alternatives[0].term not in FUNCTION_WORDS for alternatives in terms]
        if not any(asked):
            asked = [True] * len(terms)
        needed = [(Occur.Should, clause) for clause, is_asked in zip(clauses, asked, strict=True) if is_asked]
        welcome = [(Occur.Should, clause) for clause, is_asked in zip(clauses, asked, strict=True) if not is_asked]
        showable = Query.const_score_query(Query.term_query(self._schema, "showable", True), 0.0)
        for least in sorted({len(needed), math.ceil(len(needed) * 2 / 3), 1}, reverse=True):
            words = Query.boolean_query(needed, least)
            matching = Query.boolean_query([(Occur.Must, words), (Occur.Must, showable), *welcome])
            if self._searcher.search(matching, limit=1).count >= self.config.enough:
                break
        return matching

    def _term_clause(self, alternatives: Sequence[Correction]) -> Query:
        weighted = []
        for term, distance in alternatives:
            trust = self.config.typo**distance
            fields = [
                (Occur.Should, Query.boost_query(Query.term_query(self._schema, name, term, "freq"), weight * trust))
                for name in WORDS
                if (weight := getattr(self.config, name)) > 0
            ]
            weighted.append(Query.boolean_query(fields))
        return weighted[0] if len(weighted) == 1 else Query.disjunction_max_query(weighted)

    def _filter_clauses(self, filters: Filters) -> list[Query]:
        exact = [
            ("category", [_SEPARATOR.join(path) for path in filters.categories] if all(filters.categories) else []),
            ("brand", list(filters.brands)),
        ]
        clauses = [Query.term_set_query(self._schema, name, values) for name, values in exact if values]
        clauses += [
            Query.term_set_query(self._schema, "attribute", [f"{name}{_SEPARATOR}{value}" for value in values])
            for name, values in filters.attributes
        ]
        if filters.price_min_micros is not None or filters.price_max_micros is not None:
            clauses.append(
                Query.range_query(
                    self._schema, "price_micros", FieldType.Integer, filters.price_min_micros, filters.price_max_micros
                )
            )
        if filters.rating_min is not None:
            clauses.append(Query.range_query(self._schema, "rating", FieldType.Float, filters.rating_min, None))
        return [Query.const_score_query(clause, 0.0) for clause in clauses]


@contextmanager
def _links(folder: Path) -> Iterator[Path]:
    """A folder of links to the files of another, gone when the block ends; what was opened stays mapped."""
    # a thread of tantivy may still put a lock file there while the folder is emptied: that is no failure of the index
    with TemporaryDirectory(prefix="vitrine-lexical-", ignore_cleanup_errors=True) as links:
        for path in folder.iterdir():
            (Path(links) / path.name).symlink_to(path.resolve())
        yield Path(links)


def _all_of(clauses: Iterable[Query]) -> Query:
    return Query.boolean_query([(Occur.Must, clause) for clause in clauses])


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in WORDS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    for name in ("category", "brand", "attribute"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_boolean_field("showable", indexed=True)
    builder.add_integer_field("price_micros", indexed=True, fast=True)
    builder.add_float_field("rating", indexed=True, fast=True)
    builder.add_integer_field("row", indexed=True, fast=True)  # indexed, so that a changed item can be found
    return builder.build()


def _document(catalogue: Catalogue, index: int) -> tantivy.Document:
    item = catalogue.describe(index)
    document = tantivy.Document()
    for name, words in zip(WORDS, (item["title"], catalogue.facts(index), item["description"]), strict=True):
        document.add_text(name, " ".join(analysis.tokens(words)))
    path = item["category"]
    for depth in range(1, len(path) + 1):
        document.add_text("category", _SEPARATOR.join(path[:depth]))
    for name, value in item["attributes"].items():
        document.add_text("attribute", f"{name}{_SEPARATOR}{value}")
    if item["brand"] is not None:
        document.add_text("brand", item["brand"])
    if item["price_micros"] is not None:
        document.add_integer("price_micros", item["price_micros"])
    if item["rating"] is not None:
        document.add_float("rating", float(catalogue.rating[index]))
    document.add_boolean("showable", bool(catalogue.showable[index]))
    document.add_integer("row", index)
    return document
