"""One replica of the front: the shop behind the doors, with its stages here (fused) or behind handles (split)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from ray.serve.handle import DeploymentHandle

from deployments.config import AppConfig
from deployments.entrance.access import Access
from deployments.entrance.identity import PersonTokens
from deployments.entrance.limits import Limits
from deployments.operator.desk import OperatorDesk, State
from deployments.replicas.campaigns import FollowedCampaigns
from deployments.replicas.editions import Editions
from deployments.replicas.stages import open_release, open_store
from deployments.shopper.desk import ShopperDesk
from deployments.shopper.events import EventDesk
from deployments.shopper.hashes import Hashes
from deployments.shopper.impressions import ImpressionSink
from deployments.shopper.people import People
from deployments.shopper.sessions import SessionDesk
from deployments.storekeeper.desk import StorekeeperDesk
from deployments.telemetry import set_behind
from recsys.ads.stage import hold_auction
from recsys.edition import Edition
from recsys.funnel import Funnel, Stages, stages_of
from recsys.opening.stages import fallback_of
from recsys.slate import Query, Slate
from recsys.stores.access_keys import AccessKeys, KeyRing
from recsys.stores.catalogue import CatalogueStore
from recsys.stores.database import Engine
from recsys.stores.events import EventStore
from recsys.stores.keys import signing_key
from recsys.stores.ledger import Ledger
from recsys.stores.outcomes import Outcomes
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
        engine = open_store(config)
        self.ledger, self.store = Ledger(engine), EventStore(engine)
        self._ad_key, self._cursor_key = signing_key(engine, "ads"), signing_key(engine, "cursors")
        self._sink = ImpressionSink(self.store)
        states = UserStates(self.store, told=set_behind)
        self.people = People(states, config.user_state_deadline_ms)
        self._hashes = Hashes()
        writers, deadline_s = ThreadPoolExecutor(NUM_WRITERS, "writers"), config.store_deadline_s
        self.events = EventDesk(Outcomes(engine), states, writers, self._ad_key, deadline_s, config.events)
        self.campaigns = FollowedCampaigns(engine)
        self._releases = Editions(partial(open_release, config), self._make, engine)
        changed, catalogue = self._releases.ask_now, lambda: self.shop.catalogue
        self.storekeeper = StorekeeperDesk(CatalogueStore(engine), catalogue, writers, deadline_s, changed)
        self.access = _access(config, engine, self._is_simulated)
        self.sessions = SessionDesk(self.access.persons, self.access.limits, self._demo_users)
        self.operator = OperatorDesk(self._state, self.store.require_ready)

    @property
    def shop(self) -> ShopperDesk:
        """What answers shoppers, over the newest edition. A request keeps the one that it began with."""
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

    def _is_simulated(self) -> bool:
        return bool(self.shop.release.about.get("simulated", False))

    def _demo_users(self) -> Sequence[str]:
        """Real people are nobody to look at a shop as."""
        users: Sequence[str] = self.shop.release.about["demo_users"] if self._is_simulated() else ()
        return users

    def _state(self) -> State:
        desk = self.shop
        return State(desk.release.key, desk.catalogue.revision, self.refused, desk.require_ready)

    def _make(self, edition: Edition) -> ShopperDesk:
        """What depends on an edition of a release; the rest is handed in."""
        funnel = Funnel(
            self._stages or self._here(edition),
            edition.catalogue,
            fallback_of(edition),
            edition.key,
            self.config.funnel,
        )
        hashes = self._hashes.of(edition.key, edition.catalogue.item_ids)
        keys = self._ad_key, self._cursor_key
        return ShopperDesk(edition, funnel, hashes, self.people, self._sink, self.campaigns, *keys)

    def _here(self, edition: Edition) -> Stages:
        config = self.config
        return stages_of(
            edition,
            self._workers,
            campaigns=self.campaigns,
            remaining=self.ledger.remaining,
            recall=config.recall_stage,
            ads=config.ads,
        )


def _access(config: AppConfig, engine: Engine, is_simulated: Callable[[], bool]) -> Access:
    """Raises Unavailable."""
    ring = KeyRing(AccessKeys(engine))
    ring.look()  # a key that is there opens the first door
    persons = PersonTokens(signing_key(engine, "persons"), config.persons)
    stated = config.open_to_anonymous
    is_open = is_simulated if stated is None else lambda: stated
    return Access(ring, persons, Limits(config.limits), signing_key(engine, "sources"), is_open)


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
