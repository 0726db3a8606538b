"""Impressions go to the store off the request path, in batches."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence

from deployments.telemetry import IMPRESSIONS_LOST, IMPRESSIONS_WAITING
from recsys.errors import Unavailable
from recsys.records import Impression
from recsys.stores.events import EventStore

log = logging.getLogger(__name__)

FLUSH_EVERY_S = 0.2
MOST_WAITING = 100_000


class ImpressionSink:
    """Collects impressions and writes them every `FLUSH_EVERY_S`; while the store is away they wait, up to a bound."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._waiting: list[Impression] = []
        self._task: asyncio.Task[None] | None = None
        self.lost = 0

    def put(self, rows: Sequence[Impression]) -> None:
        """Take rows without waiting; what exceeds the bound is counted in `lost`. Needs a running event loop."""
        room = max(MOST_WAITING - len(self._waiting), 0)
        self._waiting += rows[:room]
        self._lose(len(rows) - len(rows[:room]))
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def flush(self) -> None:
        """Write what waits. Raises Unavailable and keeps it where the store is away; a batch that no store would take
        is counted in `lost`, so that it does not hold up what comes after."""
        batch, self._waiting = self._waiting, []
        if not batch:
            return
        try:
            await asyncio.to_thread(self._store.append_impressions, batch)
        except Unavailable:
            self._waiting = batch + self._waiting
            raise
        except Exception:
            self._lose(len(batch))
            log.exception("%d impressions are lost", len(batch))

    def drain(self) -> None:
        """Write what waits, without an event loop: the last thing a replica does. A store that is away loses it."""
        batch, self._waiting = self._waiting, []
        if batch:
            with contextlib.suppress(Unavailable):
                self._store.append_impressions(batch)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        with contextlib.suppress(Unavailable):
            await self.flush()

    def _lose(self, number: int) -> None:
        self.lost += number
        IMPRESSIONS_LOST.add(number)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_EVERY_S)
            IMPRESSIONS_WAITING.set(len(self._waiting))
            try:
                await self.flush()
            except Unavailable as error:
                log.warning("impressions wait: %s", error)
