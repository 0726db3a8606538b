"""Attacks on the doors, in short form: names, paths, pages elsewhere, answers that grow."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from deployments.config import AppConfig
from deployments.entrance.proxy import PlainHeaders
from deployments.entrance.shield import shielding
from deployments.front import http_api
from deployments.gateway import Gateway
from tests.keys import Keys, keys_of

PAGE, ELSEWHERE = "https://www.example.com", "https://evil.example"
WITHIN_S = 5.0


@pytest.fixture(scope="module")
def gateway(small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Gateway:
    store = f"sqlite:///{tmp_path_factory.mktemp('attacks') / 'store.sqlite'}"
    origins = {"hosts": ["shop.example.com"], "pages": [PAGE]}
    settings = {"workspace": str(small_shop), "topology": "fused", "store_url": store, "origins": origins}
    return Gateway(AppConfig.parse(settings))


@pytest.fixture(scope="module")
def keys(gateway: Gateway) -> Keys:
    return keys_of(gateway)


@pytest.fixture
async def shop(gateway: Gateway, keys: Keys) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(http_api(lambda: gateway), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000", auth=keys) as client:
        yield client
    await gateway.shop.sink.close()
    gateway.shop.sink._task = None  # the next test has another event loop


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 403),  # a name server that calls this machine its own
        ({"host": "evil.example:8000", "origin": "http://evil.example:8000"}, 403),
        ({"host": "localhost.evil.example"}, 403),
        ({"host": ""}, 403),
        ({"host": "["}, 403),
        ({"origin": ELSEWHERE}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://localhost:9000"}, 403),
        ({"origin": "http://localhost:8000"}, 200),
        ({"origin": PAGE}, 200),
        ({"host": "shop.example.com", "origin": "https://shop.example.com"}, 200),
        ({"host": "LOCALHOST:8000"}, 200),
        ({"host": "[::1]:8000"}, 200),
        ({}, 200),
    ],
)
async def test_what_changes_something_is_meant_for_this_shop(
    shop: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    for method, path, body in (("POST", "/v1/recommend", {"size": 1}), ("PUT", "/v1/items/attacked", {"title": "T"})):
        answer = await shop.request(method, path, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        assert status == 200 or answer.json()["error"]["field"] in ("host", "origin")


async def test_only_pages_of_the_settings_may_read_from_elsewhere(shop: httpx.AsyncClient) -> None:
    asking = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}
    for origin, allowed in ((PAGE, PAGE), (ELSEWHERE, None)):
        before = await shop.options("/v1/recommend", headers={"origin": origin, **asking})
        assert before.headers.get("access-control-allow-origin") == allowed
        read = await shop.get("/v1/shop", headers={"origin": origin})
        assert read.headers.get("access-control-allow-origin") == allowed
        assert "access-control-allow-credentials" not in read.headers


async def test_a_beacon_is_read_at_the_door_of_events_from_pages_of_the_settings(
    shop: httpx.AsyncClient, gateway: Gateway, keys: Keys
) -> None:
    plain, item = {"content-type": "text/plain;charset=UTF-8"}, gateway.shop.catalogue.item_ids[0]
    event = {"event_id": "beacon", "user_id": "u", "kind": "view", "item_id": item}
    body = json.dumps({"events": [event]})
    for origin, status in ((None, 200), (PAGE, 200), ("http://localhost:8000", 200), (ELSEWHERE, 403), ("null", 403)):
        headers = plain if origin is None else {**plain, "origin": origin}
        assert (await shop.post("/v1/events", content=body, headers=headers)).status_code == status, origin
    for wrong in ("", "{", "[]", "events"):
        assert (await shop.post("/v1/events", content=wrong, headers=plain)).status_code == 422
    html = await shop.post("/v1/events", content=body, headers={"content-type": "text/html"})
    assert (html.status_code, html.json()["error"]["field"]) == (422, "content-type")
    for key, status in (
        (keys.secrets["shopper"], 200),
        (keys.secrets["storekeeper"], 403),
        ("x\n", 200),
        ("none", 401),
    ):
        sent = json.dumps({"events": [event], "key": key})
        async with httpx.AsyncClient(transport=shop._transport, base_url="http://localhost:8000") as nobody:
            assert (await nobody.post("/v1/events", content=sent, headers=plain)).status_code == status, key
    elsewhere = await shop.post("/v1/recommend", content='{"size": 1}', headers=plain)
    assert (elsewhere.status_code, elsewhere.json()["error"]["field"]) == (422, "content-type")


async def test_every_answer_tells_browsers_to_be_strict(shop: httpx.AsyncClient) -> None:
    for path in ("/", "/docs", "/item/none", "/web/app.js", "/openapi.json", "/v1/shop", "/nowhere", "/v1/search"):
        answer = await shop.get(path)
        policy = answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert answer.headers["referrer-policy"] and "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy and "*" not in policy
        assert all("HttpOnly" in cookie for cookie in answer.headers.get_list("set-cookie"))


def test_a_cookie_is_read_by_no_script_and_sent_by_no_other_page() -> None:
    headers = dict(shielding([(b"set-cookie", b"a=b; Path=/; SameSite=Strict")], secure=True))
    assert headers[b"set-cookie"] == b"a=b; Path=/; SameSite=Strict; HttpOnly; Secure"


@pytest.mark.parametrize(
    "path", ["/web", "/web/", "//evil.example/web", "//evil.example", "/web//evil.example", "/docs/"]
)
async def test_nothing_leads_elsewhere(shop: httpx.AsyncClient, path: str) -> None:
    for host in ("localhost", "evil.example", ""):
        answer = await shop.get(httpx.URL("http://localhost", raw_path=path.encode()), headers={"host": host})
        assert answer.status_code < 500 and "location" not in answer.headers, path


@pytest.mark.parametrize("item_id", ["a/b", "a/image", "a%2Fb", "/", "a//b", "image", "ü/ü", "a b/c", "../etc"])
async def test_an_id_with_slashes_is_put_read_corrected_and_deleted(shop: httpx.AsyncClient, item_id: str) -> None:
    named = "".join(f"%{byte:02X}" for byte in item_id.encode())
    item = {"title": "A set", "price_micros": 5, "currency": "EUR"}
    assert (await shop.put(f"/v1/items/{named}", json=item)).json()["item_id"] == item_id
    await until_status(shop, f"/v1/items/{named}", 200)
    assert (await shop.get(f"/v1/items/{named}")).json()["item_id"] == item_id
    picture = await shop.get(f"/v1/items/{named}/image")
    assert (picture.status_code, picture.json()["error"]["wanted"]) == (404, "an item with a picture in this shop")
    assert (await shop.patch(f"/v1/items/{named}", json={"in_stock": False})).status_code == 200
    assert (await shop.delete(f"/v1/items/{named}")).status_code == 200
    await until_status(shop, f"/v1/items/{named}", 404)


async def test_a_slash_may_also_stand_as_it_is(shop: httpx.AsyncClient) -> None:
    assert (await shop.put("/v1/items/x/y", json={"title": "A set"})).json()["item_id"] == "x/y"
    await until_status(shop, "/v1/items/x%2Fy", 200)
    assert (await shop.get("/v1/items/x/y")).json()["item_id"] == "x/y"


async def test_a_sign_for_a_slash_is_repeated_nowhere(shop: httpx.AsyncClient) -> None:
    for path in ("/nowhere/v1/items/a%2Fb", "/web/v1/items/a%2Fb", "/v1/items/a%2Fb", "/v1/items/%ed%b0%af"):
        assert (await shop.get(path)).status_code in (404, 422)
    assert (await shop.post("/v1/items/a%2Fb")).status_code == 405


async def until_status(shop: httpx.AsyncClient, path: str, status: int) -> None:
    async with asyncio.timeout(WITHIN_S):
        while (await shop.get(path)).status_code != status:
            await asyncio.sleep(0.05)


async def test_what_comes_back_is_short_whatever_came(shop: httpx.AsyncClient) -> None:
    long = "x" * 50_000
    for answer in (
        await shop.post("/v1/search", json={"query": "x", long: 1}),
        await shop.post("/v1/search", json={"query": long}),
        await shop.post("/v1/recommend", json={"surface": "item", "item_id": long}),
        await shop.post("/v1/recommend", json={"surface": long}),
        await shop.post("/v1/events", json={"events": [{"event_id": long, "kind": long, "item_id": long}]}),
        await shop.request("X" * 9_000, "/v1/search"),
        await shop.get(f"/v1/items/{long[:9000]}"),
        await shop.get("/v1/shop", headers={"authorization": f"Bearer {long[:9000]}"}),
        await shop.post("/v1/search", json={"query": "x"}, headers={"origin": long[:9000]}),
    ):
        assert 400 <= answer.status_code < 500 and len(answer.content) < 3000, answer.text[:300]


async def test_what_is_left_out_is_named_shortly(shop: httpx.AsyncClient) -> None:
    long = "x" * 50_000
    filters = {"brands": [f"{number}{long[:4000]}" for number in range(100)], "attributes": {long: [long]}}
    answer = await shop.post("/v1/recommend", json={"size": 1, "facets": [long], "filters": filters})
    left_out = answer.json()["ignored"]
    assert answer.status_code == 200 and len(left_out) == 101 and len(json.dumps(left_out)) < 50_000


@pytest.mark.parametrize("given", [b"\xff\xfe", b"a" * 129, b"a" * 60_000, b"two words", b"a\x00b", b"\xe4\xb8\xad"])
async def test_a_request_id_of_any_bytes_becomes_a_short_word(shop: httpx.AsyncClient, given: bytes) -> None:
    answer = await shop.post("/v1/recommend", json={"size": 1}, headers=[(b"x-request-id", given)])
    assert answer.status_code == 200 and answer.headers["x-request-id"] == answer.json()["request_id"]
    assert len(answer.json()["request_id"]) == 32
    assert len((await before_serve((b"x-request-id", given)))[b"x-request-id"]) == 32


async def test_what_serve_would_stumble_over_does_not_reach_it() -> None:
    headers = (
        (b"x-request-id", b"mine"),
        (b"serve_multiplexed_model_id", b"\xff"),
        (b"\xff", b"1"),
        (b"accept", b"*/*"),
    )
    assert await before_serve(*headers) == {b"x-request-id": b"mine", b"accept": b"*/*"}


async def before_serve(*headers: tuple[bytes, bytes]) -> dict[bytes, bytes]:
    """What Serve's proxy sees."""
    seen: dict[bytes, bytes] = {}

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        seen.update(scope["headers"])

    await PlainHeaders(serve)({"type": "http", "headers": list(headers)}, _never, _never)
    return seen


async def _never(*_: Any) -> Any:
    raise AssertionError("nothing is read or sent")


async def test_nothing_writes_the_catalogue_without_a_storekeepers_key(shop: httpx.AsyncClient, keys: Keys) -> None:
    """Also on a simulated shop, from this very machine."""
    for scope in (None, "shopper", "shop", "operator", "officer", "advertiser"):
        headers = {"authorization": "" if scope is None else f"Bearer {keys.secrets[scope]}"}
        for method in ("PUT", "PATCH", "DELETE"):
            body = json.dumps({"title": "T"} if method == "PUT" else {"in_stock": False})
            headers["content-type"] = "application/json"
            answer = await shop.request(method, "/v1/items/i00001", content=body, headers=headers)
            assert answer.status_code == (401 if scope is None else 403)
    assert (await shop.get("/v1/items/i00001")).json()["in_stock"] is not None
