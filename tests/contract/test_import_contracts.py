"""The hand-kept lists of import contracts name everything that there is."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
HEAVY = {"models", "index", "recall", "ranking", "release", "edition", "opening", "funnel"}
"""Rooms that may hold torch and its like."""


def rooms() -> set[str]:
    """Modules and packages of the library."""
    folder = ROOT / "recsys"
    return {path.parent.name for path in folder.glob("*/__init__.py")} | {
        path.stem for path in folder.glob("*.py") if path.stem != "__init__"
    }


def named(contract: str) -> set[str]:
    (found,) = [one for one in CONTRACTS if one["name"].startswith(contract)]
    return {name.removeprefix("recsys.") for name in found["source_modules"]}


def test_every_room_but_the_stores_is_kept_from_sql() -> None:
    assert named("Only the stores speak SQL") == rooms() - {"stores"} | {"pipelines", "deployments"}


def test_every_room_is_kept_from_heavy_libraries_or_meant_to_hold_them() -> None:
    assert named("Heavy libraries") == rooms() - HEAVY


def test_every_persons_room_is_in_the_contract() -> None:
    (found,) = [one for one in CONTRACTS if one["name"] == "Persons' rooms do not know each other"]
    persons = {path.parent.name for path in (ROOT / "deployments").glob("*/doors.py")}
    assert {name.removeprefix("deployments.") for name in found["modules"]} == persons
