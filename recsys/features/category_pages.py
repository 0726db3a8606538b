"""The tree of categories as pages: what lies below a node, with how many items that are shown."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsys.features.catalogue import Catalogue
from recsys.slate import Filters, IntArray, Sort

Path = tuple[str, ...]


class Node(NamedTuple):
    """A category, with the items in and below it that are shown."""

    path: Path
    num_items: int
    children: tuple[Node, ...] = ()
    """Those with an item, by name; empty also where they were not asked for."""


class CategoryPages:
    """Of one catalogue. Counted at the first question."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def known(self, path: Sequence[str]) -> Path:
        """The longest part of a path from the root that is a category."""
        found = tuple(path)
        while found and not self._catalogue.has_category(found):
            found = found[:-1]
        return found

    def node(self, path: Path, depth: int = 0) -> Node:
        """A category and so many levels below it. `()` is the root, which holds everything."""
        below = self._children.get(path, ()) if depth else ()
        children = tuple(self.node(child, depth - 1) for child in below if self._count(child))
        return Node(path, self._count(path), children)

    def items(self, path: Path, sort: Sort) -> IntArray:
        """(N,) rows of the items in and below a category, in this order."""
        rows = np.flatnonzero(self._catalogue.mask(Filters(categories=(path,)))).astype(np.int32)
        return self._catalogue.sorted(rows, sort)

    def _count(self, path: Path) -> int:
        if not path:
            return int(np.count_nonzero(self._catalogue.showable))
        return int(self._counts[self._places[path]])

    @cached_property
    def _places(self) -> dict[Path, int]:
        return {path: place for place, path in enumerate(self._catalogue.categories)}

    @cached_property
    def _counts(self) -> NDArray[np.int64]:
        """(C,) items of each node."""
        nodes = self._catalogue.path_categories[self._catalogue.showable]
        return np.bincount(nodes[nodes >= 0], minlength=len(self._catalogue.categories))

    @cached_property
    def _children(self) -> dict[Path, list[Path]]:
        children: dict[Path, list[Path]] = {}
        for path in self._catalogue.categories:
            children.setdefault(path[:-1], []).append(path)
        return children
