"""Categories as pages of their own, over a real shop in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from deployments.config import AppConfig
from deployments.gateway import Gateway


@pytest.fixture(scope="module")
def gateway(small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Gateway:
    store = f"sqlite:///{tmp_path_factory.mktemp('browse') / 'store.sqlite'}"
    return Gateway(AppConfig.parse({"workspace": str(small_shop), "topology": "fused", "store_url": store}))


async def browse(shop: httpx.AsyncClient, **params: Any) -> Any:
    answer = await shop.get("/v1/browse", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_one_walks_from_the_root_to_a_leaf_and_sees_every_item(shop: httpx.AsyncClient) -> None:
    page = await browse(shop)
    assert page["path"] == [] and [step["name"] for step in page["breadcrumb"]] == [""]
    assert page["num_items"] == page["breadcrumb"][0]["count"] >= sum(child["count"] for child in page["children"]) > 0
    while page["children"]:
        child = page["children"][0]
        page = await browse(shop, path=child["path"])
        assert page["num_items"] == child["count"] and page["path"] == child["path"]
        assert [step["path"] for step in page["breadcrumb"]] == [page["path"][:n] for n in range(len(page["path"]) + 1)]
    seen, path = page["items"], page["path"]
    while page["next_offset"]:
        page = await browse(shop, path=path, offset=page["next_offset"])
        seen += page["items"]
    assert len({item["item_id"] for item in seen}) == len(seen) == page["num_items"]
    assert all(item["category"][: len(path)] == path and item["in_stock"] for item in seen)
    ratings = [-1 if item["rating"] is None else item["rating"] for item in seen]
    assert page["sort"] == "rating" and len(ratings) > 1


async def test_an_order_holds_and_the_tree_is_as_deep_as_was_asked(shop: httpx.AsyncClient) -> None:
    page = await browse(shop, sort="price_asc", size=50, depth=2)
    prices = [item["price_micros"] for item in page["items"] if item["price_micros"] is not None]
    assert prices == sorted(prices) and page["sort"] == "price_asc"
    assert any(child["children"] for child in page["children"])
    assert not any(below["children"] for child in page["children"] for below in child["children"])


async def test_what_is_not_there_is_named_and_the_nearest_is_shown(shop: httpx.AsyncClient) -> None:
    top = (await browse(shop))["children"][0]["path"]
    page = await browse(shop, path=[*top, "Nothing", "Below"], sort="relevance")
    assert page["path"] == top and [one["field"] for one in page["ignored"]] == ["path.1", "sort"]
    assert page["ignored"][0]["value"] == "Nothing" and page["items"]
    wrongs: list[dict[str, Any]] = [{"size": 0}, {"size": 51}, {"depth": 9}, {"offset": -1}, {"sort": "smell"}]
    for wrong in [*wrongs, {"path": ["\0"]}]:
        assert (await shop.get("/v1/browse", params=wrong)).status_code == 422, wrong


async def test_the_addresses_of_categories_open_the_page(shop: httpx.AsyncClient) -> None:
    for address in ("/browse", "/browse/Home/Lamps", "/browse/a%2Fb"):
        answer = await shop.get(address)
        assert answer.status_code == 200 and 'id="browse"' in answer.text
