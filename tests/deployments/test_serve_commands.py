"""`serve deploy`, `serve status` and `serve run`, typed as the README says, on a cluster of their own."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
STAGES = {"Gateway", "Recall", "Ranking", "AdPlacement"}

pytestmark = pytest.mark.ray


class Head(NamedTuple):
    """A running head node."""

    gcs: str
    dashboard: str
    environment: Mapping[str, str]

    def run(self, *command: str) -> str:
        """What a command that must succeed prints."""
        done = subprocess.run(
            [str(BIN / command[0]), *command[1:]], cwd=ROOT, env=dict(self.environment), capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def deployments(self) -> dict[str, str]:
        """Name -> status, by `serve status`."""
        status: dict[str, Any] = yaml.safe_load(self.run("serve", "status", "--address", self.dashboard))
        applications = status["applications"].values()
        return {name: one["status"] for app in applications for name, one in app["deployments"].items()}


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Head]:
    folder, (gcs, dashboard) = tmp_path_factory.mktemp("r"), (free_port(), free_port())
    token = folder / "token"
    token.touch(mode=0o600)
    token.write_text(secrets.token_hex(32))
    environment = {**os.environ, "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(token)}
    environment.pop("RAY_AUTH_TOKEN", None)
    command = [
        str(BIN / "ray"), "start", "--head", "--block", "--num-cpus=2", f"--port={gcs}", "--dashboard-host=127.0.0.1",
        f"--dashboard-port={dashboard}", f"--temp-dir={folder}", "--object-store-memory=100000000",
        "--disable-usage-stats",
    ]  # fmt: skip
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
        )
        try:
            until(lambda: answers(f"http://127.0.0.1:{dashboard}/api/version"), 60)
            yield Head(f"127.0.0.1:{gcs}", f"http://127.0.0.1:{dashboard}", environment)
        finally:
            process.send_signal(signal.SIGTERM)  # ends what this `ray start` started
            try:
                process.wait(60)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)  # on a machine too busy to end it in time


def test_serve_deploy_takes_the_file_and_serve_status_shows_four_deployments(
    head: Head, small_shop: Path, tmp_path: Path
) -> None:
    config = yaml.safe_load((ROOT / "deployments" / "serve.yaml").read_text())
    config["http_options"]["port"] = port = free_port()
    config["applications"][0]["args"] |= {
        "workspace": str(small_shop), "store_url": f"sqlite:///{tmp_path / 'store.sqlite'}"
    }  # fmt: skip
    (tmp_path / "serve.yaml").write_text(yaml.safe_dump(config))
    head.run("serve", "deploy", str(tmp_path / "serve.yaml"), "--address", head.dashboard)
    until(lambda: head.deployments() == dict.fromkeys(STAGES, "HEALTHY"), 90)
    address = f"http://127.0.0.1:{port}"
    until(lambda: answers(f"{address}/readyz"), 30)
    slate = httpx.post(f"{address}/v1/recommend", json={"size": 5}, timeout=20).json()
    assert len(slate["items"]) == 5 and slate["degraded"] == []


@pytest.mark.long
def test_a_wrong_setting_is_named_and_leaves_the_old_application_answering(
    head: Head, small_shop: Path, tmp_path: Path
) -> None:
    config = yaml.safe_load((ROOT / "deployments" / "serve.yaml").read_text())
    config["http_options"]["port"] = port = free_port()
    store = f"sqlite:///{tmp_path / 'store.sqlite'}"
    config["applications"][0]["args"] |= {"workspace": str(small_shop), "store_url": store}
    (tmp_path / "serve.yaml").write_text(yaml.safe_dump(config))
    head.run("serve", "deploy", str(tmp_path / "serve.yaml"), "--address", head.dashboard)
    until(lambda: answers(f"http://127.0.0.1:{port}/readyz"), 90)
    config["applications"][0]["args"] = {"workspace": str(small_shop), "topolgy": "split"}
    (tmp_path / "serve.yaml").write_text(yaml.safe_dump(config))
    head.run("serve", "deploy", str(tmp_path / "serve.yaml"), "--address", head.dashboard)
    until(lambda: "topolgy" in head.run("serve", "status", "--address", head.dashboard), 60)
    slate = httpx.post(f"http://127.0.0.1:{port}/v1/recommend", json={"size": 5}, timeout=20).json()
    assert len(slate["items"]) == 5


def test_serve_run_takes_settings_as_key_value(head: Head, small_shop: Path, tmp_path: Path) -> None:
    command = [
        str(BIN / "serve"), "run", "deployments.app:build_app", f"workspace={small_shop}", "topology=fused",
        f"store_url=sqlite:///{tmp_path / 'store.sqlite'}", "--name", "typed", "--route-prefix", "/typed",
        "--address", head.gcs,
    ]  # fmt: skip
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=dict(head.environment), stdout=log, stderr=log)
        try:
            until(lambda: "Application 'typed' is ready" in (tmp_path / "log").read_text(), 60)
            assert head.deployments()["Gateway"] == "HEALTHY"
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(address: str) -> bool:
    """Also where the answer is that a token is missing."""
    try:
        return httpx.get(address, timeout=5).status_code in (200, 401)
    except httpx.HTTPError:
        return False


def until(condition: Any, seconds: float) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.3)
