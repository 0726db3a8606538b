"""embed: the vector of every item's text, in the order of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from pipelines.running.code_version import code_version
from pipelines.running.job import Job
from pipelines.running.lineage import Inputs, keys
from recsys.artifacts import Recipe
from recsys.config import HOW, Config
from recsys.features.catalogue import Catalogue


class EmbedConfig(Config):
    """Settings of `embed`."""

    num_parts: Annotated[int, HOW] = Field(1, ge=1)
    """Ray Data tasks that share the catalogue; more pay for a transformer."""


def recipe(inputs: Inputs, config: EmbedConfig) -> Recipe:
    code = code_version("recsys.models.text.families", __name__)
    return Recipe("embeddings", config.decisive(), code, parents=keys(inputs))


def fill(inputs: Inputs, config: EmbedConfig, job: Job, folder: Path) -> Mapping[str, Any]:
    features = inputs["features"].path
    kernel = partial(_embed, inputs["encoder"].path, folder, config.num_parts)
    rows = job.files("embed", [features] * config.num_parts, kernel)
    parts = [folder / f"part-{part}.npy" for part in range(config.num_parts)]
    np.save(folder / "items.npy", np.concatenate([np.load(part) for part in parts]))
    for part in parts:
        part.unlink()
    return {"items": sum(row["items"] for row in rows), "width": rows[0]["width"]}


def _embed(encoder: Path, folder: Path, num_parts: int, features: Path, part: int) -> Mapping[str, Any]:
    """One stretch of the catalogue."""
    from recsys.models.text.families import load_text_encoder

    texts = np.array_split(np.array(Catalogue.open(features).texts(), dtype=object), num_parts)[part]
    vectors = load_text_encoder(encoder).encode(texts.tolist())
    np.save(folder / f"part-{part}.npy", vectors.astype(np.float32))
    return {"items": len(vectors), "width": vectors.shape[1]}
