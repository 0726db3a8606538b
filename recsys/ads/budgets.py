"""What campaigns have left, read from the ledger at most about once a second.

The figure may be that old: it decides who takes part. What is really paid is decided by the ledger at the click.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from threading import Lock


class Budgets:
    """Cached answer of one blocking read, shared by threads: one reads, the others go on with what was known."""

    def __init__(
        self, read: Callable[[], Mapping[str, int]], *, max_age_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._read = read
        self._max_age_s = max_age_s
        self._clock = clock
        self._remaining: Mapping[str, int] | None = None
        self._expires_s = -float("inf")
        self._reading = Lock()

    def remaining(self) -> Mapping[str, int]:
        """campaign_id -> micros left. Raises Unavailable when it must be read and the store does not answer."""
        known = self._remaining
        if self._clock() < self._expires_s and known is not None:
            return known
        if not self._reading.acquire(blocking=known is None):
            assert known is not None
            return known
        try:
            return self._fresh()
        finally:
            self._reading.release()

    def _fresh(self) -> Mapping[str, int]:
        if self._clock() >= self._expires_s or self._remaining is None:  # else another thread has read it meanwhile
            self._remaining = self._read()
            self._expires_s = self._clock() + self._max_age_s
        return self._remaining
