"""The HTTP doors over a real shop in this process: answers, pages, refusals."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from deployments.app import _deployment
from deployments.config import AppConfig
from deployments.front import http_api
from deployments.gateway import Gateway
from deployments.replicas.stages import open_store
from deployments.shopper.desk import UNASKED
from deployments.shopper.event_shapes import EventsIn
from deployments.shopper.shapes import RecommendIn, SearchIn
from recsys.ads.tokens import Claim, sign
from recsys.cursor import Cursor, digest, hash_ids
from recsys.slate import Sort
from recsys.stores.database import store_url
from recsys.stores.events import EventStore
from recsys.stores.keys import signing_key
from tests.campaigns import advertise
from tests.keys import SERVER, keys_of
from tests.serving import PATIENT, post

JSON = {"content-type": "application/json"}  # without it a body is not read as JSON


@pytest.fixture(scope="module")
def gateway(small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Gateway:
    store = tmp_path_factory.mktemp("store") / "store.sqlite"
    config: dict[str, Any] = {"workspace": str(small_shop), "topology": "fused", "store_url": store_url(store)}
    config |= PATIENT
    advertise(small_shop, config["store_url"])
    return Gateway(AppConfig.parse(config))


def title_words(gateway: Gateway) -> str:
    return " ".join(gateway.shop.catalogue.titles[0].replace(",", "").split()[:3])


async def test_search_finds_the_words_of_a_title(shop: httpx.AsyncClient, gateway: Gateway) -> None:
    page = await post(shop, "/v1/search", query=gateway.shop.catalogue.titles[0], size=10)
    assert gateway.shop.catalogue.item_ids[0] in [item["item_id"] for item in page["items"]]
    first = page["items"][0]
    assert first["sources"] and first["reason"]["text"] and 0 < first["propensity"] <= 1 and 0 < first["p_ctr"] < 1
    assert page["degraded"] == [] and {"recall", "ranking", "total"} <= page["stage_ms"].keys()
    assert page["release"] == gateway.shop.release.key and "recall" in page["artifacts"]


async def test_pages_go_on_and_never_repeat(shop: httpx.AsyncClient, gateway: Gateway) -> None:
    request = {"query": title_words(gateway), "size": 7, "user_id": gateway.shop.release.histories.user_ids[0]}
    page = await post(shop, "/v1/search", **request)
    seen, slate_id, total = [item["item_id"] for item in page["items"]], page["slate_id"], page["num_matches"]
    whole = [item["match"] == "all" for item in page["items"]]
    while page["cursor"]:
        page = await post(shop, "/v1/search", **request, cursor=page["cursor"])
        assert page["slate_id"] == slate_id
        assert [item["position"] for item in page["items"]] == list(range(len(seen), len(seen) + len(page["items"])))
        seen += [item["item_id"] for item in page["items"]]
        whole += [item["match"] == "all" for item in page["items"]]
    assert len(set(seen)) == len(seen)
    assert sum(whole) == total and all(whole[:total]), "every match was shown, before all that only comes close"


async def test_a_cursor_of_another_request_is_refused(shop: httpx.AsyncClient, gateway: Gateway) -> None:
    page = await post(shop, "/v1/recommend", size=3)
    answer = await shop.post("/v1/search", json={"query": "x", "size": 3, "cursor": page["cursor"]})
    assert answer.status_code == 422 and answer.json()["error"]["field"] == "cursor"


async def test_a_cursor_that_the_shop_did_not_make_is_refused(shop: httpx.AsyncClient, gateway: Gateway) -> None:
    page = await post(shop, "/v1/recommend", size=3)
    asked = digest("None\0" + RecommendIn().model_dump_json(exclude=UNASKED))
    assert (
        Cursor.decode(page["cursor"], asked, signing_key(open_store(gateway.config), "cursors")).slate_id
        == page["slate_id"]
    )
    forged = Cursor(page["slate_id"], 0, float("nan"), asked, 2**32 - 1, hash_ids([])).encode(b"0" * 32)
    for cursor in (forged, page["cursor"][:-4] + "AAAA", page["cursor"][:-1], ""):
        answer = await shop.post("/v1/recommend", json={"size": 3, "cursor": cursor})
        assert answer.status_code == 422 and answer.json()["error"]["field"] == "cursor"


async def test_filters_hold_and_facets_count_what_is_there(shop: httpx.AsyncClient, gateway: Gateway) -> None:
    catalogue = gateway.shop.catalogue
    page = await post(shop, "/v1/recommend", facets=["brand", "category"], size=5)
    assert page["num_matches"] == int(catalogue.in_stock.sum()) and page["matches_exact"]
    brand, count = (page["facets"][0]["counts"][0][name] for name in ("value", "count"))
    chosen = await post(shop, "/v1/recommend", filters={"brands": [brand]}, size=50, exclude_bought=False)
    assert chosen["num_matches"] == count and {item["brand"] for item in chosen["items"]} == {brand}
    assert all(item["in_stock"] for item in chosen["items"])


@pytest.mark.parametrize("sort", ["price_asc", "price_desc", "rating", "newest"])
async def test_a_search_is_sorted_over_all_its_pages(shop: httpx.AsyncClient, gateway: Gateway, sort: Sort) -> None:
    leaf = Counter(path[-1] for path in gateway.shop.catalogue.paths).most_common(1)[0][0]
    request = {"query": leaf, "size": 4, "user_id": gateway.shop.release.histories.user_ids[0]}
    pages = [await post(shop, "/v1/search", **request, sort=sort)]
    while pages[-1]["cursor"]:
        pages.append(await post(shop, "/v1/search", **request, sort=sort, cursor=pages[-1]["cursor"]))
    items = [item for page in pages for item in page["items"]]
    organic = np.array([gateway.shop.catalogue.row[item["item_id"]] for item in items if not item["sponsored"]])
    assert len(pages) > 1 and organic.tolist() == gateway.shop.catalogue.sorted(organic, sort).tolist()
    assert len(items) == pages[0]["num_matches"] == (await post(shop, "/v1/search", **request))["num_matches"]
    assert not any(item["sponsored"] for item in items) and {item["match"] for item in items} == {"all"}
    assert {item["propensity"] for item in items} == {1.0} and {page["policy"] for page in pages} == {f"sorted:{sort}"}


async def test_filters_hold_in_a_sorted_search(shop: httpx.AsyncClient, gateway: Gateway) -> None:
    brand = gateway.shop.answers.item(gateway.shop.catalogue.item_ids[0]).brand
    body = {"query": title_words(gateway), "sort": "price_asc", "filters": {"brands": [brand]}, "size": 50}
    page = await post(shop, "/v1/search", **body)
    organic = [item for item in page["items"] if not item["sponsored"]]
    assert organic and {item["brand"] for item in organic} == {brand}
    assert [item["price_micros"] for item in organic] == sorted(item["price_micros"] for item in organic)


async def test_a_cursor_of_another_order_is_refused(shop: httpx.AsyncClient, gateway: Gateway) -> None:
    page = await post(shop, "/v1/recommend", size=3, sort="newest")
    answer = await shop.post("/v1/recommend", json={"size": 3, "sort": "price_asc", "cursor": page["cursor"]})
    assert answer.status_code == 422 and answer.json()["error"]["field"] == "cursor"


async def test_without_the_past_everybody_gets_what_is_popular_and_nobody_what_they_have(
    shop: httpx.AsyncClient, gateway: Gateway
) -> None:
    request = {"user_id": gateway.shop.release.histories.user_ids[0], "size": 20}
    impersonal = await post(shop, "/v1/recommend", **request, personal=False)
    anchored = {"chosen_together", "similar", "taste"}
    personal = await post(shop, "/v1/recommend", **request)
    codes = [{one["reason"]["code"] for one in page["items"] if one["reason"]} for page in (impersonal, personal)]
    assert not anchored & codes[0] and anchored & codes[1]
    item_id = impersonal["items"][0]["item_id"]
    bought = {"event_id": uuid.uuid4().hex, "user_id": request["user_id"], "kind": "purchase", "item_id": item_id}
    await post(shop, "/v1/events", events=[bought])
    again = await post(shop, "/v1/recommend", **request | {"size": 50}, personal=False)
    assert item_id not in [item["item_id"] for item in again["items"]]


async def test_a_search_is_completed_while_it_is_written(shop: httpx.AsyncClient, gateway: Gateway) -> None:
    word = max(title_words(gateway).split(), key=len)
    found = (await shop.get("/v1/suggest", params={"q": word[:4]})).json()["suggestions"]
    assert 0 < len(found) <= 8 and all(word[:4].lower() in one["text"].lower() for one in found)
    title = next(one for one in found if one["kind"] == "item")
    assert gateway.shop.answers.item(title["item_id"]).title == title["text"]
    page = await post(shop, "/v1/search", query=found[0]["text"])
    assert page["num_matches"] > 0, "what is suggested is found"
    assert len((await shop.get("/v1/suggest", params={"q": word[:4], "size": 2})).json()["suggestions"]) == 2
    assert (await shop.get("/v1/suggest", params={"q": ""})).json() == {"suggestions": []}
    wrongs: list[dict[str, str | int]] = [{}, {"q": "x" * 401}, {"q": "x", "size": 9}, {"q": "\0"}]
    for wrong in wrongs:
        assert (await shop.get("/v1/suggest", params=wrong)).status_code == 422


async def test_bought_items_stay_away_unless_wanted(shop: httpx.AsyncClient, gateway: Gateway) -> None:
    item = (await post(shop, "/v1/recommend", user_id="newcomer", size=1))["items"][0]["item_id"]
    event = {"event_id": uuid.uuid4().hex, "user_id": "newcomer", "kind": "purchase", "item_id": item}
    assert await post(shop, "/v1/events", events=[event]) == {
        "accepted": 1,
        "duplicates": 0,
        "ignored": [],
        "person": None,
    }
    assert await post(shop, "/v1/events", events=[event]) == {
        "accepted": 0,
        "duplicates": 1,
        "ignored": [],
        "person": None,
    }
    after = await post(shop, "/v1/recommend", user_id="newcomer", size=50)
    assert item not in [one["item_id"] for one in after["items"]]


async def test_what_a_session_bought_stays_away_too(shop: httpx.AsyncClient, gateway: Gateway) -> None:
    item = (await post(shop, "/v1/recommend", session_id="till", size=1))["items"][0]["item_id"]
    event = {"event_id": uuid.uuid4().hex, "user_id": "till", "session_id": "till", "kind": "purchase"}
    await post(shop, "/v1/events", events=[{**event, "item_id": item}])
    for wanted, exclude in ((False, True), (True, False)):
        brand = gateway.shop.answers.item(item).brand
        page = {"session_id": "till", "size": 50, "exclude_bought": exclude, "filters": {"brands": [brand]}}
        shown = [one["item_id"] for one in (await post(shop, "/v1/recommend", **page))["items"]]
        assert (item in shown) is wanted


async def test_a_click_changes_what_comes_next(shop: httpx.AsyncClient, gateway: Gateway) -> None:
    before = await post(shop, "/v1/recommend", user_id="visitor", size=10)
    click = {"user_id": "visitor", "kind": "click"}
    clicked = gateway.shop.catalogue.item_ids[1:4]
    events = [{**click, "event_id": uuid.uuid4().hex, "item_id": item_id} for item_id in clicked]
    await post(shop, "/v1/events", events=events)
    after = await post(shop, "/v1/recommend", user_id="visitor", size=10)
    assert [item["item_id"] for item in before["items"]] != [item["item_id"] for item in after["items"]]


async def test_a_sponsored_click_is_charged_once_and_its_token_is_its_own(
    shop: httpx.AsyncClient, gateway: Gateway
) -> None:
    sponsored = None
    for user_id in gateway.shop.release.histories.user_ids[:40]:
        page = await post(shop, "/v1/recommend", user_id=user_id, size=12)
        sponsored = next((item for item in page["items"] if item["sponsored"]), None)
        if sponsored:
            break
    assert sponsored, "the simulated campaigns reach somebody"
    ledger = gateway.ledger
    before = sum(ledger.spent().values())
    click = {
        "user_id": user_id,
        "kind": "click",
        "item_id": sponsored["item_id"],
        "slate_id": page["slate_id"],
        "ad_token": sponsored["ad_token"],
    }
    for _ in range(3):
        await post(shop, "/v1/events", events=[{**click, "event_id": uuid.uuid4().hex}])
    assert sum(ledger.spent().values()) > before
    once = sum(ledger.spent().values())
    await post(shop, "/v1/events", events=[{**click, "event_id": uuid.uuid4().hex}])
    assert sum(ledger.spent().values()) == once
    forged = {**click, "event_id": "forged", "ad_token": sponsored["ad_token"][:-4] + "AAAA"}
    assert (await shop.post("/v1/events", json={"events": [forged]})).status_code == 403


def test_every_token_that_is_signed_can_be_sent_back() -> None:
    token = sign(Claim("0" * 32, "货" * 128, "活" * 128, 10**12), b"k" * 32)
    assert len(token) > 2000
    click = {"event_id": "e", "user_id": "u", "kind": "click", "item_id": "货" * 128, "ad_token": token}
    assert EventsIn.model_validate({"events": [click]})


def test_a_full_queue_before_the_gateway_also_says_when_to_ask_again() -> None:
    gateway = _deployment("Gateway", Gateway, AppConfig().gateway)
    assert gateway.backpressure_config.retry_after_s == 1.0 and gateway.backpressure_config.status_code == 503


async def test_a_batch_is_kept_with_its_charges_or_not_at_all(shop: httpx.AsyncClient, gateway: Gateway) -> None:
    item = gateway.shop.catalogue.item_ids[0]
    token = sign(Claim("s", item, "no campaign of this store", 5), signing_key(open_store(gateway.config)))
    event = {"event_id": uuid.uuid4().hex, "user_id": "u", "kind": "click", "item_id": item, "slate_id": "s"}
    answer = await shop.post("/v1/events", json={"events": [{**event, "ad_token": token}]})
    assert answer.status_code == 404
    assert await post(shop, "/v1/events", events=[event]) == {
        "accepted": 1,
        "duplicates": 0,
        "ignored": [],
        "person": None,
    }


async def test_a_locked_store_is_503_for_events_and_keeps_no_slate_waiting(small_shop: Path, tmp_path: Path) -> None:
    store = tmp_path / "store.sqlite"
    settings = {"workspace": str(small_shop), "topology": "fused", "store_url": f"sqlite:///{store}"}
    gateway = Gateway(AppConfig.parse({**settings, "store_deadline_s": 0.3}))
    transport = httpx.ASGITransport(http_api(lambda: gateway), raise_app_exceptions=False)
    event = {"event_id": "e", "user_id": "u", "kind": "click", "item_id": gateway.shop.catalogue.item_ids[0]}
    keys = keys_of(gateway)
    lock = sqlite3.connect(store, isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", auth=keys) as client:
        waiting = [asyncio.create_task(client.post("/v1/events", json={"events": [event]})) for _ in range(20)]
        await asyncio.sleep(0.05)
        assert len((await post(client, "/v1/recommend", user_id="u", size=3))["items"]) == 3
        assert not all(task.done() for task in waiting), "a slate does not queue behind the writers"
        answers = await asyncio.gather(*waiting)
        assert {(answer.status_code, answer.headers.get("retry-after")) for answer in answers} == {(503, "1")}
        lock.execute("ROLLBACK")
        lock.close()
        kept = await post(client, "/v1/events", events=[event])  # a writer may have met the open lock after its answer
        assert kept["accepted"] + kept["duplicates"] == 1
    await gateway.shop.sink.close()


async def test_a_store_that_does_not_answer_degrades_the_slate(
    shop: httpx.AsyncClient, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway.people, "_deadline_s", 0.02)
    monkeypatch.setattr(EventStore, "recent", lambda *_, **__: time.sleep(0.3))
    page = await post(shop, "/v1/recommend", user_id="nobody knows", size=3)
    assert page["degraded"] == ["user_state"] and len(page["items"]) == 3


async def test_impressions_reach_the_store_with_their_propensity(shop: httpx.AsyncClient, gateway: Gateway) -> None:
    page = await post(shop, "/v1/recommend", user_id="seen-by-nobody", size=6)
    await gateway.shop.sink.flush()
    rows = gateway.store.read_events(since_s=time.time() - 60).to_pylist()
    mine = {row["item_id"]: row for row in rows if row["slate_id"] == page["slate_id"]}
    assert {item["item_id"]: item["propensity"] for item in page["items"]} == {
        item_id: row["propensity"] for item_id, row in mine.items()
    }


async def test_the_last_impressions_are_written_when_a_replica_ends(small_shop: Path, tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'store.sqlite'}"
    ending = Gateway(AppConfig.parse({"workspace": str(small_shop), "topology": "fused", "store_url": store}))
    page = await ending.shop.recommend(RecommendIn(size=4), SERVER, "request")
    ending.__del__()
    assert ending.store.read_events(since_s=0).num_rows == len(page.items) == 4


async def test_refusals_name_the_field(shop: httpx.AsyncClient, gateway: Gateway) -> None:
    cases: list[tuple[str, dict[str, Any], int, str]] = [
        ("/v1/search", {}, 422, "query"),
        ("/v1/search", {"query": "x", "size": 0}, 422, "size"),
        ("/v1/search", {"query": "x", "sise": 3}, 422, "sise"),
        ("/v1/search", {"query": "x", "size": "3"}, 422, "size"),
        ("/v1/search", {"query": "x", "filters": {"price_min_micros": True}}, 422, "filters.price_min_micros"),
        ("/v1/recommend", {"personal": 0}, 422, "personal"),
        ("/v1/search", {"query": "x", "cursor": "!"}, 422, "cursor"),
        ("/v1/recommend", {"surface": "item"}, 422, "item_id"),
        ("/v1/events", {"events": []}, 422, "events"),
        (
            "/v1/events",
            {"events": [{"event_id": "a", "user_id": "u", "kind": "click", "item_id": "nothing"}]},
            404,
            "events.0.item_id",
        ),
    ]
    for path, body, status, field in cases:
        answer = await shop.post(path, json=body)
        error = answer.json()["error"]
        assert (answer.status_code, error["field"]) == (status, field), answer.text
        assert error["message"] and "Traceback" not in answer.text
    assert (await shop.get("/v1/items/nothing")).status_code == 404
    assert (await shop.post("/v1/search", content=b"{", headers=JSON)).status_code == 422
    assert (await shop.post("/v1/search", content=b" " * 1_000_001)).status_code == 413
    assert (await shop.get("/nowhere")).json()["error"]["field"] == "path"


BAD = ["\\ud800", "\\u0000", "a\\udfffb"]


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v1/search", '{"query": "BAD"}', "query"),
        ("/v1/search", '{"query": "x", "user_id": "BAD"}', "user_id"),
        ("/v1/search", '{"query": "x", "session_id": "BAD"}', "session_id"),
        ("/v1/search", '{"query": "x", "cursor": "BAD"}', "cursor"),
        ("/v1/search", '{"query": "x", "facets": ["BAD"]}', "facets.0"),
        ("/v1/search", '{"query": "x", "filters": {"brands": ["BAD"]}}', "filters.brands.0"),
        ("/v1/search", '{"query": "x", "filters": {"categories": [["BAD"]]}}', "filters.categories.0.0"),
        ("/v1/search", '{"query": "x", "filters": {"attributes": {"a": ["BAD"]}}}', "filters.attributes.a.0"),
        ("/v1/search", '{"query": "x", "filters": {"attributes": {"BAD": ["a"]}}}', "filters.attributes"),
        ("/v1/recommend", '{"surface": "item", "item_id": "BAD"}', "item_id"),
        ("/v1/recommend", '{"surface": "cart", "cart_item_ids": ["BAD"]}', "cart_item_ids.0"),
        (
            "/v1/events",
            '{"events": [{"event_id": "a", "user_id": "BAD", "kind": "click", "item_id": "i"}]}',
            "events.0.user_id",
        ),
    ],
)
async def test_text_that_no_store_keeps_is_refused_at_the_door(
    shop: httpx.AsyncClient, path: str, body: str, field: str, bad: str
) -> None:
    answer = await shop.post(path, content=body.replace("BAD", bad), headers=JSON)
    assert answer.status_code == 422, answer.text
    assert answer.json()["error"]["field"].startswith(field)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"query": "x" "size": 1}',
        b"\xff",
        b'{"query": "\xff\xfe"}',
        b"[" * 100_000,
        b"[]",
        b"null",
        b'{"query": "x", "size": ' + b"9" * 5000 + b"}",
    ],
)
async def test_a_body_that_is_no_request_is_422_and_says_body(shop: httpx.AsyncClient, body: bytes) -> None:
    answer = await shop.post("/v1/search", content=body, headers=JSON)
    error = answer.json()["error"]
    assert (answer.status_code, error["field"]) == (422, "body"), answer.text
    assert "path" not in error["message"]


async def test_a_body_of_another_type_is_refused_by_its_type(shop: httpx.AsyncClient) -> None:
    for headers in ({}, {"content-type": "text/plain"}):
        error = (await shop.post("/v1/search", content=b'{"query": "x"}', headers=headers)).json()["error"]
        assert (error["field"], error["wanted"]) == ("content-type", "application/json")


async def test_refusals_are_short_and_say_what_door(shop: httpx.AsyncClient) -> None:
    wrong = await shop.get("/v1/search")
    assert (wrong.status_code, wrong.headers["allow"], wrong.json()["error"]["field"]) == (405, "POST", "method")
    for answer in (
        await shop.get("/v1/items/" + "a" * 20_000),
        await shop.post("/v1/search", json={"query": "x", "cursor": "A" * 39_999}),
        await shop.get("/" + "a" * 20_000),
    ):
        assert len(answer.content) < 1500


async def test_one_bad_batch_does_not_end_the_impressions(shop: httpx.AsyncClient, gateway: Gateway) -> None:
    page = await post(shop, "/v1/recommend", size=1)
    sink, lost = gateway.shop.sink, gateway.shop.sink.lost
    good = sink._waiting.pop()
    sink.put([replace(good, query="\0")])
    await asyncio.sleep(0.5)
    assert sink.lost == lost + 1
    sink.put([replace(good, slate_id=page["slate_id"] + "-again")])
    await asyncio.sleep(0.5)
    rows = gateway.store.read_events(since_s=time.time() - 60).to_pylist()
    assert page["slate_id"] + "-again" in [row["slate_id"] for row in rows]


async def test_every_answer_has_a_request_id_that_may_stand_in_a_header(shop: httpx.AsyncClient) -> None:
    for name in (b"two words", b"tab\tbed", b"\xe4\xb8\xad", b"a" * 129, b""):
        answer = await shop.get("/healthz", headers=[(b"x-request-id", name)])
        assert len(answer.headers["x-request-id"]) == 32
    refused = await shop.post("/v1/search", content=b" " * 1_000_001, headers={"x-request-id": "mine"})
    assert (refused.status_code, refused.headers["x-request-id"]) == (413, "mine")


async def test_a_slow_body_is_408_and_takes_no_place(gateway: Gateway) -> None:
    class Impatient:
        config = gateway.config.updated({"body_deadline_s": 0.2, "max_in_flight": 1})

    async def trickle() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(5)

    transport = httpx.ASGITransport(http_api(lambda: Impatient()))  # type: ignore[arg-type,return-value]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        slow = asyncio.create_task(client.post("/v1/search", content=trickle(), headers=JSON))
        await asyncio.sleep(0.02)
        assert (await client.get("/nowhere")).status_code == 404
        assert not slow.done()
        answer = await slow
        assert (answer.status_code, answer.headers["connection"]) == (408, "close")


async def test_full_is_503_with_retry_after_and_late_is_408(small_shop: Path, gateway: Gateway) -> None:
    class Late:
        config = gateway.config.updated({"request_deadline_s": 0.05, "max_in_flight": 1})
        access, sessions = gateway.access, gateway.sessions

        class shop:  # noqa: N801
            @staticmethod
            async def search(*_: Any) -> None:
                await asyncio.sleep(5)

    transport = httpx.ASGITransport(http_api(lambda: Late()))  # type: ignore[arg-type,return-value]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", auth=keys_of(gateway)) as client:
        answers = await asyncio.gather(*(client.post("/v1/search", json={"query": "x"}) for _ in range(3)))
        assert sorted(answer.status_code for answer in answers) == [408, 503, 503]
        late = asyncio.create_task(client.post("/v1/search", json={"query": "x"}))
        await asyncio.sleep(0.02)
        assert (await client.get("/healthz")).status_code == 200, "a busy replica is alive"
        assert (await late).status_code == 408
    assert {answer.headers.get("retry-after") for answer in answers if answer.status_code == 503} == {"1"}
    assert all(answer.headers["x-request-id"] for answer in answers)


async def test_one_address_has_not_all_places(gateway: Gateway) -> None:
    class Late:
        config = gateway.config.updated(
            {"request_deadline_s": 0.2, "max_in_flight": 9, "max_in_flight_per_address": 1, "proxies": ["127.0.0.1"]}
        )
        access, sessions = gateway.access, gateway.sessions

        class shop:  # noqa: N801
            @staticmethod
            async def search(*_: Any) -> None:
                await asyncio.sleep(5)

    def search(address: str) -> Awaitable[httpx.Response]:
        return client.post("/v1/search", json={"query": "x"}, headers={"x-forwarded-for": address})

    transport = httpx.ASGITransport(http_api(lambda: Late()))  # type: ignore[arg-type,return-value]
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", auth=keys_of(gateway)) as client:
        answers = await asyncio.gather(*(search(f"192.0.2.{number}") for number in (1, 1, 1, 2)))
        assert [answer.status_code for answer in answers] == [408, 429, 429, 408]
        assert answers[1].headers["retry-after"] == "1" and answers[1].json()["error"]["field"] == "address"
        assert (await search("192.0.2.1")).status_code == 408, "the place is free again"


async def test_health_page_and_documents(shop: httpx.AsyncClient, gateway: Gateway) -> None:
    assert (await shop.get("/healthz")).json() == {"status": "ok"}
    assert (await shop.get("/readyz")).json()["status"] == "ready"
    for address, status in (("/", 200), ("/item/" + gateway.shop.catalogue.item_ids[0], 200), ("/item/none", 404)):
        answer = await shop.get(address)
        assert answer.status_code == status and "<!doctype html>" in answer.text.lower()
        assert "default-src 'self'" in answer.headers["content-security-policy"]
    doors = (await shop.get("/openapi.json")).json()["paths"]
    assert {
        "/v1/search",
        "/v1/recommend",
        "/v1/suggest",
        "/v1/events",
        "/v1/items/{item_id}",
        "/healthz",
        "/readyz",
    } <= doors.keys()
    assert (await shop.get("/healthz", headers={"x-request-id": "mine"})).headers["x-request-id"] == "mine"


async def test_every_door_documents_its_shapes_examples_and_refusals(shop: httpx.AsyncClient) -> None:
    api = (await shop.get("/openapi.json")).json()
    shapes = api["components"]["schemas"]
    for path in ("/v1/search", "/v1/recommend", "/v1/events"):
        door = api["paths"][path]["post"]
        examples = shapes[door["requestBody"]["content"]["application/json"]["schema"]["$ref"].split("/")[-1]][
            "examples"
        ]
        assert examples
        for example in examples:
            await post(shop, path, **example)
    for doors in api["paths"].values():
        for door in doors.values():
            for status, answer in door["responses"].items():
                if status == "304" or (status == "200" and "image/png" in answer["content"]):
                    continue
                schema = answer["content"]["application/json"]["schema"]
                assert status == "200" or schema == {"$ref": "#/components/schemas/ErrorOut"}
                if "$ref" in schema:
                    assert shapes[schema["$ref"].split("/")[-1]]["examples"]
    assert {"403", "404", "408", "413", "422", "503"} <= api["paths"]["/v1/events"]["post"]["responses"].keys()


async def test_the_documents_need_no_outside_host(shop: httpx.AsyncClient) -> None:
    page = await shop.get("/docs")
    assert page.status_code == 200 and "default-src 'self'" in page.headers["content-security-policy"]
    parts = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert any(part.endswith("/docs.js") for part in parts) and all(
        part.startswith("/") and part[:2] != "//" for part in parts
    )
    for part in parts:
        found = await shop.get(part)
        assert found.status_code == 200
        assert "http" not in found.text.replace("http://www.w3.org/", "") or part in ("/openapi.json", "/")
    assert (await shop.get("/redoc")).status_code == 404


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
BODIES = {
    "/v1/search": st.dictionaries(st.sampled_from([*SearchIn.model_fields]), anything),
    "/v1/recommend": st.dictionaries(st.sampled_from([*RecommendIn.model_fields]), anything),
    "/v1/events": st.dictionaries(st.sampled_from([*EventsIn.model_fields]), anything),
}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(BODIES)).flatmap(lambda path: st.tuples(st.just(path), BODIES[path])))
def test_nothing_sent_makes_a_500(gateway: Gateway, request_: tuple[str, dict[str, Any]]) -> None:
    path, body = request_

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(http_api(lambda: gateway), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", auth=keys_of(gateway)) as client:
            answer = await client.post(path, content=json.dumps(body), headers=JSON)
        await gateway.shop.sink.close()
        gateway.shop.sink._task = None
        return answer

    assert asyncio.run(send()).status_code in (200, 404, 422)


async def test_a_picture_that_the_shop_has_is_named_and_handed_out(shop: httpx.AsyncClient) -> None:
    item = (await shop.get("/v1/items/i00001")).json()
    assert item["image"] == "/v1/items/i00001/image"
    picture = await shop.get(item["image"])
    assert picture.headers["content-type"] == "image/png" and "max-age" in picture.headers["cache-control"]
    assert picture.content.startswith(b"\x89PNG") and len(picture.content) < 12_000
    shown = (await post(shop, "/v1/recommend", size=3))["items"]
    assert [one["image"] for one in shown] == [f"/v1/items/{one['item_id']}/image" for one in shown]
    again = await shop.get(item["image"], headers={"if-none-match": f'"other", W/{picture.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"") and again.headers["etag"] == picture.headers["etag"]
    changed = await shop.get(item["image"], headers={"if-none-match": '"other"'})
    assert (changed.status_code, changed.content) == (200, picture.content)
    nobody = await shop.get("/v1/items/nobody/image")
    assert (nobody.status_code, nobody.json()["error"]["field"]) == (404, "item_id")


async def test_a_search_says_what_it_understood_and_takes_no_for_an_answer(
    shop: httpx.AsyncClient, gateway: Gateway
) -> None:
    catalogue = gateway.shop.catalogue
    kind = catalogue.paths[0][-1]
    dear = float(np.nanmedian(catalogue.prices.of().values)) / 1e6
    request = {"query": f"{kind} under {dear:.0f} without unobtainium", "size": 5, "facets": ["brand"]}
    page = await post(shop, "/v1/search", **request)
    understood = page["understood"]
    assert {one["words"] for one in understood["filters"]} >= {f"under {dear:.0f}"}
    assert understood["excluded"] == [{"words": "without unobtainium", "value": "unobtainium"}]
    assert all(item["price_micros"] <= round(dear) * 1_000_000 for item in page["items"])
    seen = [item["item_id"] for item in page["items"]]
    while page["cursor"] and len(seen) < 20:
        page = await post(shop, "/v1/search", cursor=page["cursor"], **request)
        assert page["understood"] == understood
        assert all(item["price_micros"] <= round(dear) * 1_000_000 for item in page["items"])
        seen += [item["item_id"] for item in page["items"]]
    assert len(seen) == len(set(seen))

    refused = [one["words"] for one in (*understood["filters"], *understood["excluded"])]
    plain = await post(shop, "/v1/search", as_written=refused, **request)
    assert plain["understood"] == {key: [] for key in understood} | {
        "text": request["query"],
        "corrected": plain["understood"]["corrected"],
        "ignored": plain["understood"]["ignored"],
    }
    assert {"words": "unobtainium", "why": "no item has it"} in plain["understood"]["ignored"]


async def test_a_corrected_word_is_said_as_such(shop: httpx.AsyncClient, gateway: Gateway) -> None:
    word = next(
        word for word in " ".join(gateway.shop.catalogue.titles).casefold().split() if len(word) > 6 and word.isalpha()
    )
    page = await post(shop, "/v1/search", query=f"{word[:4]}q{word[4:]}", size=5)
    (corrected,) = page["understood"]["corrected"]
    assert corrected["words"] == f"{word[:4]}q{word[4:]}" and corrected["value"]
    reasons = {item["reason"]["text"] for item in page["items"] if item["match"] == "all"}
    assert reasons and all(corrected["value"] in text for text in reasons)


async def test_recommendations_have_nothing_to_understand(shop: httpx.AsyncClient) -> None:
    assert (await post(shop, "/v1/recommend", surface="home", size=3))["understood"] is None
