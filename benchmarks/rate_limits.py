"""Checks of limits a second on one core, with more and more people: `python -m benchmarks.rate_limits`.

A request of a shopper is three checks (key, address, person), and is counted as three. Beside it: the same strategy on
the library's own memory, with the time of the thread that it starts.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from deployments.entrance.identity import Identity
from deployments.entrance.limits import Limits, LimitsConfig
from recsys.records import Scope

REQUESTS = 100_000
CHECKS = 3
ENDLESS = LimitsConfig(window_s=3600, crowd_key_per_s=1e6, person_per_s=1e6, address_per_s=1e6)


@dataclass(frozen=True)
class Caller:
    identity: Identity
    address: str
    scope: Scope = "shopper"
    key_id: str | None = "page"


def main() -> None:
    """Print a line for each number of people."""
    for num_people in (100, 10_000, 100_000):
        ours, theirs = Limits(ENDLESS), Limits(ENDLESS)
        theirs._limiter = FixedWindowRateLimiter(MemoryStorage())
        rates = [f"{_rate(limits, num_people):>12,.0f}" for limits in (ours, theirs)]
        print(f"{num_people:>7} people{rates[0]} checks/s a core{rates[1]} with the library's own memory")


def _rate(limits: Limits, num_people: int) -> float:
    callers = [
        Caller(Identity(None, f"session-{n}"), f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}")
        for n in range(num_people)
    ]
    started = time.process_time()  # of all threads: what the core spends
    for number in range(REQUESTS):
        limits.admit(callers[number % num_people])
    return CHECKS * REQUESTS / (time.process_time() - started)


if __name__ == "__main__":
    main()
