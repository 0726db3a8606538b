"""simulate_campaigns: advertisers for a catalogue that has none, so that sponsored places can be looked at.

`put_campaigns data=` takes the folder that it writes. Their names say that they are simulated, and so does the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from pydantic import Field

from pipelines.running.code_version import code_version
from pipelines.running.job import Job
from pipelines.running.lineage import Inputs, keys
from recsys.artifacts import Recipe
from recsys.config import Config
from recsys.simulation.advertisers import simulate_campaigns


class SimulateCampaignsConfig(Config):
    """Settings of `simulate_campaigns`."""

    num_advertisers: int = Field(36, ge=0)
    """How many campaigns there are; some advertisers have several. `build` makes none for 0."""
    seed: int = Field(0, ge=0)
    """Of the draw."""


def recipe(inputs: Inputs, config: SimulateCampaignsConfig) -> Recipe:
    code = code_version("recsys.simulation.advertisers", __name__)
    return Recipe("campaigns", config.decisive(), code, parents=keys(inputs))


def fill(inputs: Inputs, config: SimulateCampaignsConfig, job: Job, folder: Path) -> Mapping[str, Any]:
    items = pq.read_table(inputs["clean"].path / "items.parquet")
    rng = np.random.default_rng(config.seed)
    campaigns, creatives = simulate_campaigns(items, rng, num_advertisers=config.num_advertisers)
    pq.write_table(campaigns, folder / "campaigns.parquet")
    pq.write_table(creatives, folder / "creatives.parquet")
    return {"campaigns": campaigns.num_rows, "creatives": creatives.num_rows}
