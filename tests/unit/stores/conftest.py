"""A fresh store for each test, on both databases: a real file, and a schema of a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from recsys.stores.database import open_database, store_url
from tests.postgresql import Server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where nothing is yet."""
    if request.param == "sqlite":
        return store_url(tmp_path / "store.db")
    server: Server = request.getfixturevalue("postgresql")
    return server.new_schema()


@pytest.fixture
def other_url(url: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A second place of the same kind."""
    if url.startswith("sqlite"):
        return store_url(tmp_path / "other.db")
    server: Server = request.getfixturevalue("postgresql")
    return server.new_schema()


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    opened = open_database(url)
    yield opened
    opened.dispose()


@pytest.fixture
def sqlite_engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_database(store_url(tmp_path / "store.db"))
    yield opened
    opened.dispose()


@pytest.fixture
def postgresql_engine(postgresql: Server) -> Iterator[Engine]:
    opened = open_database(postgresql.new_database())
    yield opened
    opened.dispose()
