"""pretrain: a text encoder that has read the catalogue: titles against descriptions, no outside weights needed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines.running.code_version import code_version
from pipelines.running.job import Job, Report
from pipelines.running.lineage import Inputs, keys
from pipelines.running.parts import thinned
from recsys.artifacts import Recipe, digest_files, unfinished
from recsys.features.catalogue import Catalogue
from recsys.models.text.encoder import TextEncoderConfig


class PretrainConfig(TextEncoderConfig):
    """Settings of `pretrain`: those of the text encoder."""


def recipe(inputs: Inputs, config: PretrainConfig) -> Recipe:
    code = code_version("recsys.models.text.pair_training", __name__)
    settings, outside = config.decisive(), {}
    if config.model is not None and Path(config.model).is_dir():  # known by content, not by name
        settings["model"] = None
        outside = {"model": digest_files(sorted(path for path in Path(config.model).rglob("*") if path.is_file()))}
    return Recipe("pretrained", settings, code, parents=keys(inputs), inputs=outside)


def fill(inputs: Inputs, config: PretrainConfig, job: Job, folder: Path) -> Mapping[str, Any]:
    begun = unfinished(folder, recipe(inputs, config))
    return job.task("pretrain", pretrain, config, inputs["features"].path, begun, folder)


def pretrain(report: Report, config: PretrainConfig, features: Path, begun: Path, folder: Path) -> Mapping[str, Any]:
    """Train on the texts of the items, from what was begun if anything was, and save the encoder."""
    from recsys.models.text.pair_training import pretrain_text_encoder
    from recsys.models.training.checkpoint import Checkpoint

    catalogue = Catalogue.open(features)
    encoder, losses = pretrain_text_encoder(
        catalogue.texts(),
        catalogue.descriptions,
        config,
        on_step=lambda step, steps, loss: report(step, steps, f"loss {loss:.3f}"),
        checkpoint=Checkpoint(begun, config.checkpoint_s),
    )
    encoder.save(folder)
    return {"losses": thinned(losses), "width": encoder.width}
