"""Campaigns that are put, changed or ended while the shop is open, on every replica, without a release."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from deployments.config import AppConfig
from deployments.front import http_api
from deployments.gateway import Gateway
from deployments.replicas.follow import ASK_EVERY_S
from recsys.artifacts import Workspace
from recsys.campaigns import Campaigns
from recsys.funnel import FunnelConfig, open_funnel
from recsys.release import Release
from recsys.slate import Asked, Draw, Query
from recsys.stores.campaigns import CampaignStore
from recsys.stores.database import Engine, open_database, store_url
from tests.campaigns import campaigns_of
from tests.deployments.applications import Application
from tests.keys import keys_of
from tests.pace import in_time
from tests.serving import PATIENT
from tests.worlds import random_queries

pytestmark = pytest.mark.ray
WITHIN_S = 2.0
HOME = Asked("home", 10, at_s=float(int(time.time())))
NEW = {"new": {"bid_cpc_micros": 5_000_000, "budget_micros": 10**12, "name": "Simulated: new"}}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_database(store_url(tmp_path / "store.sqlite"))
    yield opened
    opened.dispose()


@pytest.fixture
def gateway(small_shop: Path, engine: Engine, tmp_path: Path) -> Gateway:
    """Over a store without campaigns."""
    settings = {"workspace": str(small_shop), "topology": "fused", "store_url": store_url(tmp_path / "store.sqlite")}
    return Gateway(AppConfig.parse({**settings, **PATIENT}))


def advertised(gateway: Gateway) -> set[str | None]:
    """Campaigns on the home of a visitor."""
    slate = asyncio.run(gateway.slate(Query(HOME, draw=Draw(explore=False))))
    assert not slate.degraded
    return {item.campaign_id for item in slate.items} - {None}


def until(gateway: Gateway, wanted: set[str | None]) -> None:
    """Raises AssertionError where it takes longer than it may."""
    started = time.monotonic()
    while (found := advertised(gateway)) != wanted:
        assert in_time(started, WITHIN_S), f"{found}, wanted {wanted}"
        time.sleep(ASK_EVERY_S / 10)


def test_a_campaign_is_sold_from_when_it_is_put_until_it_ends(gateway: Gateway, engine: Engine) -> None:
    assert advertised(gateway) == set(), "a store without campaigns sells nothing"
    store, items = CampaignStore(engine), gateway.shop.catalogue.item_ids
    store.put(campaigns_of({"new": {**NEW["new"], "items": items[:5]}}), time.time())
    until(gateway, {"new"})
    store.change({"new": {"bid_cpc_micros": 1}}, time.time())
    until(gateway, set())
    store.change({"new": {"bid_cpc_micros": 5_000_000}}, time.time())
    until(gateway, {"new"})
    store.change({"new": {"ends_us": round(HOME.at_s * 1e6)}}, time.time())
    until(gateway, set())


async def test_the_page_says_that_campaigns_are_made_up(gateway: Gateway, engine: Engine) -> None:
    note = "The campaigns are simulated: this shop's data has none."
    transport = httpx.ASGITransport(http_api(lambda: gateway))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", auth=keys_of(gateway)) as client:

        async def notes() -> list[str]:
            found: list[str] = (await client.get("/v1/shop")).json()["notes"]
            return found

        CampaignStore(engine).put(campaigns_of(NEW, simulated=True), time.time())
        gateway.campaigns.ask()
        assert note not in await notes(), "of a shop in which everything is made up nobody needs to hear it"
        gateway.shop.release.about["simulated"] = False
        assert (await notes())[-1] == note
        CampaignStore(engine).put(campaigns_of({"own": {}}), time.time())
        gateway.campaigns.ask()
        assert note not in await notes()


def test_with_the_same_campaigns_the_graph_sells_what_the_funnel_sells(
    gateway: Gateway, engine: Engine, small_shop: Path
) -> None:
    release = Release.open(Workspace(small_shop))
    CampaignStore(engine).put(Campaigns.open(release.part("clean")), time.time())
    gateway.campaigns.ask()
    funnel = open_funnel(release, FunnelConfig().without_deadlines())
    for query in random_queries(release, 40, seed=3):
        here, there = asyncio.run(funnel.answer(query)), asyncio.run(gateway.slate(query))
        assert here.items == there.items
    empty = open_funnel(release, FunnelConfig().without_deadlines(), campaigns_of({}))
    assert not any(item.sponsored for item in asyncio.run(empty.answer(Query(HOME))).items)


def test_every_replica_of_a_split_shop_follows(two_of_each: Application) -> None:
    """Two of each: answers come from either ad placement."""
    store = CampaignStore(open_database(store_url(two_of_each.store / "store.sqlite")))
    before = store.read()
    ends_us = round(HOME.at_s * 1e6)

    def sold() -> set[str | None]:
        waiting = [two_of_each.handle.slate.remote(Query(HOME, draw=Draw(explore=False))) for _ in range(12)]
        return {item.campaign_id for one in waiting for item in one.result().items} - {None}

    def settled(wanted: bool) -> bool:
        started = time.monotonic()
        while in_time(started, 3 * WITHIN_S):  # two replicas of everything on two busy cores
            if all(bool(sold()) is wanted for _ in range(3)):
                return True
        return False

    names = before.campaigns["campaign_id"].to_pylist()
    assert sold()
    try:
        store.change({name: {"ends_us": ends_us} for name in names}, time.time())
        assert settled(False)
    finally:
        store.change({name: {"ends_us": None} for name in names}, time.time())
    assert settled(True)
