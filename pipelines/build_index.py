"""build_index: the lexical index and the vector index of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow.parquet as pq

from pipelines.running.job import Job, Report
from pipelines.running.lineage import current, keys
from recsys.artifacts import Artifact, Recipe, Workspace, code_version
from recsys.config import Config
from recsys.features.catalogue import Catalogue


class BuildIndexConfig(Config):
    """Settings of `build_index`."""

    vectors: Literal["auto", "exact", "hnsw"] = "auto"
    """auto: exact for small catalogues, HNSW above."""


def recipe(workspace: Workspace, config: BuildIndexConfig) -> Recipe:
    parents = keys(current(workspace, "features", "embeddings"))
    code = code_version("recsys.index.lexical", "recsys.index.vectors", __name__)
    return Recipe("index", config.model_dump(mode="json"), code, parents=parents)


def run(workspace: Workspace, config: BuildIndexConfig, job: Job) -> Artifact:
    return job.step(workspace, recipe(workspace, config), partial(_fill, workspace, config, job))


def _fill(workspace: Workspace, config: BuildIndexConfig, job: Job, folder: Path) -> Mapping[str, Any]:
    features, embeddings = workspace.current("features").path, workspace.current("embeddings").path
    return job.task("build_index", build_index, config, features / "items.parquet", embeddings / "items.npy", folder)


def build_index(
    report: Report, config: BuildIndexConfig, items: Path, vectors: Path, folder: Path
) -> Mapping[str, Any]:
    """Both indexes."""
    from recsys.index.lexical import LexicalIndex
    from recsys.index.vectors import VectorIndex

    catalogue = Catalogue.from_table(pq.read_table(items))
    LexicalIndex.build(catalogue, folder / "lexical")
    report(1, 2, "lexical")
    VectorIndex.build(np.load(vectors), kind=config.vectors).save(folder / "vectors")
    report(2, 2, "vectors")
    return {"items": len(catalogue)}
