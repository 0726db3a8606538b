"""Campaigns with what they advertise: plain tables, from an artifact, a shop's files or the store."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from recsys.schema import CAMPAIGNS, CREATIVES, conform

MADE_UP = {b"simulated": b"true"}
"""What the tables of made up campaigns (`recsys.simulation.advertisers`) say in their metadata."""


@dataclass(frozen=True)
class Campaigns:
    """All campaigns of a shop, of one moment."""

    campaigns: pa.Table
    creatives: pa.Table
    simulated: bool = False
    """Whether some are made up."""
    revision: int = 0
    """Of the newest change, where they come from a store."""

    @classmethod
    def open(cls, folder: Path) -> Self:
        """`campaigns.parquet` and `creatives.parquet` of a folder; none where they are not. Raises WrongData."""
        found = [folder / f"{name}.parquet" for name in ("campaigns", "creatives")]
        if not found[0].exists():
            return cls(CAMPAIGNS.empty_table(), CREATIVES.empty_table())
        campaigns = conform(pq.read_table(found[0]), "campaigns")
        creatives = conform(pq.read_table(found[1]), "creatives") if found[1].exists() else CREATIVES.empty_table()
        return cls(campaigns, creatives, simulated=MADE_UP.items() <= (campaigns.schema.metadata or {}).items())

    def budgets(self) -> dict[str, int]:
        """campaign_id -> whole budget in micros."""
        columns = (self.campaigns[name].to_pylist() for name in ("campaign_id", "budget_micros"))
        return dict(zip(*columns, strict=True))
