"""A store that is gone is gone: nothing is acknowledged that is not on disk, and what comes back is used again."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from recsys.errors import Unavailable
from recsys.records import Event
from recsys.stores.database import open_database, reading, store_url, writing
from recsys.stores.events import EventStore
from recsys.stores.keys import signing_key
from recsys.stores.sqlite import LARGE_LOG_BYTES
from tests.postgresql import Server

EACH = 30


def click(event_id: str) -> Event:
    return Event(event_id=event_id, user_id="ann", kind="click", item_id="i", at_s=time.time())


def taken(store: EventStore, name: str) -> set[str]:
    """Which of some events were acknowledged."""
    found = set()
    for number in range(EACH):
        try:
            store.append([click(f"{name}{number}")])
        except Unavailable:
            continue
        found.add(f"{name}{number}")
    return found


def kept(url: str) -> set[str]:
    """What anybody else finds in the store."""
    engine = open_database(url)
    found = set(EventStore(engine).read_events()["event_id"].to_pylist())
    engine.dispose()
    return found


def delete(path: Path) -> None:
    for left in path.parent.glob(f"{path.name}*"):
        left.unlink()


def move_away(path: Path) -> None:
    for left in path.parent.glob(f"{path.name}*"):
        left.rename(left.with_name(f"away-{left.name}"))


def shut(path: Path) -> None:
    path.chmod(0o400)


GONE: dict[str, Callable[[Path], None]] = {"deleted": delete, "moved": move_away, "read-only": shut}


@pytest.mark.parametrize("go", GONE.values(), ids=GONE.keys())
def test_nothing_is_acknowledged_once_the_file_is_gone(sqlite_engine: Engine, tmp_path: Path, go: Callable) -> None:  # type: ignore[type-arg]
    store, path = EventStore(sqlite_engine), tmp_path / "store.db"
    assert len(taken(store, "before")) == EACH
    go(path)
    assert taken(store, "after") == set()
    with pytest.raises(Unavailable, match="store"):
        store.require_ready()
    assert go is shut or not path.exists(), "an empty store in its place would say that all is well"


def test_the_same_file_that_comes_back_is_used_again(sqlite_engine: Engine, tmp_path: Path) -> None:
    store, path = EventStore(sqlite_engine), tmp_path / "store.db"
    first = taken(store, "first")
    move_away(path)
    assert taken(store, "lost") == set()
    for left in tmp_path.glob("away-*"):
        left.rename(tmp_path / left.name.removeprefix("away-"))
    store.require_ready()
    again = taken(store, "again")
    assert (len(first), len(again)) == (EACH, EACH)
    assert kept(store_url(path)) == first | again
    path.chmod(0o400)
    assert taken(store, "shut") == set()
    path.chmod(0o600)
    opened = taken(store, "open")
    assert len(opened) == EACH
    assert kept(store_url(path)) == first | again | opened


def test_a_file_that_takes_its_place_is_brought_up_to_date_and_gets_the_keys(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    store, path, key = EventStore(sqlite_engine), tmp_path / "store.db", signing_key(sqlite_engine)
    taken(store, "before")
    delete(path)
    assert taken(store, "lost") == set()
    path.touch()  # what a newly mounted disk has: not even tables
    after = taken(store, "after")
    assert len(after) == EACH
    assert kept(store_url(path)) == after
    assert signing_key(sqlite_engine) == key, "what was signed before still holds"


def test_an_older_copy_that_takes_its_place_is_used(sqlite_engine: Engine, tmp_path: Path) -> None:
    store, path = EventStore(sqlite_engine), tmp_path / "store.db"
    first = taken(store, "first")
    with sa.create_engine(f"sqlite:///{path}").connect() as connection:
        connection.exec_driver_sql(f"VACUUM INTO '{tmp_path / 'copy.db'}'")
    taken(store, "second")
    delete(path)
    shutil.move(tmp_path / "copy.db", path)
    assert kept(store_url(path)) == first
    third = taken(store, "third")
    assert len(third) == EACH
    assert kept(store_url(path)) == first | third


def test_something_else_in_its_place_is_refused_until_it_is_gone(sqlite_engine: Engine, tmp_path: Path) -> None:
    store, path = EventStore(sqlite_engine), tmp_path / "store.db"
    taken(store, "before")
    delete(path)
    path.write_bytes(b"somebody's notes " * 1000)
    assert taken(store, "lost") == set()
    assert path.read_bytes().startswith(b"somebody's notes")
    path.unlink()
    path.touch()
    assert len(taken(store, "after")) == EACH


def test_a_file_that_goes_within_a_transaction_keeps_nothing_that_is_acknowledged(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    with pytest.raises(Unavailable, match="the files that were opened"), writing(sqlite_engine):
        delete(tmp_path / "store.db")


def test_a_log_that_was_taken_away_is_not_opened_anew_beside_others(sqlite_engine: Engine, tmp_path: Path) -> None:
    store = EventStore(sqlite_engine)
    taken(store, "before")
    (tmp_path / "store.db-wal").unlink()
    assert taken(store, "after") == set()


FULL = """
import os, resource, signal, sys
from recsys.errors import Unavailable
from recsys.stores.database import open_database
from recsys.stores.events import EventStore
from recsys.records import Event
import time
store = EventStore(open_database(sys.argv[1]))
def taken(name):
    found = 0
    for n in range(30):
        try:
            event = Event(event_id=f"{name}{n}", user_id="u" * 3000, kind="click", item_id="i", at_s=time.time())
            store.append([event])
            found += 1
        except Unavailable:
            pass
    return found
def ready():
    try:
        store.require_ready()
    except Unavailable:
        return False
    return True
before = taken("before"), ready()
size = os.path.getsize(sys.argv[2] + "-wal")
resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
full = taken("full"), ready()
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(before, full, (taken("after"), ready()))
"""


def test_a_full_disk_refuses_and_says_so_until_there_is_room(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    done = subprocess.run(
        [sys.executable, "-c", FULL, store_url(path), str(path)], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "(30, True) (0, False) (30, True)", done.stderr
    assert len(kept(store_url(path))) == 60


def test_a_log_stays_short_however_long_it_is_written_and_read(sqlite_engine: Engine, tmp_path: Path) -> None:
    store, log = EventStore(sqlite_engine), tmp_path / "store.db-wal"
    largest = 0
    with reading(sqlite_engine) as connection:  # a long reader, as of `learn`
        connection.execute(sa.text("SELECT count(*) FROM events")).scalar()
        while log.stat().st_size <= LARGE_LOG_BYTES:
            batch = [click(f"{time.time_ns()}-{number}" + "x" * 3000) for number in range(500)]
            store.append(batch)
        grown = log.stat().st_size
    for _ in range(3):
        store.append([click(f"{time.time_ns()}")])
        largest = max(largest, log.stat().st_size)
    assert grown > LARGE_LOG_BYTES >= largest, "it is cut as soon as the reader is gone"


def test_a_server_that_goes_away_and_comes_back(postgresql: Server) -> None:
    url = postgresql.new_database()
    name = sa.make_url(url).database
    engine = open_database(url, busy_timeout_s=1)
    store = EventStore(engine)
    before = taken(store, "before")
    postgresql.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    postgresql.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    assert taken(store, "away") == set()
    with pytest.raises(Unavailable):
        store.require_ready()
    postgresql.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    store.require_ready()
    after = taken(store, "after")
    assert (len(before), len(after)) == (EACH, EACH)
    assert kept(url) == before | after
    engine.dispose()


def test_a_server_that_only_reads_is_not_ready(postgresql: Server) -> None:
    url = postgresql.new_database()
    open_database(url).dispose()
    postgresql.run(f"ALTER DATABASE {sa.make_url(url).database} SET default_transaction_read_only = on")
    engine = open_database(url)
    with pytest.raises(Unavailable, match="read-only"):
        EventStore(engine).require_ready()
    engine.dispose()
