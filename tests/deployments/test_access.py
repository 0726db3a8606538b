"""Every door asked with a key of every scope and without one: what docs/doors.md says, cell by cell."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from deployments.config import AppConfig
from deployments.entrance.identity import Identity
from deployments.front import http_api
from deployments.gateway import Gateway
from recsys.stores.access_keys import AccessKeys
from recsys.stores.database import open_database, store_url
from recsys.stores.events import EventStore
from tests.contract.test_door_table import OPEN, TABLE
from tests.keys import Keys, keys_of, scope_of

BODIES: dict[str, Any] = {
    "POST /v1/search": {"query": "board", "size": 2},
    "POST /v1/recommend": {"size": 2},
    "POST /v1/events": {"events": [{"event_id": "e", "user_id": "u", "kind": "click", "item_id": "i00001"}]},
    "PUT /v1/items/{item_id}": {"title": "Board"},
    "PATCH /v1/items/{item_id}": {"in_stock": True},
}


def cells() -> Iterator[tuple[str, str, str]]:
    """(door, who asks, what the table says)."""
    rows = [line for line in TABLE.read_text("utf-8").splitlines() if line.startswith("|")]
    head, _, *doors = [[word.strip().strip("`") for word in row.strip("|").split("|")] for row in rows]
    for door, *said in doors:
        yield from ((door, who, one) for who, one in zip(head[1:], said, strict=True))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("access")


@pytest.fixture(scope="module", params=["closed", "simulated"])
def gateway(request: pytest.FixtureRequest, small_shop: Path, folder: Path) -> Gateway:
    settings = {"workspace": str(small_shop), "topology": "fused", "store_url": store_url(folder / request.param)}
    patient = {f"{stage}_deadline_ms": None for stage in ("recall", "ads", "ranking")}
    unstated = None if request.param == "simulated" else False
    return Gateway(AppConfig.parse({**settings, "open_to_anonymous": unstated, "funnel": patient}))


@pytest.fixture(scope="module")
def keys(gateway: Gateway) -> Keys:
    return keys_of(gateway)


@pytest.fixture
async def client(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(http_api(lambda: gateway)), base_url="http://localhost"
    ) as client:
        yield client
    await gateway.shop.sink.close()
    gateway.shop.sink._task = None  # the next test has another event loop


async def ask(client: httpx.AsyncClient, door: str, headers: dict[str, str]) -> httpx.Response:
    method, path = door.split()
    params = {"q": "b"} if path.endswith("suggest") else None
    item_id = "put-here" if method in ("PUT", "PATCH", "DELETE") else "i00001"
    address = path.replace("{item_id}", item_id)
    return await client.request(method, address, json=BODIES.get(door), params=params, headers=headers)


async def test_each_door_opens_for_whom_the_table_says(gateway: Gateway, keys: Keys, client: httpx.AsyncClient) -> None:
    closed = gateway.config.open_to_anonymous is False
    asked = 0
    for door, who, said in cells():
        if who.startswith("no key") and closed == who.endswith("simulated shop"):
            continue
        headers = {} if who.startswith("no key") else keys.bearer(who)  # type: ignore[arg-type]
        answer = await ask(client, door, headers)
        got = str(answer.status_code) if answer.status_code in (401, 403) else OPEN
        assert (door, who, got) == (door, who, said), answer.text
        assert ("www-authenticate" in answer.headers) == (got == "401")
        assert answer.status_code < 500
        asked += 1
    assert asked == len({door for door, _, _ in cells()}) * 7


async def test_a_key_that_does_not_hold_opens_nothing(gateway: Gateway, keys: Keys, client: httpx.AsyncClient) -> None:
    right = keys.secrets["shop"]
    wrong = (right[:-1] + ("0" if right[-1] != "0" else "1"), right + "x", "", "vt", right.replace("shop", "operator"))
    for header in (*(f"Bearer {secret}" for secret in wrong), right, f"Basic {right}", f"Bearer{right}"):
        answer = await client.post("/v1/recommend", json={"size": 1}, headers={"authorization": header})
        assert (answer.status_code, answer.json()["error"]["field"]) == (401, "authorization"), header
        assert right not in answer.text
    for header in (f"bearer {right}", f"BEARER   {right}"):
        headers = {"authorization": header}
        assert (await client.post("/v1/recommend", json={"size": 1}, headers=headers)).status_code == 200


async def test_a_revoked_key_opens_nothing(gateway: Gateway, client: httpx.AsyncClient) -> None:
    engine = open_database(gateway.config.store_url or "")
    made = AccessKeys(engine).make("short", "shop")
    headers = {"authorization": f"Bearer {made.secret}"}
    gateway.access.look()
    assert (await client.get("/v1/shop", headers=headers)).status_code == 200
    AccessKeys(engine).revoke(made.key.key_id)
    gateway.access.look()
    assert (await client.get("/v1/shop", headers=headers)).status_code == 401
    engine.dispose()


async def test_a_shopper_is_who_their_token_says(gateway: Gateway, keys: Keys, client: httpx.AsyncClient) -> None:
    shopper, body = keys.bearer("shopper"), {"size": 2, "user_id": "u00001", "session_id": "theirs"}
    page = (await client.post("/v1/recommend", json=body, headers=shopper)).json()
    assert [one["field"] for one in page["ignored"]] == ["user_id", "session_id"]
    token = gateway.access.persons.issue(Identity("u00001", "theirs")).text
    mine = (await client.post("/v1/recommend", json=body, headers={**shopper, "x-vitrine-person": token})).json()
    assert mine["ignored"] == []
    believed = (await client.post("/v1/recommend", json=body, headers=keys.bearer("shop"))).json()
    assert believed["ignored"] == []
    await gateway.shop.sink.flush()
    rows = EventStore(open_database(gateway.config.store_url or "")).read_events().to_pylist()
    shown = {row["slate_id"]: (row["user_id"], row["session_id"]) for row in rows}
    assert shown[page["slate_id"]] == (page["person"]["session_id"],) * 2
    assert shown[mine["slate_id"]] == shown[believed["slate_id"]] == ("u00001", "theirs")


async def test_an_event_is_its_tokens_persons(gateway: Gateway, keys: Keys, client: httpx.AsyncClient) -> None:
    event = {"user_id": "victim", "kind": "click", "item_id": "i00001"}
    token = gateway.access.persons.issue(Identity("ann", None)).text
    sent = (("e1", "shopper", None), ("e2", "shopper", token), ("e3", "shop", None))
    made = {}
    for event_id, scope, person in sent:
        body = {"events": [{**event, "event_id": event_id}], **({"person_token": person} if person else {})}
        answer = await client.post("/v1/events", json=body, headers=keys.bearer(scope))  # type: ignore[arg-type]
        assert [one["value"] for one in answer.json()["ignored"]] == ([] if scope == "shop" else ["victim"])
        made[event_id] = answer.json()["person"]
    rows = EventStore(open_database(gateway.config.store_url or "")).read_events().to_pylist()
    users = {row["event_id"]: row["user_id"] for row in rows}
    assert [users[one] for one in made] == [made["e1"]["session_id"], "ann", "victim"]
    assert made["e2"] is made["e3"] is None
    nobody = {"events": [{"event_id": "e4", "kind": "click", "item_id": "i00001"}]}
    answer = await client.post("/v1/events", json=nobody, headers=keys.bearer("shop"))
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "events.0.user_id")


async def test_only_an_operator_is_told_what_a_replica_has(keys: Keys, client: httpx.AsyncClient) -> None:
    assert scope_of("GET", "/readyz") == "operator"
    told = (await client.get("/readyz", headers=keys.bearer("operator"))).json()
    untold = (await client.get("/readyz")).json()
    assert told["catalogue_revision"] is not None and untold["catalogue_revision"] is untold["refused"] is None
    assert told["release"] == untold["release"]
