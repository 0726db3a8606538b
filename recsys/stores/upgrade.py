"""A store of an older version becomes today's, in the transaction of whoever opens it first."""

from __future__ import annotations

import threading
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from recsys.errors import WrongConfig

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 7_410_266  # any number that nobody else locks in this PostgreSQL database
LOCK_TIMEOUT = "60s"
FIRST = "0001"

_one_at_a_time = threading.Lock()  # alembic keeps the migration under way in globals of the process


def is_current(connection: Connection) -> bool:
    """Whether the store is of today's version. Reads only."""
    return _revisions(connection) == tuple(_steps().get_heads())


def upgrade(connection: Connection) -> None:
    """Run the steps that the store lacks, all or none; a new store runs them all.

    Args:
        connection: in a transaction that writes, which the caller ends.

    Raises:
        WrongConfig: a newer vitrine made the store, or something else did.
    """
    with _one_at_a_time:
        _lock(connection)
        steps, config = _steps(), _config(connection)
        _require_known(_revisions(connection), steps)
        if not _revisions(connection) and _is_first(connection):
            command.stamp(config, FIRST)
        command.upgrade(config, "head")


def _config(connection: Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _steps() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _revisions(connection: Connection) -> tuple[str, ...]:
    return tuple(MigrationContext.configure(connection).get_current_heads())


def _lock(connection: Connection) -> None:
    """One process upgrades; the others wait for it. SQLite has locked the file already."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")  # an index over all events takes its time
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))


def _require_known(revisions: tuple[str, ...], steps: ScriptDirectory) -> None:
    known = {step.revision for step in steps.walk_revisions()}
    for revision in revisions:
        if revision not in known:
            remedy = "Use the version of vitrine that made it, or another store."
            raise WrongConfig("store.alembic_version", f"{steps.get_current_head()} or older", revision, remedy)


def _is_first(connection: Connection) -> bool:
    """Whether the store is from the time before migrations, when a table held its version."""
    if not sa.inspect(connection).has_table("schema_version"):
        return False
    version = connection.exec_driver_sql("SELECT max(version) FROM schema_version").scalar()
    if version != 1:
        raise WrongConfig("store.schema_version", "1", version, "Use another store.")
    return True
