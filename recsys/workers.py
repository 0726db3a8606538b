"""A few threads that compute, so that an event loop stays free to watch the time and to answer others.

What computes without an `await` cannot be interrupted, so on the loop itself no deadline would hold. A thread cannot be
interrupted either, but its result can be given up: the thread is busy until it ends, and everybody else goes on.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Any, NamedTuple
from weakref import finalize

from recsys.errors import Unavailable

log = logging.getLogger(__name__)

TURN_S = 0.001
"""How long one thread computes in Python while another one wants to."""


class _Task(NamedTuple):
    """One call, and the future of the loop that waits for it."""

    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    function: Callable[..., Any]
    arguments: tuple[Any, ...]


Todo = SimpleQueue[_Task | None]
Running = list[_Task | None]


class Workers:
    """Threads of one process, at most so many, however many results were given up.

    A hand-over costs about 20 us of CPU more than a call under `asyncio.wait_for` (an executor's costs 80).
    """

    def __init__(self, num_threads: int) -> None:
        """The threads end when nobody holds this any more.

        Threads of this process then take turns every millisecond instead of five: the loop asks for its turn a dozen
        times while it replaces a stage that is still computing.
        """
        sys.setswitchinterval(min(sys.getswitchinterval(), TURN_S))
        self._todo: Todo = SimpleQueue()
        self._running: Running = [None] * num_threads
        for place in range(num_threads):
            Thread(target=_work, args=(self._todo, self._running, place), name="stages", daemon=True).start()
        finalize(self, _end, self._todo, num_threads)

    def run(self, function: Callable[..., Any], *arguments: Any) -> asyncio.Future[Any]:
        """The result of a call in one of the threads; cancelling gives it up. Call it from an event loop.

        Raises Unavailable at once where every thread still computes what was given up: to wait would help nobody.
        """
        if self.num_given_up == len(self._running):
            raise Unavailable("stages", "a free thread", f"{len(self._running)} late ones", "Ask again.")
        loop = asyncio.get_running_loop()
        task = _Task(loop, loop.create_future(), function, arguments)
        self._todo.put(task)
        return task.future

    @property
    def num_given_up(self) -> int:
        """Threads that compute what nobody waits for any more."""
        return sum(task is not None and task.future.cancelled() for task in self._running)


def _work(todo: Todo, running: Running, place: int) -> None:
    while (task := todo.get()) is not None:
        if task.future.cancelled():  # given up before it began
            continue
        running[place] = task
        error, result = None, None
        try:
            result = task.function(*task.arguments)
        except Exception as raised:
            error = raised
        running[place] = None
        try:
            task.loop.call_soon_threadsafe(_answer, task.future, result, error)
        except RuntimeError:  # its loop has ended
            log.debug("nobody waits for %s any more", task.function)
        del task, result, error  # a waiting thread holds nothing


def _answer(future: asyncio.Future[Any], result: Any, error: Exception | None) -> None:
    if future.done():  # given up
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


def _end(todo: Todo, num_threads: int) -> None:
    for _ in range(num_threads):
        todo.put(None)
