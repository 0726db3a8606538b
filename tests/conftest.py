"""Fixtures that many rooms share."""

from __future__ import annotations

import gc
import os
import threading
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # as in every replica: sums in another order differ in the last bit
# As in cluster.yaml: with Ray's 10 s a change of load is seen late.
os.environ.setdefault("RAY_SERVE_HANDLE_AUTOSCALING_METRIC_PUSH_INTERVAL_S", "0.5")
os.environ.setdefault("RAY_SERVE_REPLICA_AUTOSCALING_METRIC_PUSH_INTERVAL_S", "0.5")

os.environ.setdefault("RAY_metrics_report_interval_ms", "1000")  # what is counted is seen after a second, not ten

os.environ.setdefault("RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH", "deployments.entrance.proxy:guards")

import fastapi.dependencies.models
import pytest
from hypothesis import settings

from pipelines.running.session import Session
from tests.e2e.default_shop import DefaultShop
from tests.postgresql import Server, running_server

settings.register_profile("shop", deadline=None)  # speed lives in benchmarks; a busy machine proves nothing here
settings.load_profile("shop")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of public data sets beside the project; tests that need it are skipped by name without it."""
    if not SHARED_DATA.is_dir():
        pytest.skip("no public data sets in ../shared/data")
    return SHARED_DATA


CROWD = 60
"""Threads beside which a test would be measured."""


@pytest.fixture(autouse=True)
def not_crowded() -> Iterator[None]:
    """Gateways of tests that have ended are kept by what FastAPI remembers of their doors, each with eight threads that
    ask a store for news; they end when it forgets and they are collected."""
    yield
    if threading.active_count() > CROWD:
        for remembered in vars(fastapi.dependencies.models).values():
            if hasattr(remembered, "cache_clear"):
                remembered.cache_clear()
        gc.collect()


ALONE = {"ray_session", "default_shop"}
"""Fixtures that a machine has room for once: tests without them run in as many processes as there are cores."""
SERVED = {"serve_port", "head"}
"""Fixtures that hold cores until the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark `pure` what needs no Ray, neither that of the session nor one of its own. What is served comes last, for it
    keeps cores that jobs would wait for; and at the very end what ends a Serve that others ask, as `serve run` does."""
    for item in items:
        if not item.get_closest_marker("ray") and not ALONE & _fixtures(item):
            item.add_marker("pure")
    items.sort(key=lambda item: (bool(SERVED & _fixtures(item)), item.get_closest_marker("ends_serve") is not None))


def _fixtures(item: pytest.Item) -> set[str]:
    return set(getattr(item, "fixturenames", ()))


BUILDS = pytest.StashKey[DefaultShop]()


def pytest_collection_finish(session: pytest.Session) -> None:
    """The default shop takes a minute and most tests wait more than they work, so its build begins at once."""
    if any("default_shop" in getattr(item, "fixturenames", ()) for item in session.items):
        session.config.stash[BUILDS] = DefaultShop()


def pytest_unconfigure(config: pytest.Config) -> None:
    if BUILDS in config.stash:
        config.stash[BUILDS].end()


@pytest.fixture(scope="session")
def default_shop(request: pytest.FixtureRequest) -> DefaultShop:
    """The shop of `make demo`, being built."""
    return request.config.stash[BUILDS]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """The one PostgreSQL of a test session."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def ray_session() -> Iterator[Session]:
    """The one Ray of a test session, started when the first test needs it."""
    with Session(num_cpus=2) as session:
        yield session


@pytest.fixture(scope="session")
def small_shop(tmp_path_factory: pytest.TempPathFactory, ray_session: Session) -> Path:
    """A workspace in which `pipelines build` made a small simulated shop."""
    from pipelines.build import BuildConfig, run
    from pipelines.running.job import Job
    from recsys.artifacts import Workspace
    from recsys.simulation.config import SimulationConfig

    root = tmp_path_factory.mktemp("shop")
    small = SimulationConfig.small().model_dump(mode="json")
    run(Workspace(root), BuildConfig.parse({"simulate": small, "report": False}), Job(ray_session))
    return root
