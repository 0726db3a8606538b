"""What only a server does: encodings, collations, timeouts, a pool, and connections that break."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from recsys.errors import Unavailable, WrongConfig
from recsys.stores.database import insert_once, open_database, reading, writing
from recsys.stores.keys import signing_key
from recsys.stores.ledger import Ledger
from recsys.stores.tables import keys
from tests.postgresql import Server

COLLATIONS = """
    SELECT table_name, column_name, collation_name FROM information_schema.columns
    WHERE table_schema = current_schema() AND data_type = 'character varying' AND table_name <> 'alembic_version'
"""
END_OTHERS = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
WITHOUT_PSYCOPG = """
import sys
sys.modules["psycopg"] = None  # as where it is not installed
from recsys.stores.database import open_database
open_database("postgresql://127.0.0.1/shop")
"""


def test_text_compares_by_its_bytes_whatever_the_language_of_the_server(postgresql_engine: Engine) -> None:
    with reading(postgresql_engine) as connection:
        found = connection.exec_driver_sql(COLLATIONS).all()
    assert len(found) > 20
    assert {collation for _, _, collation in found} == {"C"}


def test_a_database_that_cannot_keep_all_text_is_refused(postgresql: Server) -> None:
    url = postgresql.new_database("ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(WrongConfig, match="UTF8, got 'LATIN1'"):
        open_database(url)


def test_a_missing_driver_is_named_with_its_command() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_PSYCOPG], capture_output=True, text=True, check=False)
    assert "WrongConfig" in done.stderr and "pip install 'vitrine[postgres]'" in done.stderr


def test_a_server_that_is_not_there_is_unavailable_and_no_password_is_said(postgresql: Server) -> None:
    with pytest.raises(Unavailable, match="store") as refused:
        open_database("postgresql://shop:secret@127.0.0.1:1/shop", busy_timeout_s=0.5)
    assert "secret" not in str(refused.value)


def test_a_statement_ends_in_time_unless_it_is_meant_to_be_long(postgresql: Server) -> None:
    engine = open_database(postgresql.new_database(), busy_timeout_s=0.2)
    with pytest.raises(Unavailable, match="statement timeout"), reading(engine) as connection:
        connection.exec_driver_sql("SELECT pg_sleep(5)")
    with reading(engine, long=True) as connection:
        connection.exec_driver_sql("SELECT pg_sleep(0.4)")
    with pytest.raises(Unavailable, match="statement timeout"), reading(engine) as connection:
        connection.exec_driver_sql("SELECT pg_sleep(5)")  # the next one is not long
    engine.dispose()


def test_settings_of_the_address_stand(postgresql: Server) -> None:
    url = postgresql.new_database() + "&options=-c statement_timeout=1234ms&application_name=mine"
    engine = open_database(url, busy_timeout_s=0.2)
    with reading(engine) as connection:
        said = [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in ("statement_timeout", "lock_timeout")]
        assert [*said, connection.exec_driver_sql("SHOW application_name").scalar()] == ["1234ms", "200ms", "mine"]
    engine.dispose()


def test_nobody_waits_longer_for_a_free_connection_than_for_a_lock(postgresql: Server) -> None:
    engine = open_database(postgresql.new_database(), busy_timeout_s=0.2, pool_size=1, pool_overflow=1)
    with reading(engine) as first, reading(engine) as second:
        first.exec_driver_sql("SELECT 1")
        second.exec_driver_sql("SELECT 1")
        started = time.monotonic()
        with pytest.raises(Unavailable, match="TimeoutError"), reading(engine):
            pass
        assert time.monotonic() - started < 2
    assert signing_key(engine)
    engine.dispose()


def test_connections_that_broke_while_nobody_used_them_are_replaced(postgresql_engine: Engine) -> None:
    with reading(postgresql_engine) as one, reading(postgresql_engine) as other:
        assert one.exec_driver_sql("SELECT 1").scalar() == other.exec_driver_sql("SELECT 1").scalar() == 1
    with writing(postgresql_engine) as connection:
        assert connection.exec_driver_sql(END_OTHERS).scalar() == 1
    for _ in range(3):
        assert signing_key(postgresql_engine)


def test_a_connection_that_breaks_in_use_is_unavailable_and_nothing_of_it_is_kept(postgresql_engine: Engine) -> None:
    with pytest.raises(Unavailable), writing(postgresql_engine) as connection:
        insert_once(connection, keys, [{"name": "a", "secret": "00"}])
        with writing(postgresql_engine) as other:
            other.exec_driver_sql(END_OTHERS)
    with reading(postgresql_engine) as connection:
        assert connection.execute(sa.select(keys)).first() is None


def test_the_ledger_does_not_depend_on_how_strict_the_server_is(postgresql: Server) -> None:
    url = postgresql.new_database()
    postgresql.run(f"ALTER DATABASE {sa.make_url(url).database} SET default_transaction_isolation = 'serializable'")
    engine = open_database(url)
    with writing(engine) as connection:
        assert connection.exec_driver_sql("SHOW transaction_isolation").scalar() == "read committed"
    with reading(engine) as connection:
        assert connection.exec_driver_sql("SHOW transaction_isolation").scalar() == "repeatable read"
    assert Ledger(engine).spent() == {}
    engine.dispose()


def test_a_server_that_only_reads_is_unavailable_to_writers(postgresql_engine: Engine) -> None:
    with pytest.raises(Unavailable, match="read-only"), writing(postgresql_engine) as connection:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")  # as on a standby
        insert_once(connection, keys, [{"name": "a", "secret": "00"}])


def test_tables_that_are_gone_are_unavailable(postgresql_engine: Engine) -> None:
    with writing(postgresql_engine) as connection:
        connection.exec_driver_sql("DROP TABLE keys")
    with pytest.raises(Unavailable, match="keys"):
        signing_key(postgresql_engine)
