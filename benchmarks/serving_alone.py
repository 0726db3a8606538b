"""The yardstick of `serving.py`: the same requests through the same code in this process, without HTTP and Ray.

    python benchmarks/serving_alone.py WORKSPACE FOLDER REQUESTS.json --repetitions 3 --seconds 3

`doors` is all that a gateway does with a request but HTTP; `shop` is what stands behind its doors, from a checked
request to its answer; `funnel` is the middle of that, from query to slate.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message

from deployments.config import AppConfig
from deployments.entrance.access import Caller
from deployments.front import http_api
from deployments.gateway import Gateway
from deployments.replicas.stages import open_store
from deployments.shopper.shapes import RecommendIn, SearchIn
from recsys.artifacts import Workspace
from recsys.opening.ads import campaigns_of
from recsys.release import Release
from recsys.slate import Query, Slate
from recsys.stores.access_keys import AccessKeys
from recsys.stores.campaigns import CampaignStore

Call = Callable[[], Awaitable[Any]]
SERVER = Caller("shop", "benchmark", None, None)


async def measure(workspace: str, folder: Path, requests: Sequence[Any], repetitions: int, seconds: float) -> Any:
    """Rows of both ways, window by window."""
    store = folder / "alone.sqlite"
    config = AppConfig(workspace=workspace, topology="fused", store_url=f"sqlite:///{store}")
    engine = open_store(config)
    CampaignStore(engine).put(campaigns_of(Release.open(Workspace(workspace))), time.time())
    key = AccessKeys(engine).make("benchmark", "shop").secret
    gateway = Gateway(config)
    shop, api = gateway.shop, http_api(lambda: gateway)
    queries: list[Query] = []

    async def remembering(query: Query) -> Slate:
        queries.append(query)
        return await shop.slate(query)

    def call(path: str, body: dict[str, Any]) -> Call:
        if path.endswith("search"):
            return lambda: shop.search(SearchIn(**body), SERVER, "r")
        return lambda: shop.recommend(RecommendIn(**body), SERVER, "r")

    shop._answer = remembering  # type: ignore[method-assign]  # the queries of these very requests
    calls = [call(path, body) for path, body in requests]
    for one in calls:
        await one()
    del shop._answer
    middle = [_asking(shop.slate, query) for query in queries]
    doors = [partial(_knock, api, path, json.dumps(body).encode(), key) for path, body in requests]
    ways: dict[str, Sequence[Call]] = {"doors": doors, "shop": calls, "funnel": middle}
    rows = []
    for _ in range(repetitions):
        rows.append({way: await _measure(those, seconds) for way, those in ways.items()})
    await shop.sink.close()
    return rows


def _asking(answer: Callable[[Query], Awaitable[Slate]], query: Query) -> Call:
    return lambda: answer(query)


async def _knock(api: ASGIApp, path: str, body: bytes, key: str) -> None:
    """A request as the server hands it to the doors."""
    headers = {"host": "localhost", "content-type": "application/json", "authorization": f"Bearer {key}"}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        assert message.get("status", 200) == 200, message

    await api(scope, receive, send)


async def _measure(calls: Sequence[Call], seconds: float) -> dict[str, float]:
    times: list[float] = []
    started, cpu = time.perf_counter(), time.process_time()
    while (now := time.perf_counter()) < started + seconds:
        await calls[len(times) % len(calls)]()
        times.append(1000.0 * (time.perf_counter() - now))
    wall, used = time.perf_counter() - started, time.process_time() - cpu
    times.sort()
    return {
        "cpu_ms": 1000.0 * used / len(times),
        "requests_per_s": len(times) / wall,
        "p50_ms": times[len(times) // 2],
        "p99_ms": times[int(0.99 * (len(times) - 1))],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspace")
    parser.add_argument("folder", type=Path, help="where the store goes")
    parser.add_argument("requests", type=Path, help="JSON: a list of [path, body]")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0)
    options = parser.parse_args()
    requests = json.loads(options.requests.read_text("utf-8"))
    figures = measure(options.workspace, options.folder, requests, options.repetitions, options.seconds)
    print(json.dumps(asyncio.run(figures)))


if __name__ == "__main__":
    main()
