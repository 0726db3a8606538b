"""What a storekeeper puts is kept as people read it, and the answer says where that is something else."""

from __future__ import annotations

import pytest

from deployments.storekeeper.plain_texts import with_plain_texts
from deployments.storekeeper.shapes import ItemIn
from recsys.errors import WrongData


def test_each_text_is_made_plain_and_named() -> None:
    item, changed = with_plain_texts(
        ItemIn(
            title="Salt &amp; pepper mill",
            description="<p>Grinds <b>fine</b>.</p>",
            category=["Kitchen", "<br>", "Mills"],
            brand="Pep\u00adper",
            attributes={"colour": ["red", "<i>blue</i>"], "col&shy;our": ["green"], "care": ["&nbsp;"]},
        )
    )
    assert (item.title, item.description, item.category) == ("Salt & pepper mill", "Grinds fine.", ["Kitchen", "Mills"])
    assert (item.brand, item.attributes) == ("Pepper", {"colour": ["red", "blue", "green"]})
    assert {one.field: one.kept for one in changed} == {
        "title": "Salt & pepper mill",
        "description": "Grinds fine.",
        "category.1": "",
        "brand": "Pepper",
        "attributes.colour.1": "blue",
        "attributes.col&shy;our": "colour",
        "attributes.care.0": "",
    }


def test_what_is_plain_stays_and_nothing_is_said() -> None:
    item = ItemIn(title="C++ <3 & a < b", attributes={"size": ["S", "M"]})
    assert with_plain_texts(item) == (item, [])


def test_one_value_is_a_list_of_one_and_a_title_of_markup_is_none() -> None:
    assert ItemIn.model_validate({"title": "Jug", "attributes": {"colour": "red"}}).attributes == {"colour": ["red"]}
    with pytest.raises(WrongData, match="title: wanted words"):
        with_plain_texts(ItemIn(title="<hr>"))
