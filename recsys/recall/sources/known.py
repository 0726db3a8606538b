"""A fitted source beside a catalogue that has grown since: it speaks of the items that it knows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recsys.recall.sources.source import Explaining, Reading, Source, is_explaining
from recsys.slate import BoolArray, IntArray, Query


class KnownItems:
    """A source whose first `num_known` items are the catalogue's, and which has not seen those behind them."""

    def __init__(self, source: Source, num_known: int) -> None:
        self.facts = source.facts
        self._source, self._num_known = source, num_known

    def read(self, query: Query) -> KnownReading | None:
        """What it says of the part of the past that it knows."""
        asked, person = query.asked.among(self._num_known), query.person.among(self._num_known)
        reading = self._source.read(replace(query, asked=asked, person=person))
        if is_explaining(reading):
            return ExplainingKnown(reading, self._num_known)
        return None if reading is None else KnownReading(reading, self._num_known)


class KnownReading:
    """Never proposes an item that it does not know, and scores it as the least of those that it is asked about."""

    def __init__(self, reading: Reading, num_known: int) -> None:
        self._reading, self._num_known = reading, num_known

    def top(self, allowed: BoolArray, k: int) -> IntArray:
        return self._reading.top(allowed[: self._num_known], k)

    def score(self, index: IntArray) -> NDArray[np.float32]:
        known = index < self._num_known
        if known.all():
            return self._reading.score(index)
        scores = np.zeros(len(index), np.float32)
        scores[known] = self._reading.score(index[known])
        scores[~known] = scores[known].min() if known.any() else 0.0
        return scores


class ExplainingKnown(KnownReading):
    """The same of a reading that can say where it comes from."""

    def __init__(self, reading: Explaining, num_known: int) -> None:
        super().__init__(reading, num_known)
        self._explaining = reading

    def anchor(self, index: IntArray) -> IntArray:
        """(N,) as the reading says; -1 for what it does not know."""
        known = index < self._num_known
        anchors = np.full(len(index), -1, np.int32)
        anchors[known] = self._explaining.anchor(index[known])
        return anchors
