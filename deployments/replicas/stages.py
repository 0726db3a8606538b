"""The three stages as Serve deployments: each loads its part of a release and answers; no arithmetic of its own.

The same objects serve in one process: `open_*` is what both topologies call.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from deployments.config import AppConfig
from deployments.replicas.campaigns import FollowedCampaigns
from deployments.replicas.editions import Editions
from recsys.ads.stage import AdPlacement
from recsys.artifacts import Workspace
from recsys.edition import Edition
from recsys.opening.ads import ads_of
from recsys.opening.ranking import ranking_of
from recsys.opening.stages import recall_of
from recsys.recall.stage import Recall
from recsys.release import Release
from recsys.slate import AdOffers, Asked, Candidates, Contenders, Person, Query, Ranked
from recsys.stores.database import Engine, open_database, store_address
from recsys.stores.ledger import Ledger
from recsys.workers import Workers


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
    address = store_address(Path(config.workspace), config.store_url)
    return open_database(address, busy_timeout_s=config.store_deadline_s)


class RecallReplica:
    """The recall stage as a deployment."""

    def __init__(self, config: AppConfig) -> None:
        def make(edition: Edition) -> Recall:
            return recall_of(edition, config.recall_stage)

        self._releases = Editions(partial(open_release, config), make, open_store(config))
        self._workers = Workers(config.funnel.stage_threads)

    async def reconfigure(self, user_config: dict[str, Any]) -> None:
        await self._releases.take_over(user_config)

    async def candidates(self, query: Query) -> Candidates:
        recall = await self._releases.named(query.release)
        candidates: Candidates = await self._workers.run(recall.candidates, query)
        return candidates

    def check_health(self) -> None:
        self._releases.newest.require_loaded()


class RankingReplica:
    """The ranking stage as a deployment."""

    def __init__(self, config: AppConfig) -> None:
        self._releases = Editions(partial(open_release, config), ranking_of, open_store(config))
        self._workers = Workers(config.funnel.stage_threads)

    async def reconfigure(self, user_config: dict[str, Any]) -> None:
        await self._releases.take_over(user_config)

    async def rank(self, asked: Asked, person: Person, contenders: Contenders) -> Ranked:
        ranking = await self._releases.named(contenders.release)
        ranked: Ranked = await self._workers.run(ranking.rank, asked, person, contenders)
        return ranked

    def check_health(self) -> None:
        self._releases.newest.require_loaded()


class AdPlacementReplica:
    """Ad placement as a deployment: who wants to be on a slate. The auction is held where the slate is made."""

    def __init__(self, config: AppConfig) -> None:
        engine = open_store(config)
        self._ledger, campaigns = Ledger(engine), FollowedCampaigns(engine)
        ledger = self._ledger

        def make(edition: Edition) -> AdPlacement:
            return ads_of(edition, campaigns, ledger.remaining, config.ads)

        self._releases = Editions(partial(open_release, config), make, engine)
        self._workers = Workers(config.funnel.stage_threads)

    async def reconfigure(self, user_config: dict[str, Any]) -> None:
        await self._releases.take_over(user_config)

    async def offers(self, query: Query) -> AdOffers:
        ads = await self._releases.named(query.release)
        offers: AdOffers = await self._workers.run(ads.offers, query)
        return offers

    def check_health(self) -> None:
        self._ledger.remaining()
