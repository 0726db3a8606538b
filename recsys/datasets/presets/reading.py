"""Mappings of well-known exports, by name: files of this folder, over which a mapping lays its own keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from recsys.errors import WrongConfig

FOLDER = Path(__file__).parent
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))
TABLES = ("items", "events")


def preset_text(name: str) -> str:
    """The preset as it is written, with its comments. Raises WrongConfig for a name that there is not."""
    if name not in NAMES:
        raise WrongConfig("format", f"one of {', '.join(NAMES)}", name, "Without it, the mapping names all columns.")
    return (FOLDER / f"{name}.yaml").read_text("utf-8")


def preset(name: str) -> dict[str, Any]:
    """The preset as plain values. Raises WrongConfig."""
    values: dict[str, Any] = yaml.safe_load(preset_text(name))
    return values


def filled_in(values: dict[str, Any]) -> dict[str, Any]:
    """A mapping with what its `format` says under its own keys, of all of it, or of `items` or `events` alone.

    A key set to null is left out: `events: null`, `attributes: {barcode: null}`. Raises WrongConfig.
    """
    name = values.get("format")
    whole = {key: value for key, value in values.items() if key != "format"}
    under = preset(str(name)) if name is not None else {}
    for table in TABLES:
        own = whole.get(table)
        if isinstance(own, dict) and own.get("format") is not None:
            under[table] = preset(str(own["format"])).get(table)
            if under[table] is None:
                raise WrongConfig(f"{table}.format", f"a format that has {table}", own["format"])
            whole[table] = {key: value for key, value in own.items() if key != "format"}
    return _over(under, whole) if under else whole


def _over(under: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for key, value in values.items():
        below = merged.get(key)
        merged[key] = _over(below, value) if isinstance(value, dict) and isinstance(below, dict) else value
    return {key: value for key, value in merged.items() if value is not None}
