"""Nobody is somebody else: tokens that are forged, old or another's, cursors and slates that change hands."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from deployments.config import AppConfig
from deployments.front import http_api
from deployments.gateway import Gateway
from recsys.records import Scope
from recsys.stores.access_keys import AccessKeys
from recsys.stores.database import open_database
from recsys.stores.keys import signing_key

PERSON = "x-vitrine-person"
SHOPPER_BOUNDS = {"address_sessions_per_s": 0.3, "window_s": 10}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.sqlite'}"


@pytest.fixture(scope="module")
def secrets(store: str) -> dict[Scope, str]:
    """A key of each scope that comes to the shoppers' doors."""
    keys = AccessKeys(open_database(store))
    scopes: tuple[Scope, ...] = ("shopper", "shop", "storekeeper")
    return {scope: keys.make(scope, scope).secret for scope in scopes}


def opened(small_shop: Path, store: str, **changes: Any) -> Gateway:
    config = {"workspace": str(small_shop), "topology": "fused", "store_url": store, "open_to_anonymous": False}
    return Gateway(AppConfig.parse({**config, "proxies": ["127.0.0.1"], "limits": SHOPPER_BOUNDS, **changes}))


@pytest.fixture(scope="module")
def gateway(small_shop: Path, store: str, secrets: dict[Scope, str]) -> Gateway:
    """As of a shop's own data: shoppers need a key."""
    return opened(small_shop, store)


@asynccontextmanager
async def at(gateway: Gateway, secret: str | None, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client without cookies of others, from a network of its own."""
    address = {"x-forwarded-for": f"198.51.100.{uuid.uuid4().int % 250}"}
    key = {} if secret is None else {"authorization": f"Bearer {secret}"}
    transport = httpx.ASGITransport(http_api(lambda: gateway), raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://shop", headers={**address, **key, **headers}
    ) as client:
        yield client


@pytest.fixture
async def page(gateway: Gateway, secrets: dict[Scope, str]) -> AsyncIterator[httpx.AsyncClient]:
    """What a page sends, of a visitor without a token."""
    async with at(gateway, secrets["shopper"]) as client:
        yield client
    await gateway.shop.sink.close()
    gateway.shop.sink._task = None  # the next test has another event loop


@pytest.fixture
async def server(gateway: Gateway, secrets: dict[Scope, str]) -> AsyncIterator[httpx.AsyncClient]:
    """The shop's own server."""
    async with at(gateway, secrets["shop"]) as client:
        yield client


async def told(answer: Any) -> Any:
    got = await answer
    assert got.status_code == 200, got.text
    return got.json()


async def token_of(server: httpx.AsyncClient, user_id: str) -> str:
    token: str = (await told(server.post("/v1/sessions", json={"user_id": user_id})))["token"]
    return token


async def home(client: httpx.AsyncClient, token: str | None = None, **body: Any) -> Any:
    headers = {} if token is None else {PERSON: token}
    return await told(client.post("/v1/recommend", json={"size": 12, **body}, headers=headers))


async def click(client: httpx.AsyncClient, token: str, item_ids: list[str], **fields: Any) -> Any:
    events = [{"event_id": uuid.uuid4().hex, "kind": "click", "item_id": item_id, **fields} for item_id in item_ids]
    return await told(client.post("/v1/events", json={"events": events, "person_token": token}))


def ids(slate: Any) -> list[str]:
    return [item["item_id"] for item in slate["items"]]


def left_out(answer: dict[str, Any]) -> list[str]:
    assert all(one["value"] and one["why"] for one in answer["ignored"])
    return [one["field"] for one in answer["ignored"]]


def bought(item_id: str) -> dict[str, Any]:
    return {"event_id": uuid.uuid4().hex, "kind": "purchase", "item_id": item_id}


async def test_what_one_person_did_is_nobody_elses(
    page: httpx.AsyncClient, server: httpx.AsyncClient, gateway: Gateway
) -> None:
    one, other = await token_of(server, "one"), await token_of(server, "other")
    before = await home(page, other, sort="newest", size=50)
    item = ids(before)[0]
    await told(page.post("/v1/events", json={"events": [bought(item)], "person_token": one}))
    assert item not in ids(await home(page, one, sort="newest", size=50)), "what one bought is not shown to one again"
    assert item in ids(await home(page, other, sort="newest", size=50))
    stolen = await home(page, other, sort="newest", size=50, user_id="one", session_id="one")
    assert item in ids(stolen) and left_out(stolen) == ["user_id", "session_id"]


async def test_a_name_without_its_token_is_ignored_and_a_shops_server_is_believed(
    page: httpx.AsyncClient, server: httpx.AsyncClient, gateway: Gateway
) -> None:
    someone = gateway.shop.release.histories.user_ids[0]
    asked: dict[str, Any] = {"exclude_bought": False, "size": 30}
    stranger, known = await home(page, user_id=someone, **asked), await home(server, user_id=someone, **asked)
    personal = {"similar", "chosen_together", "taste"}
    assert left_out(stranger) == ["user_id"] and known["ignored"] == []
    assert not personal & {item["reason"]["code"] for item in stranger["items"] if item["reason"]}
    assert personal & {item["reason"]["code"] for item in known["items"] if item["reason"]}


async def test_events_are_the_tokens_persons(
    page: httpx.AsyncClient, server: httpx.AsyncClient, gateway: Gateway
) -> None:
    thief, item = await token_of(server, "thief"), gateway.shop.catalogue.item_ids[0]
    answer = await click(page, thief, [item], user_id="victim", session_id="victims")
    assert left_out(answer) == ["session_id", "user_id"]
    rows = gateway.store.read_events(since_s=time.time() - 60).to_pylist()
    assert [row["user_id"] for row in rows if row["kind"] == "click" and row["item_id"] == item] == ["thief"]


async def test_a_visitor_gets_a_session_and_keeps_it(gateway: Gateway, secrets: dict[Scope, str]) -> None:
    async with at(gateway, secrets["shopper"]) as visitor:
        answer = await visitor.post("/v1/recommend", json={"size": 3})
        made = answer.json()["person"]
        cookie = answer.headers["set-cookie"]
        assert made["session_id"] and made["user_id"] is None
        assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Path=/" in cookie
        again = (await visitor.post("/v1/recommend", json={"size": 3})).json()
        assert again["person"] is None, "the cookie says who it is"
        renewed = await told(visitor.post("/v1/sessions", json={}))
        assert renewed["session_id"] == made["session_id"]
        fresh = await told(visitor.post("/v1/sessions", json={"fresh": True}))
        assert fresh["session_id"] != made["session_id"]


async def test_a_cursor_belongs_to_who_got_it(page: httpx.AsyncClient, server: httpx.AsyncClient) -> None:
    one, other = await token_of(server, "one"), await token_of(server, "other")
    cursor = (await home(page, one))["cursor"]
    assert len(ids(await home(page, one, cursor=cursor))) == 12
    for token in (other, None):
        headers = {} if token is None else {PERSON: token}
        answer = await page.post("/v1/recommend", json={"size": 12, "cursor": cursor}, headers=headers)
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, "cursor")


async def test_no_token_but_this_shops_is_taken(
    page: httpx.AsyncClient, gateway: Gateway, store: str, small_shop: Path
) -> None:
    key, now = signing_key(open_database(store), "persons"), time.time()
    says: dict[str, Any] = {"iss": "vitrine", "sub": "victim", "as": "user", "iat": now, "exp": now + 60}
    forged = {
        "another key": jwt.encode(says, b"x" * 32, "HS256"),
        "the key for ads": jwt.encode(says, signing_key(open_database(store), "ads"), "HS256"),
        "no signature": jwt.encode(says, "", "none"),
        "over": jwt.encode({**says, "exp": now - 60}, key, "HS256"),
        "another issuer": jwt.encode({**says, "iss": "somebody"}, key, "HS256"),
        "no token": "victim",
    }
    assert (await home(page, jwt.encode(says, key, "HS256")))["items"], "the right one would be"
    for what, token in forged.items():
        answer = await page.post("/v1/recommend", json={"size": 3}, headers={PERSON: token})
        error = answer.json()["error"]
        assert (answer.status_code, error["field"]) == (401, PERSON), what
        assert token not in answer.text
        events = {"events": [bought(gateway.shop.catalogue.item_ids[0])], "person_token": token}
        answer = await page.post("/v1/events", json=events)
        assert (answer.status_code, answer.json()["error"]["field"]) == (401, "person_token"), what


async def test_only_a_shops_server_says_who_somebody_is(
    page: httpx.AsyncClient, server: httpx.AsyncClient, gateway: Gateway, secrets: dict[Scope, str]
) -> None:
    made = await told(page.post("/v1/sessions", json={"user_id": "victim"}))
    assert made["user_id"] is None and left_out(made) == ["user_id"]
    short = await told(server.post("/v1/sessions", json={"user_id": "victim", "session_id": "s"}))
    assert (short["user_id"], short["session_id"]) == ("victim", "s") and short["expires_in_s"] < 3601
    renewed = await told(page.post("/v1/sessions", json={}, headers={PERSON: short["token"]}))
    assert renewed["user_id"] is None, "a user's token makes no longer one"
    for secret, status in ((None, 401), (secrets["storekeeper"], 403)):
        async with at(gateway, secret) as stranger:
            assert (await stranger.post("/v1/sessions", json={})).status_code == status


async def test_the_chooser_is_of_a_simulated_shop_only(
    page: httpx.AsyncClient, gateway: Gateway, small_shop: Path, store: str
) -> None:
    someone = (await told(page.get("/v1/demo")))["users"][0]
    chosen = await told(page.post("/v1/demo/sessions", json={"user_id": someone}))
    assert chosen["user_id"] == someone
    assert (await page.post("/v1/demo/sessions", json={"user_id": "victim"})).status_code == 404
    own = opened(small_shop, store)
    own.shop.release.about["simulated"] = False
    async with at(own, page.headers["authorization"].removeprefix("Bearer ")) as client:
        assert await told(client.get("/v1/demo")) == {"users": []}
        assert (await client.post("/v1/demo/sessions", json={"user_id": someone})).status_code == 404


async def test_new_sessions_of_an_address_are_bounded(gateway: Gateway, secrets: dict[Scope, str]) -> None:
    async with at(gateway, secrets["shopper"], **{"x-forwarded-for": "203.0.113.5"}) as crowd:
        statuses = []
        for _ in range(5):
            crowd.cookies.clear()
            answer = await crowd.post("/v1/recommend", json={"size": 1})
            statuses.append(answer.status_code)
        assert statuses == [200, 200, 200, 429, 429] and int(answer.headers["retry-after"]) <= 10
    await gateway.shop.sink.close()
    gateway.shop.sink._task = None
