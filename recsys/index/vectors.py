"""Search by similarity under filters.

A planner picks the way: all vectors are compared while they are few; an approximate graph serves a large catalogue;
and where a filter leaves less than a tenth of it, only what is left is compared, because a graph walk would miss most
of it (at 1 % allowed HNSW leaves 88 % of the places empty, and comparing the rest takes .15 ms).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recsys.errors import WrongArtifact
from recsys.index.exact import Neighbours
from recsys.index.faiss_index import FaissIndex
from recsys.slate import NO_ITEMS, BoolArray, IntArray

GRAPH_FROM = 20_000
"""Items from which `auto` builds a graph."""
SCAN_BELOW = 0.1
"""Share of allowed items below which only they are compared."""
MOST_ABOVE = 4_096
"""Most items that a graph is asked for by `above`."""


class VectorIndex:
    """Inner-product search over (I, D) vectors. Read-only; any number of threads; `changed` makes another one."""

    def __init__(
        self, vectors: NDArray[np.float32], graph: FaissIndex | None = None, outside: IntArray = NO_ITEMS
    ) -> None:
        """
        Args:
            graph: over the first of the vectors.
            outside: (C,) rows that the graph does not know, or knows otherwise: they are always compared.
        """
        self.vectors, self._graph, self._outside = vectors, graph, outside

    @classmethod
    def build(cls, vectors: NDArray[np.float32], *, kind: Literal["auto", "exact", "hnsw"] = "auto") -> VectorIndex:
        """Index l2-normalised vectors (I, D). Raises WrongConfig where a graph is wanted and faiss is missing."""
        with_graph = kind == "hnsw" or (kind == "auto" and len(vectors) >= GRAPH_FROM)
        vectors = np.ascontiguousarray(vectors, np.float32)
        return cls(vectors, FaissIndex.build(vectors) if with_graph else None)

    def changed(self, rows: IntArray, vectors: NDArray[np.float32]) -> VectorIndex:
        """The index with other vectors at some rows; rows behind the last are added. Deleted items are for `allowed`.

        The graph stays as it is: it is asked for what it knows, and the changed vectors are compared beside it.

        Args:
            rows: (C,) rising; the new ones without a gap.
            vectors: (C, D) l2-normalised.
        """
        if not len(rows):
            return self
        joined = np.empty((max(len(self), int(rows[-1]) + 1), self.vectors.shape[1]), np.float32)
        joined[: len(self)] = self.vectors
        joined[rows] = vectors
        return VectorIndex(joined, self._graph, np.union1d(self._outside, rows).astype(np.int32))

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def is_exact(self) -> bool:
        """Whether every item is compared: false with a graph."""
        return self._graph is None

    def top(self, vector: NDArray[np.float32], allowed: BoolArray | None, k: int) -> Neighbours:
        """The k most similar allowed items and their exact similarities, most similar first.

        Args:
            vector: (D,).
            allowed: (I,); everything if None.
        """
        num_allowed = len(self) if allowed is None else int(np.count_nonzero(allowed))
        k = min(k, num_allowed)
        if k <= 0:
            return np.zeros(0, np.int32), np.zeros(0, np.float32)
        if self._graph is not None and num_allowed >= SCAN_BELOW * len(self) and 2 * k < num_allowed:
            inside, outside = self._apart(len(self._graph), allowed)
            found = self._graph.top(vector, inside, k)
            if len(found) == k:
                index = np.concatenate([found, outside]).astype(np.int32)
                return _best(index, self.score(vector, index), k)
        if allowed is None or num_allowed == len(self):
            return _best(None, self.vectors @ vector, k)
        index = np.flatnonzero(allowed).astype(np.int32)
        return _best(index, self._scores_of(vector, index), k)

    def _apart(self, num_known: int, allowed: BoolArray | None) -> tuple[BoolArray | None, IntArray]:
        """What the graph may return of the items that it knows, and the allowed ones that it does not know."""
        if not len(self._outside):
            return allowed, NO_ITEMS
        inside = np.ones(len(self), np.bool_) if allowed is None else allowed.copy()
        inside[self._outside] = False
        outside = self._outside if allowed is None else self._outside[allowed[self._outside]]
        return inside[:num_known], outside

    def score(self, vector: NDArray[np.float32], index: IntArray) -> NDArray[np.float32]:
        """(N,) similarity of any items."""
        return np.asarray(self.vectors[index] @ vector, np.float32)

    def above(self, vector: NDArray[np.float32], similarity: float, allowed: BoolArray | None) -> tuple[IntArray, bool]:
        """Allowed items at least this similar, in no order, and whether these are all: a graph cannot tell."""
        num_allowed = len(self) if allowed is None else int(np.count_nonzero(allowed))
        if self._graph is not None and num_allowed >= SCAN_BELOW * len(self):
            index, found = self.top(vector, allowed, MOST_ABOVE)
            return index[found >= similarity], False
        index = np.arange(len(self), dtype=np.int32) if allowed is None else np.flatnonzero(allowed).astype(np.int32)
        return index[self._scores_of(vector, index) >= similarity], True

    def save(self, folder: Path) -> None:
        """Write the index into a folder, made if absent."""
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "vectors.npy", self.vectors)
        if self._graph is not None:
            self._graph.save(folder / "graph.faiss")
        (folder / "vectors.json").write_text(json.dumps({"graph": self._graph is not None}), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> VectorIndex:
        """Open what `save` wrote; processes share the vectors' memory. Raises WrongArtifact, WrongConfig."""
        try:
            has_graph = json.loads((folder / "vectors.json").read_text("utf-8"))["graph"]
            vectors = np.load(folder / "vectors.npy", mmap_mode="r", allow_pickle=False)
            return cls(np.asarray(vectors), FaissIndex.load(folder / "graph.faiss") if has_graph else None)
        except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
            raise WrongArtifact(str(folder), "a vector index", error, kind="index") from None

    def _scores_of(self, vector: NDArray[np.float32], index: IntArray) -> NDArray[np.float32]:
        """Copying rows costs more than multiplying them: most rows are scored with all the others."""
        if len(index) < SCAN_BELOW * len(self):
            return self.score(vector, index)
        return np.asarray((self.vectors @ vector)[index], np.float32)


def _best(index: IntArray | None, similarity: NDArray[np.float32], k: int) -> Neighbours:
    """The k largest in falling order; equal ones in order of index."""
    if k < len(similarity):
        least = np.partition(similarity, len(similarity) - k)[len(similarity) - k]
        rows = np.flatnonzero(similarity >= least)
    else:
        rows = np.arange(len(similarity))
    items = rows.astype(np.int32) if index is None else index[rows]
    order = np.lexsort((items, -similarity[rows]))[:k]
    return items[order], similarity[rows[order]]
