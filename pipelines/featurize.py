"""featurize: cleaned tables -> the catalogue in row order, and the steps, pairs and slates that models learn from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.running.code_version import code_version
from pipelines.running.job import Job
from pipelines.running.lineage import Inputs, keys
from pipelines.running.parts import part_files, part_name
from recsys.artifacts import Recipe
from recsys.config import Config
from recsys.features.pairs import pairs, steps
from recsys.features.slates import slates

KERNELS: dict[str, Callable[[pa.Table, pa.Array], pa.Table]] = {"steps": steps, "pairs": pairs, "slates": slates}


class FeaturizeConfig(Config):
    """Settings of `featurize`."""

    count_unproven: bool = False
    """Whether served events that nothing proves are learned from too."""


def recipe(inputs: Inputs, config: FeaturizeConfig) -> Recipe:
    """Where `served` events are handed in too, they go on from the cleaned ones."""
    return Recipe("features", config.decisive(), code_version(__name__), parents=keys(inputs))


def fill(inputs: Inputs, config: FeaturizeConfig, job: Job, folder: Path) -> Mapping[str, Any]:
    clean, served = inputs["clean"].path, inputs.get("served")
    items = pq.read_table(clean / "items.parquet")
    pq.write_table(items, folder / "items.parquet")
    for name in KERNELS:
        (folder / name).mkdir()
    kernel = partial(_featurize, folder, None if served is None else served.path, config.count_unproven)
    rows = job.files("featurize", part_files(clean / "events"), kernel)
    counts = {"items": items.num_rows, **{name: sum(row[name] for row in rows) for name in KERNELS}}
    return counts if served is None else {**counts, "served_until_s": served.manifest.metrics["until_s"]}


def _featurize(folder: Path, served: Path | None, count_unproven: bool, path: Path, part: int) -> Mapping[str, Any]:
    """All events of some users."""
    item_ids = pq.read_table(folder / "items.parquet", columns=["item_id"])["item_id"].combine_chunks()
    events = pq.read_table(path) if served is None else _joined(path, served / "events" / path.name, count_unproven)
    counts = {}
    for name, kernel in KERNELS.items():
        table = kernel(events, item_ids).replace_schema_metadata(events.schema.metadata)  # keeps the clock
        pq.write_table(table, folder / name / part_name(part))
        counts[name] = table.num_rows
    return counts


def _joined(path: Path, served: Path, count_unproven: bool) -> pa.Table:
    """The events of a cleaned part and the served ones of the same users; those in both count once."""
    old, new = pq.read_table(path), pq.read_table(served)
    new = new.filter(pc.invert(pc.is_in(new["event_id"], value_set=old["event_id"].combine_chunks())))
    if not count_unproven:
        new = new.filter(new["proven"])
    return pa.concat_tables([old, new.select(old.column_names).cast(old.schema)])
