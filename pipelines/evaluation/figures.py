"""From one row a test user to the figures of the report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from recsys.artifacts import Artifact, Workspace
from recsys.metrics.intervals import bootstrap_mean
from recsys.metrics.ranking import ndcg_at_k, recall_at_k

Ranks = NDArray[np.float64]


def recommendation(cases: pa.Table) -> dict[str, dict[str, Any]]:
    """Method -> recall@10 and ndcg@10 with bootstrap intervals; {} where no user has a test step."""
    return {name: _quality(ranks) for name, ranks in maps(cases, "ranks").items()}


def stages(cases: pa.Table) -> list[dict[str, Any]]:
    """Single sources, recall, and what was served, on the users for whom all are known."""
    staged = cases.filter(pc.is_valid(cases["stages"]))
    if staged.num_rows == 0:
        return []
    ranks = {**maps(staged, "stages"), "served": maps(staged, "ranks")["served"]}
    return [
        {
            "stage": name,
            "recall_at_10": float(recall_at_k(rank, 10).mean()),
            "ndcg_at_10": float(ndcg_at_k(rank, 10).mean()),
            "recall_at_200": None if name == "served" else float(recall_at_k(rank, 200).mean()),
        }
        for name, rank in ranks.items()
    ]


def orders(cases: pa.Table, aliases: Path) -> dict[str, dict[str, Any]] | None:
    """Users whose target has a larger id in the source than their last item, and the others.

    Sources store events of one day in the order of these ids. None where the items have no such ids.
    """
    known = dict(zip(*pq.read_table(aliases).to_pydict().values(), strict=True)) if aliases.exists() else {}
    if not known or not cases.num_rows:
        return None
    last, target = ([known.get(item) for item in cases[name].to_pylist()] for name in ("last_id", "target_id"))
    both = np.array([left is not None and right is not None for left, right in zip(last, target, strict=True)])
    rising = np.array([(left or "") < (right or "") for left, right in zip(last, target, strict=True)])
    served = maps(cases, "ranks")["served"]
    groups = {"ascends": both & rising, "descends": both & ~rising}
    return {name: _quality(served[rows]) for name, rows in groups.items() if rows.any()}


def quantiles(cases: pa.Table) -> dict[str, dict[str, float]]:
    """Stage -> median and 95th percentile of its time, in ms."""
    return {
        name: {"p50": float(np.quantile(ms, 0.5)), "p95": float(np.quantile(ms, 0.95))}
        for name, ms in maps(cases, "stage_ms").items()
    }


def losses(workspace: Workspace, release: Artifact) -> dict[str, list[float]]:
    """Curve of everything that was trained by gradient."""
    encoder = workspace.parent(release, "encoder")
    pretrained = workspace.parent(encoder, "pretrained")
    epochs = workspace.parent(release, "recall").manifest.metrics["epochs"]
    return {
        "pretrain: text encoder": pretrained.manifest.metrics["losses"],
        "finetune: text encoder": encoder.manifest.metrics["losses"],
        "train_recall: sequence encoder": [one["loss"] for one in epochs],
        "train_recall: ndcg@10 on validation": [one["ndcg_at_10"] for one in epochs],
    }


def maps(table: pa.Table, name: str) -> dict[str, Ranks]:
    """A column of key-value lists as one array a key, of the rows that have it."""
    rows: list[Mapping[str, float]] = [
        {pair["key"]: pair["value"] for pair in row} for row in table[name].to_pylist() if row is not None
    ]
    keys = dict.fromkeys(key for row in rows for key in row)
    return {key: np.array([row[key] for row in rows if key in row]) for key in keys}


def _quality(ranks: Ranks) -> dict[str, Any]:
    recall, ndcg = recall_at_k(ranks, 10), ndcg_at_k(ranks, 10)
    rng = np.random.default_rng(0)
    recall_interval, ndcg_interval = (bootstrap_mean(values, rng) for values in (recall, ndcg))
    return {
        "recall_at_10": float(recall.mean()),
        "recall_interval": [recall_interval.low, recall_interval.high],
        "ndcg_at_10": float(ndcg.mean()),
        "ndcg_interval": [ndcg_interval.low, ndcg_interval.high],
        "cases": len(ranks),
    }
