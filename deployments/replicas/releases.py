"""The releases that one replica holds: it answers each query with the one that the query names.

Replicas take over a release at different moments. As the former one stays in memory, a slate that the gateway began
with it ends with it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Generic, TypeVar

from deployments.config import UserConfig

log = logging.getLogger(__name__)
T = TypeVar("T")

KEPT = 2
"""The newest release, and the one before it: for what is under way, and for a rollback without a load."""


class Releases(Generic[T]):
    """What a replica made of each release, by key; the newest answers what names none. Thread-safe.

    Args:
        load: key -> (key, what answers), or raises; None is the live release.
    """

    def __init__(self, load: Callable[[str | None], tuple[str, T]]) -> None:
        self._load = load
        self._held: dict[str, T] = {}  # oldest first
        self._newest: str | None = None
        self._loading = Lock()
        self.refused: str | None = None
        """Why the release that was last asked for was not taken."""

    @property
    def newest(self) -> T:
        """Loads the live release where none is held yet. Raises WrongArtifact, Unavailable."""
        return self._held[self._newest] if self._newest is not None else self._open(None, newest=True)

    def held(self) -> Mapping[str, T]:
        """What is in memory, by key, the newest last."""
        return dict(self._held)

    async def named(self, key: str) -> T:
        """The release of a query; one that this replica does not know yet is loaded beside the newest.

        Raises WrongArtifact where there is none of this key, or a damaged one.
        """
        found = self._held.get(key or self._newest or "")
        return found if found is not None else await asyncio.to_thread(self._open, key or None, newest=not key)

    async def take_over(self, user_config: Mapping[str, Any]) -> None:
        """Serve calls this, through `reconfigure`, with `user_config`: load in a thread, then swap.

        A replica whose `reconfigure` fails is killed by Serve. So where an older release is there to answer, one that
        cannot be opened is refused with a line in the log and a word in `refused`, and nothing else changes. Raises
        what is wrong where there is no older one.
        """
        try:
            wanted = UserConfig.parse(dict(user_config))
            await asyncio.to_thread(self._open, wanted.release, newest=True)
            self.refused = None
        except Exception as error:  # files may be wrong in ways that only a library behind them knows
            if self._newest is None:
                raise
            self.refused = str(error)
            log.exception("still release %s, the other was refused", self._newest)

    def renew(self, make: Callable[[T], T], done: Callable[[], None]) -> None:
        """Make another one of each that is held, the newest first; each answers until the other is there.

        An older release of which none can be made is held no longer. Raises what `make` raises for the newest.

        Args:
            done: called when all are there, before another release can be loaded.
        """
        with self._loading:
            for key in reversed(list(self._held)):
                try:
                    self._held = self._held | {key: make(self._held[key])}
                except Exception:
                    if key == self._newest:
                        raise
                    self._held = {name: one for name, one in self._held.items() if name != key}
                    log.exception("release %s is held no longer", key)
            done()

    def _open(self, key: str | None, *, newest: bool) -> T:
        with self._loading:
            found = self._held.get(key or "")
            if found is None:
                key, found = self._load(key)
            assert key is not None
            held = {name: one for name, one in self._held.items() if name != key} | {key: found}
            if newest or self._newest is None:
                self._newest = key
            else:
                held[self._newest] = held.pop(self._newest)
            self._held = dict(list(held.items())[-KEPT:])
            return found
