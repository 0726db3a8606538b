"""Impressions go to the store off the request path, in batches."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Sequence

from deployments.telemetry import IMPRESSIONS_LOST, IMPRESSIONS_WAITING
from recsys.errors import Unavailable
from recsys.records import Impression
from recsys.stores.events import EventStore

log = logging.getLogger(__name__)

FLUSH_EVERY_S = 0.2
WARN_EVERY_S = 60.0
"""A store that is away for an hour is one line a minute, not eighteen thousand."""
MOST_WAITING = 100_000


class ImpressionSink:
    """Collects impressions and writes them every `FLUSH_EVERY_S`; while the store is away they wait, up to a bound."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._waiting: list[Impression] = []
        self._task: asyncio.Task[None] | None = None
        self._warned_at: dict[str, float] = {}
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
        except Exception as error:  # of its text and trace nothing is said: ids of strangers may stand in them
            self._lose(len(batch))
            said = getattr(error, "field", "of no known field")
            self._warn("impressions are lost, %d until now: %s %s", self.lost, type(error).__name__, said)

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
                self._warn("impressions wait, %d now: %s", len(self._waiting), error)

    def _warn(self, message: str, *values: object) -> None:
        """At most once in `WARN_EVERY_S`, each message."""
        now = time.monotonic()
        if now - self._warned_at.get(message, -WARN_EVERY_S) >= WARN_EVERY_S:
            self._warned_at[message] = now
            log.warning(message, *values)
