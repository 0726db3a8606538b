"""pretrain: a text encoder that has read the catalogue: titles against descriptions, no outside weights needed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipelines.running.job import Job, Report
from recsys.artifacts import Artifact, Recipe, Workspace, code_version, digest_files
from recsys.features.catalogue import Catalogue
from recsys.models.text.encoder import TextEncoderConfig


class PretrainConfig(TextEncoderConfig):
    """Settings of `pretrain`: those of the text encoder."""


def recipe(workspace: Workspace, config: PretrainConfig) -> Recipe:
    code = code_version("recsys.models.text.pair_training", __name__)
    settings = config.model_dump(mode="json", exclude={"finetune_epochs"})
    inputs = {}
    if config.model is not None and Path(config.model).is_dir():  # known by content, not by name
        settings["model"] = None
        inputs = {"model": digest_files(sorted(path for path in Path(config.model).rglob("*") if path.is_file()))}
    parents = {"features": workspace.current("features").key}
    return Recipe("pretrained", settings, code, parents=parents, inputs=inputs)


def run(workspace: Workspace, config: PretrainConfig, job: Job) -> Artifact:
    return job.step(workspace, recipe(workspace, config), partial(_fill, workspace, config, job))


def _fill(workspace: Workspace, config: PretrainConfig, job: Job, folder: Path) -> Mapping[str, Any]:
    return job.task("pretrain", pretrain, config, workspace.current("features").path / "items.parquet", folder)


def pretrain(report: Report, config: PretrainConfig, items: Path, folder: Path) -> Mapping[str, Any]:
    """Train on the texts of the items and save the encoder."""
    from recsys.models.text.pair_training import pretrain_text_encoder

    catalogue = Catalogue.from_table(pq.read_table(items))
    encoder, losses = pretrain_text_encoder(
        catalogue.texts(),
        catalogue.descriptions,
        config,
        on_step=lambda step, steps, loss: report(step, steps, f"loss {loss:.3f}"),
    )
    encoder.save(folder)
    return {"losses": thinned(losses), "width": encoder.width}


def thinned(losses: list[float], points: int = 100) -> list[float]:
    """A loss curve of at most so many points, each the mean of its stretch."""
    stretch = -(-len(losses) // points) or 1
    parts = [losses[start : start + stretch] for start in range(0, len(losses), stretch)]
    return [round(sum(part) / len(part), 5) for part in parts]
