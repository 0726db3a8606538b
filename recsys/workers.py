"""A few threads that compute, so that an event loop stays free to watch the time and to answer others.

What computes without an `await` cannot be interrupted, so on the loop itself no deadline would hold. A thread cannot be
interrupted either, but its result can be given up: the thread is busy until it ends, and everybody else goes on.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, NamedTuple, Protocol
from weakref import finalize

from recsys.errors import Unavailable

log = logging.getLogger(__name__)

TURN_S = 0.001
"""How long one thread computes in Python while another one wants to."""
ALONE_S = 0.02
"""How long one thread computes alone before another one begins what waits.

Threads of one interpreter that compute at the same time mostly wait for each other, and pay for it: .8 ms of CPU a
request where recall and ads did (benchmarks/LOG.md). A stage takes 2 ms; what is slow holds up nobody for longer.
"""


class Errand(Protocol):
    """Something that a thread computes."""

    @property
    def given_up(self) -> bool:
        """Whether nobody waits for it any more. A thread that is at it is busy all the same."""

    def compute(self) -> Errand | None:
        """Compute it, and raise nothing. Returns what the same thread computes next."""


class _Call(NamedTuple):
    """An errand: one call, and the future of the loop that waits for it."""

    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    function: Callable[..., Any]
    arguments: tuple[Any, ...]

    @property
    def given_up(self) -> bool:
        return self.future.cancelled()

    def compute(self) -> None:
        try:
            result = self.function(*self.arguments)
        except Exception as error:
            tell(self.loop, self.future, error=error)
        else:
            tell(self.loop, self.future, result)


class _Line:
    """What waits, in order, and who computes."""

    def __init__(self, num_threads: int) -> None:
        self.waiting: deque[Errand] = deque()
        self.running: list[Errand | None] = [None] * num_threads
        self.calls: SimpleQueue[bool] = SimpleQueue()
        """True sends a thread to the line, False sends it home."""
        self.num_awake = 0
        """Threads that will look at the line before they rest."""
        self.lock = Lock()

    def join(self, errand: Errand) -> bool:
        """Whether a thread was called; else one that is at work takes the errand afterwards."""
        with self.lock:
            self.waiting.append(errand)
            if self.num_awake:
                return False
            self.num_awake = 1
        self.calls.put(True)
        return True

    def hurry(self) -> None:
        """One thread more, where something waits."""
        with self.lock:
            if not self.waiting or self.num_awake == len(self.running):
                return
            self.num_awake += 1
        self.calls.put(True)

    def next(self) -> Errand | None:
        """The first that waits; with None a thread may rest."""
        with self.lock:
            if self.waiting:
                return self.waiting.popleft()
            self.num_awake -= 1
            return None


class Workers:
    """Threads of one process, at most so many, however many results were given up."""

    def __init__(self, num_threads: int) -> None:
        """The threads end when nobody holds this any more.

        Threads of this process then take turns every millisecond instead of five: the loop asks for its turn a dozen
        times while it replaces a stage that is still computing.
        """
        sys.setswitchinterval(min(sys.getswitchinterval(), TURN_S))
        self._line = _Line(num_threads)
        for place in range(num_threads):
            Thread(target=_work, args=(self._line, place), name="stages", daemon=True).start()
        finalize(self, _end, self._line)

    def run(self, function: Callable[..., Any], *arguments: Any) -> asyncio.Future[Any]:
        """The result of a call in one of the threads; cancelling gives it up. Call it from an event loop.

        Raises Unavailable as `enter` does.
        """
        loop = asyncio.get_running_loop()
        call = _Call(loop, loop.create_future(), function, arguments)
        if not self.enter(call):
            loop.call_later(ALONE_S, self.hurry)
        return call.future

    def enter(self, errand: Errand) -> bool:
        """Have a thread compute it: whether one begins at once. Otherwise call `hurry` after `ALONE_S`.

        Raises Unavailable at once where every thread still computes what was given up: to wait would help nobody.
        """
        running = self._line.running
        if self.num_given_up == len(running):
            raise Unavailable("stages", "a free thread", f"{len(running)} late ones", "Ask again.")
        return self._line.join(errand)

    def hurry(self) -> None:
        """Have one thread more begin, where something waits."""
        self._line.hurry()

    @property
    def num_given_up(self) -> int:
        """Threads that compute what nobody waits for any more."""
        return sum(errand is not None and errand.given_up for errand in self._line.running)


def tell(
    loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any], result: Any = None, error: Exception | None = None
) -> None:
    """Answer the future of a loop, from any thread; one that was given up stays so."""
    try:
        loop.call_soon_threadsafe(_answer, future, result, error)
    except RuntimeError:  # its loop has ended
        log.debug("nobody waits for an answer any more")


def _answer(future: asyncio.Future[Any], result: Any, error: Exception | None) -> None:
    if future.done():  # given up
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


def _work(line: _Line, place: int) -> None:
    while line.calls.get():
        while (errand := line.next()) is not None:
            while errand is not None and not errand.given_up:
                line.running[place] = errand
                errand = errand.compute()
            line.running[place] = errand = None  # a waiting thread holds nothing


def _end(line: _Line) -> None:
    for _ in line.running:
        line.calls.put(False)
