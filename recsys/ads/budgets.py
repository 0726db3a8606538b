"""What campaigns have left, read from the ledger at most about once a second.

The figure may be that old: it decides who takes part. What is really paid is decided by the ledger at the click.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping


class Budgets:
    """Cached answer of one blocking read. Used from one event loop."""

    def __init__(
        self, read: Callable[[], Mapping[str, int]], *, max_age_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._read = read
        self._max_age_s = max_age_s
        self._clock = clock
        self._remaining: Mapping[str, int] = {}
        self._expires_s = -float("inf")

    async def remaining(self) -> Mapping[str, int]:
        """campaign_id -> micros left. Raises Unavailable when it must be read and the store does not answer."""
        if self._clock() >= self._expires_s:
            self._remaining = await asyncio.to_thread(self._read)
            self._expires_s = self._clock() + self._max_age_s
        return self._remaining
