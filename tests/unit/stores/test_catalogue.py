"""What was said of items while the shop is open, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.engine import Engine

from recsys.changes import NO_CHANGES
from recsys.errors import NotFound, WrongData
from recsys.stores.catalogue import CatalogueStore


@pytest.fixture
def store(engine: Engine) -> CatalogueStore:
    return CatalogueStore(engine)


def known(item_id: str) -> bool:
    return item_id in ("a", "b")


def test_an_empty_store_says_nothing(store: CatalogueStore) -> None:
    assert store.changes() == NO_CHANGES and store.revision() == 0


def test_what_was_said_last_holds_and_facts_add_up(store: CatalogueStore) -> None:
    assert store.put({"new": {"title": "One", "price_micros": 5}, "a": {"title": "Another a"}}, 10.0) == 2
    assert store.patch({"new": {"price_micros": 7}, "b": {"in_stock": False}}, 11.0, known) == 4
    assert store.patch({"b": {"price_micros": 9}}, 12.0, known) == 5
    changes = store.changes()
    assert [(one.item_id, one.kind, one.fields, one.revision) for one in changes.items] == [
        ("new", "put", {"title": "One", "price_micros": 7}, 3),
        ("a", "put", {"title": "Another a"}, 2),
        ("b", "patch", {"in_stock": False, "price_micros": 9}, 5),
    ]
    assert changes.revision == store.revision() == 5


def test_a_deleted_item_keeps_its_place_and_its_last_words(store: CatalogueStore) -> None:
    store.put({"x": {"title": "X"}, "y": {"title": "Y"}}, 1.0)
    assert store.delete(["x", "a"], 2.0, known) == 4
    assert [(one.item_id, one.kind, one.fields) for one in store.changes().items] == [
        ("x", "delete", {"title": "X"}),
        ("y", "put", {"title": "Y"}),
        ("a", "delete", {}),
    ]
    for again in ("x", "a"):
        with pytest.raises(NotFound, match="item_id"):
            store.delete([again], 3.0, known)
        with pytest.raises(NotFound, match="item_id"):
            store.patch({again: {"price_micros": 1}}, 3.0, known)
    store.put({"x": {"title": "X again"}}, 4.0)
    assert [(one.item_id, one.kind) for one in store.changes().items][:2] == [("x", "put"), ("y", "put")]


def test_all_of_a_call_or_nothing(store: CatalogueStore) -> None:
    with pytest.raises(NotFound, match="nobody"):
        store.patch({"a": {"price_micros": 1}, "nobody": {"price_micros": 1}}, 1.0, known)
    with pytest.raises(WrongData, match="surrogates"):
        store.put({"x": {"title": "fine"}, "y": {"title": "\ud800"}}, 1.0)
    assert store.changes() == NO_CHANGES


def test_writers_at_the_same_time_take_turns_and_no_revision_is_lost(store: CatalogueStore) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(
            pool.map(lambda n: store.put({f"i{n % 7}": {"title": str(n)}, f"j{n}": {"title": "J"}}, 1.0), range(24))
        )
    assert sorted(found) == [2 * number for number in range(1, 25)]
    changes = store.changes()
    assert len(changes.items) == 7 + 24 and changes.revision == 48
    firsts = [one.first_revision for one in changes.items]
    assert firsts == sorted(firsts) and len({one.revision for one in changes.items}) == len(changes.items)


def test_a_catalogue_is_put_in_one_go(store: CatalogueStore) -> None:
    items = {f"i{number}": {"title": f"Item {number}"} for number in range(2_500)}
    assert store.put(items, 1.0) == 2_500
    assert store.delete(list(items)[:1_200], 2.0, known) == 3_700
    kinds = [one.kind for one in store.changes().items]
    assert (kinds.count("put"), kinds.count("delete")) == (1_300, 1_200)
