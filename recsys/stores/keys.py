"""Secrets that all replicas share: made once at random, kept in the store."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from recsys.stores.database import insert_once, reading, writing
from recsys.stores.tables import keys

NUM_BYTES = 32


def signing_key(engine: Engine, name: str = "ads") -> bytes:
    """The key of this name, 32 bytes; whoever asks first makes it. Raises Unavailable."""
    known = _find(engine, name)
    if known is None:
        with writing(engine) as connection:
            insert_once(connection, keys, [{"name": name, "secret": secrets.token_hex(NUM_BYTES)}])
        known = _find(engine, name)
    assert known is not None, "a key that was just kept is there"
    return bytes.fromhex(known)


def _find(engine: Engine, name: str) -> str | None:
    with reading(engine) as connection:
        return connection.execute(sa.select(keys.c.secret).where(keys.c.name == name)).scalar()
