"""What is shown when recall does not answer in time: popular items, or those whose titles have the words."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from recsys.features.catalogue import Catalogue
from recsys.recall.sources.facts import Facts
from recsys.recall.sources.lexical import WORDS
from recsys.slate import NO_ITEMS, WHOLE, BoolArray, Candidates, Facet, IntArray, Query
from recsys.text import tokens


class Fallback:
    """Needs no index and no model: a popularity table and the words of titles."""

    facts: ClassVar[Facts] = Facts(name="fallback", weights={}, telling=90, search_reason=WORDS)

    def __init__(self, release: str, catalogue: Catalogue, popularity: NDArray[np.float32], depth: int = 200) -> None:
        """
        Args:
            popularity: (P,) of the first items of the catalogue; the others have none.
        """
        self._release, self._catalogue, self._depth = release, catalogue, depth
        self._popularity = _grown(popularity, catalogue)  # (I,)
        self._rows = _rows_of_words(catalogue, range(len(catalogue)))
        self._changed, self._changed_rows = NO_ITEMS, dict[str, list[int]]()

    def changed(self, catalogue: Catalogue) -> Self:
        """The same over an edition of its catalogue: only titles that changed are read."""
        other = copy(self)
        other._catalogue, other._popularity = catalogue, _grown(self._popularity, catalogue)
        other._changed = catalogue.changed_rows
        other._changed_rows = _rows_of_words(catalogue, other._changed.tolist())
        return other

    def candidates(self, query: Query) -> Candidates:
        """Same hand-over as the recall stage; the only source is called `fallback`."""
        asked, worded = query.asked, self._with_words(query.asked.text)
        matched = self._catalogue.mask(asked.filters) & worded
        allowed = matched.copy()
        allowed[query.draw.exclude] = False
        found = np.flatnonzero(allowed)
        index: IntArray = found[np.lexsort((found, -self._popularity[found]))].astype(np.int32)
        index = self._catalogue.sorted(index, asked.sort, asked.filters.currency)[: self._depth]
        score = self._popularity[index].astype(np.float32)
        facets: tuple[Facet, ...] = ()
        if asked.facets:
            loose = self._catalogue.mask(asked.filters.loosened(*asked.facets)) & worded
            facets = self._catalogue.facets(loose, asked.facets, asked.filters)
        return Candidates(
            self._release,
            index,
            score,
            score[:, None],
            np.ones((len(index), 1), np.bool_),
            np.ones((len(index), 1), np.bool_),
            (self.facts.name,),
            np.full(len(index), -1, np.int32),
            np.full(len(index), WHOLE, np.int8),
            int(matched.sum()),
            True,
            facets,
            self._catalogue.revision,
            sort=asked.sort,
        )

    def _with_words(self, text: str) -> BoolArray:
        """Everything where nothing was asked; nothing where what was asked has no words."""
        words = tokens(text)
        has = np.full(len(self._catalogue), not text or bool(words))
        for token in words:
            one = np.zeros_like(has)
            one[self._rows.get(token, [])] = True
            one[self._changed] = False
            one[self._changed_rows.get(token, [])] = True
            has &= one
        return has


def _grown(popularity: NDArray[np.float32], catalogue: Catalogue) -> NDArray[np.float32]:
    return np.pad(popularity, (0, len(catalogue) - len(popularity)))


def _rows_of_words(catalogue: Catalogue, rows: Iterable[int]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row in rows:
        for token in set(tokens(catalogue.titles[row])):
            found.setdefault(token, []).append(row)
    return found
