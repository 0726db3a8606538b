"""A running application takes over a release: its configuration is read, given another `user_config`, and put back.

Nothing restarts: Serve calls `reconfigure` in the processes that are there. The stages go first and the gateway last,
so that a stage knows the release before a query names it.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from recsys.errors import Unavailable, VitrineError, WrongConfig

INGRESS = "Gateway"
WITHIN_S = 60.0
EVERY_S = 0.05
DECIDED = ("proxy_location", "http_options", "grpc_options", "target_capacity")
"""What a configuration says besides its applications; left out, it would fall back to Serve's defaults."""
Details = dict[str, Any]


class Serving:
    """An application on a cluster whose dashboard answers.

    Args:
        address: of the dashboard, http://127.0.0.1:8265.
        application: its name.

    Raises Unavailable where nobody answers or the token is wrong, WrongConfig where there is no such application, or it
    was not deployed from a file.
    """

    def __init__(self, address: str, application: str) -> None:
        from ray.dashboard.modules.serve.sdk import ServeSubmissionClient  # it knows the token of the cluster

        self._address, self._name = address, application
        with _said_in_one_line(address):
            self._client = ServeSubmissionClient(address)
        self._application(self._details())

    def release(self) -> str | None:
        """The key that its deployments were asked for."""
        chosen = [_chosen(one) for one in self._application(self._details())["deployments"].values()]
        return next((key for key in chosen if key), None)

    def take_over(self, key: str) -> float:
        """Ask every deployment for a release and wait until all answer with it. Returns the seconds it took.

        Raises Unavailable where that fails; then the configuration is again what it was.
        """
        before, started = self._details(), time.monotonic()
        names = sorted(self._application(before)["deployments"], key=lambda name: name == INGRESS)
        stages = [name for name in names if name != INGRESS]
        try:
            for asked in (stages, names):
                if asked:
                    self._put(configuration(self._details(), self._name, asked, key))
                    self._wait(asked, key)
            self._require_answer(key)
        except VitrineError:
            self._put(configuration(before, self._name, (), key))
            raise
        return time.monotonic() - started

    def _wait(self, names: Sequence[str], key: str) -> None:
        until = time.monotonic() + WITHIN_S
        while True:
            application = self._application(self._details())
            status, deployments = application["status"], application["deployments"]
            healthy = all(deployments[name]["status"] == "HEALTHY" for name in names)
            if status == "RUNNING" and healthy and all(_chosen(deployments[name]) == key for name in names):
                return
            if status in ("DEPLOY_FAILED", "UNHEALTHY") or time.monotonic() > until:
                said = application["message"] or f"{status} after {WITHIN_S:.0f} s"
                raise Unavailable(self._name, f"release {key}", said, "The former one goes on.")
            time.sleep(EVERY_S)

    def _require_answer(self, key: str) -> None:
        """Its door says so itself: a replica that cannot open a release stays well and keeps the old one."""
        details = self._details()
        door = door_of(details, self._application(details), self._address)
        try:
            with urllib.request.urlopen(door, timeout=WITHIN_S) as answer:
                said = json.load(answer)
        except urllib.error.HTTPError as error:
            raise Unavailable(door, f"release {key}", error.read().decode("utf-8", "replace")) from None
        except (OSError, ValueError) as error:
            raise Unavailable(door, "an answer", error, "The former one goes on.") from None
        if said.get("release") != key:
            raise Unavailable(door, f"release {key}", said.get("refused") or said.get("release"))

    def _details(self) -> Details:
        with _said_in_one_line(self._address):
            found: Details = self._client.get_serve_details()
        return found

    def _put(self, config: Mapping[str, Any]) -> None:
        with _said_in_one_line(self._address):
            self._client.deploy_applications(dict(config))

    def _application(self, details: Details) -> dict[str, Any]:
        found: dict[str, Any] | None = details["applications"].get(self._name)
        if found is None:
            names = ", ".join(sorted(details["applications"])) or "a deployed application (there is none)"
            raise WrongConfig("application", f"one of {names}", self._name, "serve deploy deployments/serve.yaml")
        if not found.get("deployed_app_config"):
            wanted = "an application deployed from a file"
            raise WrongConfig("application", wanted, self._name, "serve deploy deployments/serve.yaml")
        return found


def configuration(details: Details, application: str, deployments: Sequence[str], key: str) -> dict[str, Any]:
    """What is deployed, as a file would say it, but with this release for some deployments of one application."""
    applications = []
    for name, one in details["applications"].items():
        config = one.get("deployed_app_config")
        if config:  # what was run from Python is not in files, and is left alone
            applications.append(_asking(config, deployments, key) if name == application else config)
    decided = {name: details[name] for name in DECIDED if details.get(name) is not None}
    return {**decided, "applications": applications}


def door_of(details: Details, application: Mapping[str, Any], dashboard: str) -> str:
    """Where the application says whether it is ready; a proxy on all interfaces is asked where the dashboard is."""
    options = details.get("http_options") or {}
    host = options.get("host") or "127.0.0.1"
    if host in ("0.0.0.0", "::"):
        host = urlsplit(dashboard).hostname or "127.0.0.1"
    prefix = (application.get("route_prefix") or "/").rstrip("/")
    return f"http://{host}:{options.get('port', 8000)}{prefix}/readyz"


def _asking(config: Mapping[str, Any], names: Sequence[str], key: str) -> dict[str, Any]:
    listed = {one["name"]: dict(one) for one in config.get("deployments") or ()}
    for name in names:
        one = listed.setdefault(name, {"name": name})
        one["user_config"] = {**(one.get("user_config") or {}), "release": key}
    return {**config, **({"deployments": list(listed.values())} if listed else {})}


def _chosen(deployment: Mapping[str, Any]) -> str | None:
    config = deployment["deployment_config"].get("user_config") or {}
    return config.get("release")


@contextmanager
def _said_in_one_line(address: str) -> Iterator[None]:
    """Ray's client raises errors of several kinds, some of them pages long. Raises Unavailable."""
    try:
        yield
    except Exception as error:
        remedy = "serve= is the address of the dashboard; with tokens, RAY_AUTH_MODE and the token as there."
        raise Unavailable(address, "an answer of Ray's dashboard", error, remedy) from None
