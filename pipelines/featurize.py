"""featurize: cleaned tables -> the catalogue in row order, and the steps, pairs and slates that models learn from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.job import Job
from pipelines.parts import part_files, part_name
from recsys.artifacts import Artifact, Recipe, Workspace, code_version
from recsys.config import Config
from recsys.features.pairs import pairs, steps
from recsys.features.slates import slates

KERNELS: dict[str, Callable[[pa.Table, pa.Array], pa.Table]] = {"steps": steps, "pairs": pairs, "slates": slates}


class FeaturizeConfig(Config):
    """Settings of `featurize`: none."""


def recipe(workspace: Workspace, config: FeaturizeConfig) -> Recipe:
    code = code_version(__name__)
    return Recipe("features", config.model_dump(mode="json"), code, parents={"clean": workspace.current("clean").key})


def run(workspace: Workspace, config: FeaturizeConfig, job: Job) -> Artifact:
    return job.step(workspace, recipe(workspace, config), partial(_fill, workspace, job))


def _fill(workspace: Workspace, job: Job, folder: Path) -> Mapping[str, Any]:
    clean = workspace.current("clean").path
    items = pq.read_table(clean / "items.parquet")
    pq.write_table(items, folder / "items.parquet")
    for name in KERNELS:
        (folder / name).mkdir()
    kernel = partial(_featurize, folder)
    rows = job.files("featurize", part_files(clean / "events"), kernel)
    return {"items": items.num_rows, **{name: sum(row[name] for row in rows) for name in KERNELS}}


def _featurize(folder: Path, path: Path, part: int) -> Mapping[str, Any]:
    """All events of some users."""
    item_ids = pq.read_table(folder / "items.parquet", columns=["item_id"])["item_id"].combine_chunks()
    events = pq.read_table(path)
    counts = {}
    for name, kernel in KERNELS.items():
        table = kernel(events, item_ids).replace_schema_metadata(events.schema.metadata)  # keeps the clock
        pq.write_table(table, folder / name / part_name(part))
        counts[name] = table.num_rows
    return counts
