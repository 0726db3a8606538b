"""A catalogue with changes is the catalogue that would have been read with them in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.changes import Changes, ItemChange
from recsys.features.catalogue import Catalogue
from recsys.features.changes import changed_items, fields_of
from recsys.schema import ITEMS, conform
from recsys.slate import Filters


def item(item_id: str, **fields: Any) -> dict[str, Any]:
    whole = {
        "item_id": item_id,
        "title": f"Title {item_id}",
        "description": "",
        "category": ["A"],
        "in_stock": True,
        "attributes": [],
        "created_at": 1_000_000,
        "currency": "EUR",
        "price_micros": 3_000_000,
    }
    return whole | fields


@pytest.fixture
def items() -> pa.Table:
    rows = [
        item("a", attributes=[("colour", "red"), ("colour", "blue")]),
        item("b", rating=4.5),
        item("c", price_micros=None),
    ]
    columns = [pa.array([row.get(field.name) for row in rows], field.type) for field in ITEMS]
    return conform(pa.table(columns, schema=ITEMS), "items")


def changes(*said: tuple[str, str, dict[str, Any]]) -> Changes:
    found = tuple(ItemChange(item_id, kind, fields, n, n) for n, (item_id, kind, fields) in enumerate(said, 1))  # type: ignore[arg-type]
    return Changes(len(found), found)


def test_rows_stay_and_new_items_follow(items: pa.Table) -> None:
    said = changes(
        ("z", "put", {"title": "Zebra", "price_micros": 9, "attributes": {"colour": "black"}}),
        ("b", "patch", {"price_micros": 5, "in_stock": False}),
        ("a", "delete", {}),
        ("c", "put", {"title": "Other c"}),
    )
    catalogue = Catalogue.from_table(items).changed(said)
    assert catalogue.item_ids == ["a", "b", "c", "z"] and catalogue.changed_rows.tolist() == [0, 1, 2, 3]
    assert catalogue.revision == 4
    assert catalogue.blocked.tolist() == [True, False, False, False]
    b, c, z = (catalogue.describe(row) for row in (1, 2, 3))
    assert (b["price_micros"], b["in_stock"], b["rating"], b["title"]) == (5, False, 4.5, "Title b")
    assert (c["title"], c["category"], c["currency"]) == ("Other c", [], None), "a put says all there is"
    assert (z["title"], z["attributes"]) == ("Zebra", {"colour": ["black"]})
    assert catalogue.mask(Filters(attributes=(("colour", ("black",)),))).tolist() == [False, False, False, True]


def test_what_is_only_half_known_is_blocked(items: pa.Table) -> None:
    """As after a rollback to a release that lacks an item of which only the price was corrected since."""
    catalogue = Catalogue.from_table(items).changed(
        changes(("x", "patch", {"price_micros": 1}), ("y", "put", {"title": "Y"}))
    )
    assert catalogue.item_ids[3:] == ["x", "y"] and catalogue.blocked.tolist()[3:] == [True, False]


def test_fields_go_there_and_back(items: pa.Table) -> None:
    said = fields_of(items)
    whole = changes(*((item_id, "put", fields) for item_id, fields in said.items()))
    same = changed_items(items, whole.items)
    assert same.items.equals(items) and not len(same.rows), "what says nothing new changes nothing"


def test_one_value_of_an_attribute_may_stand_without_a_list(items: pa.Table) -> None:
    """So what a store was told before attributes could have several values keeps its meaning."""
    said = changes(("z", "put", {"title": "Z", "attributes": {"colour": "black", "size": ["S", "M"]}}))
    added = changed_items(items, said.items).items["attributes"].to_pylist()[-1]
    assert added == [("colour", "black"), ("size", "S"), ("size", "M")]


def test_what_a_release_has_taken_in_changes_nothing_there(items: pa.Table) -> None:
    """Changes stay in the store: after a build they are in the data, and in no edition any more."""
    said = changes(
        ("z", "put", {"title": "Z", "rating": 4.1}), ("b", "patch", {"price_micros": 5}), ("a", "delete", {})
    )
    built = Catalogue.from_table(changed_items(items, said.items).items)
    again = built.changed(said)
    assert (again.revision, again.changed_rows.tolist(), again.item_ids) == (3, [], built.item_ids)
    assert again.blocked.tolist() == [True, False, False, False]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from(("put", "patch", "delete")), st.integers(0, 9)),
        max_size=12,
        unique_by=lambda one: one[0],
    )
)
def test_any_changes_give_the_catalogue_that_is_read_anew(said: list[tuple[str, str, int]]) -> None:
    rows = [item(one) for one in "abc"]
    columns = [pa.array([row.get(field.name) for row in rows], field.type) for field in ITEMS]
    table = conform(pa.table(columns, schema=ITEMS), "items")
    fields: dict[str, Callable[[int], dict[str, Any]]] = {
        "put": lambda n: {"title": f"New {n}", "price_micros": n},
        "patch": lambda n: {"price_micros": n},
        "delete": lambda n: {},
    }
    wanted = changes(*((item_id, kind, fields[kind](n)) for item_id, kind, n in said))
    changed = Catalogue.from_table(table).changed(wanted)
    anew = Catalogue.from_table(changed_items(table, wanted.items).items)
    assert changed.item_ids == anew.item_ids and changed.item_ids[:3] == list("abc")
    assert [changed.describe(row) for row in range(len(changed))] == [anew.describe(row) for row in range(len(anew))]
    np.testing.assert_array_equal(changed.showable, anew.showable)
    gone = {item_id for item_id, kind, _ in said if kind == "delete"}
    assert not any(changed.showable[changed.row[one]] for one in gone & set(changed.row))
