"""What `make demo` starts: a page on the port asked for, one clear line where it is taken, and nothing left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import pytest

from tests.processes import listening, processes_of, replicas_of

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.ray


def demo(*options: str) -> subprocess.Popen[str]:
    """In a session of its own, so that everything it starts can be found."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_AUTH")}
    return subprocess.Popen(
        [sys.executable, "-m", "deployments.demo", *options],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_it_opens_answers_and_ends_with_everything_it_started(small_shop: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    folders = set(Path(tempfile.gettempdir()).glob("vitrine-serve-*"))
    process = demo("--port", str(port), "--workspace", str(small_shop))
    assert process.stdout is not None
    try:
        said = []
        while "the shop is open" not in (line := process.stdout.readline()):
            assert line, process.communicate()[1]
            said.append(line)
        assert f"http://127.0.0.1:{port}" in line
        assert any("as fused (at most 4 cores)" in one for one in said) or (os.cpu_count() or 1) > 4
        assert "<!doctype html>" in httpx.get(f"http://127.0.0.1:{port}/", timeout=20).text.lower()
        slate = httpx.post(f"http://127.0.0.1:{port}/v1/recommend", json={"size": 6}, timeout=20).json()
        assert len(slate["items"]) == 6
        (folder,) = set(Path(tempfile.gettempdir()).glob("vitrine-serve-*")) - folders
        assert folder.stat().st_mode & 0o777 == 0o700, "Ray lets everybody write into its own, which is inside"
        replicas = {pid for pid, name in listening(process.pid) if not name.startswith("127.")}
        assert replicas <= set(replicas_of("vitrine", "Gateway")), "Serve's port of a replica cannot be moved"
    finally:
        os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0 and "Traceback" not in errors
    deadline = time.monotonic() + 10
    while processes_of(process.pid) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert processes_of(process.pid) == []
    assert set(Path(tempfile.gettempdir()).glob("vitrine-serve-*")) == folders


@pytest.mark.parametrize("options", [(), ("--check",)])
def test_a_taken_port_is_one_clear_line(options: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        out, errors = demo("--port", str(port), "--workspace", "absent", *options).communicate(timeout=60)
    assert (out, errors.count("\n")) == ("", 1)
    assert f"got {port}" in errors and f"make demo PORT={port + 1}" in errors


def test_a_workspace_without_a_release_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    _, errors = demo("--port", str(port), "--workspace", str(tmp_path)).communicate(timeout=60)
    assert errors.count("\n") == 1
    assert "python -m pipelines build" in errors
