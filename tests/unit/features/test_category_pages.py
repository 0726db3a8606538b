"""Pages of categories say what a plain loop over the items says."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given

from recsys.features.category_pages import CategoryPages, Node
from recsys.slate import Filters
from tests import shelf


@given(shelf.rows)
def test_a_node_counts_what_is_shown_in_and_below_it(rows: list[dict[str, Any]]) -> None:
    catalogue = shelf.catalogue_of(rows)
    pages = CategoryPages(catalogue)
    shown = [tuple(item["category"]) for item in rows if shelf.passes(item, Filters())]

    def check(node: Node) -> None:
        assert node.num_items == sum(path[: len(node.path)] == node.path for path in shown)
        below = {path[: len(node.path) + 1] for path in shown if path[: len(node.path)] == node.path}
        assert [child.path for child in node.children] == sorted(below - {node.path})
        for child in node.children:
            check(child)

    check(pages.node((), depth=9))


def test_a_path_that_leads_nowhere_ends_at_the_last_category() -> None:
    pages = CategoryPages(shelf.catalogue_of([shelf.row(category=["Home", "Lamps"])]))
    assert pages.known(["Home", "Lamps", "Blue"]) == ("Home", "Lamps")
    assert pages.known(["Home"]) == ("Home",) and pages.known(["Garden", "Lamps"]) == pages.known([]) == ()


def test_items_of_a_category_stand_in_the_order_that_was_asked_for() -> None:
    prices = [30, 10, 20, 5]
    rows = [shelf.row(category=["Home"], price_micros=price * shelf.MICROS) for price in prices[:3]]
    catalogue = shelf.catalogue_of([*rows, shelf.row(category=["Sports"], price_micros=prices[3])])
    pages = CategoryPages(catalogue)
    assert pages.items(("Home",), "price_asc").tolist() == [1, 2, 0]
    assert np.array_equal(pages.items((), "relevance"), [0, 1, 2, 3])
