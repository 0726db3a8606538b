"""A small shop behind a real HTTP server."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from deployments.config import AppConfig
from deployments.doors import http_api
from deployments.gateway import Gateway


@pytest.fixture(scope="session")
def shop_url(small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a gateway with its stages in this process."""
    store = tmp_path_factory.mktemp("store") / "store.sqlite"
    patient = {f"{stage}_deadline_ms": None for stage in ("recall", "ads", "ranking", "auction")}
    config = {"workspace": str(small_shop), "topology": "fused", "store_url": f"sqlite:///{store}", "funnel": patient}
    gateway = Gateway(AppConfig.parse(config))
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(http_api(lambda: gateway), log_level="warning"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()
