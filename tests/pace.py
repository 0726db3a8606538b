"""Bounds on time hold for a quiet machine; on a busy or slow one they are longer by as much as it is slower."""

from __future__ import annotations

import time
from typing import Any

LOOPS = 400_000
QUIET_S = 0.02
"""That a quiet core takes for LOOPS additions."""
MOST = 10.0
"""A machine that is slower than that proves nothing."""


def slowness() -> float:
    """How many times longer than on a quiet core work takes here and now; from 1 to MOST."""
    started, total = time.perf_counter(), 0
    for number in range(5 * LOOPS):
        total += number
    return min(MOST, max(1.0, (time.perf_counter() - started) / (5 * QUIET_S)))


def in_time(started: float, seconds: float) -> bool:
    """Whether so many seconds of a quiet machine have not gone by since `started`, by time.monotonic()."""
    waited = time.monotonic() - started
    return waited < seconds or waited < seconds * slowness()


def until(condition: Any, seconds: float, every_s: float = 0.3) -> None:
    """Wait for something to become true within so many seconds of a quiet machine."""
    started = time.monotonic()
    while not condition():
        assert in_time(started, seconds), f"it did not happen within {seconds} s of a quiet machine"
        time.sleep(every_s)
