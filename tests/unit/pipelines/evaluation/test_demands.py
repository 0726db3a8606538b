"""The judge of searches that somebody wrote down: each demand can be met and missed, and wrong files are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipelines.evaluation.demands import searches, unmet
from recsys.errors import WrongData

SIXTY = Path(__file__).resolve().parents[4] / "benchmarks" / "shopper_queries.jsonl"
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
    assert unmet(met, ANSWER) == [] and len(unmet(missed, ANSWER)) == 1


def test_an_empty_answer_meets_only_that_nothing_was_found() -> None:
    assert unmet({"num_matches_max": 0}, EMPTY) == []
    for demand in ({"first_any_of": ["j1"]}, {"top_k": 1}, {"corrected": {"a": "b"}}, {"understood_filters": {"a": 1}}):
        assert unmet(demand, EMPTY)


def test_every_search_of_the_sixty_can_be_judged() -> None:
    rows = searches(SIXTY)
    assert len(rows) == 60 == len({row["id"] for row in rows})
    for row in rows:
        unmet(row["expect"], EMPTY)  # raises for a demand that it does not know


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2: wanted a JSON object"),
        ('{"id": "a", "query": "jug"}', "wanted a JSON object with id, query and expect"),
        ('{"id": "a", "query": "jug", "expect": {"colour": "red"}}', "line 2: expect: wanted one of .*got 'colour'"),
        ('{"id": "a", "query": "j", "expect": {"top_k": 1, "top_all_match": {"size": 1}}}', "got 'size'"),
    ],
)
def test_a_file_that_says_something_else_is_refused_by_line(line: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "wanted.jsonl"
    path.write_text('{"id": "b", "query": "jug", "expect": {"top_k": 1}}\n' + line)
    with pytest.raises(WrongData, match=said):
        searches(path)
    with pytest.raises(WrongData, match="wanted a readable UTF-8 file"):
        searches(tmp_path / "absent.jsonl")
