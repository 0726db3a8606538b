"""build_index: the lexical index and the vector index of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from pipelines.running.code_version import code_version
from pipelines.running.job import Job, Report
from pipelines.running.lineage import Inputs, keys
from recsys.artifacts import Recipe
from recsys.config import Config
from recsys.features.catalogue import Catalogue


class BuildIndexConfig(Config):
    """Settings of `build_index`."""

    vectors: Literal["auto", "exact", "hnsw"] = "auto"
    """auto: exact for small catalogues, HNSW above."""
    language: str = "auto"
    """Whose endings fall off words: english, german, french ... (`recsys.text.stems`); auto: that of most titles."""


def recipe(inputs: Inputs, config: BuildIndexConfig) -> Recipe:
    code = code_version("recsys.index.lexical", "recsys.index.vectors", __name__)
    return Recipe("index", config.decisive(), code, parents=keys(inputs))


def fill(inputs: Inputs, config: BuildIndexConfig, job: Job, folder: Path) -> Mapping[str, Any]:
    features, vectors = inputs["features"].path, inputs["embeddings"].path / "items.npy"
    return job.task("build_index", build_index, config, features, vectors, folder)


def build_index(
    report: Report, config: BuildIndexConfig, features: Path, vectors: Path, folder: Path
) -> Mapping[str, Any]:
    """Both indexes."""
    from recsys.index.lexical import LexicalConfig, LexicalIndex
    from recsys.index.vectors import VectorIndex

    catalogue = Catalogue.open(features)
    lexical = LexicalIndex.build(catalogue, folder / "lexical", LexicalConfig(language=config.language))
    report(1, 2, "lexical")
    VectorIndex.build(np.load(vectors), kind=config.vectors).save(folder / "vectors")
    report(2, 2, "vectors")
    return {"items": len(catalogue), "language": lexical.config.language}
