"""Secrets that all replicas share: made once at random, kept in the store.

A process that has read one brings it along when the store is replaced by one that has none, so that what it signed
before still holds; of a store with other keys, its own hold.
"""

from __future__ import annotations

import secrets
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from recsys.stores.database import insert_once, reading, writing
from recsys.stores.tables import keys

NUM_BYTES = 32
_read: WeakKeyDictionary[Engine, dict[str, str]] = WeakKeyDictionary()


def signing_key(engine: Engine, name: str = "ads") -> bytes:
    """The key of this name, 32 bytes; whoever asks first makes it. Raises Unavailable."""
    known = _find(engine, name)
    if known is None:
        with writing(engine) as connection:
            secret = _read.get(engine, {}).get(name) or secrets.token_hex(NUM_BYTES)
            insert_once(connection, keys, [{"name": name, "secret": secret}])
        known = _find(engine, name)
    assert known is not None, "a key that was just kept is there"
    _read.setdefault(engine, {})[name] = known
    return bytes.fromhex(known)


def _find(engine: Engine, name: str) -> str | None:
    with reading(engine) as connection:
        return connection.execute(sa.select(keys.c.secret).where(keys.c.name == name)).scalar()
