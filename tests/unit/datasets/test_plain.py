"""Texts of items are made plain, and counted."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from recsys.datasets.notes import Note
from recsys.datasets.plain import plain_items
from recsys.features.catalogue import Catalogue
from recsys.index.lexical import LexicalIndex
from recsys.schema import ITEMS
from recsys.simulation.config import SimulationConfig
from recsys.simulation.shop import Shop


def test_items_tell_how_many_texts_were_changed() -> None:
    row = {"item_id": "a", "title": "Plain", "description": "", "category": [], "in_stock": True, "attributes": []}
    rows = [
        row,
        {**row, "title": "A &amp; B", "brand": "C&amp;D", "category": ["Home", "Pots &amp; Pans"]},
        {
            **row,
            "title": "A &amp; B",
            "description": "<p>x</p>",
            "attributes": [("Col&shy;our", "<i>red</i>"), ("Colour", "blue"), ("trim", "<br>")],
        },
    ]
    made, notes = plain_items(pa.Table.from_pylist(rows, ITEMS))
    assert made.schema == ITEMS
    assert made["title"].to_pylist() == ["Plain", "A & B", "A & B"]
    assert made["brand"].to_pylist() == [None, "C&D", None]
    assert made["category"].to_pylist()[1] == ["Home", "Pots & Pans"]
    assert made["attributes"].to_pylist()[2] == [("Colour", "red"), ("Colour", "blue")]
    counts = {(note.table, note.field): note.number for note in notes}
    assert counts == {
        ("items", name): count
        for name, count in {"title": 2, "brand": 1, "category": 1, "description": 1, "attributes": 1}.items()
    }
    assert isinstance(notes[0], Note) and plain_items(made) == (made, [])


def test_markup_is_no_word_of_an_index(tmp_path: Path) -> None:
    """What a search finds in a catalogue whose texts came as HTML."""
    row = {"description": "<p class='x'>Made of <strong>oak</strong>.&nbsp;</p>", "category": [], "in_stock": True}
    titles = ["Shelf", "Strong magnet", "Black &amp; Decker drill", "Guitar amp", "Wasch\u00admaschine", "A &#8211; B"]
    rows = [row | {"item_id": f"i{place}", "title": title, "attributes": []} for place, title in enumerate(titles)]
    made, _ = plain_items(pa.Table.from_pylist(rows, ITEMS))
    index = LexicalIndex.build(Catalogue.from_table(made), tmp_path)
    found = {text: index.search(text).index.tolist() for text in ("strong", "amp", "waschmaschine", "oak")}
    assert (found["strong"], found["amp"], found["waschmaschine"], len(found["oak"])) == ([1], [3], [4], 6)
    assert [text for text in ("nbsp", "class", "8211", "shy") if len(index.search(text).index)] == []


def test_texts_of_the_simulated_shop_are_plain() -> None:
    items = Shop(SimulationConfig.small()).tables().items
    made, notes = plain_items(items)
    assert notes == [] and made.equals(items)
