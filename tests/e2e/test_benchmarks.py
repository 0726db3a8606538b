"""The benchmarks run on a small world and write their table as JSON."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(script: str, out: Path, *options: str) -> dict[str, Any]:
    command = [sys.executable, f"benchmarks/{script}", *options, "--out", str(out)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    figures: dict[str, Any] = json.loads(out.read_text())
    return figures


def test_relevance(tmp_path: Path) -> None:
    rng, folder = np.random.default_rng(0), tmp_path / "data"
    folder.mkdir()
    starts = rng.integers(0, 60, 150)
    walks = [" ".join(f"{(start + step) % 60 + 1}" for step in range(6)) for start in starts]
    (folder / "walks.txt").write_text("".join(f"u{user} {walk}\n" for user, walk in enumerate(walks)))
    titles = "".join(f"{item}\tthing {item % 7} of {item % 5}\n" for item in range(1, 61))
    (folder / "items.tsv").write_text("item_id\ttitle\n" + titles)
    (tmp_path / "quick.json").write_text(json.dumps({"sequence": {"epochs": 2, "width": 16}}))
    figures = run("relevance.py", tmp_path / "out.json", str(folder), "--config", str(tmp_path / "quick.json"))
    assert "covisit" in json.dumps(figures) and "sequence" in json.dumps(figures)


@pytest.mark.long
def test_search_quality(tmp_path: Path) -> None:
    (tmp_path / "quick.json").write_text(json.dumps({"encoder": {"epochs": 1}, "finetuning": {"epochs": 1}}))
    options = ("--queries", "20", "--config", str(tmp_path / "quick.json"))
    assert "BM25" in json.dumps(run("search_quality.py", tmp_path / "out.json", *options))


QUICK = (
    "--seconds",
    "0.5",
    "--repetitions",
    "1",
    "--connections",
    "2",
    "--requests",
    "12",
    "--only",
    "fused-production",
)


@pytest.mark.long
@pytest.mark.ray
def test_serving(tmp_path: Path, small_shop: Path) -> None:
    figures = run("serving.py", tmp_path / "out.json", "--workspace", str(small_shop), *QUICK)
    (graph,) = figures["graphs"].values()
    windows = [*graph["alone"], *graph["together"]]
    assert all(row["requests"] > 0 and row["refused"] == row["degraded"] == 0 for row in windows)
    assert all(row["cpu_ms"] > 0 and row["p50_ms"] <= row["p99_ms"] for row in windows)
    assert len(figures["one_process"]) == 2 and all(row["shop"]["cpu_ms"] > 0 for row in figures["one_process"])


@pytest.mark.long
@pytest.mark.ray
def test_an_interrupted_serving_benchmark_leaves_nothing(small_shop: Path) -> None:
    folder = Path(tempfile.mkdtemp(prefix="v"))  # short: sockets lie in it
    command = [sys.executable, "benchmarks/serving.py", "--workspace", str(small_shop), *QUICK, "--out", "never.json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        deadline = time.monotonic() + 120
        while not any("raylet" in line for line in _commands(folder)):
            assert time.monotonic() < deadline, "no Ray was started"
            time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        assert process.wait(90) != 0
    finally:
        process.kill()
    assert _commands(folder) == []
    folder.rmdir()  # it is empty


def _commands(folder: Path) -> list[str]:
    """Running processes that were started with a path in this folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue  # it ended meanwhile
        if str(folder) in line:
            found.append(line)
    return found
