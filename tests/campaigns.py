"""Campaigns in the store of a test."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pyarrow as pa

from recsys.artifacts import Workspace
from recsys.campaigns import Campaigns
from recsys.schema import CAMPAIGNS, CREATIVES
from recsys.stores.campaigns import CampaignStore, Put
from recsys.stores.database import Engine, open_database

ROW = {"advertiser_id": "a", "name": "n", "bid_cpc_micros": 1, "budget_micros": 100, "currency": "EUR"}


def campaigns_of(rows: dict[str, dict[str, Any]], *, simulated: bool = False) -> Campaigns:
    """Of campaign_id -> what differs from an ordinary one; `items` are those that it advertises."""
    ads = [
        {"creative_id": f"{name}-{item_id}", "campaign_id": name, "item_id": item_id}
        for name, row in rows.items()
        for item_id in row.get("items", [])
    ]
    whole = [{**ROW, "campaign_id": name, **row} for name, row in rows.items()]
    return Campaigns(pa.Table.from_pylist(whole, CAMPAIGNS), pa.Table.from_pylist(ads, CREATIVES), simulated)


def fund(engine: Engine, **budgets: int) -> Put:
    """Put campaigns of these budgets beside those that are there."""
    there = CampaignStore(engine).read().budgets()
    return CampaignStore(engine).put(
        campaigns_of({name: {"budget_micros": micros} for name, micros in (there | budgets).items()}), time.time()
    )


def advertise(shop: Path, url: str) -> None:
    """Put the campaigns of a built shop into a store."""
    engine = open_database(url)
    CampaignStore(engine).put(Campaigns.open(Workspace(shop).current("clean").path), time.time())
    engine.dispose()
