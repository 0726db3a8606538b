"""The load of `serving.py`: a closed loop of keep-alive connections, in a process of its own.

    python benchmarks/serving_load.py PORT REQUESTS.json --connections 4 --seconds 3

Each connection sends the next request of the list as soon as it has its answer, with the key in VITRINE_KEY. Bytes on
a socket and no HTTP library: a client that costs as much as the server would measure itself on a machine with two
cores.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Answers = list[tuple[float, int, bool]]
"""Of each answer: milliseconds, status, whether it was degraded."""


async def run(port: int, requests: list[bytes], connections: int, seconds: float) -> dict[str, Any]:
    """Figures of one window."""
    answers: Answers = []
    following = itertools.cycle(requests)
    until = time.perf_counter() + seconds
    started, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(_connection(port, following, until, answers) for _ in range(connections)))
    wall = time.perf_counter() - started
    times = sorted(ms for ms, _, _ in answers)
    return {
        "requests": len(answers),
        "wall_s": wall,
        "requests_per_s": len(answers) / wall,
        "p50_ms": times[len(times) // 2],
        "p99_ms": times[int(0.99 * (len(times) - 1))],
        "load_cpu_ms": 1000.0 * (time.process_time() - cpu) / len(answers),
        "refused": sum(status != 200 for _, status, _ in answers),
        "degraded": sum(one for _, _, one in answers),
    }


async def _connection(port: int, following: Iterator[bytes], until: float, answers: Answers) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    while (sent := time.perf_counter()) < until:
        writer.write(next(following))
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            if error.partial:
                raise
            writer.close()  # a front door that learns of new replicas closes old connections: clients open another
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
            continue
        body = await reader.readexactly(_length(head))
        degraded = b'"degraded":[]' not in body
        answers.append((1000.0 * (time.perf_counter() - sent), int(head[9:12]), degraded))
    writer.close()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line[15:])
    raise ValueError(f"an answer without a length: {head!r}")


def encoded(path: str, body: dict[str, Any], key: str | None) -> bytes:
    """A request as it goes over the wire, with the key of a shop's server."""
    content = json.dumps(body, ensure_ascii=False).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {len(content)}"
    )
    head += f"\r\nauthorization: Bearer {key}" if key else ""
    return head.encode() + b"\r\n\r\n" + content


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("requests", type=Path, help="JSON: a list of [path, body]")
    parser.add_argument("--connections", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3.0)
    options = parser.parse_args()
    requests = [
        encoded(path, body, os.environ.get("VITRINE_KEY"))
        for path, body in json.loads(options.requests.read_text("utf-8"))
    ]
    print(json.dumps(asyncio.run(run(options.port, requests, options.connections, options.seconds))))


if __name__ == "__main__":
    main()
