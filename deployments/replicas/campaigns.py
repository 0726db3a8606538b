"""The campaigns as the store has them now, for a replica that places ads: of all releases that it holds."""

from __future__ import annotations

import logging
import threading

from deployments.replicas.follow import start_following
from recsys.campaigns import Campaigns
from recsys.stores.campaigns import CampaignStore
from recsys.stores.database import Engine
from recsys.stores.ledger import Ledger

log = logging.getLogger(__name__)


class FollowedCampaigns:
    """Answered from memory, `ASK_EVERY_S` behind the store at most; as they were while the store is away."""

    def __init__(self, engine: Engine) -> None:
        """Raises Unavailable."""
        self._store = CampaignStore(engine)
        self._now = self._store.read()
        budgets = len(Ledger(engine).remaining())
        if budgets and not self._now.revision:
            log.warning(
                "the store is from before it knew campaigns: it has %d budgets, and nothing is sponsored. "
                "Run: python -m pipelines put_campaigns",
                budgets,
            )
        start_following(self, threading.Event(), "book of campaigns")

    def __call__(self) -> Campaigns:
        return self._now

    def ask(self) -> None:
        """Take over what has changed since it was asked last. Raises Unavailable."""
        if self._store.revision() != self._now.revision:
            self._now = self._store.read()
