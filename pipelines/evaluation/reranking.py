"""Where the served list is worse than the fused one: what ranking costs, by group of requests.

The fused list is what recall hands to ranking, best first: what would be served without a ranker. Both answer the same
requests, and what was chosen is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from pipelines.evaluation.by_events import BUCKETS, between
from pipelines.evaluation.differences import difference
from pipelines.evaluation.figures import maps
from recsys.metrics.ranking import ndcg_at_k
from recsys.slate import BoolArray, FloatArray, IntArray

LENGTHS = ((0, 0), (1, 4), (5, 19), (20, None))
"""Steps of a history: from, to."""

Row = dict[str, Any]


def by_people(cases: pa.Table, events: IntArray) -> list[Row]:
    """The test users by what is known of them, and by how often what they chose next was chosen before.

    Args:
        events: (I,) steps of each item before the test, of `events_before`.
    """
    if not cases.num_rows:
        return []
    served, fused = (ndcg_at_k(ranks, 10) for ranks in (maps(cases, "ranks")["served"], cases["fused"].to_numpy()))
    people, bought = cases["user_id"].to_pylist(), cases["ever_bought"].to_numpy(zero_copy_only=False)
    steps, chosen = cases["steps_before"].to_numpy(), events[cases["target"].to_numpy()]
    groups = [
        *(("steps in the history", name, inside) for name, inside in between(steps, LENGTHS)),
        ("people", "bought before", bought),
        ("people", "known, never bought", ~bought & (steps > 0)),
        *(("events of the item", name, inside) for name, inside in between(chosen, BUCKETS)),
    ]
    return [compared(by, group, served, fused, people, inside) for by, group, inside in groups if inside.any()]


def by_surface(surface: Sequence[str], served: FloatArray, fused: FloatArray, people: Sequence[str]) -> list[Row]:
    """Logged slates by the surface on which they were shown.

    Args:
        surface, people: (M,) of each slate.
        served, fused: (M,) ndcg@10 of what was clicked in it.
    """
    where = np.array(surface, dtype=object)
    return [compared("surface", name, served, fused, people, where == name) for name in sorted(set(surface))]


def compared(by: str, group: str, served: FloatArray, fused: FloatArray, people: Sequence[str], rows: BoolArray) -> Row:
    """One group of requests, those in `rows`."""
    chosen = [people[row] for row in np.flatnonzero(rows).tolist()]
    found = difference(served[rows], fused[rows], chosen)
    return {
        "by": by,
        "group": group,
        "cases": int(rows.sum()),
        "served_ndcg_at_10": float(served[rows].mean()),
        "fused_ndcg_at_10": float(fused[rows].mean()),
        "difference": found.mean,
        "interval": [found.low, found.high],
        "word": found.word,
    }
