"""What a request asks of the stages, round by round, and what stands in for those that do not answer.

The rounds of a request know no thread and no call: who goes through them makes the calls. Here each is awaited, as in
the graph; in one process a thread computes them (`walk.py`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

log = logging.getLogger(__name__)
T = TypeVar("T")


class Ask(NamedTuple):
    """One question to a stage."""

    stage: str
    call: Callable[[], Any]
    """Its answer, or an awaitable of it: whoever goes through the rounds knows which."""
    deadline_ms: float | None
    """From the beginning of its round on. None waits for ever."""
    instead: Callable[[], Any]
    """What stands in where it fails or is late."""


Rounds = Generator[tuple[Ask, ...], tuple[Any, ...], T]
"""Yields what is asked at the same time, at least one, gets the answers in this order, and returns what they make."""


@dataclass
class Passage:
    """Time and trouble of one request. Threads may write at the same time, each of a stage of its own."""

    stage_ms: dict[str, float] = field(default_factory=dict)
    degraded: list[str] = field(default_factory=list)

    def compute(self, stage: str, call: Callable[[], T], instead: Callable[[], T]) -> T:
        """The answer of what is computed here, at once, or `instead` where it fails."""
        with self.timed(stage):
            try:
                return call()
            except Exception as error:
                return self.replaced(stage, error, instead)

    def replaced(self, stage: str, error: Exception, instead: Callable[[], T]) -> T:
        """What stands in for a stage that did not answer."""
        log.warning("%s did not answer: %s: %s", stage, type(error).__name__, error)
        self.degraded.append(stage)
        return instead()

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.stage_ms[stage] = 1000.0 * (time.perf_counter() - started)


async def await_each(rounds: Rounds[T], passage: Passage) -> T:
    """What the rounds return, where each call is an awaitable."""
    try:
        asks = next(rounds)
        while True:
            if len(asks) == 1:
                asks = rounds.send((await _awaited(asks[0], passage),))
            else:
                asks = rounds.send(tuple(await asyncio.gather(*(_awaited(ask, passage) for ask in asks))))
    except StopIteration as end:
        result: T = end.value
        return result


async def _awaited(ask: Ask, passage: Passage) -> Any:
    with passage.timed(ask.stage):
        try:
            async with asyncio.timeout(None if ask.deadline_ms is None else ask.deadline_ms / 1000.0):
                return await ask.call()
        except Exception as error:  # a stage may fail in any way: the shopper still gets a page
            return passage.replaced(ask.stage, error, ask.instead)
