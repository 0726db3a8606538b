"""embed: the vector of every item's text, in the order of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pyarrow.parquet as pq
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
    code = code_version("recsys.models.text.encoder", __name__)
    return Recipe("embeddings", config.decisive(), code, parents=keys(inputs))


def fill(inputs: Inputs, config: EmbedConfig, job: Job, folder: Path) -> Mapping[str, Any]:
    items = inputs["features"].path / "items.parquet"
    kernel = partial(_embed, inputs["encoder"].path, folder, config.num_parts)
    rows = job.files("embed", [items] * config.num_parts, kernel)
    parts = [folder / f"part-{part}.npy" for part in range(config.num_parts)]
    np.save(folder / "items.npy", np.concatenate([np.load(part) for part in parts]))
    for part in parts:
        part.unlink()
    return {"items": sum(row["items"] for row in rows), "width": rows[0]["width"]}


def _embed(encoder: Path, folder: Path, num_parts: int, items: Path, part: int) -> Mapping[str, Any]:
    """One stretch of the catalogue."""
    from recsys.models.text.encoder import load_text_encoder

    texts = np.array_split(np.array(Catalogue.from_table(pq.read_table(items)).texts(), dtype=object), num_parts)[part]
    vectors = load_text_encoder(encoder).encode(texts.tolist())
    np.save(folder / f"part-{part}.npy", vectors.astype(np.float32))
    return {"items": len(vectors), "width": vectors.shape[1]}
