"""One request through its stages on one thread: handed over once, while the event loop watches the time.

A hand-over costs as much as a light stage (benchmarks/LOG.md), so the thread that has an answer goes on with what is
asked next. Only where something is slow do others take part: what else its round asks goes to another thread, and what
misses its deadline is replaced on the loop, whereupon another thread goes on.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from threading import Lock
from typing import Any, Generic, TypeVar

from recsys.errors import Unavailable
from recsys.rounds import Ask, Passage, Rounds
from recsys.workers import ALONE_S, Errand, Workers, tell

T = TypeVar("T")


async def walk(workers: Workers, rounds: Rounds[T], passage: Passage) -> T:
    """What the rounds return, where each call computes its answer."""
    going = _Walk(workers, rounds, passage)
    going.begin()
    try:
        return await going.future
    finally:
        going.end()


class _Question:
    """An errand of a walk: one ask. Its answer is a stage's or what stands in, whichever is there first."""

    def __init__(self, walk: _Walk[Any], ask: Ask, until_s: float) -> None:
        self._walk, self.ask, self.until_s = walk, ask, until_s
        self.answer: Any = None
        self.is_settled = self.is_computed = False

    @property
    def given_up(self) -> bool:
        return (self.is_settled and not self.is_computed) or self._walk.future.cancelled()

    def compute(self) -> Errand | None:
        return self._walk.compute(self)


class _GoOn:
    """An errand of a walk whose round ended on the loop: the next one."""

    def __init__(self, walk: _Walk[Any]) -> None:
        self._walk = walk

    @property
    def given_up(self) -> bool:
        return self._walk.future.cancelled()

    def compute(self) -> Errand | None:
        return self._walk.go_on()


class _Round:
    """What is asked at the same time."""

    def __init__(self, walk: _Walk[Any], asks: tuple[Ask, ...]) -> None:
        self.started_s = time.perf_counter()
        self.questions = tuple(_Question(walk, ask, self.started_s + _seconds(ask.deadline_ms)) for ask in asks)
        self.waiting = deque(self.questions)
        """Those that nobody was sent for."""
        self.num_open = len(asks)

    def take(self) -> _Question | None:
        """One that nobody was sent for."""
        return self.waiting.popleft() if self.waiting else None


class _Walk(Generic[T]):
    """One request on its way. What threads and the loop both touch goes under a lock."""

    def __init__(self, workers: Workers, rounds: Rounds[T], passage: Passage) -> None:
        self._workers, self._rounds, self._passage = workers, rounds, passage
        self._loop = asyncio.get_running_loop()
        self.future: asyncio.Future[T] = self._loop.create_future()
        self._lock = Lock()
        self._round = _Round(self, next(rounds))

    def begin(self) -> None:
        """Send a thread."""
        self._watch()
        self._send(self._round.take())

    def end(self) -> None:
        """Watch no more."""
        self._timer.cancel()

    def compute(self, question: _Question) -> Errand | None:
        """Answer it, in a thread. Returns what the thread goes on with."""
        try:
            answer = question.ask.call()
        except Exception as error:  # a stage may fail in any way: the shopper still gets a page
            question.is_computed = True
            return self._stand_in(question, error)
        question.is_computed = True
        return self._answer(question, answer) if self._settles(question) else None

    def go_on(self) -> Errand | None:
        """Ask the next round. Returns the first of it."""
        answers = tuple(question.answer for question in self._round.questions)
        # Questions know their walk: kept by it, they would wait for the garbage collector.
        self._round = _Round(self, ())
        try:
            self._round = _Round(self, self._rounds.send(answers))
        except StopIteration as end:
            tell(self._loop, self.future, end.value)
        except Exception as error:
            tell(self._loop, self.future, error=error)
        else:
            return self._round.take()
        return None

    def _stand_in(self, question: _Question, error: Exception) -> Errand | None:
        """Let another answer stand for a stage's. Returns what to go on with."""
        if not self._settles(question):
            return None
        ask = question.ask
        try:
            return self._answer(question, self._passage.replaced(ask.stage, error, ask.instead))
        except Exception as failed:
            tell(self._loop, self.future, error=failed)
            return None

    def _settles(self, question: _Question) -> bool:
        """Whether nobody else answered it before."""
        with self._lock:
            first, question.is_settled = not question.is_settled, True
            return first

    def _answer(self, question: _Question, answer: Any) -> Errand | None:
        """Keep an answer. Returns what to go on with; None where others of the round are still under way."""
        going = self._round
        with self._lock:
            question.answer = answer
            self._passage.stage_ms[question.ask.stage] = 1000.0 * (time.perf_counter() - going.started_s)
            going.num_open -= 1
            if going.num_open:
                return going.take()
        return _GoOn(self)

    def _watch(self) -> None:
        """Look again when something is late; after `ALONE_S` at the latest, for a thread may ask another round."""
        now = time.perf_counter()
        next_s = min((one.until_s - now for one in self._round.questions if not one.is_settled), default=ALONE_S)
        self._timer = self._loop.call_later(max(0.0, min(next_s, ALONE_S)), self._look)

    def _look(self) -> None:
        """On the loop: replace what is late, and send more threads to what waits."""
        now, going = time.perf_counter(), self._round
        for question in going.questions:
            if question.until_s <= now and not question.is_settled:
                self._send(self._stand_in(question, TimeoutError(f"not within {question.ask.deadline_ms:g} ms")))
        with self._lock:
            waiting = going.take()
        self._send(waiting)
        self._workers.hurry()
        self._watch()

    def _send(self, errand: Errand | None) -> None:
        """Send a thread on an errand, from the loop. Where none is free, nothing that is asked will be answered."""
        if errand is None or errand.given_up:
            return
        try:
            self._workers.enter(errand)
        except Unavailable as error:
            if isinstance(errand, _GoOn):
                self._send(self.go_on())
                return
            for question in self._round.questions:
                self._send(self._stand_in(question, error))


def _seconds(deadline_ms: float | None) -> float:
    return float("inf") if deadline_ms is None else deadline_ms / 1000.0
