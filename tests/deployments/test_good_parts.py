"""Doors take the good parts of a request, and name the rest."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from deployments.config import AppConfig
from deployments.gateway import Gateway
from recsys.stores.database import store_url
from tests.serving import PATIENT, post


@pytest.fixture(scope="module")
def gateway(small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Gateway:
    store = tmp_path_factory.mktemp("store") / "store.sqlite"
    config: dict[str, Any] = {"workspace": str(small_shop), "topology": "fused", "store_url": store_url(store)}
    return Gateway(AppConfig.parse({**config, **PATIENT}))


def named(answer: dict[str, Any]) -> list[tuple[str, str]]:
    assert all(one["why"] for one in answer["ignored"])
    return [(one["field"], one["value"]) for one in answer["ignored"]]


def reasons(answer: dict[str, Any]) -> set[str]:
    return {item["reason"]["code"] for item in answer["items"] if item["reason"]}


async def test_a_gone_item_in_a_cart_leaves_the_others(shop: httpx.AsyncClient, gateway: Gateway) -> None:
    item = gateway.shop.catalogue.item_ids[0]
    cart = {"surface": "cart", "size": 8, "user_id": "with-a-cart"}
    whole = await post(shop, "/v1/recommend", **cart, cart_item_ids=[item])
    part = await post(shop, "/v1/recommend", **cart, cart_item_ids=["gone-1", item, "gone-2"])
    assert whole["ignored"] == [] and named(part) == [("cart_item_ids.0", "gone-1"), ("cart_item_ids.2", "gone-2")]
    assert part["items"] and item not in [one["item_id"] for one in part["items"]]
    assert reasons(part) & reasons(whole)
    following = await post(
        shop, "/v1/recommend", **cart, cart_item_ids=["gone-1", item, "gone-2"], cursor=part["cursor"]
    )
    assert following["slate_id"] == part["slate_id"]


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"surface": "cart", "cart_item_ids": ["gone"]}, "cart_item_ids.0"),
        ({"surface": "item", "item_id": "gone"}, "item_id"),
    ],
)
async def test_where_nothing_is_left_it_is_the_home_page(
    shop: httpx.AsyncClient, gateway: Gateway, wish: dict[str, Any], field: str
) -> None:
    someone = gateway.shop.release.histories.user_ids[0]
    answer = await post(shop, "/v1/recommend", **wish, user_id=someone, size=10)
    home = await post(shop, "/v1/recommend", user_id=someone, size=10)
    assert named(answer) == [(field, "gone")]
    assert answer["num_matches"] == home["num_matches"] and reasons(answer) & reasons(home)
    await gateway.shop.sink.flush()
    kept = gateway.store.read_events(since_s=0).to_pylist()
    assert {row["surface"] for row in kept if row["slate_id"] == answer["slate_id"]} == {"home"}


async def test_filters_facets_and_orders_that_the_catalogue_lacks_are_named(
    shop: httpx.AsyncClient, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(gateway.shop.catalogue._sort_orders, "newest")
    brand = gateway.shop.catalogue.brands[0]
    filters = {"brands": ["Nobody", brand], "categories": [[]], "attributes": {"smell": ["sweet"]}}
    answer = await post(shop, "/v1/recommend", facets=["brand", "smell"], sort="newest", filters=filters)
    fields = [field for field, _ in named(answer)]
    assert fields == ["facets.1", "sort", "filters.brands.0", "filters.attributes.smell"]
    assert answer["items"] == [] and answer["num_matches"] == 0, "a filter is never lifted"
    assert [facet["name"] for facet in answer["facets"]] == ["brand"] and answer["policy"].startswith("mixed")
    answer = await post(shop, "/v1/recommend", filters={"brands": ["Nobody", brand]}, exclude_bought=False)
    assert {item["brand"] for item in answer["items"]} == {brand} and len(answer["ignored"]) == 1


@pytest.mark.parametrize(
    ("filters", "field", "why"),
    [
        ({"price_min_micros": 9, "price_max_micros": 8}, "filters.price_min_micros", "no price lies between"),
        ({"price_max_micros": 1}, "filters.price_max_micros", "below the cheapest"),
        ({"price_min_micros": 10**15}, "filters.price_min_micros", "above the dearest"),
    ],
)
async def test_an_impossible_range_says_so(shop: httpx.AsyncClient, filters: Any, field: str, why: str) -> None:
    answer = await post(shop, "/v1/recommend", filters=filters)
    (one,) = answer["ignored"]
    assert answer["num_matches"] == 0 and one["field"] == field and why in one["why"]


async def test_one_wrong_event_does_not_refuse_its_batch(shop: httpx.AsyncClient, gateway: Gateway) -> None:
    item, id_ = gateway.shop.catalogue.item_ids[0], uuid.uuid4().hex
    good = {"event_id": id_, "user_id": "u", "kind": "click", "item_id": item}
    wrong: list[Any] = [
        good | {"event_id": "w1", "kind": "sneeze"},
        good | {"event_id": "w2", "item_id": "gone"},
        good | {"event_id": "w3", "quantity": 99_999},
        7,
        good | {"event_id": "w4", "user_id": None},
        good | {"event_id": "w5", "ad_token": "forged", "slate_id": "s"},
    ]
    answer = await post(shop, "/v1/events", events=[wrong[0], good, *wrong[1:]])
    assert answer["accepted"] == 1
    fields = {field for field, _ in named(answer)}
    assert fields == {
        "events.0.kind",
        "events.2.item_id",
        "events.3.quantity",
        "events.4",
        "events.5.user_id",
        next(field for field in fields if "token" in field),
    }
    kept = {row["event_id"] for row in gateway.store.read_events(since_s=0).to_pylist()}
    assert id_ in kept and not kept & {"w1", "w2", "w3", "w4", "w5"}
    for only in wrong:
        assert 400 <= (await shop.post("/v1/events", json={"events": [only]})).status_code < 500


async def test_a_batch_of_wrong_events_is_answered_shortly(shop: httpx.AsyncClient, gateway: Gateway) -> None:
    item = gateway.shop.catalogue.item_ids[0]
    good = {"event_id": uuid.uuid4().hex, "user_id": "u", "kind": "click", "item_id": item}
    answer = await post(shop, "/v1/events", events=[good, *({"event_id": "x" * 500, "n": n} for n in range(999))])
    assert answer["accepted"] == 1 and len(answer["ignored"]) == 101 and answer["ignored"][-1]["value"] == "899"
