"""How items fare by how often they were chosen before the test: what is shown of them, and whether it is right."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.evaluation.figures import Ranks, maps
from pipelines.running.parts import read_parts
from recsys.features.catalogue import Catalogue
from recsys.metrics.ranking import recall_at_k
from recsys.slate import BoolArray, IntArray
from recsys.splits import TEST

BUCKETS = ((0, 0), (1, 4), (5, 9), (10, 19), (20, 49), (50, None))
"""Steps of an item before the test fold: from, to."""
FEW = 5
"""Items with fewer steps are those of which a log says little."""


def by_events(cases: pa.Table, split: Path, catalogue: Catalogue) -> list[dict[str, Any]]:
    """A row for each bucket that has items or test cases, few events first.

    `shown` counts items that stand in the list of any test user; `place_share` is the bucket's part of all places of
    these lists, beside its part of the items that can be shown. recall@10 of every method is of the targets in it.
    """
    count = events_before(split, len(catalogue))
    places = _places(cases, catalogue)
    target = cases["target"].to_numpy()
    ranks = {**maps(cases, "ranks"), **({"fused": cases["fused"].to_numpy()} if cases.num_rows else {})}
    rows = []
    for name, inside in between(count, BUCKETS):
        items, chosen = inside & catalogue.showable, inside[target]
        if items.any() or chosen.any():
            rows.append(
                {
                    "bucket": name,
                    "items": int(items.sum()),
                    "item_share": _share(items.sum(), catalogue.showable.sum()),
                    "shown": int((items & (places > 0)).sum()),
                    "place_share": _share(places[inside].sum(), places.sum()),
                    "cases": int(chosen.sum()),
                    "recall_at_10": _recall(ranks, chosen) if chosen.any() else {},
                }
            )
    return rows


def few_events(cases: pa.Table, split: Path, catalogue: Catalogue) -> dict[str, Any]:
    """Items with fewer than FEW events together, and all others."""
    few = events_before(split, len(catalogue)) < FEW
    places = _places(cases, catalogue)
    served = maps(cases, "ranks").get("served", np.zeros(0))
    found: dict[str, Any] = {"fewer_than": FEW}
    for name, inside in (("few", few), ("others", ~few)):
        items, chosen = inside & catalogue.showable, inside[cases["target"].to_numpy()]
        found[name] = {
            "items": int(items.sum()),
            "item_share": _share(items.sum(), catalogue.showable.sum()),
            "coverage": _share((items & (places > 0)).sum(), items.sum()),
            "place_share": _share(places[inside].sum(), places.sum()),
            "cases": int(chosen.sum()),
            "recall_at_10": float(recall_at_k(served[chosen], 10).mean()) if chosen.any() else None,
        }
    return found


def events_before(split: Path, num_items: int) -> IntArray:
    """(I,) steps of each item before the test fold."""
    steps = read_parts(split / "steps", ["index", "fold"])
    known = steps.filter(pc.less(steps["fold"], TEST))["index"].to_numpy()
    return np.bincount(known, minlength=num_items).astype(np.int32)


def between(counts: IntArray, borders: Sequence[tuple[int, int | None]]) -> Iterator[tuple[str, BoolArray]]:
    """The name of each stretch of counts, and what lies in it.

    Args:
        borders: from, to; without an end it is open.
    """
    for least, most in borders:
        name = f"{least}+" if most is None else str(least) if least == most else f"{least} to {most}"
        yield name, (counts >= least) & (counts <= (np.inf if most is None else most))


def _recall(ranks: Mapping[str, Ranks], chosen: BoolArray) -> dict[str, float]:
    return {method: float(recall_at_k(rank[chosen], 10).mean()) for method, rank in ranks.items()}


def _places(cases: pa.Table, catalogue: Catalogue) -> IntArray:
    """(I,) places that each item has in the lists of the test users."""
    lists: Iterable[list[str]] = cases["items"].to_pylist()
    index = [catalogue.row[item_id] for items in lists for item_id in items]
    return np.bincount(np.array(index, np.int64), minlength=len(catalogue)).astype(np.int32)


def _share(part: float, whole: float) -> float | None:
    return float(part / whole) if whole else None
