"""A stage that computes too long, in a shop that holds all stages itself: the page comes, and others are answered."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from deployments.config import AppConfig
from deployments.front import http_api
from deployments.gateway import Gateway
from recsys.recall.stage import Recall
from recsys.slate import Candidates, Query
from tests.keys import keys_of

pytestmark = pytest.mark.ray
LATE_S, DEADLINE_MS = 1.5, 300.0
TRIES = 3
"""The quickest counts: what else a machine does only adds to a time."""


@pytest.fixture
def late(small_shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """Recall computes in Python, without a pause, far over its deadline."""
    candidates = Recall.candidates

    def slowly(self: Recall, query: Query) -> Candidates:
        until = time.perf_counter() + LATE_S
        while time.perf_counter() < until:
            pass
        return candidates(self, query)

    funnel = {"recall_deadline_ms": DEADLINE_MS, "ads_deadline_ms": 5000.0, "ranking_deadline_ms": 5000.0}
    store = f"sqlite:///{tmp_path / 'store.sqlite'}"
    monkeypatch.setattr(Recall, "candidates", slowly)
    settings = {"workspace": str(small_shop), "topology": "fused", "store_url": store, "funnel": funnel}
    return Gateway(AppConfig.parse(settings))


async def test_the_page_is_replaced_in_time_and_healthz_answers_meanwhile(late: Gateway) -> None:
    transport = httpx.ASGITransport(http_api(lambda: late), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", auth=keys_of(late)) as client:
        tries = [await page_and_lives(client) for _ in range(TRIES)]
    await late.shop.sink.close()
    for page, _, lives in tries:
        assert page["degraded"] == ["recall"] and len(page["items"]) == 5
        assert lives, "asked while the page was on its way"
    assert min(took for _, took, _ in tries) < LATE_S, "the page did not wait for the stage"
    assert min(max(lives) for _, _, lives in tries) < DEADLINE_MS / 1000


async def page_and_lives(client: httpx.AsyncClient) -> tuple[dict[str, Any], float, list[float]]:
    """A page, its seconds, and those of each answer of /healthz until it came."""
    started, lives = time.perf_counter(), list[float]()
    asking = asyncio.create_task(client.post("/v1/recommend", json={"size": 5}))
    while not asking.done():
        before = time.perf_counter()
        assert (await client.get("/healthz")).status_code == 200
        lives.append(time.perf_counter() - before)
        await asyncio.sleep(0.02)
    page = (await asking).json()
    took = time.perf_counter() - started
    await asyncio.sleep(LATE_S)  # the thread is free again
    return page, took, lives
