"""Categories as pages of their own: where one is, what lies below, and the items in one of the orders by a fact."""

from __future__ import annotations

from collections.abc import Sequence

from deployments.entrance.ignored import ignored
from deployments.shopper.answers import Answers
from deployments.shopper.browse_shapes import BrowseOut, NodeOut, StepOut
from recsys.features.catalogue import Catalogue
from recsys.features.category_pages import CategoryPages, Node
from recsys.slate import Sort


class Browsing:
    """Over one edition of a release. No chance, no advertisement and nobody's past is in these lists."""

    def __init__(self, catalogue: Catalogue, answers: Answers) -> None:
        self._catalogue, self._answers = catalogue, answers
        self._pages = CategoryPages(catalogue)

    def page(self, path: list[str], sort: Sort | None, depth: int, size: int, offset: int) -> BrowseOut:
        """A part of the items of a category. A path that leads nowhere ends at the last category that is there."""
        sorts = self._catalogue.sorts[1:]  # relevance is to somebody, or to words
        left_out = []
        known = self._pages.known(path)
        if len(known) < len(path):
            left_out.append(ignored(f"path.{len(known)}", path[len(known)], "no category of this name lies here"))
        if sort is not None and sort not in sorts:
            left_out.append(ignored("sort", sort, f"orders of a category are {', '.join(sorts)}"))
        order = sort if sort is not None and sort in sorts else self._usual(sorts)
        rows = self._pages.items(known, order)
        shown = rows[offset : offset + size]
        return BrowseOut(
            path=list(known),
            breadcrumb=[self._step(known[:level]) for level in range(len(known) + 1)],
            children=[_node(child) for child in self._pages.node(known, depth).children],
            sort=order,
            sorts=list(sorts),
            num_items=len(rows),
            items=[self._answers.item(self._catalogue.item_ids[row]) for row in shown.tolist()],
            next_offset=offset + size if offset + size < len(rows) else None,
            ignored=left_out,
        )

    def _usual(self, sorts: Sequence[Sort]) -> Sort:
        """The best rated first, where items are rated."""
        if "rating" in sorts:
            return "rating"
        return sorts[0] if sorts else "relevance"

    def _step(self, path: tuple[str, ...]) -> StepOut:
        node = self._pages.node(path)
        return StepOut(name=path[-1] if path else "", path=list(path), count=node.num_items)


def _node(node: Node) -> NodeOut:
    children = [_node(child) for child in node.children]
    return NodeOut(name=node.path[-1], path=list(node.path), count=node.num_items, children=children)
