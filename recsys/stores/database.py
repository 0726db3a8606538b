"""Opening the store, and the one way to talk to it: the same statements on SQLite and PostgreSQL."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Engine as Engine

from recsys.config import MachineSettings
from recsys.errors import Unavailable, WrongConfig
from recsys.stores.postgresql import open_postgresql, require_unicode
from recsys.stores.sqlite import WRITE_NOTHING, open_sqlite, require_lasting, shorten_log
from recsys.stores.upgrade import is_current, upgrade

BUSY_TIMEOUT_S = 5.0
POOL_SIZE = 5
POOL_OVERFLOW = 10
FOREIGN = {"SQLITE_ERROR", "42P01", "42501"}
"""How the databases say that a table is not there, not ours or not for us."""

FORMS = "sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE"
AWAY = (exc.OperationalError, exc.InterfaceError, exc.InternalError, exc.TimeoutError)

Upsert = sqlite.Insert | postgresql.Insert


def store_url(path: Path) -> str:
    """SQLAlchemy address of an SQLite file."""
    return f"sqlite:///{path.absolute()}"


def store_address(workspace: Path, given: str | None) -> str:
    """The store that was named, else VITRINE_STORE_URL, else the file in the folder of a workspace."""
    return given or MachineSettings().store_url or store_url(workspace / "store.sqlite")


def open_database(
    url: str, *, busy_timeout_s: float = BUSY_TIMEOUT_S, pool_size: int = POOL_SIZE, pool_overflow: int = POOL_OVERFLOW
) -> Engine:
    """Connect; make the tables where there are none, upgrade older ones. One engine serves all threads.

    Args:
        url: `sqlite:///FILE` or `postgresql://USER:PASSWORD@HOST/DATABASE`.
        busy_timeout_s: how long a writer waits for another one; on PostgreSQL also the longest statement.
        pool_size: connections to a server that are kept open. Every replica has its own.
        pool_overflow: connections to a server beyond these, closed after use.

    Raises:
        WrongConfig: the address is not understood, the driver is missing, or something newer or else lies there.
        Unavailable: the store does not answer.
    """
    engine = _connect(url, busy_timeout_s, pool_size, pool_overflow)
    try:
        _bring_up_to_date(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def reading(engine: Engine, *, long: bool = False) -> Iterator[Connection]:
    """A consistent view. Raises Unavailable when the store does not answer.

    Args:
        long: its statements may take longer than `busy_timeout_s`, as when all events are read.
    """
    with _answering(), engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")  # SQLite reads so anyway
            if long:
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction, durable when the block ends, undone when it raises. Raises Unavailable.

    Also raised where the files were taken away under it: it may be kept or not, and is to be written again.
    """
    with _answering(), engine.connect() as connection:
        writer = connection.execution_options(vitrine_writes=True)
        with writer.begin():
            yield writer
        if writer.dialect.name == "sqlite":
            require_lasting(writer)
            shorten_log(writer)


def require_writable(engine: Engine) -> None:
    """Something can be written now, as far as that can be known without writing. Raises Unavailable."""
    with writing(engine) as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(WRITE_NOTHING)
        else:
            connection.exec_driver_sql("UPDATE keys SET name = name WHERE false")  # a standby refuses even that


def insert(connection: Connection, table: sa.Table) -> Upsert:
    """An insert that can say ON CONFLICT, in the words of the connected database."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def now_us(connection: Connection) -> sa.ColumnElement[int]:
    """Microseconds since the epoch, on the one clock that all writers of a store share."""
    if connection.dialect.name == "postgresql":
        return sa.cast(sa.extract("epoch", sa.func.clock_timestamp()) * 1_000_000, sa.BigInteger)
    return sa.literal(time.time_ns() // 1000, sa.BigInteger)  # whoever writes to a file is on its machine


def insert_once(
    connection: Connection,
    table: sa.Table,
    rows: Iterable[Mapping[str, Any]],
    **computed: sa.ColumnElement[Any],
) -> int:
    """Insert the rows whose primary key is new; how many that were. As `inserted_once`."""
    return len(inserted_once(connection, table, rows, **computed))


def inserted_once(
    connection: Connection,
    table: sa.Table,
    rows: Iterable[Mapping[str, Any]],
    **computed: sa.ColumnElement[Any],
) -> set[tuple[Any, ...]]:
    """Insert the rows whose primary key is new; these keys.

    Args:
        computed: values of columns that are the same in all rows.
    """
    # in one order: PostgreSQL would end one of two writers that wait for each other's rows
    values = sorted(map(dict, rows), key=itemgetter(*(column.name for column in table.primary_key)))
    if not values:
        return set()
    fixed = insert(connection, table).values(**computed) if computed else insert(connection, table)
    new = fixed.on_conflict_do_nothing().returning(*table.primary_key)
    return {tuple(row) for row in connection.execute(new, values)}


class _Damaged(Unavailable):
    """Somebody must look at the store; until then the shop goes on without it."""


@contextmanager
def _answering() -> Iterator[None]:
    """Turn a store that is locked or away into Unavailable; it says nothing of the statement or its values."""
    try:
        yield
    except (exc.DBAPIError, exc.TimeoutError) as error:
        if _is_damaged(error):
            raise _Damaged("store", "a store of vitrine", _without_password(error)) from None
        if not isinstance(error, AWAY) and not getattr(error, "connection_invalidated", False):
            raise
        raise Unavailable("store", "an answer", _without_password(error), "Try again.") from None


def _is_damaged(error: exc.SQLAlchemyError) -> bool:
    """The file is damaged, or something else lies there."""
    origin = getattr(error, "orig", None)
    code = getattr(origin, "sqlite_errorname", None) or getattr(origin, "sqlstate", None)
    return type(error) is exc.DatabaseError or code in FOREIGN  # DatabaseError itself: of no nearer kind


def _without_password(error: BaseException) -> str:
    origin = getattr(error, "orig", None) or error
    return f"{type(origin).__name__}: {str(origin).splitlines()[0] if str(origin) else ''}"


def _connect(url: str, busy_timeout_s: float, pool_size: int, pool_overflow: int) -> Engine:
    try:
        address = sa.make_url(url)
        kind = address.get_backend_name()
    except (exc.ArgumentError, exc.NoSuchModuleError) as error:
        raise WrongConfig("store_url", FORMS, _without_password(error)) from None
    if kind == "sqlite":
        renew = partial(_renew, url, busy_timeout_s)
        return open_sqlite(address, busy_timeout_s=busy_timeout_s, renew=renew)
    if kind == "postgresql":
        return open_postgresql(address, busy_timeout_s=busy_timeout_s, pool_size=pool_size, pool_overflow=pool_overflow)
    raise WrongConfig("store_url", FORMS, kind)


def _renew(url: str, busy_timeout_s: float) -> None:
    """Another store lies where the opened one lay: as at the start, by a connection of its own. Raises Unavailable."""
    try:
        open_database(url, busy_timeout_s=busy_timeout_s).dispose()
    except WrongConfig as error:
        raise _Damaged("store", error.wanted, error.got) from None


def _bring_up_to_date(engine: Engine) -> None:
    try:
        with reading(engine) as connection:
            if connection.dialect.name == "postgresql":
                require_unicode(connection)
            if is_current(connection):
                return
        with writing(engine) as connection:
            upgrade(connection)
    except _Damaged as error:  # at the start it is a wrong address
        raise WrongConfig("store_url", error.wanted, error.got) from None
    except exc.DatabaseError as error:  # such as tables of somebody else
        raise WrongConfig("store_url", "a store of vitrine", _without_password(error)) from None
