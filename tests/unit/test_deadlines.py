"""Deadlines hold also where a stage computes without a pause: its fallback answers, and nobody else pays for it."""

from __future__ import annotations

import asyncio
import hashlib
import threading
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from recsys.funnel import Funnel, FunnelConfig, Stages
from recsys.recall.fallback import Fallback
from recsys.slate import AdOffers, Asked, Candidates, Contenders, Person, Query, Ranked, Slate
from recsys.walk import walk
from recsys.workers import Workers
from tests.shelf import catalogue_of, row

NUM = 8
CATALOGUE = catalogue_of([row() for _ in range(NUM)])
FALLBACK = Fallback("r", CATALOGUE, np.ones(NUM, np.float32))
LATE_S, IN_TIME_MS = 0.6, 350.0
TRIES = 3
"""The quickest counts: what else a machine does only adds to a time."""
TO_DIGEST = bytes(16_000_000)


def compute_in_python(seconds: float) -> None:
    until, count = time.perf_counter() + seconds, 0
    while time.perf_counter() < until:
        count += 1


def compute_in_c(seconds: float) -> None:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        hashlib.sha256(TO_DIGEST)


Computation = Callable[[float], None]


def a_funnel(late: str, compute: Computation, workers: Workers) -> Funnel:
    """Stages here; the named one computes for 600 ms first."""

    def candidates(query: Query) -> Candidates:
        if late == "recall":
            compute(LATE_S)
        return FALLBACK.candidates(query)

    def offers(_: Query) -> AdOffers:
        if late == "ads":
            compute(LATE_S)
        return AdOffers("r", np.array([5], np.int32), ("c",), np.array([9]), np.ones(1, np.float32))

    def rank(_: Asked, __: Person, contenders: Contenders) -> Ranked:
        if late == "ranking":
            compute(LATE_S)
        half = np.full(len(contenders.index), 0.5, np.float32)
        return Ranked("r", np.nan_to_num(contenders.fused), half, half)

    stages = Stages(candidates, offers, rank, lambda *_: (), partial(walk, workers))
    return Funnel(stages, CATALOGUE, FALLBACK, "r", FunnelConfig())


async def answer_and_watch(funnel: Funnel) -> tuple[Slate, float, float]:
    """A slate, the milliseconds it took, and the longest time in which the loop answered nobody."""
    gaps, ended = [0.0], asyncio.Event()

    async def watch() -> None:
        while not ended.is_set():
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            gaps.append(1000.0 * (time.perf_counter() - before))

    watching = asyncio.create_task(watch())
    started = time.perf_counter()
    slate = await funnel.answer(Query(Asked("home", 5)))
    ms = 1000.0 * (time.perf_counter() - started)
    ended.set()
    await watching
    return slate, ms, max(gaps)


@pytest.mark.parametrize("compute", [compute_in_python, compute_in_c])
@pytest.mark.parametrize("late", ["recall", "ads", "ranking"])
def test_a_stage_that_computes_too_long_is_replaced_in_time_and_alone(late: str, compute: Computation) -> None:
    tries = [asyncio.run(answer_and_watch(a_funnel(late, compute, Workers(4)))) for _ in range(TRIES)]
    slate, ms, gap = min(tries, key=lambda one: one[1])
    assert slate.degraded == (late,), "the others were in time"
    assert len(slate.items) == 5
    assert ms < IN_TIME_MS
    assert gap < 200.0, "the loop goes on answering others"


def test_late_stages_keep_no_more_threads_than_there_are() -> None:
    workers, ended, began = Workers(2), threading.Event(), []

    def compute(seconds: float) -> None:
        began.append(seconds)
        ended.wait(30.0)

    async def ask() -> list[tuple[Slate, float]]:
        funnel = a_funnel("recall", compute, workers)
        found = []
        for _ in range(4):
            started = time.perf_counter()
            found.append((await funnel.answer(Query(Asked("home", 5))), time.perf_counter() - started))
        return found

    answers = asyncio.run(ask())
    ended.set()
    assert all("recall" in slate.degraded and len(slate.items) == 5 for slate, _ in answers)
    assert len(began) == 2, "two keep their threads, the others do not begin"
    assert all(seconds > 0.2 for _, seconds in answers[:2]) and all(seconds < 0.2 for _, seconds in answers[2:]), (
        "where no thread is free the fallback answers at once"
    )


def test_a_thread_comes_back_when_what_it_computed_ends() -> None:
    workers = Workers(1)

    async def ask() -> Slate:
        await a_funnel("recall", compute_in_c, workers).answer(Query(Asked("home", 5)))
        while workers.num_given_up:
            await asyncio.sleep(0.01)
        return await a_funnel("nobody", compute_in_c, workers).answer(Query(Asked("home", 5)))

    assert asyncio.run(ask()).degraded == ()


def test_what_a_stage_raises_reaches_its_caller_and_the_thread_lives() -> None:
    workers = Workers(1)

    async def ask() -> int:
        with pytest.raises(ValueError, match="broken"):
            await workers.run(_break)
        return int(await workers.run(int, "7"))

    assert asyncio.run(ask()) == 7


def _break() -> None:
    raise ValueError("broken")


def test_what_is_quick_is_computed_by_one_thread_after_the_other() -> None:
    """Two that compute at a time would mostly wait for each other."""
    workers, at_once, most = Workers(4), [0], [0]

    def quick() -> None:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        time.sleep(0.001)  # without the interpreter's lock, as numpy does
        at_once[0] -= 1

    async def ask() -> None:
        await asyncio.gather(*(workers.run(quick) for _ in range(5)))

    for _ in range(TRIES):  # where a machine stands still for 20 ms, another thread may come
        most[0] = 0
        asyncio.run(ask())
        if most[0] == 1:
            break
    assert most[0] == 1


def test_what_is_slow_holds_up_nobody_for_long() -> None:
    workers, go_on = Workers(3), threading.Event()

    async def ask() -> tuple[int, float]:
        slow = [workers.run(go_on.wait, 30) for _ in range(2)]
        started = time.perf_counter()
        found = await asyncio.wait_for(workers.run(int, "7"), 10)
        took = time.perf_counter() - started
        go_on.set()
        assert await asyncio.gather(*slow) == [True, True]
        return int(found), took

    found, took = asyncio.run(ask())
    assert found == 7 and took < 5, "before the slow ones end"
