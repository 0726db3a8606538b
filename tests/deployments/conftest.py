"""One Serve for all tests, and the applications that many of them ask: each start costs 15 s.

Who changes settings, needs counts of one's own or must see a stage alone starts an application of one's own with
`run_app`, and deletes it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from deployments.gateway import Gateway
from pipelines.running.session import Session
from tests.deployments.applications import CORES, DEADLINE_MS, Application, Deployed, deploy, run_app
from tests.deployments.head import Head, free_port, start_head
from tests.serving import doors_of
from tests.worlds import copied_shop


@pytest.fixture(scope="session")
def serve_port(ray_session: Session) -> Iterator[int]:
    """The port of a started Serve."""
    from ray import serve

    ray_session.start()
    port = free_port()
    serve.start(http_options={"host": "127.0.0.1", "port": port})
    yield port
    serve.shutdown()


@pytest.fixture(scope="session")
def fused(serve_port: int, small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Application:
    """One replica that holds everything."""
    folder, one = tmp_path_factory.mktemp("fused"), {"max_replicas": 1, "num_cpus": CORES}
    return run_app(serve_port, small_shop, folder, "fused", "fused", gateway=one)


@pytest.fixture(scope="session")
def two_of_each(serve_port: int, small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Application:
    """Two replicas of each of four deployments. Killed ones come back; who kills waits for that.

    A request may take longer than its stages' deadlines together: what is late there is a stage, by name.
    """
    two = {"min_replicas": 2, "max_replicas": 2, "num_cpus": CORES}
    scale = dict.fromkeys(("gateway", "recall", "ranking", "ad_placement"), two)
    folder, late = tmp_path_factory.mktemp("two"), 4 * DEADLINE_MS / 1000
    return run_app(serve_port, small_shop, folder, "split", "split", request_deadline_s=late, **scale)


@pytest.fixture(scope="session")
def head(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Head]:
    """A cluster as an operator starts one. Its sockets lie in its folder, so the name is short."""
    with start_head(tmp_path_factory.mktemp("r")) as started:
        yield started


@pytest.fixture(scope="session")
def deployed(head: Head, small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Two gateways and one of each stage, in a workspace of their own, since releases will be made in it."""
    folder = tmp_path_factory.mktemp("deployed")
    funnel = {f"{stage}_deadline_ms": 3000 for stage in ("recall", "ads", "ranking")}
    two = {"min_replicas": 2, "max_replicas": 2, "num_cpus": 0.1}
    yield deploy(head, copied_shop(small_shop, folder / "shop"), folder, funnel=funnel, gateway=two)
    head.run("serve", "shutdown", "--yes", "--address", head.dashboard)  # a head that serves ends slowly


@pytest.fixture
async def shop(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody at the doors of the file's own gateway."""
    async with doors_of(gateway) as client:
        yield client
