"""A shop whose stages are in this process, behind its doors: called at once, or behind a real HTTP server."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import uvicorn

from deployments.config import AppConfig
from deployments.front import http_api
from deployments.gateway import Gateway
from recsys.funnel import FunnelConfig
from tests.campaigns import advertise
from tests.keys import Keys, keys_of

PATIENT: dict[str, Any] = {"funnel": FunnelConfig().without_deadlines().model_dump(), "request_deadline_s": 600.0}
"""Settings of a shop whose answers must not depend on how busy the machine is."""


@asynccontextmanager
async def doors_of(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the doors that shows each the key it takes; its impressions are in the store when the block ends."""
    transport = httpx.ASGITransport(http_api(lambda: gateway), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost", auth=keys_of(gateway)) as client:
        yield client
    await gateway.shop.sink.close()
    gateway.shop.sink._task = None  # the next test has another event loop


async def post(shop: httpx.AsyncClient, path: str, **body: Any) -> Any:
    """What a door says that does not refuse."""
    answer = await shop.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


class Served(NamedTuple):
    """Where a shop answers, and what opens its doors."""

    url: str
    keys: Keys


@contextmanager
def serving(workspace: Path, store: Path) -> Iterator[Served]:
    """A gateway over the live release; when the block ends, all impressions are in the store."""
    config = {"workspace": str(workspace), "topology": "fused", "store_url": f"sqlite:///{store}", **PATIENT}
    advertise(workspace, f"sqlite:///{store}")
    gateway = Gateway(AppConfig.parse(config))
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(http_api(lambda: gateway), log_level="warning"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        yield Served(f"http://127.0.0.1:{listener.getsockname()[1]}", keys_of(gateway))
    finally:
        server.should_exit = True
        thread.join()
        gateway.shop.sink.drain()
