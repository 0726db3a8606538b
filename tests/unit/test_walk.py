"""A request's rounds on a thread: handed over once, and all the same answered where something is slow or broken."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from recsys.errors import Unavailable
from recsys.rounds import Ask, Passage, Rounds, await_each
from recsys.walk import walk
from recsys.workers import Workers

Call = Callable[[], Any]
TRIES = 3
"""Where a machine stands still for 20 ms, another thread may come."""


def asking(stage: str, call: Call, deadline_ms: float | None = None, instead: Call = lambda: "instead") -> Ask:
    return Ask(stage, call, deadline_ms, instead)


def after(seconds: float, answer: Any) -> Any:
    time.sleep(seconds)
    return answer


def telling(event: threading.Event, answer: Any = None) -> Any:
    event.set()
    return answer


def two_rounds(*first: Ask, then: Ask | None = None) -> Rounds[Any]:
    """What all of them answered."""
    answers = yield first
    return answers if then is None else (*answers, *(yield (then,)))


def walked(rounds: Rounds[Any], workers: Workers | None = None) -> tuple[Any, Passage]:
    passage = Passage()
    return asyncio.run(asyncio.wait_for(walk(workers or Workers(2), rounds, passage), 20)), passage


def test_what_is_quick_is_asked_by_one_thread_in_order() -> None:
    def asked() -> list[tuple[str, int]]:
        seen: list[tuple[str, int]] = []
        asks = [asking(name, partial(lambda name: seen.append((name, threading.get_ident())), name)) for name in "abc"]
        walked(two_rounds(*asks[:2], then=asks[2]))
        return seen

    tries = [asked() for _ in range(TRIES)]
    assert all([name for name, _ in seen] == ["a", "b", "c"] for seen in tries)
    threads = min(({thread for _, thread in seen} for seen in tries), key=len)
    assert len(threads) == 1 and threads != {threading.get_ident()}


def test_what_waits_behind_a_slow_stage_is_asked_by_another_thread() -> None:
    go_on = threading.Event()
    slow, quick = asking("slow", lambda: go_on.wait(10)), asking("quick", lambda: telling(go_on, "quick"))
    assert walked(two_rounds(slow, quick))[0] == (True, "quick")


def test_the_last_answer_of_a_round_goes_on_whoever_has_it() -> None:
    slow, quick = asking("slow", lambda: after(0.1, "slow")), asking("quick", lambda: "quick")
    for first in (slow, quick), (quick, slow):
        answers, passage = walked(two_rounds(*first, then=asking("then", lambda: "then")))
        assert answers == (*(ask.stage for ask in first), "then") and passage.degraded == []
        assert passage.stage_ms["slow"] >= 100.0


def test_a_late_stage_is_replaced_in_either_round() -> None:
    for rounds in (
        two_rounds(asking("late", lambda: time.sleep(0.4), 50), then=asking("then", lambda: "then")),
        two_rounds(asking("first", lambda: "first"), then=asking("late", lambda: time.sleep(0.4), 5)),
    ):
        started = time.perf_counter()
        answers, passage = walked(rounds)
        assert "instead" in answers and passage.degraded == ["late"]
        assert time.perf_counter() - started < 0.35


def test_a_stage_that_fails_is_replaced() -> None:
    answers, passage = walked(two_rounds(asking("broken", lambda: 1 // 0), asking("whole", lambda: "whole")))
    assert answers == ("instead", "whole") and passage.degraded == ["broken"]


def test_what_is_wrong_with_the_rounds_or_a_stand_in_is_said() -> None:
    def rounds() -> Rounds[Any]:
        yield (asking("a", lambda: "a"),)
        raise LookupError("between rounds")

    with pytest.raises(LookupError, match="between rounds"):
        walked(rounds())
    with pytest.raises(ZeroDivisionError):
        walked(two_rounds(asking("broken", lambda: 1 // 0, instead=lambda: 1 // 0)))
    with pytest.raises(ZeroDivisionError):
        walked(two_rounds(asking("late", lambda: time.sleep(0.2), 10, instead=lambda: 1 // 0)))


def test_a_walk_that_nobody_waits_for_ends_after_the_stage_it_is_in() -> None:
    workers, begun, go_on, after = Workers(1), threading.Event(), threading.Event(), threading.Event()

    async def leave() -> int:
        slow = asking("slow", lambda: telling(begun) or go_on.wait(10))
        going = asyncio.create_task(walk(workers, two_rounds(slow, then=asking("after", after.set)), Passage()))
        await asyncio.to_thread(begun.wait, 10)
        going.cancel()
        await asyncio.gather(going, return_exceptions=True)
        given_up = workers.num_given_up
        go_on.set()
        while workers.num_given_up:
            await asyncio.sleep(0.01)
        return given_up

    assert asyncio.run(leave()) == 1
    assert walked(two_rounds(asking("next", lambda: "next")), workers)[0] == ("next",), "the thread is free again"
    assert not after.is_set()


def test_where_no_thread_is_free_everything_is_replaced_at_once() -> None:
    workers, go_on = Workers(1), threading.Event()

    async def ask() -> tuple[Any, Passage]:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(workers.run(go_on.wait, 10), 0.05)
        with pytest.raises(Unavailable):
            workers.run(int)
        passage, started = Passage(), time.perf_counter()
        asks = [asking(name, lambda: "never") for name in "abc"]
        answers = await walk(workers, two_rounds(*asks[:2], then=asks[2]), passage)
        assert time.perf_counter() - started < 5
        return answers, passage

    answers, passage = asyncio.run(ask())
    go_on.set()
    assert answers == ("instead",) * 3 and passage.degraded == ["a", "b", "c"]


def test_a_walk_leaves_nothing_to_the_garbage_collector() -> None:
    class Answer:
        pass

    kept = list[weakref.ref[Answer]]()

    def answer() -> Answer:
        made = Answer()
        kept.append(weakref.ref(made))
        return made

    gc.disable()
    try:
        workers = Workers(1)
        walked(two_rounds(asking("a", answer), then=asking("b", answer)), workers)
        walked(two_rounds(asking("next", lambda: "next")), workers)  # the thread has gone on
        assert [ref() for ref in kept] == [None, None]
    finally:
        gc.enable()


def test_awaited_or_walked_the_answers_are_the_same() -> None:
    async def later(name: str) -> str:
        await asyncio.sleep(0.001)
        return name

    def rounds(*, awaited: bool) -> Rounds[Any]:
        def call(name: str) -> Call:
            return (lambda: later(name)) if awaited else (lambda: name)

        return two_rounds(asking("a", call("a")), asking("b", call("b")), then=asking("c", call("c")))

    assert (
        asyncio.run(await_each(rounds(awaited=True), Passage())) == walked(rounds(awaited=False))[0] == ("a", "b", "c")
    )
