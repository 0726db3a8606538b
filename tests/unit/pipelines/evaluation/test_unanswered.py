"""Searches that lead to nothing, from a log made by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.evaluation.unanswered import logged_searches, unanswered
from pipelines.running.parts import part_name
from recsys.features.pairs import PAIRS
from recsys.features.slates import SLATES


@pytest.fixture
def split(tmp_path: Path) -> Path:
    """Four people search for a kettle, and click once; three for a samovar; one for what is nobody's business."""
    write(tmp_path, slates=[], pairs=[])
    return tmp_path


def write(folder: Path, **tables: list[dict[str, Any]]) -> None:
    for name, rows in tables.items():
        (folder / name).mkdir(exist_ok=True)
        schema = SLATES if name == "slates" else PAIRS
        pq.write_table(pa.Table.from_pylist(rows, schema), folder / name / part_name(0))


def slate(user: str, query: str | None, *clicked: bool) -> list[dict[str, Any]]:
    return [
        {"slate_id": f"{user} {query}", "user_id": user, "query": query, "index": place, "clicked": one}
        for place, one in enumerate(clicked)
    ]


def test_a_search_is_counted_once_whatever_it_showed(split: Path) -> None:
    rows = [
        *slate("u", "Kettle ", False, True),
        *slate("v", "kettle", False, False, False),
        *slate("w", None, True),
        *slate("w", " ", True),
    ]
    write(split, slates=rows)
    assert logged_searches(split).to_dicts() == [{"query": "kettle", "searches": 2, "people": 2, "clicked": 1}]


def test_a_log_without_slates_knows_what_led_to_something(split: Path) -> None:
    write(split, pairs=[{"user_id": user, "query": "pan", "index": 0, "weight": 1.0} for user in "uv"])
    assert logged_searches(split).to_dicts() == [{"query": "pan", "searches": 2, "people": 2, "clicked": 2}]
    write(split, pairs=[])
    assert not len(logged_searches(split))


def test_both_lists_name_what_several_people_wrote(split: Path) -> None:
    rows = [row for user in "uvwx" for row in slate(user, "kettle", user == "u")]
    rows += [row for user in "uvw" for row in slate(user, "samovar", False)]
    write(split, slates=[*rows, *slate("u", "my secret", False)])
    asked: list[str] = []

    def matches(text: str) -> int:
        asked.append(text)
        return 0 if text == "samovar" else 7

    found = unanswered(logged_searches(split), matches, 2, lambda done, total: None)
    assert asked == ["kettle", "samovar"]
    assert (found["searches"], found["distinct"], found["asked"]) == (8, 3, 2)
    assert found["clicked_share"] == pytest.approx(1 / 8)
    samovar = {"query": "samovar", "searches": 3, "people": 3, "clicked": 0, "matches": 0}
    assert found["without_match"] == {"searches": 3, "distinct": 1, "by_few_people": 0, "listed": [samovar]}
    assert found["without_click"] == {"searches": 4, "distinct": 2, "by_few_people": 1, "listed": [samovar]}


def test_no_search_is_asked_where_none_shall_be() -> None:
    logged = pl.DataFrame({"query": ["pan"], "searches": [3], "people": [3], "clicked": [0]})
    found = unanswered(logged, lambda text: 1 / 0, 0, lambda done, total: None)  # type: ignore[arg-type,return-value]
    assert found["asked"] == 0 and found["without_click"]["listed"][0]["matches"] is None
