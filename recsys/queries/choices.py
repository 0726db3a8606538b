"""What people searched for and chose, and what the chosen items say: counts of words, for what is learned of them.

C choices: a user, a search and an item, each once; I items; U units: words as `plain` writes them, and two neighbours.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse

from recsys.features.catalogue import Catalogue
from recsys.queries.words import plain

MOST_CHOICES = 1_000_000
"""Latest choices that are read."""
Rows = NDArray[np.integer[Any]]


class Choices:
    """Read only."""

    def __init__(self, catalogue: Catalogue, pairs: pa.Table) -> None:
        """
        Args:
            pairs: PAIRS over the catalogue, some of them.
        """
        from sklearn.feature_extraction.text import CountVectorizer  # here, for what serves loads no trainer

        latest = pl.from_arrow(pairs.select(["user_id", "query", "index"]).slice(max(0, len(pairs) - MOST_CHOICES)))
        assert isinstance(latest, pl.DataFrame)
        searches = pl.Series([plain(text) for text in latest["query"].to_list()], dtype=pl.String)
        chosen = latest.with_columns(query=searches).unique(maintain_order=True)
        self.users = chosen["user_id"].rank("dense").to_numpy()  # (C,)
        self.items = chosen["index"].to_numpy()  # (C,)
        self.searches, query = np.unique(chosen["query"].to_numpy().astype(str), return_inverse=True)
        self._by_search = np.argsort(query, kind="stable")  # (C,)
        self._starts = np.searchsorted(query[self._by_search], np.arange(len(self.searches) + 1))
        said = [_said(catalogue, row) for row in range(len(catalogue))]
        counter = CountVectorizer(analyzer=_units, binary=True, dtype=np.int32)
        counted = sparse.csr_array(counter.fit_transform([*said, *self.searches.tolist(), "nothing"]))
        self.place: dict[str, int] = counter.vocabulary_
        """Unit -> its column."""
        self.units: list[str] = counter.get_feature_names_out().tolist()  # (U,)
        self.says = counted[: len(said)]  # (I, U) whether an item says it
        self.asked = counted[len(said) : -1][query]  # (C, U) whether it was searched for
        self.chosen = self.says[self.items]  # (C, U) whether the chosen item says it
        self._often = np.asarray(self.chosen.sum(axis=0)).ravel()  # (U,)
        titled = np.asarray(counter.transform(map(plain, catalogue.titles)).sum(axis=0)).ravel()
        self.is_titled = 2 * titled > np.asarray(self.says.sum(axis=0)).ravel()  # (U,) mostly said by titles
        self._saying, self._asking = sparse.csc_array(self.says), sparse.csc_array(self.asked)

    def __len__(self) -> int:
        return len(self.items)

    def saying(self, unit: int) -> Rows:
        """Items that say a unit, rising."""
        return _column(self._saying, unit)

    def asking(self, unit: int) -> Rows:
        """Choices of who searched for a unit, rising."""
        return _column(self._asking, unit)

    def asking_alone(self, unit: int) -> Rows:
        """Choices of who searched for a unit and nothing else."""
        place = int(np.searchsorted(self.searches, self.units[unit]))
        is_one = place < len(self.searches) and self.searches[place] == self.units[unit]
        return self._by_search[self._starts[place] : self._starts[place + 1]] if is_one else self._by_search[:0]

    def share(self, choices: Rows, unit: int) -> float:
        """Of these choices, those of an item that says a unit; 0 of none."""
        return float(np.isin(self.items[choices], self.saying(unit)).mean()) if len(choices) else 0.0

    def share_without(self, choices: Rows, unit: int) -> float:
        """Of all choices but these, those of an item that says a unit; 0 of none."""
        left = len(self) - len(choices)
        return (float(self._often[unit]) - self.share(choices, unit) * len(choices)) / left if left else 0.0


def shares(rows: sparse.csr_array) -> NDArray[np.float64]:
    """(U,) share of these rows that has each unit; zeros of none."""
    found: NDArray[np.float64] = np.asarray(rows.sum(axis=0), np.float64).ravel() / max(rows.shape[0], 1)
    return found


def _column(matrix: sparse.csc_array, unit: int) -> Rows:
    found: Rows = matrix.indices[matrix.indptr[unit] : matrix.indptr[unit + 1]]
    return np.sort(found)


def _said(catalogue: Catalogue, row: int) -> str:
    """Title and levels of the category a line each, and each word of the facts: no two of them are neighbours."""
    lines = [catalogue.titles[row], *catalogue.paths[row]]
    return "\n".join([*map(plain, lines), *plain(catalogue.facts(row)).split()])


def _units(text: str) -> list[str]:
    lines = [line.split() for line in text.splitlines()]
    return [unit for words in lines for unit in (*words, *(f"{left} {right}" for left, right in pairwise(words)))]
