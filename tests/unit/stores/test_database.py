"""Opening, refusing and sharing a store."""

from __future__ import annotations

import multiprocessing
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Engine
from sqlalchemy.schema import CreateTable

from recsys.errors import Unavailable, WrongConfig
from recsys.stores.database import insert_once, open_database, reading, store_url, writing
from recsys.stores.events import BOUGHT, LOG, RECENT_IN_SESSION, RECENT_OF_USER
from recsys.stores.keys import signing_key
from recsys.stores.tables import keys, metadata, schema_version


def test_only_the_owner_can_read_the_files(engine: Engine, tmp_path: Path) -> None:
    signing_key(engine)
    files = [path for path in tmp_path.iterdir() if path.name.startswith("store.db")]
    assert len(files) >= 2, "the database and its write-ahead log"
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_a_commit_survives_a_power_cut_and_readers_do_not_wait(engine: Engine) -> None:
    with reading(engine) as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_another_schema_version_is_refused(engine: Engine, tmp_path: Path) -> None:
    with writing(engine) as connection:
        connection.execute(sa.update(schema_version).values(version=99))
    with pytest.raises(WrongConfig, match=r"schema_version: wanted 1, got 99"):
        open_database(store_url(tmp_path / "store.db"))


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "mysql://host/shop", "postgresql+none://host/shop", "shop.db", ""]
)
def test_an_address_that_cannot_be_shared_is_refused(url: str) -> None:
    with pytest.raises(WrongConfig, match="store_url"):
        open_database(url)


def test_a_file_that_is_no_store_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database at all, but somebody's notes. " * 50)
    with pytest.raises(WrongConfig, match="store_url"):
        open_database(store_url(path))
    assert path.read_text().startswith("not a database")


def test_a_store_locked_by_somebody_else_is_unavailable_for_now(tmp_path: Path) -> None:
    url = store_url(tmp_path / "store.db")
    holder, waiter = open_database(url), open_database(url, busy_timeout_s=0.05)
    row = {"name": "a", "secret": "00"}
    with writing(holder):
        with pytest.raises(Unavailable, match="locked") as refused, writing(waiter) as connection:
            insert_once(connection, keys, [row])
        with reading(waiter) as connection:  # readers go on
            assert connection.execute(sa.select(sa.func.count()).select_from(keys)).scalar() == 0
    assert refused.value.retry_after_s > 0
    with writing(waiter) as connection:
        assert insert_once(connection, keys, [row]) == 1
    holder.dispose()
    waiter.dispose()


def test_a_failed_transaction_leaves_nothing(engine: Engine) -> None:
    with pytest.raises(RuntimeError), writing(engine) as connection:
        insert_once(connection, keys, [{"name": "a", "secret": "00"}])
        raise RuntimeError
    with reading(engine) as connection:
        assert connection.execute(sa.select(keys)).first() is None


def test_one_key_for_all_threads_that_ask_first(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: signing_key(engine), range(32)))
    assert len(found) == 1
    assert len(found.pop()) == 32
    assert signing_key(engine, "other") != signing_key(engine)


def _first_key(url: str) -> bytes:
    return signing_key(open_database(url))


def test_processes_that_start_at_once_share_one_new_store(tmp_path: Path) -> None:
    url = store_url(tmp_path / "new" / "store.db")
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        assert len(set(pool.map(_first_key, [url] * 3))) == 1


def test_the_statements_are_postgresql_too() -> None:
    dialect = postgresql.dialect()
    for statement in (*map(CreateTable, metadata.sorted_tables), RECENT_OF_USER, RECENT_IN_SESSION, BOUGHT, LOG):
        assert str(statement.compile(dialect=dialect))  # raises CompileError on what only SQLite knows
    once = postgresql.insert(keys).on_conflict_do_nothing().returning(*keys.primary_key).compile(dialect=dialect)
    assert "ON CONFLICT DO NOTHING RETURNING" in str(once)


def test_a_store_that_is_damaged_under_way_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    engine = open_database(store_url(path))
    engine.dispose()
    for left in tmp_path.glob("store.db*"):
        left.unlink()
    path.write_bytes(b"nonsense" * 1000)
    with pytest.raises(Unavailable, match="store"), reading(engine) as connection:
        connection.execute(sa.select(1))
    with pytest.raises(Unavailable, match="store"), writing(engine):
        pass
