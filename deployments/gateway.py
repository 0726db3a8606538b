"""One replica of the front: the shop behind the doors, with its stages here (fused) or behind handles (split)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from ray.serve.handle import DeploymentHandle

from deployments.config import AppConfig
from deployments.replicas.editions import Editions
from deployments.replicas.stages import open_release, open_store, open_with_campaigns
from deployments.shopper.desk import Shop
from deployments.shopper.impressions import ImpressionSink
from deployments.storekeeper.desk import CatalogueDesk
from deployments.telemetry import set_behind
from recsys.ads.stage import hold_auction
from recsys.edition import Edition
from recsys.funnel import Funnel, Stages, stages_of
from recsys.opening.stages import fallback_of
from recsys.slate import Query, Slate
from recsys.stores.events import EventStore
from recsys.stores.ledger import Ledger
from recsys.stores.user_states import UserStates
from recsys.workers import Workers

NUM_WRITERS = 4
"""Threads that wait for the store, so that writers who wait for a locked one keep no slate waiting."""


class Gateway:
    """What answers the doors."""

    def __init__(
        self,
        config: AppConfig,
        recall: DeploymentHandle | None = None,
        ranking: DeploymentHandle | None = None,
        ads: DeploymentHandle | None = None,
    ) -> None:
        self.config = config
        self._stages = None
        if recall is not None and ranking is not None and ads is not None:
            auction = partial(hold_auction, config.ads)  # arithmetic on the offers: no call is worth it
            self._stages = Stages(_call(recall.candidates), _call(ads.offers), _call(ranking.rank), auction)
        self._workers = Workers(config.funnel.stage_threads)
        self._engine = open_store(config)
        self._sink = ImpressionSink(EventStore(self._engine))
        self._states = UserStates(EventStore(self._engine), told=set_behind)
        self._writers = ThreadPoolExecutor(NUM_WRITERS, "events")
        self._ledger = Ledger(self._engine)
        opened = partial(open_release, config)
        if self._stages is None:  # ads are placed here too
            opened = partial(open_with_campaigns, config, self._ledger)
        self._releases = Editions(opened, self._make, self._engine)
        self.desk = CatalogueDesk(config, self._engine, lambda: self.shop, self._writers, self._releases.ask_now)

    @property
    def shop(self) -> Shop:
        """The shop over the newest release. A request keeps the one that it began with."""
        return self._releases.newest

    @property
    def refused(self) -> str | None:
        """Why the release that was to be taken over last was not."""
        return self._releases.refused

    async def reconfigure(self, user_config: dict[str, Any]) -> None:
        """Serve calls this at the start and to take over a release; the old shop answers until the new one is open."""
        await self._releases.take_over(user_config)

    async def slate(self, query: Query) -> Slate:
        """The slate of a query, past HTTP: what must equal the funnel's."""
        return await (await self._releases.named(query.release)).slate(query)

    def __del__(self) -> None:
        """Serve calls this when a replica ends."""
        if hasattr(self, "_sink"):  # it may have failed to start
            self._sink.drain()

    def check_health(self) -> None:
        """A store that is away does not make a replica sick: slates go on without it."""
        assert len(self.shop.catalogue) > 0

    def _make(self, edition: Edition) -> Shop:
        """The shop over an edition of a release; all shops write through one sink and one set of threads."""
        funnel = Funnel(
            self._stages or self._here(edition),
            edition.catalogue,
            fallback_of(edition),
            edition.key,
            self.config.funnel,
        )
        return Shop(self.config, edition, funnel, self._engine, self._sink, self._writers, self._states)

    def _here(self, edition: Edition) -> Stages:
        config, left = self.config, self._ledger.remaining
        return stages_of(edition, self._workers, remaining=left, recall=config.recall_stage, ads=config.ads)


def _call(method: Any) -> Callable[..., Awaitable[Any]]:
    """A deployment's method as an awaitable call that is cancelled there when it is given up here."""

    async def call(*args: Any) -> Any:
        response = method.remote(*args)
        try:
            return await response
        except asyncio.CancelledError:
            response.cancel()
            raise

    return call
