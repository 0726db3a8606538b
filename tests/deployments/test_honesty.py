"""What an answer says of itself is true: what matches, what is only close, why it is there, and what was paid for."""

from __future__ import annotations

import uuid
from pathlib import Path

import httpx
import pytest

from deployments.config import AppConfig
from deployments.gateway import Gateway
from recsys.funnel import FunnelConfig
from recsys.stores.database import store_url
from tests.campaigns import advertise
from tests.serving import post

SEARCH, RECOMMEND = "/v1/search", "/v1/recommend"
NONSENSE = "qwxzvbkq"


@pytest.fixture(scope="module")
def gateway(small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Gateway:
    store = store_url(tmp_path_factory.mktemp("store") / "store.sqlite")
    advertise(small_shop, store)
    sober = FunnelConfig(explore_share=0.0).without_deadlines().model_dump()
    config = {"workspace": str(small_shop), "topology": "fused", "store_url": store, "funnel": sober}
    return Gateway(AppConfig.parse(config))


def a_kind(gateway: Gateway) -> str:
    """The name of a category that has one."""
    return next(path[-1] for path in gateway.shop.catalogue.paths if path[-1].isalpha())


async def test_where_nothing_matches_it_is_said_with_what_was_left_out_and_nothing_is_sold(
    shop: httpx.AsyncClient, gateway: Gateway
) -> None:
    page = await post(shop, SEARCH, query=f"{a_kind(gateway)} {NONSENSE}", facets=["brand"], size=50)
    assert page["num_matches"] == 0 and page["understood"]["ignored"] == [{"words": NONSENSE, "why": "no item has it"}]
    assert page["items"] and {item["match"] for item in page["items"]} <= {"some", "near"}
    assert not any(item["sponsored"] for item in page["items"])
    assert page["facets"] == [{"name": "brand", "counts": [], "currency": None}]
    codes = {item["match"]: item["reason"]["code"] for item in page["items"]}
    assert codes.items() <= {"some": "some_words", "near": "meaning"}.items()
    nothing = await post(shop, SEARCH, query=f"{NONSENSE} {NONSENSE[::-1]}", size=50)
    assert nothing["num_matches"] == 0 and not any(item["sponsored"] for item in nothing["items"])
    assert {item["match"] for item in nothing["items"]} <= {"near", "far"}
    assert all(item["reason"] is None and not item["sources"] for item in nothing["items"] if item["match"] == "far")


async def test_what_only_comes_close_is_never_sorted_and_that_is_said(
    shop: httpx.AsyncClient, gateway: Gateway
) -> None:
    page = await post(shop, SEARCH, query=f"{a_kind(gateway)} {NONSENSE}", sort="price_asc")
    assert page["sort"] == "relevance" and page["items"] and page["policy"].startswith("mixed")
    assert [(one["field"], one["value"]) for one in page["ignored"]] == [("sort", "price_asc")]
    found = await post(shop, SEARCH, query=a_kind(gateway), sort="price_asc", size=50)
    assert (found["sort"], found["shuffled"], found["ignored"]) == ("price_asc", False, [])
    assert {(item["match"], item["sponsored"]) for item in found["items"]} == {("all", False)}


async def test_every_ad_of_a_search_has_all_that_was_asked_for(shop: httpx.AsyncClient, gateway: Gateway) -> None:
    sold = 0
    for path in dict.fromkeys(gateway.shop.catalogue.paths):
        for item in (await post(shop, SEARCH, query=path[-1], size=12))["items"]:
            sold += item["sponsored"]
            assert not item["sponsored"] or (item["match"], item["reason"]["code"]) == ("all", "sponsored")
    assert sold, "some place is sold"


async def test_who_wants_no_ads_gets_none(shop: httpx.AsyncClient, gateway: Gateway) -> None:
    users = gateway.shop.release.histories.user_ids[:20]
    with_ads = [await post(shop, RECOMMEND, user_id=user, size=12) for user in users]
    assert any(item["sponsored"] for page in with_ads for item in page["items"])
    for user in users:
        page = await post(shop, RECOMMEND, user_id=user, size=12, ads=False)
        assert not any(item["sponsored"] for item in page["items"])
        assert {item["match"] for item in page["items"]} == {None}


@pytest.mark.parametrize(("kind", "deed"), [("click", "looked at"), ("favourite", "liked"), ("purchase", "bought")])
async def test_a_reason_says_what_was_done(shop: httpx.AsyncClient, gateway: Gateway, kind: str, deed: str) -> None:
    catalogue, counts = gateway.shop.catalogue, gateway.shop.release.histories.counts()
    row = max(range(len(catalogue)), key=lambda one: counts[one] if catalogue.showable[one] else -1)
    who, item_id = f"who-{kind}", catalogue.item_ids[row]
    await post(
        shop, "/v1/events", events=[{"event_id": uuid.uuid4().hex, "user_id": who, "kind": kind, "item_id": item_id}]
    )
    page = await post(shop, RECOMMEND, user_id=who, size=50)
    said = {item["reason"]["text"] for item in page["items"] if item["reason"] and item["reason"]["item_id"] == item_id}
    assert f"Because you {deed} “{catalogue.titles[row]}”" in said
    assert not any(text.startswith("Because you") and deed not in text for text in said)
