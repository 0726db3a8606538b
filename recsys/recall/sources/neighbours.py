"""Scores from an item-to-item matrix: what lies near what a user chose, recent choices first.

Co-visitation, its second hop, similar titles and similar attributes are all such matrices; they differ in who fills
them. Array axes: I items, N any of them, L history, E entries of the rows that a history touches.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.errors import WrongArtifact, WrongConfig
from recsys.recall.config import NeighboursConfig
from recsys.recall.sources.facts import Facts
from recsys.slate import BoolArray, IntArray, Query

CHUNK = 512
"""Rows of a product that are in memory at a time."""


class Neighbours:
    """A sparse non-negative matrix (I, I): row = item chosen, column = item it speaks for. Immutable."""

    def __init__(self, matrix: sparse.csr_array, config: NeighboursConfig) -> None:
        self.matrix, self.config = matrix, config
        self._indptr, self._indices, self._data = matrix.indptr, matrix.indices, matrix.data

    @property
    def num_items(self) -> int:
        return int(self.matrix.shape[1])

    def read(self, chosen: IntArray) -> NeighbourReading | None:
        """What a history, oldest first, speaks for; None where its items have no neighbours."""
        recent = chosen[-self.config.max_length :]
        weights = self.config.decay ** np.arange(len(recent) - 1, -1, -1)
        rows = [(self._indptr[item], self._indptr[item + 1]) for item in recent]
        lengths = [end - start for start, end in rows]
        if not sum(lengths):
            return None
        columns = np.concatenate([self._indices[start:end] for start, end in rows])
        values = np.concatenate([self._data[start:end] for start, end in rows]) * np.repeat(weights, lengths)
        return NeighbourReading(self, recent, lengths, columns, values)

    def save(self, folder: Path) -> None:
        """Write matrix.npz and neighbours.json."""
        folder.mkdir(parents=True, exist_ok=True)
        sparse.save_npz(folder / "matrix.npz", self.matrix)
        (folder / "neighbours.json").write_text(self.config.canonical(), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> Neighbours:
        """Read what `save` wrote. Raises WrongArtifact."""
        try:
            values = json.loads((folder / "neighbours.json").read_text("utf-8"))
            return cls(sparse.csr_array(sparse.load_npz(folder / "matrix.npz")), NeighboursConfig.parse(values))
        except (OSError, ValueError, KeyError, WrongConfig) as error:
            raise WrongArtifact(str(folder), "a saved item-to-item matrix", error, kind="recall") from None


class NeighbourReading:
    """Scores of one history. The score is a log-probability: comparable between queries."""

    def __init__(
        self, source: Neighbours, recent: IntArray, lengths: list[int], columns: IntArray, values: NDArray[np.float64]
    ) -> None:
        self._recent, self._lengths, self._columns, self._values = recent, lengths, columns, values
        self._mass = np.bincount(columns, values, minlength=source.num_items)  # (I,)
        self._total = float(values.sum())
        self._smoothing = source.config.smoothing

    def top(self, allowed: BoolArray, k: int) -> IntArray:
        """The k allowed items with most mass, best first; never one without any."""
        found = np.flatnonzero(self._mass * allowed)
        mass = self._mass[found]
        if len(found) > k:
            best = np.argpartition(-mass, k)[:k]
            found, mass = found[best], mass[best]
        return found[np.argsort(-mass, kind="stable")].astype(np.int32)

    def score(self, index: IntArray) -> NDArray[np.float32]:
        """(N,) log of the share of the mass, smoothed over the catalogue."""
        even = self._smoothing / len(self._mass)
        return np.asarray(np.log((1.0 - self._smoothing) / self._total * self._mass[index] + even), np.float32)

    def anchor(self, index: IntArray) -> IntArray:
        """(N,) the history item that gives each item most of its mass; -1 where none gives any."""
        best = np.zeros(len(self._mass))
        anchor = np.full(len(self._mass), -1, np.int32)
        start = 0
        for item, length in zip(self._recent, self._lengths, strict=True):
            part = slice(start, start + length)
            columns, values = self._columns[part], self._values[part]
            more = values >= best[columns]  # of equals the most recent
            best[columns[more]] = values[more]
            anchor[columns[more]] = item
            start += length
        return anchor[index]


class NeighbourSource:
    """Proposes neighbours of the context (item page, cart) or, without one, of the user's history.

    A source of this kind adds its facts and what fills its matrix.
    """

    facts: ClassVar[Facts]

    def __init__(self, neighbours: Neighbours) -> None:
        self.neighbours = neighbours

    def read(self, query: Query) -> NeighbourReading | None:
        return self.neighbours.read(chosen(query))

    def save(self, folder: Path) -> None:
        self.neighbours.save(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Raises WrongArtifact."""
        return cls(Neighbours.load(folder))


def chosen(query: Query) -> IntArray:
    """The items that a request starts from: its context, else the user's history, oldest first."""
    return query.asked.context if len(query.asked.context) else query.person.history.index


def top_of_product(factors: Sequence[sparse.csr_array], k: int) -> sparse.csr_array:
    """(I, I) the k largest positive entries of each row of a product, but for an item with itself.

    Args:
        factors: two or more, the first with I rows, the last with I columns; so many rows of it are multiplied at a
            time that the whole product is never held.
    """
    first, *others = factors
    parts = []
    for start in range(0, first.shape[0], CHUNK):
        product = first[start : start + CHUNK]
        for factor in others:
            product = product @ factor
        product = sparse.coo_array(product)
        kept = (product.row + start != product.col) & (product.data > 0)
        entries = (product.data[kept], (product.row[kept], product.col[kept]))
        parts.append(keep_top(sparse.csr_array(entries, shape=product.shape), k))
    return sparse.csr_array(sparse.vstack(parts, format="csr"))


def row_normalised(matrix: sparse.csr_array) -> sparse.csr_array:
    """Rows that sum to 1; empty ones stay."""
    sums = np.asarray(matrix.sum(axis=1)).ravel()
    return sparse.csr_array(sparse.diags_array(inverse_power(sums, 1.0)) @ matrix)


def inverse_power(values: NDArray[np.float64], power: float) -> NDArray[np.float64]:
    """values ** -power; 0 where a value is 0."""
    return np.where(values > 0, np.maximum(values, 1e-12) ** -power, 0.0)


def keep_top(matrix: sparse.csr_array, k: int) -> sparse.csr_array:
    """The k largest entries of each row, columns in order, as float32."""
    matrix = sparse.csr_array(matrix)
    kept = [
        start + _largest(matrix.data[start:end], k)
        for start, end in zip(matrix.indptr[:-1].tolist(), matrix.indptr[1:].tolist(), strict=True)
    ]
    indptr = np.cumsum([0, *(len(places) for places in kept)])
    places = np.concatenate(kept) if kept else np.zeros(0, np.int64)
    cut = sparse.csr_array((matrix.data[places].astype(np.float32), matrix.indices[places], indptr), shape=matrix.shape)
    cut.sort_indices()
    return cut


def _largest(values: NDArray[np.floating[Any]], k: int) -> NDArray[np.int64]:
    """Places of the k largest values, in no order."""
    return np.arange(len(values)) if len(values) <= k else np.argpartition(values, len(values) - k)[-k:]
