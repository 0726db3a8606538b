"""The only place that starts and ends Ray for the verbs.

Ray costs 5 to 7 seconds, so it starts when the first step needs it and not before: a command whose artifacts are all
there never pays. It is imported here inside functions for the same reason (1 s).
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import socket
import sys
import tempfile
import threading
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Self

OBJECT_STORE_BYTES = 200 * 2**20
"""Blocks between tasks live here; every step passes paths and a few rows, so it can be small."""

_PREFIX = "vitrine-"
_SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_TRAIN_V2_ENABLED": "1",
    "RAY_AIR_NEW_OUTPUT": "0",  # Tune's tables would break our bars
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # tasks that ask for no GPU still see it
}
"""Unless the environment says otherwise."""


class Session:
    """A Ray cluster for the length of one command: its own on this machine, or one that runs already.

    Args:
        address: of a running cluster; None starts a local one. The artifacts' folder must then be on a disk that
            every node sees.
        num_cpus: that the local cluster may use; None means all.
    """

    def __init__(self, address: str | None = None, num_cpus: int | None = None) -> None:
        self._address, self._num_cpus = address, num_cpus
        self._temp_dir: Path | None = None
        self._owned = False
        self._lock = threading.Lock()
        self._closed = threading.Event()

    def start(self) -> None:
        """Start or join Ray, once. Raises Unavailable when a given address does not answer."""
        with self._lock:
            self._start()

    def _start(self) -> None:
        os.environ.update({name: value for name, value in _SETTINGS.items() if name not in os.environ})
        if self._address is None:
            _protect()
        import ray

        if ray.is_initialized():
            return
        logging.getLogger("ray").setLevel(logging.ERROR)
        started: SimpleQueue[Exception | None] = SimpleQueue()
        threading.Thread(target=self._hold, args=(started,), daemon=True).start()
        error = started.get()
        if error is not None:
            raise error
        self._owned = True

    def _hold(self, started: SimpleQueue[Exception | None]) -> None:
        """Start Ray in a thread that lives as long as the session.

        Linux ends Ray's processes with the thread that started them, and a step may run in a thread of its own.
        """
        try:
            if self._address is not None:
                self._join(self._address)
            else:
                self._start_local()
        except Exception as error:
            started.put(error)
            return
        started.put(None)
        self._closed.wait()

    def close(self) -> None:
        """Leave the cluster; end it, and remove its folder, if this session started it."""
        if self._owned:
            import ray

            ray.shutdown()
            self._owned = False
        self._closed.set()
        if self._temp_dir is not None:
            shutil.rmtree(self._temp_dir, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start_local(self) -> None:
        import ray

        _sweep()
        self._temp_dir = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
        ray.init(
            address="local",
            num_cpus=self._num_cpus,
            include_dashboard=False,
            object_store_memory=OBJECT_STORE_BYTES,
            _temp_dir=str(self._temp_dir / "ray"),  # Ray lets everybody write into its own
            log_to_driver=False,
            logging_level=logging.ERROR,
        )

    def _join(self, address: str) -> None:
        import ray

        from recsys.errors import Unavailable

        try:
            _knock(address)
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
        except (OSError, RuntimeError, ValueError) as error:
            raise Unavailable(
                "--address", "a running Ray cluster", error, "Leave it out to use this machine."
            ) from None


def _knock(address: str) -> None:
    """Raise OSError where nobody listens: Ray itself would try for minutes, and end the process."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), timeout=10).close()


def _protect() -> None:
    """Ask for token authentication, unless the environment decides; else anyone on the machine could run code.

    The token is this process's and its children's. Left alone, Ray writes one to the home folder, readable by all.
    """
    if "RAY_AUTH_MODE" in os.environ:
        return
    os.environ["RAY_AUTH_MODE"] = "token"
    os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
    if "ray" in sys.modules:  # it read the environment when it was imported
        from ray._raylet import Config  # type: ignore[attr-defined]  # compiled

        Config.initialize("")


def _sweep() -> None:
    """Remove the folders of sessions that were killed."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        pid = path.name.removeprefix(_PREFIX).split("-")[0]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists():
            shutil.rmtree(path, ignore_errors=True)
