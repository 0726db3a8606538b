"""SQLite, the embedded default.

Write-ahead log, so that readers never wait for the writer; `synchronous=FULL`, so that a commit survives a power cut;
a file that only its owner can read. SQLite goes on writing into a file that was deleted or replaced under it, and says
that all is well: so a connection is held only as long as the file that it opened lies where it lay.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.engine import Connection, Engine

from recsys.errors import Unavailable, WrongConfig

LARGE_LOG_BYTES = 16 * 1024 * 1024
"""A write-ahead log that is larger is written back by the writer itself, and cut; SQLite alone waits for a moment
without readers, which in a busy shop never comes."""
CHECKPOINT_WAIT_MS = 200
"""How long that writer waits for readers; if they stay, the next large commit tries again."""
WRITE_NOTHING = "PRAGMA user_version = 0"
"""Writes a page and waits until it is on disk, and changes nothing: what finds a full or closed disk."""

FileId = tuple[int, int]
"""Device and inode."""


def open_sqlite(address: sa.URL, *, busy_timeout_s: float, renew: Callable[[], None]) -> Engine:
    """Connect to a file, made where there is none; a writer waits `busy_timeout_s` for another one.

    Args:
        renew: called when another file came to lie there, before it is used: it may be empty or of an older version.

    Raises WrongConfig: the file cannot be written, or there is none to share.
    """
    if not address.database or address.database == ":memory:":
        raise WrongConfig("store_url", "sqlite:///FILE: a store in memory cannot be shared", str(address))
    path = Path(address.database).absolute()
    _make_private(path)
    engine = sa.create_engine(address, connect_args={"timeout": busy_timeout_s, "uri": True})
    known: list[FileId | None] = [_file_id(path)]

    @sa.event.listens_for(engine, "do_connect")
    def open_only(_dialect: Any, _record: Any, arguments: list[Any], _settings: Any) -> None:
        arguments[0] = f"{path.as_uri()}?mode=rw"  # a store that was deleted is not made anew, empty

    @sa.event.listens_for(engine, "connect")
    def configure(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # transactions begin where `begin` says, not where sqlite3 guesses
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"journal_size_limit={LARGE_LOG_BYTES}",
        ):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()  # opens the log
        opened = record.info["file"] = _file_id(path)
        record.info["log"] = _file_id(_log_of(path))
        if opened != known[0]:
            renew()
            known[0] = opened

    @sa.event.listens_for(engine, "checkout")
    def require_same_file(_connection: Any, record: Any, _proxy: Any) -> None:
        if _there(path) != record.info["file"]:
            known[0] = None  # what is found next is new, though it may get the number of what is gone
            raise exc.DisconnectionError("the file of the store was deleted or replaced")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("vitrine_writes", False)
        if writes:
            require_lasting(connection)
        # a reader that later writes could meet a newer database and fail at once; IMMEDIATE waits in the queue instead
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def require_lasting(connection: Connection) -> None:
    """What this connection writes lies, or lay until now, in files that others can find. Raises Unavailable.

    Asked before a transaction, and after it: of what went into a deleted file nothing may be acknowledged.
    """
    path = _path(connection)
    try:
        file, log = path.stat(), _log_of(path).stat()
    except OSError as error:
        raise Unavailable("store", "the files that were opened", error) from None
    if (file.st_dev, file.st_ino) != connection.info["file"]:
        raise Unavailable("store", "the file that was opened", f"another one at {path}")
    if (log.st_dev, log.st_ino) != connection.info["log"]:  # opening it anew beside others would damage the store
        raise Unavailable("store", "the write-ahead log", "another one", "Restart all that has the store open.")
    if not file.st_mode & stat.S_IWUSR:
        raise Unavailable("store", "a file that may be written", stat.filemode(file.st_mode))


def shorten_log(connection: Connection) -> None:
    """Between two transactions: write a large write-ahead log back, and cut it. Readers that stay put it off."""
    log = _log_of(_path(connection))
    if not log.exists() or log.stat().st_size <= LARGE_LOG_BYTES:
        return
    driver: Any = connection.connection.driver_connection  # past SQLAlchemy, which would begin a transaction
    waits = driver.execute("PRAGMA busy_timeout").fetchone()[0]
    try:
        driver.execute(f"PRAGMA busy_timeout = {CHECKPOINT_WAIT_MS}")
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        driver.execute(f"PRAGMA busy_timeout = {waits}")


def _make_private(path: Path) -> None:
    """An empty file of mode 600 before SQLite makes one; its log files inherit the mode."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise WrongConfig("store_url", "a file that can be written", error) from None


def _path(connection: Connection) -> Path:
    database = connection.engine.url.database
    assert database is not None
    return Path(database)


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _file_id(path: Path) -> FileId:
    found = path.stat()
    return found.st_dev, found.st_ino


def _there(path: Path) -> FileId | None:
    try:
        return _file_id(path)
    except OSError:
        return None
