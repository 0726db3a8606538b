"""A shop behind a real HTTP server, its stages in this process."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import uvicorn

from deployments.config import AppConfig
from deployments.front import http_api
from deployments.gateway import Gateway
from recsys.funnel import FunnelConfig
from tests.campaigns import advertise
from tests.keys import Keys, keys_of

PATIENT = FunnelConfig().without_deadlines().model_dump()
"""Of a funnel whose answers must not depend on how busy the machine is."""


class Served(NamedTuple):
    """Where a shop answers, and what opens its doors."""

    url: str
    keys: Keys


@contextmanager
def serving(workspace: Path, store: Path) -> Iterator[Served]:
    """A gateway over the live release; when the block ends, all impressions are in the store."""
    config = {"workspace": str(workspace), "topology": "fused", "store_url": f"sqlite:///{store}", "funnel": PATIENT}
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
