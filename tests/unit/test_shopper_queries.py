"""The judge of the sixty searches: each demand can be met and missed, and every line of the file can be read."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

SCRIPT = runpy.run_path(str(Path(__file__).resolve().parents[2] / "benchmarks" / "shopper_queries.py"))
JUG = {
    "item_id": "j1",
    "title": "Blue Jug, 50ml",
    "brand": "Oso",
    "category": ["Home", "Kitchen,Jugs"],
    "price_micros": 20_000_000,
    "attributes": {"colour": ["Blue"]},
}
ANSWER = {
    "items": [JUG],
    "num_matches": 3,
    "understood": {
        "corrected": [{"words": "jgu", "value": "jug"}],
        "filters": [{"field": "price", "price_min_micros": None, "price_max_micros": 50_000_000}],
    },
}
EMPTY = {"items": [], "num_matches": 0}


def top(**wanted: Any) -> dict[str, Any]:
    return {"top_k": 1, "top_all_match": wanted}


@pytest.mark.parametrize(
    ("met", "missed"),
    [
        ({"first_any_of": ["j1", "j2"]}, {"first_any_of": ["j2"]}),
        ({"top_k": 1}, {"top_k": 2}),
        (top(title_has_any=["jug"]), top(title_has_any=["ju"])),
        (top(title_has_none=["red"]), top(title_has_none=["blue"])),
        (top(price_max=20), top(price_max=19.99)),
        (top(price_min=20), top(price_min=20.01)),
        (top(brand_any=["oso"]), top(brand_any=["os"])),
        (top(category_any=["jugs"]), top(category_any=["jug"])),
        (top(attribute={"colour": "blue"}), top(attribute={"size": "blue"})),
        ({"contains_any_of": {"k": 10, "item_ids": ["j1"]}}, {"contains_any_of": {"k": 10, "item_ids": ["j2"]}}),
        ({"num_matches_min": 3}, {"num_matches_min": 4}),
        ({"num_matches_max": 3}, {"num_matches_max": 2}),
        ({"corrected": {"jgu": "jug"}}, {"corrected": {"jgu": "mug"}}),
        ({"understood_filters": {"price_max": 50}}, {"understood_filters": {"price_max": 40}}),
    ],
)
def test_a_demand_is_met_or_named(met: dict[str, Any], missed: dict[str, Any]) -> None:
    unmet = SCRIPT["unmet"]
    assert unmet(met, ANSWER) == [] and len(unmet(missed, ANSWER)) == 1


def test_an_empty_answer_meets_only_that_nothing_was_found() -> None:
    unmet = SCRIPT["unmet"]
    assert unmet({"num_matches_max": 0}, EMPTY) == []
    for demand in ({"first_any_of": ["j1"]}, {"top_k": 1}, {"corrected": {"a": "b"}}, {"understood_filters": {"a": 1}}):
        assert unmet(demand, EMPTY)


def test_every_search_of_the_file_can_be_judged() -> None:
    rows = SCRIPT["queries"]()
    assert len(rows) == 60 == len({row["id"] for row in rows})
    for row in rows:
        SCRIPT["unmet"](row["expect"], EMPTY)  # raises for a demand that it does not know
