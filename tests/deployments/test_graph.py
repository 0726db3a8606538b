"""The graph of deployments gives the funnel's answers, in both topologies, grows with load, and outlives a replica."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from recsys.artifacts import Workspace
from recsys.funnel import FunnelConfig, open_funnel
from recsys.release import Release
from recsys.slate import Slate
from tests.deployments.applications import CORES, Application, run_app
from tests.pace import until
from tests.processes import replicas_of
from tests.worlds import random_queries

pytestmark = pytest.mark.ray


@pytest.fixture(scope="module")
def growing(serve_port: int, small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """One replica of each; ranking alone may become two, and late stages are soon replaced."""
    from ray import serve

    quick = {"target_ongoing_requests": 0.05, "upscale_delay_s": 0.5, "downscale_delay_s": 2.0, "num_cpus": CORES}
    still = {"max_replicas": 1, "num_cpus": CORES}
    funnel = {"recall_deadline_ms": 1000.0, "ads_deadline_ms": None, "ranking_deadline_ms": 1000.0}
    scale = {"ranking": quick, "recall": still, "ad_placement": still, "gateway": still}
    folder = tmp_path_factory.mktemp("growing")
    yield run_app(serve_port, small_shop, folder, "growing", "split", funnel=funnel, **scale)
    serve.delete("growing")


def facts(slate: Slate) -> Any:
    """Everything but time."""
    return (slate.slate_id, slate.release, slate.items, slate.facets, slate.num_matches, slate.has_more, slate.degraded)


@pytest.mark.usefixtures("serve_port")
@pytest.mark.parametrize("topology", ["fused", "split"])
def test_the_graph_answers_what_the_funnel_answers(
    request: pytest.FixtureRequest, small_shop: Path, topology: str
) -> None:
    from ray import serve

    application: Application = request.getfixturevalue({"fused": "fused", "split": "two_of_each"}[topology])
    release = Release.open(Workspace(small_shop))
    funnel = open_funnel(release, config=FunnelConfig().without_deadlines())
    queries = random_queries(release, 200, seed=11)

    async def expected() -> list[Slate]:
        return [await funnel.answer(query) for query in queries]

    answers = []
    for start in range(0, len(queries), 20):
        waiting = [application.handle.slate.remote(query) for query in queries[start : start + 20]]
        answers += [response.result() for response in waiting]
    assert [facts(one) for one in answers] == [facts(one) for one in asyncio.run(expected())]
    assert sum(item.sponsored for slate in answers for item in slate.items) > 20
    names = set(serve.status().applications[application.name].deployments)
    assert names == ({"Gateway"} if topology == "fused" else {"Gateway", "Recall", "Ranking", "AdPlacement"})


def test_ranking_alone_grows_with_load_and_shrinks_again(growing: Application) -> None:
    grown = threading.Event()

    def load() -> None:
        with httpx.Client(timeout=30) as client:
            while not grown.is_set():
                client.post(f"{growing.address}/v1/recommend", json={"size": 50}).raise_for_status()

    assert _replicas("Ranking") == 1
    with ThreadPoolExecutor(4) as pool:
        loads = [pool.submit(load) for _ in range(4)]
        try:
            until(lambda: _replicas("Ranking") == 2, 120)
        finally:
            grown.set()
    assert [one.result() for one in loads] == [None] * 4, "everybody was answered"
    assert _replicas("Recall") == _replicas("AdPlacement") == _replicas("Gateway") == 1
    until(lambda: _replicas("Ranking") == 1, 120)


def test_a_request_id_of_any_bytes_stops_nothing_on_its_way(growing: Application) -> None:
    for given in (b"\xff\xfe", b"a" * 20_000, b"\xe4\xb8\xad"):
        headers = [(b"x-request-id", given), (b"serve_multiplexed_model_id", b"\xff"), (b"x-session-id", b"\xff")]
        answer = httpx.post(f"{growing.address}/v1/recommend", json={"size": 5}, headers=headers, timeout=20)
        assert answer.status_code == 200, answer.text
        assert answer.headers.get_list("x-request-id") == [answer.json()["request_id"]]
        assert len(answer.json()["request_id"]) == 32


def test_a_killed_replica_leaves_the_page_answering(growing: Application) -> None:
    until(lambda: len(replicas_of("growing", "Ranking")) == 1, 30)
    (victim,) = replicas_of("growing", "Ranking")
    with httpx.Client(base_url=growing.address, timeout=20) as client:
        first = client.post("/v1/recommend", json={"size": 5}, headers={"x-request-id": "mine"})
        assert first.json()["degraded"] == [] and first.json()["request_id"] == "mine"
        assert first.headers.get_list("x-request-id") == ["mine"], "said by the proxy or the gateway, not by both"

        def page() -> list[str]:
            """What had to be replaced on a page."""
            answer = client.post("/v1/recommend", json={"size": 5})
            assert answer.status_code == 200 and len(answer.json()["items"]) == 5, answer.text
            return list(answer.json()["degraded"])

        os.kill(victim, signal.SIGKILL)
        until(lambda: "ranking" in page(), 20)
        until(lambda: not page(), 60)
        assert [page() for _ in range(10)] == [[]] * 10
    assert victim not in replicas_of("growing", "Ranking")


def _replicas(name: str) -> int:
    from ray import serve

    states = serve.status().applications["growing"].deployments[name].replica_states
    return int(states.get("RUNNING", 0))
