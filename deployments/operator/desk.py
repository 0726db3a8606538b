"""What a replica says of itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from deployments.operator.shapes import ReadyOut


@dataclass(frozen=True)
class State:
    """What a replica answers with."""

    release: str
    catalogue_revision: int
    """Of the newest change of the catalogue that it has."""
    refused: str | None
    """Why the release that was to be taken over last was not."""
    stages_answer: Callable[[], Awaitable[None]]
    """Raises Unavailable where they do not."""


class OperatorDesk:
    """Lives as long as the replica."""

    def __init__(self, state: Callable[[], State], store_answers: Callable[[], None]) -> None:
        """
        Args:
            store_answers: raises Unavailable where it does not.
        """
        self._state, self._store_answers = state, store_answers

    async def ready(self, *, details: bool) -> ReadyOut:
        """The store and every stage answer. Raises Unavailable."""
        state = self._state()
        await asyncio.to_thread(self._store_answers)
        await state.stages_answer()
        if not details:
            return ReadyOut(release=state.release)
        return ReadyOut(release=state.release, catalogue_revision=state.catalogue_revision, refused=state.refused)
