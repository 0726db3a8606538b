"""A shop whose store goes away while it is open: events are refused, slates go on, and it recovers by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from deployments.config import AppConfig
from deployments.front import http_api
from deployments.gateway import Gateway
from recsys.stores.database import open_database, store_url
from recsys.stores.events import EventStore

pytestmark = pytest.mark.ray
EACH = 30


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
async def gateway(small_shop: Path, path: Path) -> AsyncIterator[Gateway]:
    config = {"workspace": str(small_shop), "topology": "fused", "store_url": store_url(path)}
    made = Gateway(AppConfig.parse(config))
    assert len(made.shop.catalogue) > 0
    yield made
    await made.shop.sink.close()


@pytest.fixture
async def shop(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(http_api(lambda: gateway), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        yield client


async def told(shop: httpx.AsyncClient, item_id: str, name: str) -> list[int]:
    """Status of each of some events."""
    found = []
    for number in range(EACH):
        event = {"event_id": f"{name}{number}", "user_id": "ann", "kind": "click", "item_id": item_id}
        found.append((await shop.post("/v1/events", json={"events": [event]})).status_code)
    return found


def delete(path: Path) -> None:
    for left in path.parent.glob(f"{path.name}*"):
        left.unlink()


def replace(path: Path) -> None:
    """By notes of somebody."""
    delete(path)
    path.write_bytes(b"notes " * 1000)


def shut(path: Path) -> None:
    path.chmod(0o400)


@pytest.mark.parametrize("go", [delete, replace, shut])
async def test_events_are_refused_slates_go_on_and_it_recovers(
    gateway: Gateway, shop: httpx.AsyncClient, path: Path, go: Callable[[Path], None]
) -> None:
    item_id = gateway.shop.catalogue.item_ids[0]
    assert await told(shop, item_id, "before") == [200] * EACH
    go(path)
    assert await told(shop, item_id, "gone") == [503] * EACH
    ready = await shop.get("/readyz")
    assert ready.status_code == 503 and ready.json()["error"]["field"] == "store"
    page = await shop.post("/v1/recommend", json={"user_id": "ben", "size": 3})
    assert page.status_code == 200 and len(page.json()["items"]) == 3
    if go is shut:
        path.chmod(0o600)
    else:
        path.unlink(missing_ok=True)
        path.touch(0o600)  # an empty disk was mounted in its place
    assert await told(shop, item_id, "after") == [200] * EACH
    assert (await shop.get("/readyz")).status_code == 200
    engine = open_database(store_url(path))
    kept = EventStore(engine).read_events()["event_id"].to_pylist()
    engine.dispose()
    names = ("before", "after") if go is shut else ("after",)
    assert {one for one in kept if ":" not in one} == {f"{name}{n}" for name in names for n in range(EACH)}
