"""Keys: shown once, kept as a hash, known to every process soon after they are made or revoked."""

from __future__ import annotations

import re
import threading
import time

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from recsys.errors import NotFound, WrongData
from recsys.records import SCOPES, Scope
from recsys.stores.access_keys import AccessKey, AccessKeys, KeyRing, Made
from recsys.stores.database import open_database, reading
from tests.pace import in_time, until


@pytest.fixture
def keys(engine: Engine) -> AccessKeys:
    return AccessKeys(engine)


@pytest.fixture
def made(keys: AccessKeys) -> Made:
    return keys.make("the page", "shopper")


def looked(keys: AccessKeys) -> KeyRing:
    ring = KeyRing(keys, follow=False)
    ring.look()
    return ring


@pytest.mark.parametrize("scope", SCOPES)
def test_a_secret_says_its_scope_and_finds_its_key(keys: AccessKeys, scope: Scope) -> None:
    made, other = keys.make("one", scope), keys.make("another", scope)
    assert re.fullmatch(f"vt_{scope}_{made.key.key_id}_[0-9a-f]{{64}}", made.secret) and made.secret != other.secret
    ring = looked(keys)
    assert ring.find(made.secret) == made.key and ring.find(other.secret) == other.key
    assert keys.listed() == (made.key, other.key)


def test_the_store_does_not_hold_what_opens_a_door(engine: Engine, made: Made) -> None:
    with reading(engine) as connection:
        (row,) = connection.execute(sa.text("SELECT * FROM access_keys")).all()
    assert made.secret.rpartition("_")[2] not in repr(row)
    assert looked(AccessKeys(engine)).find(row.secret_sha256) is None


def test_nothing_else_opens_a_door(keys: AccessKeys, made: Made) -> None:
    ring, random = looked(keys), made.secret.rpartition("_")[2]
    other = f"vt_operator_{made.key.key_id}_{random}"  # another scope with the same random part
    changed = made.secret[:-1] + ("0" if made.secret[-1] != "0" else "1")
    wrong = [other, changed, made.secret + "0", made.secret[:-1], made.secret.upper(), random, made.key.key_id]
    for text in [*wrong, "", "_", "___", "____", "vt_shopper__", "\ud800", "\0", "vt_" * 10_000]:
        assert ring.find(text) is None, text[:100]


class Slow(AccessKeys):
    """The first answer of the store is long on its way."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.asked, self.arrives = threading.Event(), threading.Event()

    def working(self) -> dict[str, tuple[AccessKey, bytes]]:
        found = super().working()
        if not self.asked.is_set():
            self.asked.set()
            assert self.arrives.wait(10)
        return found


def test_an_older_view_that_comes_late_takes_no_key_back(engine: Engine, keys: AccessKeys) -> None:
    slow = Slow(engine)
    ring = KeyRing(slow, follow=False)
    looks = [threading.Thread(target=ring.look) for _ in range(2)]
    looks[0].start()
    assert slow.asked.wait(10)
    made = keys.make("made while somebody looked", "shop")
    looks[1].start()
    looks[1].join(0.2)
    slow.arrives.set()
    for look in looks:
        look.join(10)
    assert ring.find(made.secret) == made.key


def test_a_revoked_key_opens_nothing_and_stays_listed(keys: AccessKeys, made: Made) -> None:
    ring = looked(keys)
    gone = keys.revoke(made.key.key_id)
    assert gone.revoked_s is not None and abs(gone.revoked_s - time.time()) < 60
    assert keys.revoke(made.key.key_id) == gone, "once more changes nothing"
    ring.look()
    assert ring.find(made.secret) is None and keys.listed() == (gone,)
    with pytest.raises(NotFound, match="not revoked"):
        keys.rotate(made.key.key_id)


def test_a_rotated_key_has_one_secret(keys: AccessKeys, made: Made) -> None:
    again = keys.rotate(made.key.key_id)
    ring = looked(keys)
    assert ring.find(made.secret) is None and ring.find(again.secret) == again.key
    assert again.key.rotated_s is not None and (again.key.key_id, again.key.name) == (made.key.key_id, made.key.name)


def test_what_is_no_key_is_refused(keys: AccessKeys) -> None:
    for change in (keys.revoke, keys.rotate):
        with pytest.raises(NotFound, match="key_id"):
            change("nothing")
    for name in ("", "  ", "x" * 201, "a\0b"):
        with pytest.raises(WrongData, match="name"):
            keys.make(name, "shop")
    with pytest.raises(WrongData, match="scope"):
        keys.make("x", "king")  # type: ignore[arg-type]
    assert keys.listed() == ()


def test_other_processes_follow_within_two_seconds(engine: Engine, url: str) -> None:
    """Another engine stands for another replica: they share nothing but the store."""
    there = open_database(url)
    ring, keys = KeyRing(AccessKeys(there)), AccessKeys(engine)
    made = keys.make("short", "shop")
    until(lambda: ring.find(made.secret) is not None, 2)
    keys.revoke(made.key.key_id)
    started = time.monotonic()
    until(lambda: ring.find(made.secret) is None, 2)
    assert in_time(started, 2)
    there.dispose()


def test_a_store_that_is_away_takes_no_key_from_anybody(
    engine: Engine, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = KeyRing(AccessKeys(engine))
    until(lambda: ring.find(made.secret) is not None, 2)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE access_keys RENAME TO lost"))
    time.sleep(1.2)  # it looks twice
    assert ring.find(made.secret) == made.key
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE lost RENAME TO access_keys"))
    AccessKeys(engine).revoke(made.key.key_id)
    until(lambda: ring.find(made.secret) is None, 2)
