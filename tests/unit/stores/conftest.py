"""A fresh store for each test, in a real file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from recsys.stores.database import open_database, store_url


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_database(store_url(tmp_path / "store.db"))
    yield opened
    opened.dispose()
