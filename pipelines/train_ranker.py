"""train_ranker: calibrated chances of a click and of a purchase, from slates that recall models have not seen.

A log without impressions trains no ranker: recall then decides the order, and the artifact says so. What re-orders the
best of recall learns from held-out steps, which every log has.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines.running.code_version import code_version
from pipelines.running.job import Job, Report
from pipelines.running.lineage import Inputs, keys
from pipelines.running.parts import read_parts
from recsys.artifacts import Recipe
from recsys.features.catalogue import Catalogue
from recsys.features.sequences import Sequences, held_out
from recsys.ranking.config import RankingConfig
from recsys.splits import VALID


class TrainRankerConfig(RankingConfig):
    """Settings of `train_ranker`: those of ranking."""


def recipe(inputs: Inputs, config: TrainRankerConfig) -> Recipe:
    code = code_version("recsys.ranking.training", "recsys.opening.recall", __name__)
    return Recipe("ranker", config.decisive(), code, parents=keys(inputs))


def fill(inputs: Inputs, config: TrainRankerConfig, job: Job, folder: Path) -> Mapping[str, Any]:
    places = {kind: artifact.path for kind, artifact in inputs.items()}
    return job.task("train_ranker", train_ranker, config, places, folder)


def train_ranker(
    report: Report, config: TrainRankerConfig, places: Mapping[str, Path], folder: Path
) -> Mapping[str, Any]:
    """Train, calibrate, choose the mix of each surface, save."""
    from recsys.models.text.families import load_text_encoder
    from recsys.opening.recall import open_recall
    from recsys.ranking.next_steps import fit_next_step
    from recsys.ranking.training import fit_ranking

    catalogue = Catalogue.open(places["features"])
    models = places["recall"] / "rank"
    recall = open_recall("training", catalogue, models, places["index"], load_text_encoder(places["encoder"]))
    steps = read_parts(places["split"] / "steps")
    next_step, about = fit_next_step(
        catalogue,
        steps,
        recall.candidates,
        recall.names,
        config,
        on_progress=lambda done, total: report(done, total, "steps"),
    )
    fitted = fit_ranking(
        catalogue,
        read_parts(places["split"] / "slates"),
        Sequences.from_steps(steps, len(catalogue)),
        held_out(steps, VALID, len(catalogue)),
        recall.score,
        recall.candidates,
        recall.names,
        config,
        next_step=next_step,
        on_progress=lambda done, total: report(done, total, "slates"),
    )
    fitted.save(folder)
    return {**fitted.metrics, "next_step": about}
