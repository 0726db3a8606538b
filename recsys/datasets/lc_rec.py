"""Folders in the format of LC-Rec: `*.inter.json` and `*.item.json`.

*.inter.json   {"user": [item, item, ...]}            in order of time
*.item.json    {"item": {"title": ..., "description": ..., "brand": ..., "categories": "A,B,C"}}
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from recsys.datasets.files import read_json_object
from recsys.datasets.sequences import Description, brand_of, sequence_tables, tidy
from recsys.errors import WrongData
from recsys.schema import Tables

INTERACTIONS, ITEMS = "*.inter.json", "*.item.json"
_COMMA = re.compile(r",(?! )")  # a comma before a space belongs to a name: "Tapes, Adhesives & Sealants"


def lc_rec_files(folder: Path) -> tuple[Path, Path]:
    """(interactions, items). Raises WrongData where one is missing, or there are several."""
    return _only(folder, INTERACTIONS), _only(folder, ITEMS)


def read_lc_rec_folder(folder: Path) -> Tables:
    """Read a folder into the canonical tables. Raises WrongData naming file, entry and what was wrong."""
    interactions, items = lc_rec_files(folder)
    described = {
        _id(items, item_id): _description(items, item_id, said) for item_id, said in read_json_object(items).items()
    }
    histories = {
        _id(interactions, user): _history(interactions, user, ids)
        for user, ids in read_json_object(interactions).items()
    }
    return sequence_tables(described, histories, interactions.name)


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise WrongData(f"{folder}/{pattern}", "one such file", [path.name for path in found])
    return found[0]


def _description(path: Path, item_id: str, said: Any) -> Description:
    if not isinstance(said, dict):
        raise WrongData(f"{path.name}: {item_id}", "an object with title, description, brand, categories", said)
    for name in ("title", "description", "brand", "categories"):
        if isinstance(said.get(name), dict):
            raise WrongData(f"{path.name}: {item_id}.{name}", "a text or a list of texts", said[name])
    categories = _categories(said.get("categories"))
    return Description(tidy(said.get("title")), tidy(said.get("description")), categories, brand_of(said.get("brand")))


def _categories(said: Any) -> tuple[str, ...]:
    """The path from the root: of a text with commas, of a list of names, of the first path in a list of paths."""
    while isinstance(said, list) and said and isinstance(said[0], list):
        said = said[0]
    names = said if isinstance(said, list) else _COMMA.split(tidy(said))
    return tuple(name for part in names if (name := tidy(part)))


def _id(path: Path, text: str) -> str:
    """Raises WrongData for an id that is no Unicode text: half of a character in JSON."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise WrongData(path.name, "ids of whole characters", error) from None
    return text


def _history(path: Path, user: str, ids: Any) -> list[str]:
    if not isinstance(ids, list):
        raise WrongData(f"{path.name}: {user}", "a list of items", ids)
    for item_id in ids:
        if isinstance(item_id, bool) or not isinstance(item_id, (int, str)):
            raise WrongData(f"{path.name}: {user}", "items named by numbers or texts", item_id)
    return [_id(path, str(item_id)) for item_id in ids]
