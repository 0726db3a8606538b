"""Opening, refusing and sharing a store."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from recsys.errors import Unavailable, WrongConfig
from recsys.stores.database import insert_once, open_database, reading, store_url, writing
from recsys.stores.keys import signing_key
from recsys.stores.tables import keys


def test_only_the_owner_can_read_the_files(sqlite_engine: Engine, tmp_path: Path) -> None:
    signing_key(sqlite_engine)
    files = [path for path in tmp_path.iterdir() if path.name.startswith("store.db")]
    assert len(files) >= 2, "the database and its write-ahead log"
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_a_commit_survives_a_power_cut_and_readers_do_not_wait(sqlite_engine: Engine) -> None:
    with reading(sqlite_engine) as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.parametrize(
    "address",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "mysql://host/shop",
        "postgresql+none://host/shop",
        "postgresql+asyncpg://host/shop",
        "shop.db",
        "",
    ],
)
def test_an_address_that_cannot_be_shared_is_refused(address: str) -> None:
    with pytest.raises(WrongConfig, match="store_url"):
        open_database(address)


def test_a_file_that_is_no_store_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database at all, but somebody's notes. " * 50)
    with pytest.raises(WrongConfig, match="store_url"):
        open_database(store_url(path))
    assert path.read_text().startswith("not a database")


def test_a_store_locked_by_somebody_else_is_unavailable_for_now(url: str) -> None:
    holder, waiter = open_database(url), open_database(url, busy_timeout_s=0.05)
    row = {"name": "a", "secret": "00"}
    with writing(holder) as held:
        if held.dialect.name == "postgresql":  # a writer of SQLite has the whole store for itself
            held.exec_driver_sql("LOCK TABLE keys IN EXCLUSIVE MODE")
        with pytest.raises(Unavailable, match=r"locked|timeout") as refused, writing(waiter) as connection:
            insert_once(connection, keys, [row])
        with reading(waiter) as connection:  # readers go on
            assert connection.execute(sa.select(sa.func.count()).select_from(keys)).scalar() == 0
    assert refused.value.retry_after_s > 0
    with writing(waiter) as connection:
        assert insert_once(connection, keys, [row]) == 1
    holder.dispose()
    waiter.dispose()


def test_a_reader_sees_one_moment(engine: Engine) -> None:
    count = sa.select(sa.func.count()).select_from(keys)
    with reading(engine) as connection:
        before = connection.execute(count).scalar()
        signing_key(engine)
        assert connection.execute(count).scalar() == before == 0
    with reading(engine) as connection:
        assert connection.execute(count).scalar() == 1


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


def test_a_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    open_database(store_url(tmp_path / "new" / "store.db")).dispose()
    assert (tmp_path / "new" / "store.db").is_file()


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
