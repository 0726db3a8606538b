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
from recsys.recall.sources.source import Reading, Source, is_correcting, is_explaining, is_matching
from recsys.slate import BoolArray, Candidates, Filters, IntArray, Query


class RecallStageConfig(Config):
    """How deep recall looks."""

    per_source: int = 200
    """Items each source may propose."""
    depth: int = 200
    """Candidates handed on to ranking."""
    reserved: int = 20
    """Places among them that every source has for its best, whatever the fused score says: what no source with a vote
    knows yet (new items, what everybody likes) still meets the ranker."""


@dataclass(frozen=True, slots=True)
class _Found:
    """Items and what sources say of them."""

    index: IntArray  # (N,) in the order in which they are handed on
    fused: NDArray[np.float32]  # (N,)
    scores: NDArray[np.float32]  # (N, S)
    proposed: BoolArray  # (N, S)


class Recall:
    """Sources side by side, fused; filters and exclusions apply before every cut."""

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
        """The best of the catalogue for a request. An empty answer is an answer: nothing matches."""
        query = query.among(len(self.catalogue))
        readings = self._read(query)
        asked = query.asked
        found, exact = self._matched(query, readings, self.catalogue.mask(asked.filters.loosened(*asked.facets)))
        matched = found & self.catalogue.mask(asked.filters)
        allowed = matched.copy()
        allowed[query.draw.exclude] = False
        choose = self._best if query.asked.sort == "relevance" else self._first
        chosen = choose(query, readings, allowed)
        return Candidates(
            self.release,
            chosen.index,
            chosen.fused,
            chosen.scores,
            chosen.proposed,
            self.names,
            self._anchors(readings, chosen.index),
            int(matched.sum()),
            exact,
            self.catalogue.facets(found, asked.facets, asked.filters) if asked.facets else (),
            self.catalogue.revision,
            tuple(pair for reading in readings if is_correcting(reading) for pair in reading.corrected),
        )

    def _best(self, query: Query, readings: Sequence[Reading | None], allowed: BoolArray) -> _Found:
        """By the fused score, of what sources propose."""
        index, place = propose(self._proposing(query, readings), allowed, self._config.per_source)
        scores = score_all(readings, index)
        fused = self._fused(query, scores)
        best = _cut(index, fused, place.min(axis=1, initial=NOT_PROPOSED) < self._config.reserved, self._config.depth)
        return _Found(index[best], fused[best], scores[best], place[best] < NOT_PROPOSED)

    def _first(self, query: Query, readings: Sequence[Reading | None], allowed: BoolArray) -> _Found:
        """Of the whole match set in the order that was asked for; sources say what they think of them."""
        index = self.catalogue.sorted(np.flatnonzero(allowed).astype(np.int32), query.asked.sort)[: self._config.depth]
        scores = score_all(readings, index)
        return _Found(index, self._fused(query, scores), scores, self._matching(query, readings, index))

    def _matching(self, query: Query, readings: Sequence[Reading | None], index: IntArray) -> BoolArray:
        """(N, S) the sources by which items match a text; without a text nobody proposed what is sorted."""
        matching = np.zeros((len(index), len(readings)), np.bool_)
        there = np.zeros(len(self.catalogue), np.bool_)
        there[index] = True
        for column, reading in enumerate(readings if query.asked.text else ()):
            if is_matching(reading):
                matching[:, column] = reading.matched(there)[index]
        return matching

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

    def _matched(self, query: Query, readings: Sequence[Reading | None], filtered: BoolArray) -> tuple[BoolArray, bool]:
        """What the request is about: the text's matches, or everything that passes the filters."""
        if not query.asked.text:
            return filtered, True
        matched, exact = np.zeros_like(filtered), True
        for reading in readings:
            if is_matching(reading):
                matched |= reading.matched(filtered)
                exact &= reading.exact
        return matched, exact

    def _anchors(self, readings: Sequence[Reading | None], index: IntArray) -> IntArray:
        """(N,) item of the history or context that speaks most for each, by the most telling source that can say so."""
        for column in self._most_telling_first:
            reading = readings[column]
            if is_explaining(reading):
                return reading.anchor(index)
        return np.full(len(index), -1, np.int32)


def _cut(index: IntArray, fused: NDArray[np.float32], reserved: BoolArray, depth: int) -> NDArray[np.int64]:
    """Rows of the best `depth` candidates, best fused score first; reserved ones are the last to be left out."""
    order = np.lexsort((index, -fused))
    order = order[np.argsort(~reserved[order], kind="stable")][:depth]
    return order[np.lexsort((index[order], -fused[order]))]
