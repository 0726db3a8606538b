"""What is in a release besides its parts: histories, and what the shop says of itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import Field

from pipelines.running.lineage import Inputs
from pipelines.running.parts import read_parts
from recsys.config import Config
from recsys.schema import clock_of


class ContentConfig(Config):
    """The settings that decide what is in a release."""

    name: str = "vitrine"
    """What the shop is called on its page."""
    num_demo_users: int = Field(40, ge=0)
    """Users that the page offers to look through the eyes of: those with middling histories, drawn at random."""
    seed: int = 0
    """Of the draw."""


def write(inputs: Inputs, config: ContentConfig, folder: Path) -> Mapping[str, Any]:
    """The files of a release. Returns their counts."""
    rng = np.random.default_rng(config.seed)
    split = inputs["split"]
    steps = read_parts(split.path / "steps", ["user_id", "index", "at_s", "bought", "kind"])
    pq.write_table(steps, folder / "histories.parquet")
    about = {
        "shop": config.name,
        "simulated": "raw" in inputs["clean"].manifest.parents,
        "clock": split.manifest.metrics["clock"],
        "notes": _notes(inputs),
        "demo_users": demo_users(steps, config.num_demo_users, rng),
    }
    (folder / "release.json").write_text(json.dumps(about, indent=1, ensure_ascii=False), "utf-8")
    return {"users": pc.count_distinct(steps["user_id"]).as_py()}


def demo_users(steps: pa.Table, most: int, rng: np.random.Generator) -> list[str]:
    """Users with histories that are neither empty nor endless, in order of their ids."""
    counts = pc.value_counts(steps["user_id"])
    users, lengths = counts.field("values"), counts.field("counts").to_numpy()
    if len(lengths) == 0:
        return []
    low, high = np.quantile(lengths, [0.5, 0.95])
    fit = np.flatnonzero((lengths >= low) & (lengths <= high))
    chosen = rng.permutation(fit)[:most]
    return sorted(users.take(pa.array(chosen)).to_pylist())


def _notes(inputs: Inputs) -> list[str]:
    """What a visitor must know of how this shop came about."""
    notes = []
    clean = inputs["clean"]
    if "raw" in clean.manifest.parents:
        notes.append("A simulated shop: items, shoppers and events are made up.")
    if clock_of(pq.read_schema(next(iter(sorted((clean.path / "events").glob("*.parquet")))))) == "ordinal":
        notes.append("The data has an order but no clock: its times are ordinal.")
    if not any(inputs["split"].manifest.metrics["steps"].values()):
        notes.append("No log of what shoppers do yet: nothing is popular here, and nobody's taste is known.")
    passthrough = inputs["ranker"].manifest.metrics.get("passthrough")
    if passthrough:
        notes.append(f"No click ranker: {passthrough}.")
    return notes
