"""Bodies under way: the slow give way, the quick do not, and nobody keeps a place that is not theirs."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.types import Message, Receive

from deployments.entrance import bodies as module
from deployments.entrance.bodies import Bodies, NoRoom, TooLarge, TooSlow

BOUNDS: dict[str, Any] = {"most_bytes": 1000, "within_s": 5.0, "most": 4, "most_of_address": 2}


def crawling(every_s: float = 0.01, piece: bytes = b"x") -> Receive:
    """Never ends."""

    async def receive() -> Message:
        await asyncio.sleep(every_s)
        return {"type": "http.request", "body": piece, "more_body": True}

    return receive


def at_once(body: bytes = b"{}") -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FRESH_S", 0.1)


async def test_a_body_comes_whole_or_not_at_all() -> None:
    bodies = Bodies()
    assert await bodies.read(at_once(b"whole"), None, **BOUNDS) == b"whole"
    with pytest.raises(TooLarge):
        await bodies.read(at_once(b"x" * 1001), None, **BOUNDS)
    with pytest.raises(TooSlow):
        await bodies.read(crawling(), None, **{**BOUNDS, "within_s": 0.05})
    assert not bodies._read


async def test_the_slowest_gives_way_and_the_quicker_go_on() -> None:
    bodies = Bodies()
    rates = [40, 1, 30, 20]
    reads = [
        asyncio.create_task(bodies.read(crawling(piece=b"x" * n), None, **{**BOUNDS, "most_bytes": 10**6}))
        for n in rates
    ]
    await asyncio.sleep(0.2)
    assert await bodies.read(at_once(), None, **BOUNDS) == b"{}"
    await asyncio.sleep(0.02)
    assert [task.done() for task in reads] == [False, True, False, False]
    with pytest.raises(TooSlow):
        await reads[1]
    for task in reads:
        task.cancel()


async def test_where_all_are_fresh_the_newcomer_waits_outside() -> None:
    bodies = Bodies()
    reads = [asyncio.create_task(bodies.read(crawling(), None, **BOUNDS)) for _ in range(4)]
    await asyncio.sleep(0.02)
    with pytest.raises(NoRoom):
        await bodies.read(at_once(), None, **BOUNDS)
    assert not any(task.done() for task in reads)
    for task in reads:
        task.cancel()


async def test_an_address_crowds_out_itself_only() -> None:
    bodies = Bodies()
    other = asyncio.create_task(bodies.read(crawling(), "192.0.2.9", **{**BOUNDS, "most": 100}))
    mine = [asyncio.create_task(bodies.read(crawling(), "192.0.2.1", **{**BOUNDS, "most": 100})) for _ in range(2)]
    await asyncio.sleep(0.2)
    assert await bodies.read(at_once(), "192.0.2.1", **{**BOUNDS, "most": 100}) == b"{}"
    await asyncio.sleep(0.02)
    assert not other.done() and sum(task.done() for task in mine) == 1
    for task in (other, *mine):
        task.cancel()
