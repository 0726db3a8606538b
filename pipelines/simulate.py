"""simulate: an embedded shop with a known truth, as raw canonical tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import pyarrow.parquet as pq

from pipelines.running.code_version import code_version
from pipelines.running.job import Job, Report
from pipelines.running.lineage import Inputs
from pipelines.running.parts import write_parts
from recsys.artifacts import Recipe
from recsys.config import HOW
from recsys.simulation.config import SimulationConfig

NUM_EVENT_FILES = 8


class SimulateConfig(SimulationConfig):
    """Settings of `simulate`: those of the shop."""

    campaigns: Annotated[bool, HOW] = False
    """Whether `build` makes up campaigns for a shop's own data that has none; the simulated shop has its own."""


def recipe(inputs: Inputs, config: SimulateConfig) -> Recipe:
    return Recipe("raw", config.decisive(), code_version("recsys.simulation.shop", __name__))


def fill(inputs: Inputs, config: SimulateConfig, job: Job, folder: Path) -> Mapping[str, Any]:
    return job.task("simulate", write_shop, config, folder)


def write_shop(report: Report, config: SimulateConfig, folder: Path) -> Mapping[str, Any]:
    """Draw the shop and its log; the truth stays behind but for its figures."""
    from recsys.simulation.shop import Shop

    shop = Shop(config)
    for name, table in shop.tables().present().items():
        if name == "events":
            write_parts(table, folder / name, NUM_EVENT_FILES)
        else:
            pq.write_table(table, folder / f"{name}.parquet")
    figures = shop.report()
    (folder / "simulation.json").write_text(
        json.dumps({"config": config.decisive(), "report": figures}, indent=1, ensure_ascii=False), "utf-8"
    )
    return figures
