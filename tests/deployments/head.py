"""A Ray head node in processes of its own, as an operator starts one."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import yaml

from tests.pace import until

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
APPLICATIONS = "/api/serve/applications/"


class Head(NamedTuple):
    """A running head node."""

    gcs: str
    dashboard: str
    environment: Mapping[str, str]

    def run(self, *command: str) -> str:
        """What a command that must succeed prints."""
        done = subprocess.run(
            [str(BIN / command[0]), *command[1:]],
            cwd=ROOT,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def deployments(self) -> dict[str, str]:
        """Name -> status, by `serve status`."""
        status: dict[str, Any] = yaml.safe_load(self.run("serve", "status", "--address", self.dashboard))
        applications = status["applications"].values()
        return {name: one["status"] for app in applications for name, one in app["deployments"].items()}

    def details(self) -> dict[str, Any]:
        """What the dashboard says of Serve."""
        answer = httpx.get(f"{self.dashboard}{APPLICATIONS}", headers=self._token(), timeout=60)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def put(self, config: dict[str, Any]) -> None:
        """Deploy a configuration, past the command line."""
        httpx.put(f"{self.dashboard}{APPLICATIONS}", json=config, headers=self._token(), timeout=60).raise_for_status()

    def _token(self) -> dict[str, str]:
        return {"authorization": f"Bearer {Path(self.environment['RAY_AUTH_TOKEN_PATH']).read_text()}"}


@contextmanager
def start_head(folder: Path) -> Iterator[Head]:
    """A head node of two cores with its dashboard and a token, ended at the end. Its sockets lie in the folder, whose
    path must be short."""
    gcs, dashboard = free_port(), free_port()
    token = folder / "token"
    token.touch(mode=0o600)
    token.write_text(secrets.token_hex(32))
    environment = {**os.environ, "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(token)}
    environment.pop("RAY_AUTH_TOKEN", None)
    command = [
        str(BIN / "ray"),
        "start",
        "--head",
        "--block",
        "--num-cpus=2",
        f"--port={gcs}",
        "--dashboard-host=127.0.0.1",
        f"--dashboard-port={dashboard}",
        f"--temp-dir={folder}",
        "--object-store-memory=100000000",
        "--disable-usage-stats",
    ]
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
