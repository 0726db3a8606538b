"""The graph of deployments gives the funnel's answers, in both topologies, grows with load, and outlives a replica."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from deployments.app import build_app
from deployments.config import AppConfig
from pipelines.running.session import Session
from recsys.artifacts import Workspace
from recsys.funnel import FunnelConfig, open_funnel
from recsys.release import Release
from recsys.slate import Slate
from tests.processes import replicas_of
from tests.worlds import random_queries

pytestmark = pytest.mark.ray
PATIENT = FunnelConfig().without_deadlines().model_dump()


@pytest.fixture(scope="module")
def serving(ray_session: Session) -> Iterator[int]:
    """A started Serve on a free port."""
    import socket

    from ray import serve

    ray_session.start()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    serve.start(http_options={"host": "127.0.0.1", "port": port})
    yield port
    serve.shutdown()


def run_app(small_shop: Path, store: Path, topology: str, **changes: Any) -> Any:
    from ray import serve

    settings = {
        "workspace": str(small_shop),
        "topology": topology,
        "store_url": f"sqlite:///{store / 'store.sqlite'}",
        "funnel": PATIENT,
        **changes,
    }
    return serve.run(build_app(AppConfig.parse(settings)), name=topology, route_prefix=f"/{topology}")


def facts(slate: Slate) -> Any:
    """Everything but time."""
    return (slate.slate_id, slate.release, slate.items, slate.facets, slate.num_matches, slate.has_more, slate.degraded)


@pytest.mark.parametrize("topology", ["fused", "split"])
def test_the_graph_answers_what_the_funnel_answers(
    serving: int, small_shop: Path, tmp_path: Path, topology: str
) -> None:
    from ray import serve

    release = Release.open(Workspace(small_shop))
    funnel = open_funnel(release, config=FunnelConfig.parse(PATIENT))
    handle = run_app(small_shop, tmp_path, topology)
    queries = random_queries(release, 200, seed=11)

    async def expected() -> list[Slate]:
        return [await funnel.answer(query) for query in queries]

    answers = []
    for start in range(0, len(queries), 20):
        waiting = [handle.slate.remote(query) for query in queries[start : start + 20]]
        answers += [response.result() for response in waiting]
    assert [facts(one) for one in answers] == [facts(one) for one in asyncio.run(expected())]
    assert sum(item.sponsored for slate in answers for item in slate.items) > 20
    names = set(serve.status().applications[topology].deployments)
    assert names == ({"Gateway"} if topology == "fused" else {"Gateway", "Recall", "Ranking", "AdPlacement"})
    serve.delete(topology)


def test_a_killed_replica_leaves_the_page_answering(serving: int, small_shop: Path, tmp_path: Path) -> None:
    from ray import serve

    impatient = {**PATIENT, "recall_deadline_ms": 1000.0, "ranking_deadline_ms": 1000.0}
    run_app(small_shop, tmp_path, "split", funnel=impatient)
    address = f"http://127.0.0.1:{serving}/split/v1/recommend"
    with httpx.Client(timeout=20) as client:
        first = client.post(address, json={"size": 5}, headers={"x-request-id": "mine"})
        assert first.json()["degraded"] == [] and first.json()["request_id"] == "mine"
        assert first.headers.get_list("x-request-id") == ["mine"], "said by the proxy or the gateway, not by both"
        victim = _pid_of("Ranking")
        statuses, degraded = [], 0
        for number in range(60):
            if number == 10:
                os.kill(victim, signal.SIGKILL)
            answer = client.post(address, json={"size": 5})
            statuses.append(answer.status_code)
            degraded += "ranking" in answer.json()["degraded"]
            assert len(answer.json()["items"]) == 5
            time.sleep(0.05)
        assert set(statuses) == {200}
        assert degraded > 0, "the fallback was used"
        deadline = time.monotonic() + 60
        while client.post(address, json={"size": 5}).json()["degraded"] and time.monotonic() < deadline:
            time.sleep(0.5)
        assert client.post(address, json={"size": 5}).json()["degraded"] == []
    assert _pid_of("Ranking") != victim
    serve.delete("split")


def test_ranking_alone_grows_with_load_and_shrinks_again(serving: int, small_shop: Path, tmp_path: Path) -> None:
    from ray import serve

    quick = {"target_ongoing_requests": 0.3, "upscale_delay_s": 0.5, "downscale_delay_s": 2.0, "num_cpus": 0.1}
    still = {"max_replicas": 1, "num_cpus": 0.1}
    run_app(small_shop, tmp_path, "split", ranking=quick, recall=still, ad_placement=still, gateway=still)
    address = f"http://127.0.0.1:{serving}/split/v1/recommend"
    deadline = time.monotonic() + 60

    def load(_: int) -> None:
        with httpx.Client(timeout=30) as client:
            while _replicas("Ranking") < 2 and time.monotonic() < deadline:
                client.post(address, json={"size": 50})

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(load, range(4)))
    assert _replicas("Ranking") == 2
    assert _replicas("Recall") == _replicas("AdPlacement") == _replicas("Gateway") == 1
    while _replicas("Ranking") > 1 and time.monotonic() < deadline + 60:
        time.sleep(0.5)
    assert _replicas("Ranking") == 1
    serve.delete("split")


def _replicas(name: str) -> int:
    from ray import serve

    states = serve.status().applications["split"].deployments[name].replica_states
    return int(states.get("RUNNING", 0))


def _pid_of(name: str) -> int:
    """The process of a deployment's only replica."""
    (found,) = replicas_of("split", name)
    return found
