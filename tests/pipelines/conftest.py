"""A job on the session's Ray, and a shop's raw data in eight files."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from pipelines.running.job import Job
from pipelines.running.parts import part_name
from pipelines.running.session import Session
from recsys.simulation.config import SimulationConfig
from recsys.simulation.shop import Shop

NUM_FILES = 8


@pytest.fixture
def job(ray_session: Session) -> Job:
    """A job whose output can be read: `job.console.file.getvalue()`."""
    return Job(ray_session, Console(file=io.StringIO(), width=160))


@pytest.fixture(scope="session")
def eight_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Canonical tables of a small shop; each of eight event files has the whole log, by other users."""
    folder = tmp_path_factory.mktemp("eight")
    tables = Shop(SimulationConfig.small()).tables()
    pq.write_table(tables.items, folder / "items.parquet")
    (folder / "events").mkdir()
    for number in range(NUM_FILES):
        pq.write_table(renamed(tables.events, f"-{number}"), folder / "events" / part_name(number))
    return folder


def renamed(events: pa.Table, suffix: str) -> pa.Table:
    """The same events under other ids."""
    for name in ("event_id", "user_id", "session_id", "slate_id"):
        place = events.column_names.index(name)
        values = pc.binary_join_element_wise(events[name], suffix, "")
        events = events.set_column(place, events.schema.field(name), values)
    return events
