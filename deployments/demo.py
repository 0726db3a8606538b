"""What `make demo` starts after the pipelines: a Ray of its own, the Serve app, and the address of the page.

For a laptop: everything binds 127.0.0.1 and ends with Ctrl-C. A shop uses `serve run` or `serve deploy`.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

from deployments.config import AppConfig
from deployments.replicas.stages import open_store
from recsys.artifacts import Workspace
from recsys.errors import Unavailable, VitrineError, WrongArtifact, WrongConfig
from recsys.records import Scope
from recsys.release import Release
from recsys.stores.access_keys import AccessKeys, KeyRing

HOST = "127.0.0.1"
SMALL_MACHINE_CPUS = 4
DEMO_SCOPES: tuple[Scope, ...] = ("shopper", "shop", "storekeeper", "operator")
TIMES_S = {"request_timeout_s": 12, "keep_alive_timeout_s": 15}
"""A request has 5 s for its body and 5 s for its answer; a connection that asks nothing more is closed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve a workspace until interrupted. Returns the exit code."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background start has it ignored
    try:
        require_free(options.port)
        if not options.check:
            config = _config(options)
            keys = own_keys(config)  # before Ray, whose processes get the page's from the environment
            with own_ray():
                _serve(options, config, keys)
    except KeyboardInterrupt:
        _say("ended")
    except VitrineError as error:
        remedy = " Run: python -m pipelines build" if isinstance(error, WrongArtifact) else ""
        print(f"error: {error}{remedy}", file=sys.stderr)
        return 2
    return 0


def require_free(port: int) -> None:
    """Raises WrongConfig where the port is taken or is none."""
    if not 0 < port < 65536:
        raise WrongConfig("PORT", "a number from 1 to 65535", port)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise WrongConfig("PORT", "a free port", port, f"Try: make demo PORT={port + 1}") from None


@contextlib.contextmanager
def own_ray() -> Iterator[None]:
    """A local Ray with a token of its own, ended at the end; other clusters are not touched."""
    if "RAY_AUTH_MODE" not in os.environ:  # left alone, Ray writes a token that every user can read
        os.environ.update(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN=secrets.token_hex(32))
    os.environ.update(
        RAY_USAGE_STATS_ENABLED="0",
        RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER="0",  # what keeps Ray's own sockets on 127.0.0.1, on Linux too
        RAY_SERVE_LOG_TO_STDERR="0",
        RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH="deployments.entrance.proxy:guards",
        RAY_SERVE_HANDLE_AUTOSCALING_METRIC_PUSH_INTERVAL_S="0.5",  # with Ray's 10 s a change of load is seen late
        RAY_SERVE_REPLICA_AUTOSCALING_METRIC_PUSH_INTERVAL_S="0.5",
    )
    import ray

    folder = Path(tempfile.mkdtemp(prefix="vitrine-serve-"))
    try:
        ray.init(
            address="local",
            include_dashboard=False,
            object_store_memory=200 * 2**20,
            _temp_dir=str(folder / "ray"),  # Ray lets everybody write into its own
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
        yield
    finally:
        ray.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


def own_keys(config: AppConfig) -> Path:
    """Keys of the demo, one a scope, in files that only this user reads; the page gets its own.

    Returns their folder. Raises WrongConfig, Unavailable.
    """
    folder = Path(config.workspace) / "keys"
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    engine = open_store(config)
    try:
        keys, ring = AccessKeys(engine), KeyRing(AccessKeys(engine), follow=False)
        ring.look()
        for scope in DEMO_SCOPES:
            _keep_key(folder / scope, scope, keys, ring)
    finally:
        engine.dispose()
    os.environ["VITRINE_PAGE_KEY"] = (folder / "shopper").read_text().strip()
    return folder


def _keep_key(file: Path, scope: Scope, keys: AccessKeys, ring: KeyRing) -> None:
    """The key of an earlier demo while it holds, else a new one."""
    known = ring.find(file.read_text().strip()) if file.exists() else None
    if known is None or known.scope != scope:
        file.unlink(missing_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(f"{keys.make(f'{scope} of make demo', scope).secret}\n")


def _config(options: argparse.Namespace) -> AppConfig:
    """Raises WrongArtifact where nothing is released."""
    release = Release.open(Workspace(options.workspace))
    topology = options.topology or ("fused" if (os.cpu_count() or 1) <= SMALL_MACHINE_CPUS else "split")
    workspace = str(Path(options.workspace).resolve())
    return AppConfig.parse({"workspace": workspace, "topology": topology, "release": release.key})


def _serve(options: argparse.Namespace, config: AppConfig, keys: Path) -> None:
    from ray import serve

    from deployments.app import build_app

    few = " (at most 4 cores)" if config.topology == "fused" and options.topology is None else ""
    _say(f"serving release {config.release} as {config.topology}{few}")
    logging.getLogger("ray.serve").setLevel(logging.ERROR)
    serve.start(http_options={"host": HOST, "port": options.port, **TIMES_S}, logging_config=_quiet())
    serve.run(build_app(config), name="vitrine", route_prefix="/")
    address = f"http://{HOST}:{options.port}"
    _require_answer(f"{address}/readyz")
    _say(f"keys of a storekeeper, an operator and a shop's server: {keys} (only you can read them)")
    _say(f"the shop is open: {address}   (API: {address}/docs; Ctrl-C ends it)")
    threading.Event().wait()


def _quiet() -> dict[str, object]:
    return {"log_level": "ERROR", "enable_access_log": False}


def _require_answer(address: str, within_s: float = 30.0) -> None:
    """Wait until the shop is ready: on a busy machine its first answers may be late. Raises Unavailable."""
    give_up = time.monotonic() + within_s
    while True:
        try:
            with urllib.request.urlopen(address, timeout=within_s):
                return
        except OSError as error:
            if time.monotonic() > give_up:
                raise Unavailable(address, "an answer", error, "Look into the Serve logs.") from None
        time.sleep(0.2)


def _say(text: str) -> None:
    print(text, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deployments.demo", description=__doc__)
    parser.add_argument("--workspace", default="var/shop", help="folder that `python -m pipelines build` filled")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--topology", choices=("split", "fused"), help="default: fused on at most 4 cores")
    parser.add_argument("--check", action="store_true", help="only see whether the port is free")
    return parser


if __name__ == "__main__":
    sys.exit(main())
