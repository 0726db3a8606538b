"""Search by words: BM25 over title, facts and description, on tantivy.

Text is analysed by `recsys.text` and handed over as finished terms, so stemming and Chinese bigrams are the same
everywhere. What matches a text does not depend on filters, page or limit:

1. A term that the index does not know stands for its nearest known terms (`spelling`), or, having none, is `unknown`.
2. An item in stock matches if it has every other term, in any field; English function words are not asked for.
3. If fewer than `enough` items do, two thirds of the terms suffice; if that is still too few, any term does.

A match is `whole` if it has all that was asked for: every term, of a corrected one what the answer says it was read as,
and none is unknown; or if its id was asked for.

The score is BM25 (k1 1.2, b .75) summed over terms and weighted fields, whichever rule let the item in.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import tantivy
from tantivy import FieldType, Occur, Query

from recsys.config import Config
from recsys.errors import WrongArtifact
from recsys.features.catalogue import Catalogue
from recsys.index.documents import IDS, JOINED, SEPARATOR, WORDS, document, schema
from recsys.index.links import links_to
from recsys.index.matches import NO_MATCHES, Matches
from recsys.index.spelling import Spelling
from recsys.index.stand_ins import Alternatives
from recsys.index.wanted import UNKNOWN, Reader, Wanted, corrected, unknown
from recsys.index.written import written_forms
from recsys.slate import Filters, IntArray
from recsys.text.languages import AUTO, language_of

SETTINGS = "lexical.json"
WRITTEN = "written.json"
WRITER_BYTES = 128_000_000
ID_SCORE = 100.0
"""Of items whose id was asked for, or its beginning: above what words bring."""
CHANGES_BYTES = 15_000_000
"""Of a writer of few items; the least that tantivy takes."""


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
    synonym: float = 0.7
    """Weight of what may stand for a word, where the item does not have the word itself."""
    joined: float = 1.0
    """Weight of two neighbouring words that are asked for as one, or of a number with its unit."""
    side_by_side: float = 0.5
    """Weight of two neighbouring words of a search that stand side by side in a title or a fact."""
    language: str = AUTO
    """Whose endings fall off Latin words, a language of `recsys.text.languages`; auto: what most titles are written in.
    An index that was built says which."""
    match_limit: int = 20_000
    """Most matches that are returned."""


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
        self.reader = Reader(Spelling(frequency), self._searcher.doc_freq, self._beginning, config.language)
        self._showable = Query.const_score_query(Query.term_query(self._schema, "showable", True), 0.0)
        self._written: dict[str, str] = json.loads((folder / WRITTEN).read_text("utf-8"))

    def _beginning(self, field: str, letters: str) -> list[str]:
        return [term for term, _ in self._searcher.terms_with_prefix(field, letters)]

    @classmethod
    def build(cls, catalogue: Catalogue, folder: Path, config: LexicalConfig | None = None) -> LexicalIndex:
        """Write the index of a catalogue into a folder (made if absent) and open it."""
        config = config or LexicalConfig()
        config = config.updated({"language": language_of(catalogue.titles, config.language)})
        folder.mkdir(parents=True, exist_ok=True)
        index = tantivy.Index(schema(), path=str(folder), reuse=False)
        writer = index.writer(heap_size=WRITER_BYTES, num_threads=1)  # one thread: documents stay in order
        for i in range(len(catalogue)):
            writer.add_document(document(catalogue, i, config.language))
        writer.commit()
        writer.wait_merging_threads()
        del writer, index
        for lock in folder.glob(".tantivy-*.lock"):
            lock.unlink()
        for path in folder.iterdir():
            path.chmod(0o644)  # tantivy makes some private to the writer
        (folder / SETTINGS).write_text(config.model_dump_json(), "utf-8")
        written = written_forms(catalogue.texts(), config.language)
        (folder / WRITTEN).write_text(json.dumps(written, ensure_ascii=False), "utf-8")
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path) -> LexicalIndex:
        """Open what `build` wrote, leaving the folder untouched. Raises WrongArtifact."""
        try:
            config = LexicalConfig.parse(json.loads((folder / SETTINGS).read_text("utf-8")))
            # tantivy makes lock files even to read, so it gets a folder of links: an artifact never changes, and may
            # lie on a read-only disk. The files stay mapped when the links are gone.
            with links_to(folder) as links:
                index = tantivy.Index.open(str(links))
                index.config_reader("manual", 1)
                index.searcher().doc_freq(JOINED, "")  # of a folder that an older build wrote it knows no such field
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
            with links_to(self._folder) as links:
                index = tantivy.Index.open(str(links))
                writer = index.writer(heap_size=CHANGES_BYTES, num_threads=1)
                for row in rows.tolist():
                    writer.delete_documents_by_term("row", row)
                    writer.add_document(document(catalogue, row, self.config.language))
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

    def search(
        self,
        text: str,
        filters: Filters | None = None,
        limit: int | None = None,
        synonyms: Sequence[Alternatives] = (),
    ) -> Matches:
        """All items in stock that match the text, best first.

        Filters are pushed down into the search only where the limit could cut matches off: on a smaller catalogue
        the caller masks the matches anyway, and gets the same.

        Args:
            filters: what an item must be.
            limit: most matches returned; `config.match_limit` if None.
            synonyms: words of the text that an item need not have, if it has what may stand for them.
        """
        limit = self.config.match_limit if limit is None else limit
        things, neighbours, ids = self.reader.read(text, synonyms)
        wanted = list(dict.fromkeys(one for _, one in things if one != UNKNOWN))
        told = self._as_written(corrected(things)), tuple(unknown(things))
        if not (wanted or ids) or limit < 1:
            return replace(NO_MATCHES, corrected=told[0], unknown=told[1])
        is_code = bool(ids) and len(text.split()) == 1
        matching, is_strict = self._matching(wanted, ids, self._side_by_side(neighbours), is_code)
        filtering = self._filter_clauses(filters) if filters is not None and len(self) > limit else []
        found = self._searcher.search(_all_of([matching, *filtering]), limit=limit)
        index, score = self._rows(found), np.array([score for score, _ in found.hits], np.float32)
        if is_strict and not told[1]:
            return Matches(index, score, np.ones(len(index), np.bool_), int(found.count), *told)
        whole = self._searcher.search(_all_of([self._whole(wanted, ids, told[1]), *filtering]), limit=limit)
        return Matches(index, score, np.isin(index, self._rows(whole)), int(found.count), *told)

    def _rows(self, found: tantivy.SearchResult) -> IntArray:
        return np.array(self._searcher.fast_field_values("row", [address for _, address in found.hits]), np.int32)

    def _as_written(self, found: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        return tuple((word, self._written.get(term, term)) for word, term in found)

    def _side_by_side(self, neighbours: Iterable[str]) -> list[tuple[Occur, Query]]:
        """Nothing must have them; what does comes before what has the same words apart."""
        if not self.config.side_by_side:
            return []
        terms = [Query.term_query(self._schema, JOINED, term, "basic") for term in neighbours]
        return [(Occur.Should, Query.boost_query(term, self.config.side_by_side)) for term in terms]

    def _matching(
        self, wanted: Sequence[Wanted], ids: Sequence[str], closer: Sequence[tuple[Occur, Query]], is_code: bool
    ) -> tuple[Query, bool]:
        """What items must be in stock and have, and whether whatever has it has all that was asked for.

        Who writes one word that is an id asks for nothing near it.
        """
        is_said = bool(wanted) and not (is_code and not all(one.is_asked for one in wanted))
        has, is_strict = self._narrowest(wanted, closer, relax=not is_code) if is_said else (None, True)
        return self._in_stock(ids, has), is_strict

    def _whole(self, wanted: Sequence[Wanted], ids: Sequence[str], unknown: Sequence[str]) -> Query:
        """Everything that was asked for, in stock; where a word is unknown, no words are all of it."""
        needed = None if unknown else _all_of(self._clause(one.as_told) for one in _asked(wanted))
        return self._in_stock(ids, needed)

    def _in_stock(self, ids: Sequence[str], has: Query | None) -> Query:
        """Items with one of the ids, or with words."""
        either = [] if has is None else [has]
        if ids:
            either.append(Query.const_score_query(Query.term_set_query(self._schema, IDS, ids), ID_SCORE))
        return _all_of([_any_of(either), self._showable])

    def _narrowest(
        self, wanted: Sequence[Wanted], closer: Sequence[tuple[Occur, Query]], relax: bool
    ) -> tuple[Query, bool]:
        """The strictest rule under which enough items match, and whether it is that of all terms, as they are told;
        where nothing is relaxed, it is that of all terms."""
        asked = _asked(wanted)
        needed = [(Occur.Should, self._clause(one)) for one in asked]
        welcome = [(Occur.Should, self._clause(one)) for one in wanted if one not in asked] + [*closer]
        steps = {len(needed), math.ceil(len(needed) * 2 / 3), 1} if relax else {len(needed)}
        for least in sorted(steps, reverse=True):
            words = Query.boolean_query([(Occur.Must, Query.boolean_query(needed, least)), *welcome])
            counted = _all_of([words, self._showable])
            if least > 1 and self._searcher.search(counted, limit=1).count >= self.config.enough:
                break
        return words, least == len(needed) and all(one.as_told == one for one in asked)

    def _clause(self, wanted: Wanted) -> Query:
        """By any of its alternatives, or by all its parts; neighbours count beside the parts."""
        ways = [self._term_clause(term, self.config.typo**distance) for term, distance in wanted.alternatives]
        near = []
        if wanted.joined is not None:
            term = Query.term_query(self._schema, JOINED, wanted.joined, "basic")
            near = [Query.boost_query(term, self.config.joined)]
        if wanted.parts:
            parts = _all_of(self._term_clause(term, 1.0) for term in wanted.parts)
            near = [_any_of([parts, *near])]
        ways += near
        ways += [_all_of(self._term_clause(term, self.config.synonym) for term in terms) for terms in wanted.instead]
        return ways[0] if len(ways) == 1 else Query.disjunction_max_query(ways)

    def _term_clause(self, term: str, trust: float) -> Query:
        return _any_of(
            Query.boost_query(Query.term_query(self._schema, name, term, "freq"), weight * trust)
            for name in WORDS
            if (weight := getattr(self.config, name)) > 0
        )

    def _filter_clauses(self, filters: Filters) -> list[Query]:
        exact = [
            ("category", [SEPARATOR.join(path) for path in filters.categories] if all(filters.categories) else []),
            ("brand", list(filters.brands)),
        ]
        clauses = [Query.term_set_query(self._schema, name, values) for name, values in exact if values]
        clauses += [
            Query.term_set_query(self._schema, "attribute", [f"{name}{SEPARATOR}{value}" for value in values])
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


def _asked(wanted: Sequence[Wanted]) -> list[Wanted]:
    """What must be there: not the function words, unless there is nothing else."""
    return [one for one in wanted if one.is_asked] or list(wanted)


def _all_of(clauses: Iterable[Query]) -> Query:
    return Query.boolean_query([(Occur.Must, clause) for clause in clauses])


def _any_of(clauses: Iterable[Query]) -> Query:
    return Query.boolean_query([(Occur.Should, clause) for clause in clauses])
