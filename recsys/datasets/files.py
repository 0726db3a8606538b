"""Reading files with one kind of complaint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from recsys.errors import WrongData


def read_text(path: Path) -> str:
    """A file's text, without a byte order mark. Raises WrongData where it is missing, unreadable or not UTF-8."""
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongData(str(path), "a readable UTF-8 file", error) from None


def read_json_object(path: Path) -> dict[str, Any]:
    """A JSON file that holds an object, every key once. Raises WrongData."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            keys = [key for key, _ in pairs]
            raise WrongData(path.name, "every key of an object once", next(key for key in keys if keys.count(key) > 1))
        return found

    try:
        value = json.loads(read_text(path), object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise WrongData(str(path), "valid JSON", error) from None
    if not isinstance(value, dict):
        raise WrongData(str(path), "a JSON object", type(value).__name__)
    return value
