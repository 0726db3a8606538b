"""Keys that open doors: made at random, shown once, kept as a hash, revoked for all replicas within seconds.

A secret reads `vt_SCOPE_KEYID_RANDOM`, with 256 random bits: nobody guesses one, so a plain SHA-256 keeps it safe at
rest. Its first parts are no secret: they find the key, and tell a leaked one in a log from a hash.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import threading
import time
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from recsys.errors import NotFound, Unavailable, WrongData
from recsys.records import SCOPES, US, Scope, is_storable
from recsys.stores.database import reading, writing
from recsys.stores.tables import access_keys

log = logging.getLogger(__name__)

MARK = "vt"
ID_BYTES = 6
SECRET_BYTES = 32
MAX_LENGTH = 128
"""Characters of a secret; longer text is none."""
MAX_NAME = 200
LOOK_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A key as everybody may see it. Times in seconds since the epoch."""

    key_id: str
    name: str
    """What it was made for, in somebody's words."""
    scope: Scope
    created_s: float
    rotated_s: float | None = None
    """When its secret was last replaced."""
    revoked_s: float | None = None


class Made(NamedTuple):
    """A key, and the only time that its secret is told."""

    key: AccessKey
    secret: str


class AccessKeys:
    """The keys of a store. Durable when a call returns."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def make(self, name: str, scope: Scope) -> Made:
        """A new key. Raises WrongData for a name without words or a scope that is none, Unavailable."""
        if scope not in SCOPES:
            raise WrongData("scope", f"one of {', '.join(SCOPES)}", scope)
        if not name.strip() or len(name) > MAX_NAME or not is_storable(name):
            raise WrongData("name", f"1 to {MAX_NAME} characters that say what the key is for", name)
        key = AccessKey(f"k{secrets.token_hex(ID_BYTES)}", name, scope, _now_us() / US)
        secret = _new_secret(key)
        row = {"key_id": key.key_id, "name": name, "scope": scope, "created_us": round(key.created_s * US)}
        with writing(self._engine) as connection:
            connection.execute(access_keys.insert().values(**row, secret_sha256=_digest(secret).hex()))
        return Made(key, secret)

    def listed(self) -> tuple[AccessKey, ...]:
        """All keys, oldest first, also those that were revoked. Raises Unavailable."""
        with reading(self._engine) as connection:
            order = (access_keys.c.created_us, access_keys.c.key_id)
            return tuple(_key(row) for row in connection.execute(sa.select(access_keys).order_by(*order)))

    def revoke(self, key_id: str) -> AccessKey:
        """End a key for good; once more changes nothing. Raises NotFound, Unavailable."""
        with writing(self._engine) as connection:
            self._change(connection, key_id, {"revoked_us": _now_us()})
            return _key(_row(connection, key_id))

    def rotate(self, key_id: str) -> Made:
        """Give a key another secret; the one before it opens nothing more.

        Where both must work for a while, make a second key and revoke the first later. Raises NotFound, also for a key
        that was revoked, Unavailable.
        """
        with writing(self._engine) as connection:
            secret = _new_secret(_key(_row(connection, key_id)))
            values = {"secret_sha256": _digest(secret).hex(), "rotated_us": _now_us()}
            if not self._change(connection, key_id, values):
                raise NotFound("key_id", "a key that was not revoked", key_id, "Make a new one.")
            return Made(_key(_row(connection, key_id)), secret)

    def working(self) -> dict[str, tuple[AccessKey, bytes]]:
        """Key id -> the key and the SHA-256 of its secret, of those that were not revoked. Raises Unavailable."""
        with reading(self._engine) as connection:
            rows = connection.execute(sa.select(access_keys).where(access_keys.c.revoked_us.is_(None))).all()
        return {row.key_id: (_key(row), bytes.fromhex(row.secret_sha256)) for row in rows}

    def _change(self, connection: Connection, key_id: str, values: Mapping[str, Any]) -> bool:
        """Whether there was a key to change that was not revoked."""
        mine = (access_keys.c.key_id == key_id) & access_keys.c.revoked_us.is_(None)
        return connection.execute(access_keys.update().where(mine).values(**values)).rowcount > 0


class KeyRing:
    """The keys as one process knows them: it follows the store, and finds a key without asking it.

    It is `LOOK_EVERY_S` behind the store at most, and keeps its last view while the store is away.
    """

    def __init__(self, keys: AccessKeys, *, follow: bool = True) -> None:
        """
        Args:
            follow: start the thread that looks; without it `look` is called by hand.
        """
        self._keys = keys
        self._working: Mapping[str, tuple[AccessKey, bytes]] = {}
        self._looking = threading.Lock()
        if follow:
            threading.Thread(target=_follow, args=(weakref.ref(self),), name="access-keys", daemon=True).start()

    def find(self, secret: str) -> AccessKey | None:
        """The key of a secret; None where it opens nothing. It takes as long whatever the secret is."""
        key_id = secret.split("_", 3)[2] if secret.count("_") >= 3 else ""
        key, kept = self._working.get(key_id, (None, bytes(SECRET_BYTES)))
        given = _digest(secret[: MAX_LENGTH + 1])
        return key if hmac.compare_digest(given, kept) else None

    def look(self) -> None:
        """Read the keys as they are now. Raises Unavailable."""
        with self._looking:  # else one who began earlier and ends later would bring an older view back
            self._working = self._keys.working()


def _follow(ring: weakref.ref[KeyRing]) -> None:
    """Until the process has no use for it. A store that is away takes no key from anybody."""
    away = False
    while (following := ring()) is not None:
        try:
            following.look()
            away = False
        except Unavailable as error:
            if not away:
                log.warning("keys are known as they were: %s", error)
            away = True
        except Exception:
            if not away:
                log.exception("keys are known as they were")
            away = True
        del following
        time.sleep(LOOK_EVERY_S)


def _new_secret(key: AccessKey) -> str:
    return f"{MARK}_{key.scope}_{key.key_id}_{secrets.token_hex(SECRET_BYTES)}"


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _now_us() -> int:
    return time.time_ns() // 1000


def _row(connection: Connection, key_id: str) -> Any:
    row = connection.execute(sa.select(access_keys).where(access_keys.c.key_id == key_id)).first()
    if row is None:
        raise NotFound("key_id", "a key of this store", key_id)
    return row


def _key(row: Any) -> AccessKey:
    rotated_s = None if row.rotated_us is None else row.rotated_us / US
    revoked_s = None if row.revoked_us is None else row.revoked_us / US
    return AccessKey(row.key_id, row.name, row.scope, row.created_us / US, rotated_s, revoked_s)
