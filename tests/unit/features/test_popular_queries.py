"""Searches that may be shown to others."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from recsys.features.pairs import PAIRS
from recsys.features.popular_queries import popular_queries


def pairs(folder: Path, part: int, searches: list[tuple[str, str]]) -> None:
    made = [{"user_id": user, "query": query, "index": 0, "weight": 1.0, "at_s": 0.0} for user, query in searches]
    folder.mkdir(exist_ok=True)
    pq.write_table(pa.Table.from_pylist(made, schema=PAIRS), folder / f"part-{part}.parquet")


def test_a_search_counts_people_over_all_parts_and_stays_secret_until_several_made_it(tmp_path: Path) -> None:
    pairs(tmp_path, 0, [("a", "Mug"), ("a", "mug"), ("a", "my secret"), ("a", "my secret"), ("b", "pan"), ("a", "pan")])
    pairs(tmp_path, 1, [("b", " mug "), ("c", "mug"), ("d", "mug"), ("c", "pan"), ("b", "my secret")])
    assert popular_queries(tmp_path) == {"mug": 4, "pan": 3}
    assert popular_queries(tmp_path, least_users=1, limit=2) == {"mug": 4, "pan": 3}


def test_a_log_without_searches_has_none(tmp_path: Path) -> None:
    pairs(tmp_path, 0, [])
    assert popular_queries(tmp_path) == popular_queries(tmp_path / "absent") == {}
