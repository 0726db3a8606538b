"""Opening the store, and the one way to talk to it.

SQLite is the embedded default: write-ahead log, so that readers never wait for the writer; `synchronous=FULL`, so
that a commit survives a power cut; a file that only its owner can read. PostgreSQL takes the same statements.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine as Engine

from recsys.errors import Unavailable, WrongConfig
from recsys.stores.tables import SCHEMA_VERSION, metadata, schema_version

BUSY_TIMEOUT_S = 5.0
MIGRATION_LOCK = 7_410_266  # any number that nobody else locks in this PostgreSQL database

Upsert = sqlite.Insert | postgresql.Insert


def store_url(path: Path) -> str:
    """SQLAlchemy address of an SQLite file."""
    return f"sqlite:///{path.absolute()}"


def open_database(url: str, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Engine:
    """Connect, make the tables where there are none, and check their version. One engine serves all threads.

    Args:
        url: `sqlite:///FILE` or `postgresql+DRIVER://...`.
        busy_timeout_s: how long a writer waits for another one.

    Raises:
        WrongConfig: the address is not understood, or the store has another schema version.
        Unavailable: the store does not answer.
    """
    try:
        address = sa.make_url(url)
        engine = _open_sqlite(address, busy_timeout_s) if _is_sqlite(address) else _open_server(address)
    except (exc.ArgumentError, exc.NoSuchModuleError, ImportError) as error:
        raise WrongConfig("store_url", "sqlite:///FILE or postgresql+DRIVER://...", _without_password(error)) from None
    try:
        _require_version(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A consistent view. Raises Unavailable when the store does not answer."""
    with _answering(), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction, durable when the block ends, undone when it raises. Raises Unavailable."""
    with _answering(), engine.connect() as connection:
        writer = connection.execution_options(vitrine_writes=True)
        with writer.begin():
            yield writer


def insert(connection: Connection, table: sa.Table) -> Upsert:
    """An insert that can say ON CONFLICT, in the words of the connected database."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def insert_once(connection: Connection, table: sa.Table, rows: Iterable[Mapping[str, Any]]) -> int:
    """Insert the rows whose primary key is new; how many that were."""
    values = [dict(row) for row in rows]
    if not values:
        return 0
    new = insert(connection, table).on_conflict_do_nothing().returning(*table.primary_key)
    return len(connection.execute(new, values).all())


class _Damaged(Unavailable):
    """Somebody must look at the store; until then the shop goes on without it."""


@contextmanager
def _answering() -> Iterator[None]:
    """Turn a store that is locked or away into Unavailable; it says nothing of the statement or its values."""
    try:
        yield
    except (exc.OperationalError, exc.InterfaceError, exc.TimeoutError) as error:
        raise Unavailable("store", "an answer", _without_password(error), "Try again.") from None
    except exc.DBAPIError as error:
        if type(error) is exc.DatabaseError:  # of no nearer kind: the file is damaged, or something else lies there
            raise _Damaged("store", "a store of vitrine", _without_password(error)) from None
        if not error.connection_invalidated:
            raise
        raise Unavailable("store", "an open connection", _without_password(error), "Try again.") from None


def _without_password(error: BaseException) -> str:
    origin = getattr(error, "orig", None) or error
    return f"{type(origin).__name__}: {str(origin).splitlines()[0] if str(origin) else ''}"


def _is_sqlite(address: sa.URL) -> bool:
    return address.get_backend_name() == "sqlite"


def _open_server(address: sa.URL) -> Engine:
    if address.get_backend_name() != "postgresql":
        raise WrongConfig("store_url", "an address of SQLite or PostgreSQL", address.get_backend_name())
    return sa.create_engine(address, pool_pre_ping=True)


def _open_sqlite(address: sa.URL, busy_timeout_s: float) -> Engine:
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


def _require_version(engine: Engine) -> None:
    try:
        with writing(engine) as connection:
            if connection.dialect.name == "postgresql":  # two first starts at once: one makes the tables
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MIGRATION_LOCK)))
            metadata.create_all(connection)
            insert_once(connection, schema_version, [] if _version(connection) else [{"version": SCHEMA_VERSION}])
            version = _version(connection)
    except _Damaged as error:  # at the start it is a wrong address
        raise WrongConfig("store_url", error.wanted, error.got) from None
    except exc.DatabaseError as error:  # such as tables of somebody else
        raise WrongConfig("store_url", "a store of vitrine", _without_password(error)) from None
    if version != SCHEMA_VERSION:
        remedy = "Use the version of vitrine that made it, or another store."
        raise WrongConfig("store.schema_version", str(SCHEMA_VERSION), version, remedy)


def _version(connection: Connection) -> int | None:
    return connection.execute(sa.select(sa.func.max(schema_version.c.version))).scalar()
