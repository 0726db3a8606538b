"""How much one key, one person and one address may ask for.

Bounds are counts in windows of fixed length, by the library `limits`: at most `rate x window_s` requests in each, so
around the end of one at most twice that. Each replica counts for itself: behind n gateways n times as much passes.
"""

from __future__ import annotations

import math
import threading
import time
from itertools import islice
from typing import NamedTuple, Protocol

from limits import RateLimitItemPerSecond
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter
from pydantic import Field

from deployments.entrance.identity import Identity
from recsys.config import Config
from recsys.errors import TooMany
from recsys.records import Scope

CROWDS: frozenset[Scope] = frozenset({"shopper", "shop"})
"""Scopes whose one key stands for all people of a shop."""
MOST_COUNTED = 200_000
"""Names that a replica counts at a time; the least that is known about is forgotten first. 200 bytes each."""


class LimitsConfig(Config):
    """Bounds in requests a second, as a mean over a window; 0 sets none."""

    window_s: int = Field(10, ge=1, le=3600)
    """Length of a window. More may come at once, the longer it is."""
    crowd_key_per_s: float = Field(2000.0, ge=0)
    """Of a `shopper` or `shop` key, under which all people of a shop come."""
    staff_key_per_s: float = Field(100.0, ge=0)
    """Of any other key."""
    person_per_s: float = Field(15.0, ge=0)
    """Of one person. A visit to a page asks for about 6 slates."""
    person_events_per_s: float = Field(30.0, ge=0)
    """Events of one person; a page shown reports up to 60."""
    address_per_s: float = Field(60.0, ge=0)
    """Of a network address, behind which may be a household or an office. A `shop` key's server has none."""
    address_sessions_per_s: float = Field(3.0, ge=0)
    """New anonymous sessions of a network address."""


class Asking(Protocol):
    """What is known of whoever asks: `deployments.entrance.access.Caller`."""

    @property
    def scope(self) -> Scope: ...
    @property
    def key_id(self) -> str | None: ...
    @property
    def identity(self) -> Identity | None: ...
    @property
    def address(self) -> str | None: ...


class Limits:
    """The bounds of one replica. Thread-safe."""

    def __init__(self, config: LimitsConfig) -> None:
        self._limiter = FixedWindowRateLimiter(Counters())
        self._crowd_key = _bound("crowd_key", config.crowd_key_per_s, config)
        self._staff_key = _bound("staff_key", config.staff_key_per_s, config)
        self._person = _bound("person", config.person_per_s, config)
        self._person_events = _bound("person_events", config.person_events_per_s, config)
        self._address = _bound("address", config.address_per_s, config)
        self._address_sessions = _bound("address_sessions", config.address_sessions_per_s, config)

    def admit(self, caller: Asking) -> None:
        """Count a request. Raises TooMany where it is one more than the key, the person or the address may send."""
        if caller.key_id is not None:
            self._count(self._crowd_key if caller.scope in CROWDS else self._staff_key, caller.key_id)
        if caller.scope != "shopper":
            return  # a server, or staff: its key answers for it
        if caller.address is not None:
            self._count(self._address, caller.address)
        if caller.identity is not None:
            self._count(self._person, caller.identity.person_id)

    def admit_events(self, caller: Asking, number: int) -> None:
        """Count what a person reports. Raises TooMany, and counts a batch that is refused: it comes again whole."""
        if caller.scope == "shopper" and caller.identity is not None:
            self._count(self._person_events, caller.identity.person_id, number)

    def admit_new_session(self, caller: Asking) -> None:
        """Count an anonymous session that is to be made. Raises TooMany."""
        if caller.scope == "shopper" and caller.address is not None:
            self._count(self._address_sessions, caller.address)

    def _count(self, bound: _Bound | None, name: str, amount: int = 1) -> None:
        if bound is None or amount == 0 or self._limiter.hit(bound.item, name, cost=amount):
            return
        ends_s = self._limiter.get_window_stats(bound.item, name).reset_time
        retry_after_s = max(1, math.ceil(ends_s - time.time()))
        raise TooMany(
            bound.about,
            f"at most {bound.item.amount} in {bound.item.multiples} s",
            "more",
            f"Ask again in {retry_after_s} s.",
            retry_after_s,
        )


class _Bound(NamedTuple):
    about: str
    item: RateLimitItemPerSecond


class Counters(Storage):
    """Counts of this process, for the library's strategy of fixed windows.

    The library's own memory looks through everything it holds every 10 ms while requests come, in a thread it starts
    for that: with 10,000 people a millisecond of the replica's one core each time.
    """

    STORAGE_SCHEME = ["vitrine-replica"]  # noqa: RUF012 (the library's registry reads it)

    def __init__(self, most: int = MOST_COUNTED) -> None:
        super().__init__()
        self._most = most
        self._counts: dict[str, list[float]] = {}  # name -> [count, end of its window]; oldest window first
        self._lock = threading.Lock()

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count, and return how many it is in this window."""
        now = time.time()
        with self._lock:
            count = self._counts.get(key)
            if count is None or count[1] <= now:
                self._counts.pop(key, None)  # so that it goes to the end
                self._forget(now)
                count = self._counts[key] = [0.0, now + expiry]
            count[0] += amount
            return int(count[0])

    def get(self, key: str) -> int:
        """How many it is in this window."""
        count = self._counts.get(key)
        return 0 if count is None or count[1] <= time.time() else int(count[0])

    def get_expiry(self, key: str) -> float:
        """When its window ends, in seconds since the epoch."""
        count = self._counts.get(key)
        return time.time() if count is None else count[1]

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        with self._lock:
            number = len(self._counts)
            self._counts.clear()
            return number

    def clear(self, key: str) -> None:
        with self._lock:
            self._counts.pop(key, None)

    def _forget(self, now: float) -> None:
        """Two of the oldest windows that are over, so that it empties faster than it fills; one where it is full."""
        for name in list(islice(self._counts, 2)):
            if self._counts[name][1] <= now or len(self._counts) >= self._most:
                del self._counts[name]


def _bound(name: str, per_s: float, config: LimitsConfig) -> _Bound | None:
    if per_s == 0:
        return None
    most = max(1, round(per_s * config.window_s))
    return _Bound(f"limits.{name}", RateLimitItemPerSecond(most, config.window_s, namespace=f"vitrine/{name}"))
