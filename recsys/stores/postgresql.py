"""PostgreSQL: a store that many machines share.

Every wait has an end: for a connection, a lock, a statement, and for a client that died while it held a lock.
"""

from __future__ import annotations

import math
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from recsys.errors import WrongConfig

DRIVERS = ("postgresql", "postgresql+psycopg")
POOL_RECYCLE_S = 1800
"""Firewalls and proxies forget connections that are older."""
IDLE_IN_TRANSACTION = "30s"
"""A client that stops within a transaction loses it, and with it the locks that others wait for."""
KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 25_000}
"""A host that vanished is noticed in 25 s, by a client that waits for its answer or sends to it."""


def open_postgresql(address: sa.URL, *, busy_timeout_s: float, pool_size: int, pool_overflow: int) -> Engine:
    """Connections to a server, made when they are needed. What the address sets itself (`?connect_timeout=9`) stands.

    Args:
        busy_timeout_s: the longest wait for a free connection of the pool, for a lock, and for a statement.
        pool_size: connections that are kept open.
        pool_overflow: connections beyond these that are closed after use.

    Raises:
        WrongConfig: another driver, or psycopg is not installed.
    """
    if address.drivername not in DRIVERS:
        raise WrongConfig("store_url", f"one of {', '.join(f'{name}://' for name in DRIVERS)}", address.drivername)
    try:
        return sa.create_engine(
            address.set(drivername="postgresql+psycopg"),
            isolation_level="READ COMMITTED",  # whatever the server's default is: the ledger's update needs it
            pool_pre_ping=True,
            pool_size=pool_size,
            max_overflow=pool_overflow,
            pool_timeout=busy_timeout_s,
            pool_recycle=POOL_RECYCLE_S,
            connect_args=_settings(address, busy_timeout_s),
        )
    except ImportError as error:
        remedy = "Install it: pip install 'vitrine[postgres]'."
        raise WrongConfig("store_url", "psycopg, the driver of PostgreSQL", error, remedy) from None


def require_unicode(connection: Connection) -> None:
    """Raises WrongConfig where a database cannot keep all text."""
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
    if encoding != "UTF8":
        raise WrongConfig("store_url", "a database with the encoding UTF8", encoding, "Create it with ENCODING 'UTF8'.")


def _settings(address: sa.URL, busy_timeout_s: float) -> dict[str, Any]:
    most_ms = max(1, round(busy_timeout_s * 1000))  # 0 would mean without end
    limits = {
        "lock_timeout": most_ms,
        "statement_timeout": most_ms,
        "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION,
    }
    options = [f"-c {name}={value}" for name, value in limits.items()]
    given = dict(address.query)
    ours = {"application_name": "vitrine", "connect_timeout": max(2, math.ceil(busy_timeout_s)), **KEEPALIVE}
    settings: dict[str, Any] = {name: value for name, value in ours.items() if name not in given}
    settings["options"] = " ".join([*options, str(given.get("options", ""))]).strip()
    settings["prepare_threshold"] = None  # a prepared statement would fail for ever after somebody upgrades the tables
    return settings
