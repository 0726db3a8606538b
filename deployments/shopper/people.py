"""Who asks, and what is known of them: their past in the release, and what they did since."""

from __future__ import annotations

import asyncio
import math
from typing import NamedTuple

import numpy as np

from deployments.entrance.access import Caller
from deployments.entrance.identity import Identity
from deployments.entrance.ignored import ignored
from deployments.entrance.shapes import IgnoredOut
from deployments.telemetry import USER_STATE_READS
from recsys.edition import Edition
from recsys.errors import Unavailable
from recsys.slate import History, IntArray
from recsys.stores.user_states import Owner, UserState, UserStates

NOBODY = UserState((), ())
ANOTHER = "only a shop's server speaks for others; who asks is who their token says"


class Who(NamedTuple):
    """Who a slate is for, or whose an event is; nobody's where both ids are None."""

    user_id: str | None
    session_id: str | None
    ignored: tuple[IgnoredOut, ...] = ()
    """Parts of the body that named somebody for whom the caller may not speak."""

    @property
    def owner(self) -> Owner | None:
        """Whose memory it is."""
        if self.user_id is not None:
            return "user", self.user_id
        return None if self.session_id is None else ("session", self.session_id)


def who_is(caller: Caller, user_id: str | None, session_id: str | None) -> Who:
    """Who is meant, from who asks and the ids that they wrote.

    A shop's server speaks for any of its people; whoever else asks is who their token says, and without one nobody.
    """
    known = caller.identity or Identity()
    if caller.scope == "shop":
        return Who(user_id or known.user_id, session_id or known.session_id)
    said = {"user_id": (user_id, known.user_id), "session_id": (session_id, known.session_id)}
    others = [ignored(name, one, ANOTHER) for name, (one, true) in said.items() if one not in (None, true)]
    return Who(known.user_id, known.session_id, tuple(others))


class Known(NamedTuple):
    """What is known of somebody."""

    history: History
    bought: IntArray
    """Rows of the catalogue."""
    troubles: tuple[str, ...]
    """What could not be read."""


class People:
    """Lives as long as the replica; a release, or an edition of it, says which items there are."""

    def __init__(self, states: UserStates, deadline_ms: float) -> None:
        """
        Args:
            deadline_ms: after this, what the store knows of somebody is left out.
        """
        self._states, self._deadline_s = states, deadline_ms / 1000.0

    async def known(self, person: Who, before_s: float, edition: Edition) -> Known:
        """History and purchases before a moment, also of items that came in since the release."""
        release, rows = edition.release, edition.catalogue.row
        old = release.histories.history(person.user_id) if person.user_id else History()
        state, troubles = await self._state_of(person.owner, before_s)
        learned_s = release.learned_until_s if person.user_id else -math.inf  # the release knows what was before
        new = [step for step in state.recent if step.at_s >= learned_s and step.item_id in rows]
        bought = np.array([rows[item_id] for item_id in state.bought if item_id in rows], np.int32)
        steps = History(
            np.array([rows[step.item_id] for step in new], np.int32),
            np.array([step.at_s for step in new]),
            np.array([step.bought for step in new], np.bool_),
            np.array([step.liked for step in new], np.bool_),
        )
        return Known(old.then(steps), np.concatenate([old.index[old.bought], bought]).astype(np.int32), troubles)

    async def _state_of(self, owner: Owner | None, before_s: float) -> tuple[UserState, tuple[str, ...]]:
        """What the store knows of somebody, and what could not be read: then the last that is remembered."""
        if owner is None:
            return NOBODY, ()
        remembered = self._states.remembered(owner, before_s)
        if remembered is not None:
            USER_STATE_READS.add(1, "memory")
            return remembered, ()
        try:
            async with asyncio.timeout(self._deadline_s):
                state = await asyncio.to_thread(self._states.read, owner, before_s)
        except (Unavailable, TimeoutError):
            kept = self._states.remembered(owner, before_s, trusted=False)
            USER_STATE_READS.add(1, "nothing" if kept is None else "stale")
            return kept or NOBODY, ("user_state",)
        USER_STATE_READS.add(1, "store")
        return state, ()
