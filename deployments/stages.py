"""The three stages as Serve deployments: each loads its part of the release and answers; no arithmetic of its own.

The same objects serve in one process: `open_*` is what both topologies call.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deployments.config import AppConfig
from recsys.ads.stage import AdPlacement
from recsys.artifacts import Workspace
from recsys.config import MachineSettings
from recsys.ranking.stage import Ranking
from recsys.recall.stage import Recall
from recsys.release import Release
from recsys.slate import AdOffers, Candidates, IntArray, Placement, Query, Ranked
from recsys.stores.database import Engine, open_database, store_url
from recsys.stores.ledger import Ledger


def open_release(config: AppConfig) -> Release:
    """The release that the configuration names. Raises WrongArtifact."""
    return Release.open(Workspace(config.workspace), config.release)


def open_store(config: AppConfig) -> Engine:
    """The store that the configuration or the environment names. Raises WrongConfig, Unavailable."""
    address = config.store_url or MachineSettings().store_url
    address = address or store_url(Path(config.workspace) / "store.sqlite")
    return open_database(address, busy_timeout_s=config.store_deadline_s)


def open_ads(config: AppConfig, release: Release, ledger: Ledger) -> AdPlacement:
    """Ad placement with its budgets in the store."""
    ledger.put_campaigns(release.campaigns)
    return release.ads(ledger.remaining, config.ads)


class RecallReplica:
    """The recall stage as a deployment."""

    def __init__(self, config: AppConfig) -> None:
        self._stage: Recall = open_release(config).recall(config=config.recall_stage)

    async def candidates(self, query: Query) -> Candidates:
        return await self._stage.candidates(query)

    def check_health(self) -> None:
        self._stage.require_loaded()


class RankingReplica:
    """The ranking stage as a deployment."""

    def __init__(self, config: AppConfig) -> None:
        self._stage: Ranking = open_release(config).ranking()

    async def rank(
        self, query: Query, index: IntArray, scores: NDArray[np.float32], fused: NDArray[np.float32]
    ) -> Ranked:
        return await self._stage.rank(query, index, scores, fused)

    def check_health(self) -> None:
        self._stage.require_loaded()


class AdPlacementReplica:
    """Ad placement as a deployment: candidates before ranking, the auction after it."""

    def __init__(self, config: AppConfig) -> None:
        self._ledger = Ledger(open_store(config))
        self._stage: AdPlacement = open_ads(config, open_release(config), self._ledger)

    async def offers(self, query: Query) -> AdOffers:
        return await self._stage.offers(query)

    async def auction(self, offers: AdOffers, p_ctr: NDArray[np.float32], num_slots: int) -> tuple[Placement, ...]:
        return await self._stage.auction(offers, p_ctr, num_slots)

    def check_health(self) -> None:
        self._ledger.remaining()
