"""Applications that a test starts on the session's Ray, or puts on a cluster as an operator does."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import yaml

from deployments.app import build_app
from deployments.config import AppConfig
from recsys.artifacts import Workspace
from tests.campaigns import advertise
from tests.deployments.head import ROOT, Head, answers, free_port
from tests.keys import Keys, keys_in
from tests.pace import slowness, until

CORES = 0.01
"""That a replica reserves: next to nothing, so that jobs find theirs while shops are served."""
DEADLINE_MS = 2_000.0 * slowness()
"""Of a stage: far above what one takes on a busy machine, below what a client waits."""
LATE = {f"{stage}_deadline_ms": DEADLINE_MS for stage in ("recall", "ads", "ranking")}


class Application(NamedTuple):
    """A served shop."""

    name: str
    address: str
    store: Path
    handle: Any
    """Of its gateway, past the doors."""
    keys: Keys


def run_app(port: int, workspace: Path, store: Path, name: str, topology: str, **changes: Any) -> Application:
    """Start, or start anew with other settings. `store` is a folder."""
    from ray import serve

    address = f"sqlite:///{store / 'store.sqlite'}"
    settings = {"workspace": str(workspace), "topology": topology, "store_url": address, "funnel": LATE, **changes}
    keys = keys_in(store / "store.sqlite")
    advertise(workspace, address)
    handle = serve.run(build_app(AppConfig.parse(settings)), name=name, route_prefix=f"/{name}")
    return Application(name, f"http://127.0.0.1:{port}/{name}", store, handle, keys)


class Deployed(NamedTuple):
    """A shop that `serve deploy` put on a cluster."""

    head: Head
    workspace: Workspace
    door: str
    config: dict[str, Any]
    """What is in its serve.yaml."""
    file: Path
    keys: Keys


def deploy(head: Head, workspace: Workspace, folder: Path, **changes: Any) -> Deployed:
    """By deployments/serve.yaml with other arguments of the application, and wait until it answers."""
    config: dict[str, Any] = yaml.safe_load((ROOT / "deployments" / "serve.yaml").read_text())
    config["http_options"]["port"] = port = free_port()
    keys, store = keys_in(folder / "store.sqlite"), f"sqlite:///{folder / 'store.sqlite'}"
    config["applications"][0]["args"] |= {"workspace": str(workspace.root), "store_url": store, **changes}
    advertise(workspace.root, store)
    made = Deployed(head, workspace, f"http://127.0.0.1:{port}", config, folder / "serve.yaml", keys)
    put(made, config)
    until(lambda: answers(f"{made.door}/readyz"), 90)
    return made


def put(deployed: Deployed, config: dict[str, Any]) -> None:
    """`serve deploy` with this configuration."""
    deployed.file.write_text(yaml.safe_dump(config))
    deployed.head.run("serve", "deploy", str(deployed.file), "--address", deployed.head.dashboard)
