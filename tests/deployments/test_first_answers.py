"""The document of a page brings what the page would ask first: to browsers that show it, for one person."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from deployments.config import AppConfig
from deployments.entrance.access import COOKIE
from deployments.entrance.identity import FIELD, Identity
from deployments.front import http_api
from deployments.gateway import Gateway
from tests.keys import keys_of

LOOKED_AT = {"sec-fetch-dest": "document"}


@pytest.fixture(scope="module", params=["open", "closed"])
def gateway(request: pytest.FixtureRequest, small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Gateway:
    store = f"sqlite:///{tmp_path_factory.mktemp('first') / 'store.sqlite'}"
    settings = {"workspace": str(small_shop), "topology": "fused", "store_url": store}
    return Gateway(AppConfig.parse({**settings, "open_to_anonymous": request.param == "open"}))


@pytest.fixture
async def browser(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """A browser; where shoppers need a key, the page has one."""
    if not gateway.config.open_to_anonymous:
        monkeypatch.setenv("VITRINE_PAGE_KEY", keys_of(gateway).secrets["shopper"])
    transport = httpx.ASGITransport(http_api(lambda: gateway))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=LOOKED_AT) as client:
        yield client
    await gateway.shop.sink.close()
    gateway.shop.sink._task = None  # the next test has another event loop


def brought(page: httpx.Response) -> dict[str, Any]:
    """What the block of data in a document says."""
    block = re.search(r'<script type="application/json" id="first">(.*?)</script>', page.text, re.DOTALL)
    assert block is not None, page.text
    found: dict[str, Any] = json.loads(block[1])
    return found


def key_in(page: httpx.Response) -> dict[str, str]:
    key = re.search('name="vitrine-key" content="([^"]+)"', page.text)
    return {} if key is None else {"authorization": f"Bearer {key[1]}"}


async def test_each_kind_of_page_brings_what_it_shows_first(gateway: Gateway, browser: httpx.AsyncClient) -> None:
    item_id = gateway.shop.catalogue.item_ids[0]
    top = gateway.shop.browsing.page([], None, 1, 1, 0).children[0].name
    places = {
        "/": "/v1/recommend",
        "/?q=board&written=x&sort=sideways": "/v1/search",
        f"/item/{item_id}": f"/v1/items/{item_id}",
        f"/browse/{quote(top, safe='')}?sort=price_asc": "/v1/browse",
    }
    for address, door in places.items():
        page = await browser.get(address)
        answers = brought(page)["answers"]
        assert answers.keys() == {"/v1/shop", "/v1/demo", "/v1/sessions", door}, address
        shown = answers[door]
        assert shown.get("items") or shown["item_id"] == item_id
        assert page.headers["cache-control"] == "private, no-store"
    assert shown["path"] == [top] and shown["sort"] == "price_asc"


async def test_a_filter_of_the_address_holds_and_the_first_of_two_words_counts(browser: httpx.AsyncClient) -> None:
    async def found(**params: Any) -> dict[str, Any]:
        slate: dict[str, Any] = brought(await browser.get("/", params=params))["answers"]["/v1/search"]
        return slate

    everything = await found(q="board")
    brand = everything["items"][0]["brand"]
    filtered = await found(q=["board", "lamp"], filters=json.dumps({"brands": [brand]}))
    assert 0 < filtered["num_matches"] < everything["num_matches"]
    assert {item["brand"] for item in filtered["items"] if not item["sponsored"]} == {brand}


async def test_a_visitor_goes_on_as_who_the_document_made_of_them(browser: httpx.AsyncClient) -> None:
    first = await browser.get("/")
    answers = brought(first)["answers"]
    person, slate = answers["/v1/sessions"], answers["/v1/recommend"]
    assert "HttpOnly" in first.headers["set-cookie"] and browser.cookies[COOKIE] == person["token"]
    headers = {FIELD: person["token"], **key_in(first)}
    body = {"surface": "home", "size": 12, "cursor": slate["cursor"]}
    more = (await browser.post("/v1/recommend", json=body, headers=headers)).json()
    assert more["slate_id"] == slate["slate_id"] and more["items"][0]["position"] == 12
    again = brought(await browser.get("/"))["answers"]["/v1/sessions"]
    assert again["session_id"] == person["session_id"]


async def test_a_user_is_shown_what_is_theirs_and_gets_no_other_token(
    gateway: Gateway, browser: httpx.AsyncClient
) -> None:
    user = gateway.shop.release.histories.user_ids[0]
    browser.cookies.set(COOKIE, gateway.access.persons.issue(Identity(user, "s")).text)
    page = await browser.get("/")
    data = brought(page)
    assert data["user_id"] == user and "/v1/sessions" not in data["answers"] and "set-cookie" not in page.headers
    assert {item["reason"]["code"] for item in data["answers"]["/v1/recommend"]["items"]} - {"popular", "sponsored"}


async def test_who_does_not_look_is_shown_nothing(gateway: Gateway, browser: httpx.AsyncClient) -> None:
    before = len(await _impressions(gateway))
    for headers in (
        {"sec-fetch-dest": "iframe"},
        {"sec-fetch-dest": ""},
        {"sec-purpose": "prefetch;prerender"},
        {"sec-fetch-site": "cross-site"},
    ):
        page = await browser.get("/", headers=headers)
        assert 'id="first"' not in page.text and "set-cookie" not in page.headers
        assert page.headers["cache-control"] == "no-cache"
    assert len(await _impressions(gateway)) == before
    await browser.get("/")
    assert len(await _impressions(gateway)) == before + 12


async def test_what_the_shop_refuses_is_left_to_the_page(
    gateway: Gateway, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for address in ("/item/none", f"/?q={'x' * 401}", "/?q=%00", "/?q=board&filters=x", '/?q=x&filters={"brands":7}'):
        page = await browser.get(address)
        assert 'id="first"' not in page.text and "<!doctype html>" in page.text, address
    monkeypatch.delenv("VITRINE_PAGE_KEY", raising=False)
    page = await browser.get("/")
    assert ('id="first"' in page.text) == gateway.config.open_to_anonymous


async def test_words_of_an_address_stay_words(browser: httpx.AsyncClient) -> None:
    words = "</script><script>alert(1)</script><!--"
    page = await browser.get("/", params={"q": words, "written": words})
    assert words not in page.text and brought(page)["answers"]["/v1/search"]["understood"] is not None


async def _impressions(gateway: Gateway) -> list[Any]:
    await gateway.shop.sink.flush()
    rows: list[Any] = gateway.store.read_events().to_pylist()
    return [row for row in rows if row["kind"] == "impression"]
