"""finetune: the text encoder learns from behaviour: queries and the items chosen, items chosen after each other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.running.code_version import code_version
from pipelines.running.job import Job, Report
from pipelines.running.lineage import Inputs, keys
from pipelines.running.parts import read_parts, thinned
from recsys.artifacts import Recipe, unfinished
from recsys.features.catalogue import Catalogue
from recsys.features.pairs import following
from recsys.models.text.encoder import FinetuningConfig
from recsys.splits import TRAIN


class FinetuneConfig(FinetuningConfig):
    """Settings of `finetune`: of training alone, for the encoder's shape is the pretrained one's."""

    max_item_pairs: int = 30_000
    """Most pairs of items chosen after each other, drawn at random."""


def recipe(inputs: Inputs, config: FinetuneConfig) -> Recipe:
    code = code_version("recsys.models.text.pair_training", __name__)
    return Recipe("encoder", config.decisive(), code, parents=keys(inputs))


def fill(inputs: Inputs, config: FinetuneConfig, job: Job, folder: Path) -> Mapping[str, Any]:
    features = inputs["features"].path
    begun = unfinished(folder, recipe(inputs, config))
    return job.task(
        "finetune", finetune, config, inputs["pretrained"].path, features, inputs["split"].path, begun, folder
    )


def finetune(
    report: Report, config: FinetuneConfig, pretrained: Path, features: Path, split: Path, begun: Path, folder: Path
) -> Mapping[str, Any]:
    """Train on the pairs of the fold `train`, from what was begun if anything was, and save the encoder."""
    import numpy as np

    from recsys.models.text import pair_training as training
    from recsys.models.text.families import load_text_encoder
    from recsys.models.training.checkpoint import Checkpoint

    catalogue = Catalogue.open(features)
    texts = catalogue.texts()
    queries = _train(split, "pairs")
    next_items = following(_train(split, "steps"), limit=config.max_item_pairs, rng=np.random.default_rng(config.seed))
    groups = [
        training.query_item_pairs(
            queries["query"].to_pylist(), queries["index"].to_numpy(), queries["weight"].to_numpy(), texts
        ),
        training.item_item_pairs(
            next_items["left"].to_numpy(), next_items["right"].to_numpy(), next_items["weight"].to_numpy(), texts
        ),
        training.description_pairs(texts, catalogue.descriptions),
    ]
    encoder, losses = training.finetune_text_encoder(
        load_text_encoder(pretrained),
        [group for group in groups if len(group.left)],
        config,
        on_step=lambda step, steps, loss: report(step, steps, f"loss {loss:.3f}"),
        checkpoint=Checkpoint(begun, config.checkpoint_s),
    )
    encoder.save(folder)
    return {"losses": thinned(losses), "query_pairs": queries.num_rows, "item_pairs": next_items.num_rows}


def _train(split: Path, name: str) -> pa.Table:
    table = read_parts(split / name)
    return table.filter(pc.equal(table["fold"], TRAIN))
