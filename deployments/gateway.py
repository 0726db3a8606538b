"""One replica of the front: the shop behind the doors, with its stages here (fused) or behind handles (split)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from ray.serve.handle import DeploymentHandle

from deployments.config import AppConfig
from deployments.shop import Shop
from deployments.stages import open_ads, open_release, open_store
from recsys.funnel import Funnel, Stages
from recsys.slate import Query, Slate
from recsys.stores.ledger import Ledger


class Gateway:
    """What answers the doors."""

    def __init__(
        self, config: AppConfig, recall: DeploymentHandle | None = None, ranking: DeploymentHandle | None = None,
        ads: DeploymentHandle | None = None,
    ) -> None:  # fmt: skip
        self.config = config
        self._stages = None
        if recall is not None and ranking is not None and ads is not None:
            self._stages = Stages(_call(recall.candidates), _call(ads.offers), _call(ranking.rank), _call(ads.auction))
        self.shop, self.funnel = open_shop(config, self._stages)

    async def slate(self, query: Query) -> Slate:
        """The slate of a query, past HTTP: what must equal the funnel's."""
        return await self.funnel.answer(query)

    def __del__(self) -> None:
        """Serve calls this when a replica ends."""
        if hasattr(self, "shop"):  # it may have failed to start
            self.shop.sink.drain()

    def check_health(self) -> None:
        """A store that is away does not make a replica sick: slates go on without it."""
        assert len(self.shop.catalogue) > 0


def open_shop(config: AppConfig, stages: Stages | None = None) -> tuple[Shop, Funnel]:
    """The shop over a release and a store; stages in this process where none are given."""
    release, engine = open_release(config), open_store(config)
    if stages is None:
        recall, ranking = release.recall(config=config.recall_stage), release.ranking()
        ads = open_ads(config, release, Ledger(engine))
        stages = Stages(recall.candidates, ads.offers, ranking.rank, ads.auction)
    funnel = Funnel(stages, release.catalogue, release.fallback(), release.key, config.funnel)
    return Shop(config, release, funnel, engine), funnel


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
