"""keys: make, list, revoke and rotate the keys that open the doors of a served shop.

    python -m pipelines keys name="the web page" scope=shopper    make one; its secret is told once, on standard output
    python -m pipelines keys                                      list all of them
    python -m pipelines keys rotate=KEY_ID                        another secret for a key; the old one ends
    python -m pipelines keys revoke=KEY_ID                        end a key for good

Running replicas know of each change within a second or two.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from pipelines.running.job import Job
from recsys.artifacts import Workspace
from recsys.config import Config
from recsys.errors import WrongConfig
from recsys.records import SCOPES, Scope
from recsys.stores.access_keys import AccessKey, AccessKeys, Made
from recsys.stores.database import open_database, store_address

NEVER = "–"
WIDTHS = (15, 13, 18, 18, 18)


class KeysConfig(Config):
    """Settings of `keys`; without any it lists."""

    name: str | None = None
    """What the new key is for, in your words."""
    scope: Scope | None = None
    """Whose doors the new key opens: a page or front end (shopper), a shop's server (shop), or staff."""
    rotate: str | None = None
    """Id of the key that gets another secret."""
    revoke: str | None = None
    """Id of the key that ends."""
    store_url: str | None = None
    """SQLAlchemy address of the store; without it VITRINE_STORE_URL, then the SQLite file in the workspace."""


def run(workspace: Workspace, config: KeysConfig, job: Job) -> None:
    """Do the one thing that is asked. Raises WrongConfig for two at once, NotFound, Unavailable."""
    _require_one_wish(config)
    engine = open_database(store_address(workspace.root, config.store_url))
    try:
        _do(AccessKeys(engine), config, job)
    finally:
        engine.dispose()


def _require_one_wish(config: KeysConfig) -> None:
    if (config.name is None) != (config.scope is None):
        missing, example = ("scope", "scope=shopper") if config.scope is None else ("name", 'name="the web page"')
        raise WrongConfig(
            missing, f"both name and scope ({', '.join(SCOPES)}) for a new key", "none", f"Try: {example}"
        )
    wishes = [name for name in ("name", "rotate", "revoke") if getattr(config, name) is not None]
    if len(wishes) > 1:
        raise WrongConfig(wishes[1], "one thing at a time", " and ".join(wishes))


def _do(keys: AccessKeys, config: KeysConfig, job: Job) -> None:
    if config.name is not None and config.scope is not None:
        _tell(keys.make(config.name, config.scope), job)
    elif config.rotate is not None:
        _tell(keys.rotate(config.rotate), job)
    elif config.revoke is not None:
        job.console.print(f"key {keys.revoke(config.revoke).key_id} opens nothing any more")
    else:
        sys.stdout.writelines(lines(keys.listed()))


def _tell(made: Made, job: Job) -> None:
    """The secret alone on standard output, so that a script can take it and a screen need not show it."""
    job.console.print(f"key {made.key.key_id} ({made.key.scope}); keep its secret, nobody can tell it again:")
    sys.stdout.write(f"{made.secret}\n")


def lines(keys: Sequence[AccessKey]) -> Iterator[str]:
    """The keys for a screen, a line each, oldest first."""
    yield _line("key id", "scope", "created", "rotated", "revoked", "name")
    for key in keys:
        yield _line(key.key_id, key.scope, *map(_day, (key.created_s, key.rotated_s, key.revoked_s)), key.name)


def _line(*cells: str) -> str:
    *columns, name = cells
    return "".join(f"{cell:<{width}}" for cell, width in zip(columns, WIDTHS, strict=True)) + f"{name}\n"


def _day(at_s: float | None) -> str:
    return NEVER if at_s is None else datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d %H:%M")
