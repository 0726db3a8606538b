"""The three stages as Serve deployments: each loads its part of a release and answers; no arithmetic of its own.

The same objects serve in one process: `open_*` is what both topologies call.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deployments.config import AppConfig
from deployments.releases import Releases
from recsys.ads.stage import AdPlacement
from recsys.artifacts import Workspace
from recsys.config import MachineSettings
from recsys.ranking.stage import Ranking
from recsys.recall.stage import Recall
from recsys.release import Release
from recsys.slate import AdOffers, Candidates, IntArray, Placement, Query, Ranked
from recsys.stores.database import Engine, open_database, store_url
from recsys.stores.ledger import Ledger


def open_release(config: AppConfig, key: str | None = None) -> Release:
    """The release with this key, or that the configuration names, with all its parts.

    A stage that reads only some of them refuses a damaged one all the same: else some stages would take a release over
    and others not. Raises WrongArtifact.
    """
    release = Release.open(Workspace(config.workspace), key or config.release)
    release.require_whole()
    return release


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
        def load(key: str | None) -> tuple[str, Recall]:
            release = open_release(config, key)
            return release.key, release.recall(config=config.recall_stage)

        self._releases = Releases(load)

    async def reconfigure(self, user_config: dict[str, Any]) -> None:
        await self._releases.take_over(user_config)

    async def candidates(self, query: Query) -> Candidates:
        return await (await self._releases.named(query.release)).candidates(query)

    def check_health(self) -> None:
        self._releases.newest.require_loaded()


class RankingReplica:
    """The ranking stage as a deployment."""

    def __init__(self, config: AppConfig) -> None:
        def load(key: str | None) -> tuple[str, Ranking]:
            release = open_release(config, key)
            return release.key, release.ranking()

        self._releases = Releases(load)

    async def reconfigure(self, user_config: dict[str, Any]) -> None:
        await self._releases.take_over(user_config)

    async def rank(
        self, query: Query, index: IntArray, scores: NDArray[np.float32], fused: NDArray[np.float32]
    ) -> Ranked:
        return await (await self._releases.named(query.release)).rank(query, index, scores, fused)

    def check_health(self) -> None:
        self._releases.newest.require_loaded()


class AdPlacementReplica:
    """Ad placement as a deployment: candidates before ranking, the auction after it."""

    def __init__(self, config: AppConfig) -> None:
        self._ledger = ledger = Ledger(open_store(config))

        def load(key: str | None) -> tuple[str, AdPlacement]:
            release = open_release(config, key)
            return release.key, open_ads(config, release, ledger)

        self._releases = Releases(load)

    async def reconfigure(self, user_config: dict[str, Any]) -> None:
        await self._releases.take_over(user_config)

    async def offers(self, query: Query) -> AdOffers:
        return await (await self._releases.named(query.release)).offers(query)

    async def auction(self, offers: AdOffers, p_ctr: NDArray[np.float32], num_slots: int) -> tuple[Placement, ...]:
        return await (await self._releases.named(offers.release)).auction(offers, p_ctr, num_slots)

    def check_health(self) -> None:
        self._ledger.remaining()
