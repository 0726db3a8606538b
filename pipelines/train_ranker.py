"""train_ranker: calibrated chances of a click and of a purchase, from slates that recall models have not seen.

A log without impressions trains no ranker: the fused recall score then decides the order, and the artifact says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipelines.running.job import Job, Report
from pipelines.running.lineage import current, keys
from pipelines.running.parts import read_parts
from recsys.artifacts import Artifact, Recipe, Workspace, code_version
from recsys.features.catalogue import Catalogue
from recsys.features.sequences import Sequences, held_out
from recsys.ranking.config import RankingConfig
from recsys.splits import VALID

PARENTS = ("features", "split", "encoder", "index", "recall")


class TrainRankerConfig(RankingConfig):
    """Settings of `train_ranker`: those of ranking."""


def recipe(workspace: Workspace, config: TrainRankerConfig) -> Recipe:
    parents = keys(current(workspace, *PARENTS))
    code = code_version("recsys.ranking.training", "recsys.release", __name__)
    return Recipe("ranker", config.model_dump(mode="json"), code, parents=parents)


def run(workspace: Workspace, config: TrainRankerConfig, job: Job) -> Artifact:
    return job.step(workspace, recipe(workspace, config), partial(_fill, workspace, config, job))


def _fill(workspace: Workspace, config: TrainRankerConfig, job: Job, folder: Path) -> Mapping[str, Any]:
    places = {kind: workspace.current(kind).path for kind in PARENTS}
    return job.task("train_ranker", train_ranker, config, places, folder)


def train_ranker(
    report: Report, config: TrainRankerConfig, places: Mapping[str, Path], folder: Path
) -> Mapping[str, Any]:
    """Train, calibrate, choose the mix of each surface, save."""
    from recsys.models.text.encoder import load_text_encoder
    from recsys.ranking.training import fit_ranking
    from recsys.release import open_recall

    catalogue = Catalogue.from_table(pq.read_table(places["features"] / "items.parquet"))
    models = places["recall"] / "rank"
    recall = open_recall("training", catalogue, models, places["index"], load_text_encoder(places["encoder"]))
    steps = read_parts(places["split"] / "steps")
    fitted = fit_ranking(
        catalogue,
        read_parts(places["split"] / "slates"),
        Sequences.from_steps(steps, len(catalogue)),
        held_out(steps, VALID, len(catalogue)),
        recall.score,
        recall.candidates,
        recall.names,
        config,
        on_progress=lambda done, total: report(done, total, "slates"),
    )
    fitted.save(folder)
    return fitted.metrics
