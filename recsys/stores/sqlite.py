"""SQLite, the embedded default.

Write-ahead log, so that readers never wait for the writer; `synchronous=FULL`, so that a commit survives a power cut;
a file that only its owner can read.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from recsys.errors import WrongConfig


def open_sqlite(address: sa.URL, *, busy_timeout_s: float) -> Engine:
    """Connect to a file, made where there is none; a writer waits `busy_timeout_s` for another one.

    Raises WrongConfig: the file cannot be written, or there is none to share.
    """
    if not address.database or address.database == ":memory:":
        raise WrongConfig("store_url", "sqlite:///FILE: a store in memory cannot be shared", str(address))
    _make_private(Path(address.database))
    engine = sa.create_engine(address, connect_args={"timeout": busy_timeout_s})

    @sa.event.listens_for(engine, "connect")
    def configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where `begin` says, not where sqlite3 guesses
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("vitrine_writes", False)
        # a reader that later writes could meet a newer database and fail at once; IMMEDIATE waits in the queue instead
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _make_private(path: Path) -> None:
    """An empty file of mode 600 before SQLite makes one; its log files inherit the mode."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise WrongConfig("store_url", "a file that can be written", error) from None
