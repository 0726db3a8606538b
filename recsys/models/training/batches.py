"""Batches of pass after pass over the same data, which say where they stand and go on from there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

import numpy as np

E = TypeVar("E")
B = TypeVar("B")


class Batches(Generic[E, B]):
    """One iteration is one pass, or the rest of the one that was begun.

    Args:
        plan: what a pass consists of, one entry a batch, drawn anew for each pass; their number is always the same.
        batch: makes a batch of an entry; it may draw too.
        seed: of both.
    """

    def __init__(
        self,
        plan: Callable[[np.random.Generator], Sequence[E]],
        batch: Callable[[E, np.random.Generator], B],
        *,
        seed: int,
    ) -> None:
        self._plan, self._batch = plan, batch
        self._rng = np.random.default_rng(seed)
        self._begin = self._rng.bit_generator.state
        self._given = 0

    def __len__(self) -> int:
        """Batches of a pass."""
        return len(self._plan(np.random.default_rng(0)))

    def __iter__(self) -> Iterator[B]:
        now = self._rng.bit_generator.state
        self._rng.bit_generator.state = self._begin
        entries = self._plan(self._rng)
        if self._given:
            self._rng.bit_generator.state = now
        for entry in entries[self._given :]:
            batch = self._batch(entry, self._rng)
            self._given += 1
            yield batch
        self._begin, self._given = self._rng.bit_generator.state, 0

    def state(self) -> dict[str, Any]:
        """Where they stand, as plain values: the draws at the beginning of this pass, those of now, batches given."""
        return {"begin": self._begin, "now": self._rng.bit_generator.state, "given": self._given}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Stand where `state` was taken."""
        self._begin, self._given = dict(state["begin"]), int(state["given"])
        self._rng.bit_generator.state = dict(state["now"])
