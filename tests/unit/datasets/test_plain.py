"""Texts are plain before anything reads them, and what only looks like markup stays."""

from __future__ import annotations

import time
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.datasets.notes import Note
from recsys.datasets.plain import plain, plain_items
from recsys.features.catalogue import Catalogue
from recsys.index.lexical import LexicalIndex
from recsys.schema import ITEMS
from recsys.simulation.config import SimulationConfig
from recsys.simulation.shop import Shop


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("<p>A <strong>blue</strong> lamp&nbsp;for home.</p><ul><li>Bright</li></ul>", "A blue lamp for home. Bright"),
        ("<div class=\"x > y\" data-id='7'>Vase</div>", "Vase"),
        ("Line<br>by<br/>line<BR />", "Line by line"),
        ("<b>W</b>ool", "Wool"),
        ("Smith &amp; Sons", "Smith & Sons"),
        ("Smith &amp;amp; Sons", "Smith & Sons"),
        ("&lt;p&gt;Twice&lt;/p&gt;", "Twice"),
        ("&amp;lt;em&amp;gt;Thrice&amp;lt;/em&amp;gt;", "Thrice"),
        ("10 &#8211; 12 cm &#x2714;", "10 – 12 cm ✔"),
        ("Kaffee\u00admaschine", "Kaffeemaschine"),
        ("Kaffee&shy;maschine", "Kaffeemaschine"),
        ("zero\u200bwidth\ufeff and\u00a0hard", "zerowidth and hard"),
        ("bell\x07 and null\x00", "bell and null"),
        ("Wi\u200dFi", "WiFi"),
        ("a<script>alert('<b>')</script>b<style>p{}</style><!-- c -->d", "a b d"),
        ("**Bold** words, __strong__ and [a link](https://example.com/x)", "Bold words, strong and a link"),
        ("## Care\n* wash cold\n* dry", "Care\nwash cold\ndry"),
        ("<![CDATA[A &amp; B]]>", "A & B"),
        ("line_x000D_\nnext", "line\nnext"),
    ],
)
def test_markup_leaves_texts(text: str, wanted: str) -> None:
    assert plain(text) == wanted
    assert plain(wanted) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "C++ <3",
        "AT&T",
        "a < b",
        "a <b and c> d",
        '5" x 7"',
        "size <M> and <XL>",
        "R&D; Q&A",
        "5 * 7 ** 2",
        "#1 seller, C# and F#",
        "snake_case and __init",
        "<3 <3 >_<",
        "if a<b and b>c",
        "x &y; &nosuchname;",
        "می\u200cخواهم",
        "क्\u200dष",
        "👩\u200d🔬",
        "two  spaces\n\n\n\nand lines ",
        "- 5 °C",
        "",
    ],
)
def test_what_only_looks_like_markup_stays(text: str) -> None:
    assert plain(text) == text


@given(st.text(st.sampled_from("<>/&;#abp=\"'! -*_[]()\n\u00ad\u200d"), max_size=60))
def test_any_text_is_made_plain(text: str) -> None:
    made = plain(text)
    assert "\u00ad" not in made and "<p>" not in made and "<b>" not in made


@pytest.mark.parametrize(
    "piece", ["<", "<a b='", '<a b="', "<script", "<!--", "&amp;", "**", "[x](", "&#38;", "<p " + "a=b " * 20]
)
def test_a_long_broken_text_costs_no_more_than_its_length(piece: str) -> None:
    started = time.perf_counter()
    plain(piece * (200_000 // len(piece)))
    assert time.perf_counter() - started < 5


def test_items_tell_how_many_texts_were_changed() -> None:
    row = {"item_id": "a", "title": "Plain", "description": "", "category": [], "in_stock": True, "attributes": []}
    rows = [
        row,
        {**row, "title": "A &amp; B", "brand": "C&amp;D", "category": ["Home", "Pots &amp; Pans"]},
        {**row, "title": "A &amp; B", "description": "<p>x</p>", "attributes": [("Col&shy;our", "<i>red</i>")]},
    ]
    made, notes = plain_items(pa.Table.from_pylist(rows, ITEMS))
    assert made.schema == ITEMS
    assert made["title"].to_pylist() == ["Plain", "A & B", "A & B"]
    assert made["brand"].to_pylist() == [None, "C&D", None]
    assert made["category"].to_pylist()[1] == ["Home", "Pots & Pans"]
    assert made["attributes"].to_pylist()[2] == [("Colour", "red")]
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
