"""Items put, corrected and deleted while the shop is open: found, right, gone in seconds, also after a restart."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from deployments.config import AppConfig
from deployments.front import http_api
from deployments.gateway import Gateway
from deployments.shopper.people import Who
from pipelines import change_items
from pipelines.change_items import ChangeItemsConfig
from pipelines.running.job import Job
from recsys.artifacts import Workspace
from recsys.changes import Changes
from recsys.errors import NotAllowed, NotFound, NotIdentified, WrongData
from recsys.stores.catalogue import CatalogueStore
from recsys.stores.database import open_database, store_url
from tests.keys import keys_in, keys_of
from tests.pace import in_time
from tests.serving import PATIENT

WITHIN_S = 5.0
ITEM: dict[str, Any] = {
    "title": "Xylophonic quilting hoop",
    "category": ["Crafts", "Hoops"],
    "brand": "Zorblatt",
    "price_micros": 7_000_000,
    "currency": "USD",
    "attributes": {"material": ["ashwood", "maple"]},
}


def open_gateway(small_shop: Path, store: Path) -> Gateway:
    settings = {"workspace": str(small_shop), "topology": "fused", "store_url": f"sqlite:///{store}", **PATIENT}
    gateway = Gateway(AppConfig.parse(settings))
    assert gateway.shop is not None
    return gateway


def client_of(gateway: Gateway) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(http_api(lambda: gateway)), base_url="http://localhost", auth=keys_of(gateway)
    )


@pytest.fixture
async def shops(small_shop: Path, tmp_path: Path) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    """Two gateways over one store: what one writes, the other must show."""
    gateways = [open_gateway(small_shop, tmp_path / "store.sqlite") for _ in range(2)]
    async with client_of(gateways[0]) as here, client_of(gateways[1]) as there:
        yield here, there


async def eventually(shown: Callable[[], Any], shop: httpx.AsyncClient) -> float:
    """Seconds until something holds. Fails after WITHIN_S."""
    started = time.monotonic()
    while not await shown():
        assert in_time(started, WITHIN_S), "not shown within 5 s"
        await asyncio.sleep(0.05)
    return time.monotonic() - started


async def found(shop: httpx.AsyncClient, query: str, **asked: Any) -> list[dict[str, Any]]:
    answer = await shop.post("/v1/search", json={"query": query, "size": 50, **asked})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_an_item_is_found_corrected_and_gone_by_both(shops: tuple[httpx.AsyncClient, httpx.AsyncClient]) -> None:
    here, there = shops
    written = await here.put("/v1/items/hoop-1", json=ITEM | {"brand": "<b>Zor</b>blatt"})
    plain = [{"field": "brand", "kept": "Zorblatt"}]
    assert (written.status_code, written.json()) == (200, {"item_id": "hoop-1", "revision": 1, "made_plain": plain})
    for shop in (here, there):

        async def is_found(shop: httpx.AsyncClient = shop) -> bool:
            return [item["item_id"] for item in await found(shop, "xylophonic hoop")][:1] == ["hoop-1"]

        await eventually(is_found, shop)
        assert [item["item_id"] for item in await found(shop, "xylofonic", filters={"brands": ["Zorblatt"]})] == [
            "hoop-1"
        ]
        for value in ITEM["attributes"]["material"]:
            asked = {"filters": {"attributes": {"material": [value]}}, "facets": ["material"]}
            answer = (await shop.post("/v1/search", json={"query": "xylophonic hoop", **asked})).json()
            assert [item["item_id"] for item in answer["items"]] == ["hoop-1"]
            counts = {one["value"]: one["count"] for one in answer["facets"][0]["counts"]}
            assert counts["ashwood"] == counts["maple"] == 1
        similar = await shop.post("/v1/recommend", json={"surface": "item", "item_id": "hoop-1", "size": 10})
        assert similar.status_code == 200 and len(similar.json()["items"]) == 10
        told = await shop.get("/v1/suggest", params={"q": "xyloph"})
        assert "hoop-1" in {one["item_id"] for one in told.json()["suggestions"]}
        assert (await shop.get("/readyz")).json()["catalogue_revision"] == 1

    assert (await there.patch("/v1/items/hoop-1", json={"price_micros": 5_000_000})).status_code == 200
    for shop in (here, there):

        async def is_corrected(shop: httpx.AsyncClient = shop) -> bool:
            return bool((await shop.get("/v1/items/hoop-1")).json()["price_micros"] == 5_000_000)

        await eventually(is_corrected, shop)
        assert await found(shop, "xylophonic", filters={"price_max_micros": 5_000_000, "brands": ["Zorblatt"]})

    event = {"event_id": "e1", "user_id": "u1", "kind": "click", "item_id": "hoop-1"}
    assert (await there.post("/v1/events", json={"events": [event]})).json() == {
        "accepted": 1,
        "duplicates": 0,
        "ignored": [],
        "person": None,
    }
    slate = (await here.post("/v1/recommend", json={"user_id": "u1", "size": 20})).json()
    assert "user_state" not in slate["degraded"] and len(slate["items"]) == 20, "a history of an item no model knows"

    assert (await here.delete("/v1/items/hoop-1")).status_code == 200
    for shop in (here, there):

        async def is_gone(shop: httpx.AsyncClient = shop) -> bool:
            return (await shop.get("/v1/items/hoop-1")).status_code == 404

        await eventually(is_gone, shop)
        assert "hoop-1" not in {item["item_id"] for item in await found(shop, "xylophonic quilting hoop")}
        told = await shop.get("/v1/suggest", params={"q": "xyloph"})
        assert "hoop-1" not in {one["item_id"] for one in told.json()["suggestions"]}
    assert (await here.delete("/v1/items/hoop-1")).status_code == 404
    late = event | {"event_id": "e2", "kind": "return"}
    assert (await there.post("/v1/events", json={"events": [late]})).status_code == 200, "events go on to name it"


async def test_a_price_in_another_currency_is_compared_with_none_of_the_shops(
    shops: tuple[httpx.AsyncClient, httpx.AsyncClient],
) -> None:
    here, _ = shops
    assert (await here.put("/v1/items/hoop-1", json=ITEM | {"price_micros": 9_000_000})).status_code == 200
    assert (await here.put("/v1/items/hoop-2", json=ITEM | {"currency": "EUR"})).status_code == 200

    async def is_there() -> bool:
        return (await here.get("/v1/items/hoop-2")).status_code == 200

    await eventually(is_there, here)

    async def asked(query: str, **wish: Any) -> tuple[list[str], dict[str, str]]:
        answer = (await here.post("/v1/search", json={"query": query, "size": 50, **wish})).json()
        return [item["item_id"] for item in answer["items"]], {one["field"]: one["why"] for one in answer["ignored"]}

    limit: dict[str, Any] = {"filters": {"price_max_micros": ITEM["price_micros"]}}
    for wish, usual in ((limit, "hoop"), ({}, "hoop under 7")):
        ids, left_out = await asked(f"xylophonic {usual}", **wish)
        assert "hoop-2" not in ids and left_out["currency"].endswith(": 1 in EUR")
    for wish, own in (
        (limit | {"currency": "EUR"}, "hoop"),
        ({}, "hoop under 7 €"),
        ({"currency": "eur"}, "hoop under 7"),
    ):
        ids, left_out = await asked(f"xylophonic {own}", **wish)
        assert ids == ["hoop-2"] and "in USD" in left_out["currency"]
    ids, _ = await asked("xylophonic quilting hoop", sort="price_asc")
    assert ids == ["hoop-1", "hoop-2"], "dearer in the shop's own currency, and the only one that can be compared"
    assert await asked("xylophonic hoop") == ((await asked("xylophonic hoop"))[0], {}), "nothing is compared"


async def test_what_is_said_in_one_breath_adds_up(shops: tuple[httpx.AsyncClient, httpx.AsyncClient]) -> None:
    """A price is corrected before any replica shows the item: it keeps its currency."""
    here, there = shops
    assert (await here.put("/v1/items/quick", json=ITEM)).status_code == 200
    assert (await there.patch("/v1/items/quick", json={"price_micros": 4_000_000})).status_code == 200

    async def both() -> bool:
        item = (await there.get("/v1/items/quick")).json()
        return (item.get("price_micros"), item.get("currency"), item.get("brand")) == (4_000_000, "USD", "Zorblatt")

    await eventually(both, there)
    assert (await here.put("/v1/items/free", json={"title": "Free"})).status_code == 200

    async def is_there() -> bool:
        return (await here.get("/v1/items/free")).status_code == 200

    await eventually(is_there, here)
    refused = await here.patch("/v1/items/free", json={"price_micros": 1})
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, "currency")
    assert (await here.patch("/v1/items/free", json={"price_micros": 1, "currency": "USD"})).status_code == 200


async def test_a_meaning_is_found_too(shops: tuple[httpx.AsyncClient, httpx.AsyncClient]) -> None:
    """The vector index has it: on the page of an item that means the same, no word was asked for."""
    here, _ = shops
    known = (await here.get("/v1/items/i00001")).json()
    twin = {name: known[name] for name in ITEM}
    assert (await here.put("/v1/items/twin", json=twin)).status_code == 200

    async def is_near() -> bool:
        page: dict[str, Any] = {"surface": "item", "item_id": known["item_id"], "size": 50}
        near: list[dict[str, Any]] = []
        while "cursor" not in page or page["cursor"]:
            answer = (await here.post("/v1/recommend", json=page)).json()
            near, page["cursor"] = near + answer["items"], answer["cursor"]
        return any(one["item_id"] == "twin" and "text" in one["sources"] for one in near)

    await eventually(is_near, here)


async def test_an_item_of_the_release_is_sold_out_and_deleted_and_a_restart_remembers(
    small_shop: Path, tmp_path: Path
) -> None:
    store = tmp_path / "store.sqlite"
    gateway = open_gateway(small_shop, store)
    async with client_of(gateway) as shop:
        first, second = (item["item_id"] for item in (await found(shop, "red"))[:2])
        assert (await shop.patch(f"/v1/items/{first}", json={"in_stock": False})).json()["revision"] == 1
        assert (await shop.delete(f"/v1/items/{second}")).json()["revision"] == 2

        async def both() -> bool:
            return not {first, second} & {item["item_id"] for item in await found(shop, "red")}

        await eventually(both, shop)
    async with client_of(open_gateway(small_shop, store)) as shop:
        assert not {first, second} & {item["item_id"] for item in await found(shop, "red")}, "from its first answer on"
        assert (await shop.get(f"/v1/items/{first}")).json()["in_stock"] is False
        assert (await shop.get(f"/v1/items/{second}")).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "field"),
    [
        ("PUT", "x", {}, 422, "title"),
        ("PUT", "x", {"title": " "}, 422, "title"),
        ("PUT", "x", {"title": "<br>&nbsp;"}, 422, "title"),
        ("PUT", "x", ITEM | {"attributes": {"size": [1]}}, 422, "attributes.size.0"),
        ("PUT", "x", ITEM | {"currency": None}, 422, "currency"),
        ("PUT", "x", ITEM | {"price": 3}, 422, "price"),
        ("PUT", "x", ITEM | {"title": "a\0b"}, 422, "title"),
        ("PUT", "x" * 129, ITEM, 422, "item_id"),
        ("PATCH", "nobody", {"price_micros": 1}, 404, "item_id"),
        ("PATCH", "nobody", {}, 422, "body"),
        ("PATCH", "nobody", {"in_stock": None}, 422, "in_stock"),
        ("PATCH", "nobody", {"in_stock": 0.0}, 422, "in_stock"),
        ("PATCH", "nobody", {"price_micros": -1}, 422, "price_micros"),
        ("PATCH", "nobody", {"title": "T"}, 422, "title"),
        ("DELETE", "nobody", None, 404, "item_id"),
    ],
)
async def test_what_cannot_be_written_is_refused_by_field(
    shops: tuple[httpx.AsyncClient, httpx.AsyncClient], method: str, path: str, body: Any, status: int, field: str
) -> None:
    answer = await shops[0].request(method, f"/v1/items/{path}", json=body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (status, field), answer.text
    assert (await shops[0].get("/readyz")).json()["catalogue_revision"] == 0


def changes_of(path: Path) -> Changes:
    """What a store holds."""
    engine = open_database(store_url(path))
    found = CatalogueStore(engine).changes()
    engine.dispose()
    return found


def said_of(path: Path, item_id: str) -> dict[str, Any]:
    return next(dict(one.fields) for one in changes_of(path).items if one.item_id == item_id)


async def test_many_at_once_by_the_command(small_shop: Path, tmp_path: Path) -> None:
    store = tmp_path / "store.sqlite"
    gateway, key = open_gateway(small_shop, store), keys_in(store).secrets["storekeeper"]

    def told(text: str, action: str, name: str = "items.csv") -> int:
        (tmp_path / name).write_text(text, "utf-8")
        config = {"data": tmp_path / name, "action": action, "store_url": f"sqlite:///{store}", "key": key}
        return change_items.run(Workspace(small_shop), ChangeItemsConfig.parse(config), Job())

    head = "item_id,title,category,brand,price_micros,currency\n"
    rows = [f"bulk{n},Quondam widget {n},Crafts > Widgets,Zorblatt,{1000000 + n},USD\n" for n in range(300)]
    assert told(head + "".join(rows), "put") == 300
    async with client_of(gateway) as shop:

        async def all_there() -> bool:
            answer = await shop.post("/v1/search", json={"query": "quondam widget", "size": 1})
            return bool(answer.json()["num_matches"] >= 300)

        await eventually(all_there, shop)
        assert told("item_id,price_micros\nbulk0,5\nbulk1,6\n", "patch") == 302
        assert told("item_id\nbulk2\n", "delete") == 303

        async def corrected() -> bool:
            zero, two = [await shop.get(f"/v1/items/bulk{n}") for n in (0, 2)]
            return (zero.json()["price_micros"], zero.json()["currency"], two.status_code) == (5, "USD", 404)

        await eventually(corrected, shop)
        parquet = pa.table({"item_id": ["bulk7"], "title": ["Quondam widget anew"]})
        pq.write_table(parquet, tmp_path / "items.parquet")
        before = said_of(store, "bulk7")["created_at"]
        config = {"data": tmp_path / "items.parquet", "store_url": f"sqlite:///{store}", "key": key}
        assert change_items.run(Workspace(small_shop), ChangeItemsConfig.parse(config), Job()) == 304
        after = said_of(store, "bulk7")
        assert (after["title"], after["created_at"], after["price_micros"]) == ("Quondam widget anew", before, None)
        with pytest.raises(NotFound, match="nobody"):
            told("item_id,price_micros\nbulk5,1\nnobody,1\n", "patch")
        with pytest.raises(WrongData, match="item_id repeated 1"):
            told(head + rows[0] + rows[0], "put")
        assert max(one.revision for one in changes_of(store).items) == 304, "a refused file changes nothing"


def test_the_command_changes_nothing_without_a_storekeepers_key(small_shop: Path, tmp_path: Path) -> None:
    store, file = tmp_path / "store.sqlite", tmp_path / "gone.csv"
    file.write_text("item_id\ni00001\n")
    keys = keys_in(store)
    for key, refusal in (
        (None, NotIdentified),
        ("vt_storekeeper_x_y", NotIdentified),
        (keys.secrets["shop"], NotAllowed),
    ):
        config = {"data": file, "action": "delete", "store_url": f"sqlite:///{store}", "key": key}
        with pytest.raises(refusal, match="key"):
            change_items.run(Workspace(small_shop), ChangeItemsConfig.parse(config), Job())
    assert changes_of(store).revision == 0


async def test_writing_goes_on_while_people_ask(shops: tuple[httpx.AsyncClient, httpx.AsyncClient]) -> None:
    """Under load every page is whole, and only of items that were there at some moment."""
    here, there = shops
    started = time.monotonic()
    pages = 0

    def goes_on() -> bool:
        return time.monotonic() - started < 3.0 or (pages <= 20 and in_time(started, 3.0))

    async def ask(shop: httpx.AsyncClient) -> None:
        nonlocal pages
        while goes_on():
            answer = await shop.post("/v1/search", json={"query": "hoop", "size": 20, "facets": ["brand"]})
            assert answer.status_code == 200 and not answer.json()["degraded"], answer.text
            pages += 1

    async def write() -> None:
        number = 0
        while goes_on():
            number += 1
            assert (await here.put(f"/v1/items/w{number % 9}", json=ITEM | {"brand": f"B{number}"})).status_code == 200
            if number % 5 == 0:
                assert (await there.delete(f"/v1/items/w{number % 9}")).status_code in (200, 404)
            await asyncio.sleep(0.02)

    await asyncio.gather(ask(here), ask(there), write())
    assert pages > 20, "or the machine is ten times too slow"


async def test_an_item_that_came_in_since_the_release_is_in_the_history_of_who_bought_it(
    small_shop: Path, tmp_path: Path
) -> None:
    gateway = open_gateway(small_shop, tmp_path / "store.sqlite")
    async with client_of(gateway) as shop:
        assert (await shop.put("/v1/items/hoop-1", json=ITEM)).status_code == 200

        async def is_shown() -> bool:
            return (await shop.get("/v1/items/hoop-1")).status_code == 200

        await eventually(is_shown, shop)
        event = {"event_id": "e1", "user_id": "u-new", "kind": "purchase", "item_id": "hoop-1"}
        assert (await shop.post("/v1/events", json={"events": [event]})).status_code == 200
        known = await gateway.people.known(Who("u-new", None), time.time() + 1.0, gateway.shop.edition)
        row = gateway.shop.catalogue.row["hoop-1"]
        assert known.history.index.tolist() == [row] == known.bought.tolist()
