"""Who sends slowly keeps out nobody: crawling bodies and half-sent headers against a served shop."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from deployments.app import build_app
from deployments.config import AppConfig
from pipelines.running.session import Session
from tests.pace import in_time

pytestmark = pytest.mark.ray
BODIES, HEADERS = 150, 300
ANSWERED_WITHIN_S = 1.0
BODY_DEADLINE_S = 2.0
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture(scope="module")
def port(ray_session: Session, small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A shop behind Serve's own proxy, with one gateway."""
    from ray import serve

    ray_session.start()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = int(probe.getsockname()[1])
    serve.start(http_options={"host": "127.0.0.1", "port": free})
    store = tmp_path_factory.mktemp("store") / "store.sqlite"
    settings = {"workspace": str(small_shop), "topology": "fused", "store_url": f"sqlite:///{store}"}
    one = {"min_replicas": 1, "max_replicas": 1}
    config = AppConfig.parse({**settings, "gateway": one, "body_deadline_s": BODY_DEADLINE_S})
    serve.run(build_app(config), name="slow", route_prefix="/")
    yield free
    serve.shutdown()


@asynccontextmanager
async def connections(port: int, number: int, opening: bytes) -> AsyncIterator[list[Connection]]:
    """So many connections that have said so much."""
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(number)]
    for _, writer in opened:
        writer.write(opening)
    try:
        yield opened
    finally:
        for _, writer in opened:
            writer.close()


async def crawl(opened: list[Connection], every_s: float = 0.3) -> None:
    """A byte each, again and again; whoever was hung up on stays away."""
    while True:
        await asyncio.sleep(every_s)
        for _, writer in opened:
            if not writer.is_closing():
                writer.write(b"x")


async def answers_meanwhile(port: int, seconds: float) -> list[tuple[int, float]]:
    """(status, seconds) of slates that a shopper asks for, one after the other."""
    seen, until = [], time.monotonic() + seconds
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as shopper:
        while time.monotonic() < until:
            started = time.monotonic()
            answer = await shopper.post("/v1/recommend", json={"size": 5})
            seen.append((answer.status_code, time.monotonic() - started))
            await asyncio.sleep(0.05)
    return seen


def require_open(seen: list[tuple[int, float]]) -> None:
    """On a busy machine one answer in ten may be late for other reasons."""
    assert len(seen) > 5 and {status for status, _ in seen} == {200}
    took_s = sorted(took_s for _, took_s in seen)
    assert in_time(time.monotonic() - took_s[len(took_s) * 9 // 10], ANSWERED_WITHIN_S), took_s


async def test_crawling_bodies_leave_pages_answering(port: int) -> None:
    head = (
        b"POST /v1/search HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 300\r\n\r\n{"
    )
    await answers_meanwhile(port, 1)  # the first ones warm up
    async with connections(port, BODIES, head) as opened:
        told = [asyncio.create_task(reader.readline()) for reader, _ in opened[:20]]
        crawling = asyncio.create_task(crawl(opened))
        seen = await answers_meanwhile(port, 2 * BODY_DEADLINE_S)
        crawling.cancel()
        require_open(seen)
        lines = await asyncio.wait_for(asyncio.gather(*told, return_exceptions=True), 5)
        statuses = {line.split()[1] for line in lines if isinstance(line, bytes) and line}
        assert statuses == {b"408"}, "who was not hung up on in the middle of a byte was told why"


async def test_half_sent_headers_leave_pages_answering(port: int) -> None:
    async with connections(port, HEADERS, b"POST /v1/search HTTP/1.1\r\nhost: localhost\r\nx-slow: ") as opened:
        crawling = asyncio.create_task(crawl(opened))
        require_open(await answers_meanwhile(port, 3))
        crawling.cancel()
