"""What people did lately, remembered: a cache in front of the event store that every process keeps right by itself.

A process follows the store: several times a second it reads whose events came, and forgets those people. So a request
normally costs no statement, and what one process took is known to all within that time. Events become visible in
another order than they came; so each look goes back further than the longest transaction.
"""

from __future__ import annotations

import logging
import math
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

from recsys.errors import Unavailable
from recsys.slate import HISTORY
from recsys.stores.events import EventStore, Recent

log = logging.getLogger(__name__)

Owner = tuple[Literal["user", "session"], str]
"""Whose: of an account, or of a visitor's session."""

LOOK_EVERY_S = 0.2
LOOK_BACK_S = 6.0
"""Longer than a transaction that appends events may take (`busy_timeout_s`)."""
TRUSTED_S = 1.0
"""A memory is not trusted after the store was not followed for so long."""
"""Steps that are remembered of each; older ones move nothing."""
MOST = 20_000
"""People who are remembered: 170 bytes a step, so 170 MB where all have `HISTORY` steps, and what they bought."""


class UserState(NamedTuple):
    """The newest steps, oldest first, and everything bought."""

    recent: tuple[Recent, ...]
    bought: tuple[str, ...]

    def before(self, at_s: float) -> UserState | None:
        """The steps before a moment; None where the memory does not reach far enough back to tell them."""
        recent = tuple(step for step in self.recent if step.at_s < at_s)
        if len(recent) < len(self.recent) >= HISTORY:
            return None
        return UserState(recent, self.bought)


class UserStates:
    """Shared by the threads of a process; remembers the `most` people who came last."""

    def __init__(
        self,
        store: EventStore,
        *,
        most: int = MOST,
        follow: bool = True,
        told: Callable[[float], None] = lambda behind_s: None,
    ) -> None:
        """
        Args:
            follow: start the thread that looks; without it `look` is called by hand.
            told: gets `behind_s` after each look of that thread, also after one that failed.
        """
        self._store, self._most, self._told = store, most, told
        self._known: OrderedDict[Owner, UserState] = OrderedDict()
        self._being_read: dict[Owner, object] = {}
        self._lock = threading.Lock()
        self._newest_us: int | None = None
        self._handled: set[str] = set()
        self._came_at = math.inf  # when a look last saw something newer, on this process' clock
        self._looked_at, self._made_at = -math.inf, time.monotonic()
        self.hits = self.misses = 0
        if follow:
            target, name = _follow, "user-states"
            threading.Thread(target=target, args=(weakref.ref(self),), name=name, daemon=True).start()

    @property
    def behind_s(self) -> float:
        """Seconds since the last look that succeeded began; before the first one, since this was made."""
        return time.monotonic() - max(self._looked_at, self._made_at)

    def remembered(self, owner: Owner, before_s: float, *, trusted: bool = True) -> UserState | None:
        """What is known without asking the store; None where it must be asked.

        Args:
            before_s: events before this moment, seconds since the epoch.
            trusted: only where the store was followed lately.
        """
        if trusted and time.monotonic() - self._looked_at > TRUSTED_S:
            return None
        with self._lock:
            state = self._known.get(owner)
            if state is not None:
                self._known.move_to_end(owner)
        found = None if state is None else state.before(before_s)
        self.hits += found is not None
        return found

    def read(self, owner: Owner, before_s: float) -> UserState:
        """Ask the store, and remember. Raises Unavailable."""
        self.misses += 1
        token = object()
        with self._lock:
            self._being_read[owner] = token
        state = None
        try:
            state = self._ask(owner, math.inf)
        finally:
            self._remember(owner, token, state)
        return state.before(before_s) or self._ask(owner, before_s)

    def forget(self, owners: Iterable[Owner]) -> None:
        """Something came of these people: what is known, or being read, is not all any more."""
        with self._lock:
            for owner in owners:
                self._known.pop(owner, None)
                self._being_read.pop(owner, None)

    def look(self) -> None:
        """Forget everybody of whom events came since the last look. Raises Unavailable."""
        started = time.monotonic()
        if self._newest_us is None:
            self._newest_us, self._came_at = self._store.newest_arrival_us(), time.monotonic()
        arrivals = self._store.arrivals(self._since_us(self._newest_us))
        new = [one for one in arrivals if one.event_id not in self._handled]
        self.forget(owner for one in new for owner in owners_of(one.user_id, one.session_id))
        newest_us = max((one.received_us for one in arrivals), default=0)
        if newest_us > self._newest_us:
            self._newest_us, self._came_at = newest_us, time.monotonic()
        self._handled = {one.event_id for one in arrivals}  # all that the next look can meet again
        self._looked_at = started

    def look_and_tell(self) -> None:
        """`look`, and say how far behind the store this is, whatever became of it. Raises Unavailable."""
        try:
            self.look()
        finally:
            self._told(self.behind_s)

    def _since_us(self, newest_us: int) -> int:
        """Where a look begins. After a look so long after the newest event, nothing older can come any more: an idle
        shop does not read its last busy seconds again and again."""
        quiet = self._looked_at - self._came_at > LOOK_BACK_S  # by a look that succeeded: what failed has seen nothing
        return newest_us if quiet else newest_us - round(LOOK_BACK_S * 1e6)

    def _remember(self, owner: Owner, token: object, state: UserState | None) -> None:
        """What was read, unless something came meanwhile or somebody reads anew."""
        with self._lock:
            if self._being_read.get(owner) is not token:
                return
            del self._being_read[owner]
            if state is not None:
                self._known[owner] = state
                self._known.move_to_end(owner)
            while len(self._known) > self._most:
                self._known.popitem(last=False)

    def _ask(self, owner: Owner, before_s: float) -> UserState:
        kind, name = owner
        if kind == "user":
            return UserState(self._store.recent(name, limit=HISTORY, before_s=before_s), self._store.bought(name))
        recent = self._store.recent_in_session(name, limit=HISTORY, before_s=before_s)
        return UserState(recent, tuple(step.item_id for step in recent if step.bought))


def owners_of(user_id: str, session_id: str | None) -> tuple[Owner, ...]:
    """Everybody whose state an event is part of."""
    return (("user", user_id),) if session_id is None else (("user", user_id), ("session", session_id))


def _follow(states: weakref.ref[UserStates]) -> None:
    """Until the process has no use for it. A store that is away stops nothing."""
    away = False
    while (following := states()) is not None:
        try:
            following.look_and_tell()
            away = False
        except Unavailable as error:
            if not away:
                log.warning("what is remembered of users is not trusted: %s", error)
            away = True
        except Exception:
            if not away:
                log.exception("what is remembered of users is not trusted")
            away = True
        del following
        time.sleep(LOOK_EVERY_S)
