"""What a replica answers with: its releases, each with the catalogue as the store has it now.

A thread asks the store for changes and makes what answers anew, beside what answers meanwhile; then they are swapped.
Each replica does this for itself: rows mean the same in all editions of a release, so they may be one apart for a
moment.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from deployments.replicas.follow import start_following
from deployments.replicas.releases import Releases
from recsys.changes import Changes
from recsys.edition import Edition
from recsys.release import Release
from recsys.stores.catalogue import CatalogueStore
from recsys.stores.database import Engine

T = TypeVar("T")


@dataclass(frozen=True)
class Served(Generic[T]):
    """A release as it was made, and what answers with its newest edition."""

    release: Release
    answers: T


class Editions(Generic[T]):
    """The newest edition of each release that a replica holds. Thread-safe."""

    def __init__(
        self, open_release: Callable[[str | None], Release], make: Callable[[Edition], T], engine: Engine
    ) -> None:
        """
        Args:
            open_release: key -> the release as it was made; None is the live one.
            make: what answers, over an edition of a release; called for every change of the catalogue.
        """
        self._open_release, self._make = open_release, make
        self._store = CatalogueStore(engine)
        self._changes: Changes | None = None
        self._releases: Releases[Served[T]] = Releases(self._load)
        self._wake = threading.Event()
        start_following(self, self._wake, "catalogue")

    @property
    def newest(self) -> T:
        """Loads the live release where none is held yet. Raises WrongArtifact, Unavailable."""
        return self._releases.newest.answers

    @property
    def revision(self) -> int:
        """Of the newest change that is in the answers."""
        return self._changes.revision if self._changes is not None else 0

    @property
    def refused(self) -> str | None:
        """Why the release that was to be taken over last was not."""
        return self._releases.refused

    def held(self) -> Mapping[str, T]:
        """What answers, by key of the release, the newest last."""
        return {key: served.answers for key, served in self._releases.held().items()}

    async def named(self, key: str) -> T:
        """What answers with this release; the newest where the key is empty. Raises WrongArtifact."""
        return (await self._releases.named(key)).answers

    async def take_over(self, user_config: Mapping[str, Any]) -> None:
        """As `Releases.take_over`."""
        await self._releases.take_over(user_config)

    def ask_now(self) -> None:
        """Do not wait until it is time: this process wrote something."""
        self._wake.set()

    def ask(self) -> None:
        """Take over what has changed since it was asked last. Raises Unavailable."""
        if self._changes is None or self._store.revision() == self._changes.revision:
            return  # nothing is loaded, or nothing is new
        changes = self._store.changes()

        def know() -> None:
            self._changes = changes

        self._releases.renew(lambda served: self._served(served.release, changes), know)

    def _load(self, key: str | None) -> tuple[str, Served[T]]:
        release = self._open_release(key)
        if self._changes is None:
            self._changes = self._store.changes()
        return release.key, self._served(release, self._changes)

    def _served(self, release: Release, changes: Changes) -> Served[T]:
        return Served(release, self._make(Edition(release, changes)))
