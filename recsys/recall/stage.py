"""The recall stage: the whole catalogue in, a few hundred candidates out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.config import Config
from recsys.features.catalogue import Catalogue
from recsys.recall.fusion import NOT_PROPOSED, Fusion, fuse, propose, score_all
from recsys.recall.modes import mode_of
from recsys.recall.sources.source import Deciding, Reading, Source, is_deciding, is_explaining, is_matching
from recsys.slate import MATCHES, WHOLE, Asked, BoolArray, Candidates, Facet, Filters, IntArray, Query

SOME, NEAR, FAR, NOTHING = MATCHES.index("some"), MATCHES.index("near"), MATCHES.index("far"), len(MATCHES)


class RecallStageConfig(Config):
    """How deep recall looks."""

    per_source: int = 200
    """Items each source may propose."""
    depth: int = 200
    """Candidates handed on to ranking."""
    reserved: int = 20
    """Places among them that every source has for its best, whatever the fused score says: what no source with a vote
    knows yet (new items, what everybody likes) still meets the ranker."""
    nearest: int = 12
    """Items that a search is offered where nothing comes close."""


@dataclass(frozen=True, slots=True)
class _Found:
    """Items and what sources say of them."""

    index: IntArray  # (N,) in the order in which they are handed on
    fused: NDArray[np.float32]  # (N,)
    scores: NDArray[np.float32]  # (N, S)
    proposed: BoolArray  # (N, S)
    match: NDArray[np.int8]  # (N,)


class Recall:
    """Sources side by side, fused; filters and exclusions apply before every cut.

    What has all that was asked for comes first, and alone is counted, sorted and in facets.
    """

    def __init__(
        self,
        release: str,
        catalogue: Catalogue,
        sources: Sequence[Source],
        fusion: Fusion,
        config: RecallStageConfig | None = None,
    ) -> None:
        self.release = release
        self.catalogue = catalogue
        self.sources = tuple(sources)
        self.names = tuple(source.facts.name for source in sources)
        self._most_telling_first = sorted(range(len(sources)), key=lambda column: sources[column].facts.telling)
        self._fusion = fusion
        self._config = config or RecallStageConfig()

    def candidates(self, query: Query) -> Candidates:
        """The best of the catalogue for a request. An empty answer is an answer: nothing comes close."""
        query = query.among(len(self.catalogue))
        asked, readings = query.asked, self._read(query)
        decided = [reading for reading in readings if is_deciding(reading)] if asked.text else []
        whole = _whole(decided, len(self.catalogue)) if asked.text else np.ones(len(self.catalogue), np.bool_)
        passing = self.catalogue.mask(asked.filters)
        num_matches = int((whole & passing).sum())
        sort = asked.sort if num_matches or not asked.text else "relevance"
        choose = self._best if sort == "relevance" else self._first
        chosen = choose(query, readings, whole, passing)
        return Candidates(
            self.release,
            chosen.index,
            chosen.fused,
            chosen.scores,
            chosen.proposed,
            self._told(chosen),
            self.names,
            self._anchors(readings, chosen),
            chosen.match,
            num_matches,
            all(reading.exact for reading in decided),
            self._facets(asked, whole),
            self.catalogue.revision,
            tuple(pair for reading in decided for pair in reading.corrected),
            tuple(word for reading in decided for word in reading.unknown),
            sort,
        )

    def _best(self, query: Query, readings: Sequence[Reading | None], whole: BoolArray, passing: BoolArray) -> _Found:
        """By the fused score, of what sources propose; what has all that was asked for before what comes close."""
        match = self._match(query, readings, whole, passing)
        allowed = match < NOTHING
        allowed[query.draw.exclude] = False
        index, place = propose(self._proposing(query, readings), allowed, self._config.per_source)
        scores = score_all(readings, index)
        fused = self._fused(query, scores)
        reserved = place.min(axis=1, initial=NOT_PROPOSED) < self._config.reserved
        best = _cut(index, fused, match[index] != WHOLE, reserved, self._config.depth)
        index = index[best]
        proposed = self._matching(query, readings, index) if query.asked.text else place[best] < NOT_PROPOSED
        return _Found(index, fused[best], scores[best], proposed, match[index])

    def _first(self, query: Query, readings: Sequence[Reading | None], whole: BoolArray, passing: BoolArray) -> _Found:
        """Of all that has what was asked for, in the order that was; sources say what they think of them."""
        allowed = whole & passing
        allowed[query.draw.exclude] = False
        rows, asked = np.flatnonzero(allowed).astype(np.int32), query.asked
        index = self.catalogue.sorted(rows, asked.sort, asked.filters.currency)[: self._config.depth]
        scores, match = score_all(readings, index), np.full(len(index), WHOLE, np.int8)
        return _Found(index, self._fused(query, scores), scores, self._matching(query, readings, index), match)

    def _matching(self, query: Query, readings: Sequence[Reading | None], index: IntArray) -> BoolArray:
        """(N, S) the sources by which items match a text; without a text nobody proposed what is sorted."""
        matching = np.zeros((len(index), len(readings)), np.bool_)
        there = np.zeros(len(self.catalogue), np.bool_)
        there[index] = True
        for column, reading in enumerate(readings if query.asked.text else ()):
            if is_matching(reading):
                matching[:, column] = reading.matched(there)[index]
        return matching

    def _match(
        self, query: Query, readings: Sequence[Reading | None], whole: BoolArray, passing: BoolArray
    ) -> NDArray[np.int8]:
        """(I,) rows of MATCHES; NOTHING for what is not offered. Where nothing comes close, the nearest is."""
        match = np.where(whole & passing, WHOLE, NOTHING).astype(np.int8)
        close = [reading for reading in readings if is_matching(reading)] if query.asked.text else []
        for reading in close:
            level = SOME if is_deciding(reading) else NEAR
            match[reading.matched(passing) & (match > level)] = level
        if close and (match == NOTHING).all():
            for reading in close:
                match[reading.top(passing, self._config.nearest)] = FAR
        return match

    def score(self, query: Query, index: IntArray) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(N, S) scores and (N,) fused score of any items: what ranking learns from, by the code that serves."""
        scores = score_all(self._read(query), index)
        return scores, self._fused(query, scores)

    def require_loaded(self) -> None:
        """A trivial query must be answered. Raises what is wrong."""
        assert len(self.catalogue.mask(Filters())) == len(self.catalogue)

    def _fused(self, query: Query, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        return fuse(scores, self._fusion.weights(mode_of(query), self.sources)).astype(np.float32)

    def _read(self, query: Query) -> list[Reading | None]:
        return [source.read(query) for source in self.sources]

    def _proposing(self, query: Query, readings: Sequence[Reading | None]) -> list[Reading | None]:
        if not query.asked.text:
            return list(readings)
        return [reading if is_matching(reading) else None for reading in readings]

    def _told(self, chosen: _Found) -> BoolArray:
        """(N, S) the sources whose reason is true of what they proposed."""
        told = chosen.proposed.copy()
        for column, source in enumerate(self.sources):
            if source.facts.above_even:
                told[:, column] &= chosen.scores[:, column] > -np.log(len(self.catalogue))
        return told

    def _facets(self, asked: Asked, whole: BoolArray) -> tuple[Facet, ...]:
        """Values of what has all that was asked for, each field's without that field's own filter."""
        if not asked.facets:
            return ()
        found = whole & self.catalogue.mask(asked.filters.loosened(*asked.facets))
        return self.catalogue.facets(found, asked.facets, asked.filters)

    def _anchors(self, readings: Sequence[Reading | None], chosen: _Found) -> IntArray:
        """(N,) item of the history or context that speaks most for each, as the most telling of the sources says that
        proposed it and can say so; -1 where none can."""
        anchors = np.full(len(chosen.index), -1, np.int32)
        for column in self._most_telling_first:
            reading = readings[column]
            if is_explaining(reading):
                open_ = chosen.proposed[:, column] & (anchors < 0)
                anchors[open_] = reading.anchor(chosen.index[open_])
        return anchors


def _whole(decided: Sequence[Deciding], num_items: int) -> BoolArray:
    """(I,) what has all that was asked for; nothing where nobody can say."""
    whole = np.zeros(num_items, np.bool_)
    for reading in decided:
        whole |= reading.whole()
    return whole


def _cut(
    index: IntArray, fused: NDArray[np.float32], behind: BoolArray, reserved: BoolArray, depth: int
) -> NDArray[np.int64]:
    """Rows of the best `depth` candidates, best fused score first, what stands behind after the others; reserved ones
    are the last to be left out."""
    order = np.lexsort((index, -fused, behind))
    order = order[np.argsort(~reserved[order], kind="stable")][:depth]
    return order[np.lexsort((index[order], -fused[order], behind[order]))]
