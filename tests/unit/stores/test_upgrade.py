"""Stores of every version become today's, once, whole, and with all that was in them."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine import Engine

from recsys.errors import WrongConfig
from recsys.records import Event
from recsys.stores.catalogue import CatalogueStore
from recsys.stores.database import open_database, reading, writing
from recsys.stores.events import EventStore
from recsys.stores.keys import signing_key
from recsys.stores.ledger import Ledger
from recsys.stores.tables import metadata

VERSION_1 = (Path(__file__).parent / "version_1.sql").read_text()
VERSION_5 = (Path(__file__).parent / "version_5.sql").read_text()
NOON = 1_700_000_000.0


def run(url: str, script: str) -> None:
    """SQL as somebody else would run it, without our code."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for statement in script.split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)
    engine.dispose()


def differences(engine: Engine, wanted: sa.MetaData) -> list[object]:
    with reading(engine) as connection:
        return list(compare_metadata(MigrationContext.configure(connection), wanted))


def tables(url: str) -> set[str]:
    engine = sa.create_engine(url)
    found = set(sa.inspect(engine).get_table_names())
    engine.dispose()
    return found


def test_the_steps_end_at_the_tables_of_this_code(engine: Engine) -> None:
    assert differences(engine, metadata) == []


def test_a_change_of_the_tables_without_a_step_is_seen(engine: Engine) -> None:
    changed = sa.MetaData()
    for table in metadata.sorted_tables:
        table.to_metadata(changed)
    changed.tables["events"].append_column(sa.Column("colour", sa.String))
    sa.Table("wishes", changed, sa.Column("name", sa.String, primary_key=True))
    sa.Index("events_of_item", changed.tables["events"].c.item_id)
    changed.tables["keys"].c.secret.nullable = True
    assert len(differences(engine, changed)) == 4


def test_a_store_from_before_migrations_is_upgraded_with_all_that_is_in_it(url: str) -> None:
    run(url, VERSION_1)
    engine = open_database(url)
    assert differences(engine, metadata) == []
    assert signing_key(engine) == b"\x00\xff"
    assert Ledger(engine).spent() == {"shoes": 40}
    assert Ledger(engine).charge("s1", "i1", "shoes", 40, NOON) == "repeated"
    log = EventStore(engine).read_events().select(["event_id", "query", "propensity"]).to_pylist()
    assert [row["event_id"] for row in log] == ["s1:i1", "e1"]
    assert all((row["query"], row["propensity"]) == ("red shoes", 0.9) for row in log)
    engine.dispose()


def test_events_of_before_anybody_was_asked_are_the_shops_word(url: str) -> None:
    run(url, VERSION_5)
    engine = open_database(url)
    assert differences(engine, metadata) == []
    store = EventStore(engine)
    assert CatalogueStore(engine).changes().items[0].fields == {"price_micros": 5}
    assert Ledger(engine).charge("s1", "i1", "shoes", 40, NOON) == "repeated"
    log = store.read_events().to_pylist()
    assert [row["event_id"] for row in log] == ["s1:i1", "e1", "e2", "e3"], "e3 came then, whatever its clock said"
    assert [row["at"].timestamp() for row in log] == [NOON, NOON + 1, NOON + 3, NOON + 5]
    assert all(row["proven"] and row["source"] is None for row in log)
    assert [step.item_id for step in store.recent("ann")] == ["i1", "i2", "i3"]
    assert store.append([Event(event_id="e4", user_id="ann", kind="click", item_id="i4", at_s=NOON)]) == (1, 0)
    engine.dispose()


def _first_key(url: str) -> bytes:
    return signing_key(open_database(url))


def _spent(url: str) -> dict[str, int]:
    return Ledger(open_database(url)).spent()


def test_processes_that_start_at_once_make_a_store_once_and_upgrade_it_once(url: str, other_url: str) -> None:
    run(other_url, VERSION_1)
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        assert len(set(pool.map(_first_key, [url] * 3, chunksize=1))) == 1
        assert pool.map(_spent, [other_url] * 3, chunksize=1) == [{"shoes": 40}] * 3


def test_a_newer_store_is_refused_and_left_alone(url: str) -> None:
    open_database(url).dispose()
    run(url, "UPDATE alembic_version SET version_num = '9999'")
    for _ in range(2):
        with pytest.raises(WrongConfig, match=r"alembic_version: wanted \d+ or older, got '9999'"):
            open_database(url)


def test_a_store_of_another_time_before_migrations_is_refused(url: str) -> None:
    run(url, VERSION_1 + "UPDATE schema_version SET version = 2")
    with pytest.raises(WrongConfig, match="schema_version: wanted 1, got 2"):
        open_database(url)
    assert "alembic_version" not in tables(url)


def test_tables_of_somebody_else_are_refused_and_none_are_added(url: str) -> None:
    run(url, "CREATE TABLE impressions (printer VARCHAR)")
    with pytest.raises(WrongConfig, match="store_url"):
        open_database(url)
    assert tables(url) == {"impressions"}


def test_a_store_of_today_opens_while_somebody_writes(url: str) -> None:
    holder = open_database(url)
    with writing(holder) as connection:
        connection.execute(sa.select(sa.func.count()).select_from(metadata.tables["keys"]))
        open_database(url, busy_timeout_s=0.05).dispose()
    holder.dispose()
