"""Folders with one line of item ids a user (`*.txt`) and an `items.tsv`: the splits of S3-Rec, P5, TIGER, GRAM.

*.txt       user item item ...                       in order of time, separated by white space
items.tsv   item_id, title[, attributes][, more]     attributes: brand | category | category ...
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow as pa

from recsys.datasets.files import read_text
from recsys.datasets.sequences import Description, brand_of, sequence_tables, tidy
from recsys.errors import WrongData
from recsys.schema import Tables

ITEMS_FILE = "items.tsv"
ALIASES = pa.schema([("item_id", pa.string()), ("alias", pa.string())])
ALIASES_FILE = "aliases.parquet"
"""Other ids that the items have in the source: `evaluate` looks at their order, no model does."""
LEAST_FIRSTS = 2
"""A value that stands second after this many different first values, and first elsewhere, is a root category."""


def sequence_file(folder: Path) -> Path:
    """The one `*.txt` file. Raises WrongData where there is none, or more than one."""
    found = sorted(path for path in folder.glob("*.txt") if path.is_file())
    if len(found) != 1:
        raise WrongData(f"{folder}/*.txt", "one sequence file", [path.name for path in found])
    return found[0]


def read_sequence_folder(folder: Path) -> Tables:
    """Read a folder into the canonical tables. Raises WrongData naming file, line and what was wrong."""
    path = sequence_file(folder)
    return sequence_tables(_read_items(folder / ITEMS_FILE), _read_histories(path), path.name)


def read_aliases(folder: Path) -> dict[str, str]:
    """item_id -> the `asin` of items.tsv, {} without that column: for analyses of the data, never for a model."""
    rows = _rows(folder / ITEMS_FILE)
    header = rows[0] if rows else []
    if not {"item_id", "asin"} <= set(header):
        return {}
    item_at, alias_at = header.index("item_id"), header.index("asin")
    return {row[item_at].strip(): row[alias_at].strip() for row in rows[1:] if len(row) == len(header)}


def _read_histories(path: Path) -> dict[str, list[str]]:
    histories: dict[str, list[str]] = {}
    for number, line in enumerate(read_text(path).split("\n"), 1):
        user, *items = line.split() or [""]
        if not user:
            continue
        if user in histories:
            raise WrongData(f"{path.name}, line {number}: user", "each user on one line", user)
        histories[user] = items
    return histories


def _read_items(path: Path) -> dict[str, Description]:
    rows = _rows(path)
    header = rows[0] if rows else []
    for name in ("item_id", "title"):
        if name not in header:
            raise WrongData(f"{path.name}: header", f"a column called {name}", header)
    item_at, title_at = header.index("item_id"), header.index("title")
    attributes_at = header.index("attributes") if "attributes" in header else None
    parts = [
        _parts(row[attributes_at]) if attributes_at is not None and len(row) > attributes_at else [] for row in rows
    ]
    roots = _root_categories(parts[1:])
    items: dict[str, Description] = {}
    for number, (row, values) in enumerate(zip(rows[1:], parts[1:], strict=True), 2):
        if not any(row):
            continue
        if len(row) != len(header):
            raise WrongData(f"{path.name}, line {number}", f"{len(header)} columns divided by tabs", len(row))
        item_id = row[item_at].strip()
        if not item_id or item_id in items:
            raise WrongData(f"{path.name}, line {number}: item_id", "every item once", item_id)
        brand, category = _brand_and_category(values, roots)
        items[item_id] = Description(tidy(row[title_at]), "", category, brand)
    return items


def _rows(path: Path) -> list[list[str]]:
    """Lines divided by tabs; quotes mean nothing."""
    return [line.split("\t") if line else [] for line in read_text(path).split("\n")]


def _parts(attributes: str) -> list[str]:
    return [tidy(part) for part in attributes.split("|")]


def _root_categories(rows: list[list[str]]) -> set[str]:
    """Where the brand is absent a category stands first; it is known by standing second after several brands."""
    firsts = {row[0] for row in rows if row}
    pairs = {(row[1], row[0]) for row in rows if len(row) > 1}
    after = Counter(second for second, _ in pairs)
    return {name for name in firsts if after[name] >= LEAST_FIRSTS}


def _brand_and_category(parts: list[str], roots: set[str]) -> tuple[str | None, tuple[str, ...]]:
    if not parts:
        return None, ()
    if parts[0] in roots:
        return None, tuple(part for part in parts if part)
    return brand_of(parts[0]), tuple(part for part in parts[1:] if part)
