"""Every example with curl in the document of the API, typed into a shell against a running shop."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deployments.curl import PICTURE, SAMPLES
from tests.contract.test_door_table import opening
from tests.contract.test_openapi import document
from tests.serving import Served, serving

DOORS = [(method, path, door) for path, doors in document()["paths"].items() for method, door in doors.items()]
LAST = ("put", "patch", "delete")
"""What changes the item that the other examples ask for."""


@pytest.fixture(scope="module")
def shop(small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A shop of its own, since items are taken out of it."""
    with serving(small_shop, tmp_path_factory.mktemp("curl") / "store.sqlite") as served:
        yield served


def typed(source: str, shop: Served, key: str, folder: Path) -> str:
    """What the command prints; it fails where the door refuses."""
    environment = {**os.environ, "SHOP": shop.url, "KEY": key, "no_proxy": "*"}
    done = subprocess.run(
        ["sh", "-c", f"{source} --fail-with-body"],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, f"{source}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def key_for(door: dict[str, Any], shop: Served) -> str:
    scopes = opening(door) or frozenset({"shopper"})
    return next(secret for scope, secret in shop.keys.secrets.items() if scope in scopes)


def test_every_door_has_an_example_that_works(shop: Served, tmp_path: Path) -> None:
    for method, path, door in sorted(DOORS, key=lambda one: LAST.index(one[0]) if one[0] in LAST else -1):
        (sample,) = door[SAMPLES]
        assert sample["lang"] == "curl" and "{" not in sample["source"].split(" -d ")[0], (method, path)
        printed = typed(sample["source"], shop, key_for(door, shop), tmp_path)
        if path.endswith("/image"):
            assert (tmp_path / PICTURE).read_bytes().startswith(b"\x89PNG")
        else:
            assert json.loads(printed), (method, path)


def test_an_example_says_what_its_door_needs() -> None:
    for _, path, door in DOORS:
        needs_key = opening(door) is not None
        assert ("Authorization: Bearer $KEY" in door[SAMPLES][0]["source"]) == needs_key, path
