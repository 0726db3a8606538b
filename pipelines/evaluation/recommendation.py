"""What is served to each test user against what the user chose next.

One request a user, at the moment of the user's first test step, on the home page: ads and randomisation off, items of
the history left out, everything in stock can be shown. The target is the item of that step. All methods answer the same
requests; the rank of a target in a full order counts equal scores as half, in the served list it is its place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.running.parts import part_name, read_parts
from recsys.artifacts import Workspace
from recsys.features.sequences import HeldOut, held_out
from recsys.metrics.ranking import rank_in_list, rank_of_target
from recsys.recall.sources.covisit import CovisitSource
from recsys.recall.sources.popular import PopularSource
from recsys.recall.sources.source import Source
from recsys.recall.stage import Recall
from recsys.release import Release
from recsys.slate import Asked, BoolArray, Draw, Filters, IntArray, Person, Query
from recsys.splits import TEST

SIZE = 20
_PAIRS = pa.list_(pa.struct([("key", pa.string()), ("value", pa.float64())]))
CASES = pa.schema(
    [
        ("user_id", pa.string()),
        ("target", pa.int64()),
        ("target_id", pa.string()),
        ("last_id", pa.string()),
        ("items", pa.list_(pa.string())),
        ("ranks", _PAIRS),
        ("fused", pa.float64()),
        ("steps_before", pa.int64()),
        ("ever_bought", pa.bool_()),
        ("stages", _PAIRS),
        ("stage_ms", _PAIRS),
    ]
)
"""One row a test user: what was served and where the target was, of `judge_part`."""
BASELINES = {"popularity": PopularSource.facts, "co-visitation": CovisitSource.facts}
"""Method -> recall source that orders the whole catalogue alone."""


def first_test_steps(split: Path, num_items: int) -> HeldOut:
    """`first_steps` of the test fold."""
    return first_steps(split, TEST, num_items)


def first_steps(split: Path, fold: int, num_items: int) -> HeldOut:
    """One held-out step a user: the first of the fold that goes to an item the user did not choose before."""
    held = held_out(read_parts(split / "steps"), fold, num_items)
    _, first = np.unique(np.array(held.user_ids, dtype=object), return_index=True)
    return held.rows(np.sort(first).tolist())


def judge_part(
    workspace: Path, release: str, num_parts: int, most: int, staged: int, folder: Path, path: Path, part: int
) -> Mapping[str, Any]:
    """Answer the requests of some users and write, a row each, the list and the ranks of the target.

    Args:
        most: users in all, drawn at random; 0 means everybody.
        staged: users in all for whom every recall source is judged alone as well.
        path: of the split artifact.
    """
    opened = Release.open(Workspace(workspace), release)
    cases = first_test_steps(path, len(opened.catalogue))
    cases = cases.sample(most or len(cases), np.random.default_rng(0))
    order, stages_too = laid_out(len(cases), staged)
    mine = np.array_split(np.arange(len(cases)), num_parts)[part]
    answered = asyncio.run(_answer(opened, cases.rows(order[mine].tolist()), stages_too[mine]))
    pq.write_table(pa.Table.from_pylist(answered, CASES), folder / part_name(part))
    return {"cases": len(answered)}


def laid_out(num_cases: int, staged: int) -> tuple[IntArray, BoolArray]:
    """The order of the users and who of them is staged: the same however many tasks share them.

    Two halves, every other user each, and half of the staged users in each.
    """
    halves = [np.arange(first, num_cases, 2) for first in (0, 1)]
    chosen = [np.zeros(len(half), bool) for half in halves]
    for half in chosen:
        half[np.random.default_rng(1).permutation(len(half))[: staged // 2]] = True
    return np.concatenate(halves).astype(np.int32), np.concatenate(chosen)


async def _answer(release: Release, cases: HeldOut, staged: BoolArray) -> list[dict[str, Any]]:
    """
    Args:
        staged: (U,) users for whom every recall source is judged alone as well.
    """
    from recsys.edition import Edition
    from recsys.funnel import FunnelConfig, open_funnel
    from recsys.opening.stages import recall_of

    funnel = open_funnel(release, config=FunnelConfig().without_deadlines())
    recall, item_ids = recall_of(Edition(release)), release.catalogue.item_ids
    allowed = release.catalogue.mask(Filters())
    judged = _Judge(recall, allowed)
    rows = []
    for number, (user_id, history, target, at_s) in enumerate(
        zip(cases.user_ids, cases.histories, cases.target.tolist(), cases.at_s.tolist(), strict=True)
    ):
        query = Query(
            Asked("home", SIZE, at_s=at_s, ads=False),
            Person(user_id=user_id, history=history),
            Draw(exclude=history.index, explore=False),
        )
        slate = await funnel.answer(query)
        served = [item.index for item in slate.items]
        fused = judged.fused(query, target)
        row = {
            "user_id": user_id,
            "target": target,
            "target_id": item_ids[target],
            "last_id": item_ids[int(history.index[-1])] if len(history) else None,
            "items": [item_ids[index] for index in served],
            "ranks": {"served": rank_in_list(served, target), **judged.baselines(query, target)},
            "fused": fused,
            "steps_before": len(history),
            "ever_bought": bool(history.bought.any()),
            "stages": {**judged.sources(query, target), "recall: fused": fused} if staged[number] else None,
            "stage_ms": slate.stage_ms,
        }
        rows.append({**row, **{name: _pairs(row[name]) for name in ("ranks", "stages", "stage_ms")}})
    return rows


class _Judge:
    """Ranks of targets by single sources and by the recall stage."""

    def __init__(self, recall: Recall, allowed: BoolArray) -> None:
        self._recall, self._allowed = recall, allowed
        self._sources = {source.facts.name: source for source in recall.sources}
        self._all = np.arange(len(allowed), dtype=np.int32)

    def baselines(self, query: Query, target: int) -> dict[str, float]:
        """Where a baseline has nothing to say (no history), it is popularity too."""
        popular = self._rank(self._sources[PopularSource.facts.name], query, target)
        assert popular is not None, "popularity asks nobody"
        found = {name: self._rank(self._sources[facts.name], query, target) for name, facts in BASELINES.items()}
        return {name: popular if rank is None else rank for name, rank in found.items()}

    def fused(self, query: Query, target: int) -> float:
        """In the order in which recall hands its candidates on."""
        return rank_in_list(self._recall.candidates(query).index, target)

    def sources(self, query: Query, target: int) -> dict[str, float]:
        """Each source over the whole catalogue."""
        sources = {name: source for name, source in self._sources.items() if not source.facts.needs_text}
        found = {f"source: {name}": self._rank(source, query, target) for name, source in sources.items()}
        return {name: np.inf if rank is None else rank for name, rank in found.items()}

    def _rank(self, source: Source, query: Query, target: int) -> float | None:
        reading = source.read(query)
        if reading is None:
            return None
        scores = np.where(self._allowed, reading.score(self._all), -np.inf)
        return rank_of_target(scores, target, query.draw.exclude) if self._allowed[target] else np.inf


def _pairs(values: Mapping[str, float] | None) -> list[dict[str, Any]] | None:
    """As Arrow keeps them, whatever the keys are."""
    return None if values is None else [{"key": key, "value": float(value)} for key, value in values.items()]
