"""A served shop takes releases over and goes back while a client asks all the time: nothing fails, nothing is mixed."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from pipelines import train_ranker
from pipelines.releasing.takeover import configuration
from pipelines.running.course import run
from pipelines.running.job import Job
from pipelines.running.session import Session
from pipelines.train_ranker import TrainRankerConfig
from recsys.artifacts import Workspace
from recsys.funnel import FunnelConfig, open_funnel
from recsys.release import Release
from recsys.slate import Asked, Draw, Query
from tests.deployments.applications import Deployed
from tests.deployments.head import ROOT, Head
from tests.keys import Keys
from tests.pace import in_time, until

HOME = "/v1/recommend"
GATE = (
    "gate.requests=20",
    "gate.slates=5",
    "gate.most_latency_ratio=50",
    "gate.least_recall_ratio=0",
    "gate.least_ndcg_ratio=0",
    "gate.most_calibration_rise=1",
)

pytestmark = pytest.mark.ray


class Served(NamedTuple):
    """A shop of its own, deployed from a file."""

    head: Head
    workspace: Workspace
    door: str
    keys: Keys
    rankers: tuple[str, str]
    """Key of the ranker of the first release, and of one with other trees."""

    def release(self, *settings: str) -> subprocess.CompletedProcess[str]:
        """`python -m pipelines release` with `serve=`."""
        command = [sys.executable, "-m", "pipelines", "release", "--workspace", str(self.workspace.root)]
        return subprocess.run(
            [*command, f"serve={self.head.dashboard}", *settings],
            cwd=ROOT,
            env=dict(self.head.environment),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def live(self) -> str:
        return self.workspace.current("release").key

    def pids(self) -> set[str]:
        """Of the replicas."""
        deployments = self.head.details()["applications"]["vitrine"]["deployments"].values()
        return {str(replica["pid"]) for one in deployments for replica in one["replicas"]}


@pytest.fixture(scope="module")
def served(deployed: Deployed, ray_session: Session) -> Served:
    workspace = deployed.workspace
    first = workspace.current("ranker").key
    other = run(train_ranker, workspace, TrainRankerConfig.parse({"trees": {"learning_rate": 0.08}}), Job(ray_session))
    return Served(deployed.head, workspace, deployed.door, deployed.keys, (first, other.key))


class Client(threading.Thread):
    """Asks about ten times a second until it is told to end."""

    def __init__(self, served: Served) -> None:
        super().__init__(daemon=True)
        self._served, self._end = served, threading.Event()
        self.failed: list[str] = []
        self.pages: list[dict[str, Any]] = []

    def run(self) -> None:
        requests: list[tuple[str, dict[str, Any]]] = [
            (HOME, {"size": 8}),
            ("/v1/search", {"query": "board", "size": 8}),
            (HOME, {"user_id": "u00001", "size": 8}),
        ]
        with httpx.Client(base_url=self._served.door, timeout=60, auth=self._served.keys) as client:
            while not self._end.wait(0.1):
                path, body = requests[len(self.pages) % len(requests)]
                try:
                    answer = client.post(path, json=body)
                except httpx.HTTPError as error:
                    self.failed.append(repr(error))
                    continue
                if answer.status_code != 200:
                    self.failed.append(answer.text)
                    continue
                self.pages.append({**answer.json(), "path": path, "user_id": body.get("user_id")})

    def end(self) -> None:
        self._end.set()
        self.join(30)


def seconds_of(done: subprocess.CompletedProcess[str]) -> float:
    """What the command says of the takeover."""
    assert done.returncode == 0, done.stderr
    found = re.search(r"taken over +\w+ +([\d.]+) s", done.stderr)
    assert found, done.stderr
    return float(found[1])


def test_two_takeovers_and_a_rollback_under_requests(served: Served) -> None:
    first, pids = served.live(), served.pids()
    client = Client(served)
    client.start()
    until(lambda: len(client.pages) > 5, 30)
    forwards = time.monotonic()
    seconds_of(served.release(*GATE))
    forwards = time.monotonic() - forwards
    second = served.live()
    until(lambda: client.pages[-1]["release"] == second, 10)
    served.workspace.point("ranker", served.rankers[0])
    seconds_of(served.release(*GATE))  # the first again: found, judged, taken over
    assert served.live() == first != second
    until(lambda: client.pages[-1]["release"] == first, 10)
    started = time.monotonic()
    took = seconds_of(served.release("rollback=true"))
    until(lambda: client.pages[-1]["release"] == second, 10)
    assert in_time(time.monotonic() - took, 10)
    assert in_time(started, 10 + forwards), "the whole command, until an answer came from the old release"
    asked = len(client.pages)
    until(lambda: len(client.pages) > asked + 5, 10)
    client.end()
    assert client.failed == []
    order = [page["release"] for page in client.pages]
    assert set(order) == {first, second} and order[-1] == second
    assert all(page["degraded"] == [] and len(page["items"]) == 8 for page in client.pages)
    assert served.pids() == pids, "the same processes"
    releases = {key: Release.open(served.workspace, key) for key in (first, second)}
    assert all(page["artifacts"] == releases[page["release"]].artifact.manifest.parents for page in client.pages)
    chances = {key: p_ctr_of(release) for key, release in releases.items()}
    for key, other in ((first, second), (second, first)):
        shown = {
            (item["item_id"], item["p_ctr"])
            for page in client.pages
            if page["release"] == key and page["path"] == HOME and page["user_id"] is None
            for item in page["items"]
            if not item["sponsored"] and item["item_id"] in chances[key]
        }
        assert len(shown) >= 6, "what is not for sale of eight places"
        assert all(chances[key][item] == pytest.approx(chance, abs=1e-6) for item, chance in shown)
        alike = [abs(chances[other].get(item, 0.0) - chance) < 1e-6 for item, chance in shown]
        assert sum(alike) < len(alike) / 2, "the other release would have said something else"


def p_ctr_of(release: Release) -> dict[str, float]:
    """item_id -> what the ranker of a release says to somebody unknown on the home page, answered in this process."""
    funnel = open_funnel(release, config=FunnelConfig().without_deadlines())
    query = Query(Asked("home", 200, at_s=time.time(), ads=False), draw=Draw(explore=False))
    return {item.item_id: item.p_ctr for item in asyncio.run(funnel.answer(query)).items}


SPOILT = {
    "damaged": ("histories.parquet", rb".*", b"nothing"),
    "foreign": ("manifest.json", rb'"schema_version": \d+', b'"schema_version": 99'),
}
"""Name of a copy of the live release -> the file with something wrong, and what is wrong."""


def test_a_release_that_cannot_be_opened_is_refused_by_name_and_the_old_one_answers(served: Served) -> None:
    live = served.live()
    answer = httpx.get(f"{served.door}/readyz", timeout=60, auth=served.keys).json()
    assert (answer["release"], answer["refused"]) == (live, None)
    for name, (file, right, wrong) in SPOILT.items():
        copy = shutil.copytree(served.workspace.path("release", live), served.workspace.path("release", name))
        path = Path(copy) / file
        path.write_bytes(re.sub(right, wrong, path.read_bytes(), count=1, flags=re.DOTALL))
    client = Client(served)
    client.start()
    for name, why in (("nothing", "nothing"), ("damaged", "damaged/histories.parquet"), ("foreign", "schema_version")):
        served.head.put(configuration(served.head.details(), "vitrine", ["Recall", "Gateway"], name))
        until(partial(refused_by_both, served, why, set()), 30)
    client.end()
    assert client.failed == [] and len(client.pages) >= 10
    assert {page["release"] for page in client.pages} == {live}
    assert all(page["degraded"] == [] and len(page["items"]) == 8 for page in client.pages)
    assert httpx.get(f"{served.door}/readyz", timeout=60, auth=served.keys).json()["release"] == live
    assert set(served.head.deployments().values()) == {"HEALTHY"}
    done = served.release("application=other", "rollback=true")
    assert done.returncode == 2 and "application: wanted one of vitrine, got 'other'" in done.stderr
    assert served.live() == live


def refused_by_both(served: Served, why: str, seen: set[str]) -> bool:
    """Whether both gateways have said, now or before, that a release was refused, and why."""
    answer = httpx.get(f"{served.door}/readyz", timeout=60, auth=served.keys)
    if why in (answer.json()["refused"] or ""):
        seen.add(answer.headers["x-replica"])
    return len(seen) == 2
