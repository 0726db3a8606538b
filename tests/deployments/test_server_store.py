"""A shop whose store is a PostgreSQL server: what may wait, waits no longer than it may."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from deployments.config import AppConfig
from deployments.gateway import Gateway
from deployments.replicas.stages import open_store
from recsys.ads.tokens import Claim, sign
from recsys.stores.database import open_database, reading, writing
from recsys.stores.keys import signing_key
from tests.campaigns import advertise
from tests.pace import in_time
from tests.postgresql import Server
from tests.serving import doors_of

pytestmark = pytest.mark.ray
DEADLINE_S = 0.5
OTHERS = sa.text(
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_type = 'client backend'"
)


@pytest.fixture
def url(postgresql: Server) -> str:
    return postgresql.new_database()


@pytest.fixture
def gateway(small_shop: Path, url: str) -> Gateway:
    return served(small_shop, url, DEADLINE_S)


@pytest.fixture
def patient(small_shop: Path, url: str) -> Gateway:
    """It waits as long as a machine that is busy with other tests may need."""
    return served(small_shop, url, 4.5)


def served(small_shop: Path, url: str, deadline_s: float) -> Gateway:
    config = {"workspace": str(small_shop), "topology": "fused", "store_url": url, "store_deadline_s": deadline_s}
    advertise(small_shop, url)
    return Gateway(AppConfig.parse(config))


@pytest.fixture
async def shop(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    async with doors_of(gateway) as client:
        yield client


def a_click(gateway: Gateway, number: int, campaign_id: str) -> dict[str, object]:
    """A sponsored click of one micro."""
    item = gateway.shop.catalogue.item_ids[0]
    token = sign(Claim(f"s{number}", item, campaign_id, 1), signing_key(open_store(gateway.config)))
    return {
        "event_id": f"e{number}",
        "user_id": "u",
        "kind": "click",
        "item_id": item,
        "slate_id": f"s{number}",
        "ad_token": token,
    }


async def test_clicks_are_kept_and_charged_once_also_when_all_come_at_once(patient: Gateway) -> None:
    ledger = patient.ledger
    first, second = sorted(ledger.remaining())[:2]
    clicks = [a_click(patient, number, (first, second)[number % 2]) for number in range(30)]
    batches = [clicks[start:] + clicks[:start] for start in range(0, 30, 3)]
    async with doors_of(patient) as shop:
        answers = await asyncio.gather(*(shop.post("/v1/events", json={"events": batch}) for batch in batches))
        assert [answer.status_code for answer in answers] == [200] * 10
        page = (await shop.post("/v1/recommend", json={"user_id": "u", "size": 3})).json()
    assert sum(answer.json()["accepted"] for answer in answers) == 30
    assert {name: micros for name, micros in ledger.spent().items() if micros} == {first: 15, second: 15}
    assert len(page["items"]) == 3 and page["degraded"] == []
    assert patient.store.read_events().num_rows == 33


async def test_a_locked_server_is_503_within_the_deadline_and_slates_go_on(
    gateway: Gateway, shop: httpx.AsyncClient, url: str
) -> None:
    event = a_click(gateway, 1, sorted(gateway.ledger.remaining())[0])
    holder = open_database(url)
    with writing(holder) as connection:
        connection.execute(sa.text("LOCK TABLE events, campaigns IN ACCESS EXCLUSIVE MODE"))
        started = time.monotonic()
        answers = await asyncio.gather(*(shop.post("/v1/events", json={"events": [event]}) for _ in range(6)))
        assert in_time(started, 4 * DEADLINE_S)
        assert {(answer.status_code, answer.headers["retry-after"]) for answer in answers} == {(503, "1")}
        page = (await shop.post("/v1/recommend", json={"user_id": "u", "size": 3})).json()
        assert len(page["items"]) == 3 and "user_state" in page["degraded"]
    holder.dispose()
    assert await is_kept(shop, event)


async def test_a_server_that_hangs_is_503_within_the_deadline_and_slates_go_on(
    gateway: Gateway, shop: httpx.AsyncClient, url: str
) -> None:
    event = a_click(gateway, 1, sorted(gateway.ledger.remaining())[0])
    holder = open_database(url)
    with reading(holder) as connection:
        hung = connection.execute(OTHERS).scalars().all()
    assert hung, "the connections that the gateway keeps open"
    try:
        for process in hung:
            os.kill(process, signal.SIGSTOP)
        started = time.monotonic()
        answer = await shop.post("/v1/events", json={"events": [event]})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        page = (await shop.post("/v1/recommend", json={"user_id": "u", "size": 3})).json()
        assert len(page["items"]) == 3
        assert in_time(started, 4 * DEADLINE_S)
    finally:
        for process in hung:
            os.kill(process, signal.SIGCONT)
    holder.dispose()
    assert await is_kept(shop, event)


async def is_kept(shop: httpx.AsyncClient, event: dict[str, object]) -> bool:
    """Whether it is there now; a writer may have got through after its answer."""
    kept = (await shop.post("/v1/events", json={"events": [event]})).json()
    return bool(kept["accepted"] + kept["duplicates"] == 1)
