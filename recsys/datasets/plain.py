"""Texts of items without what was meant for a browser, counted."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pyarrow as pa

from recsys.datasets.notes import Note
from recsys.schema import ITEMS
from recsys.text.plain import plain

_SUSPECT = (
    r"[<&\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00a0\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]"
    r"|_x000|\]\(|\*\*|__|(?m:^\s*(?:#{2}|\*\s))"
)
"""A text without any of these is plain."""


def plain_items(items: pa.Table) -> tuple[pa.Table, list[Note]]:
    """Items with plain texts, and how many of each field were made so or had nothing left.

    Args:
        items: canonical; title, description, brand, category and attributes are read.
    """
    notes = []
    for name, change in _FIELDS.items():
        column = items[name]
        made, count = change(column)
        if count:
            notes.append(Note("items", name, "made plain: markup, entities, invisible signs or blanks", count))
            items = items.set_column(items.schema.get_field_index(name), items.schema.field(name), made)
    return items, notes


def _texts(column: pa.ChunkedArray) -> tuple[pa.Array, int]:
    values = pl.Series(column)
    known = values.filter(values.str.contains(_SUSPECT).fill_null(False)).unique().to_list()
    changed = {text: new for text in known if (new := plain(text)) != text}
    count = int(values.is_in(list(changed)).sum()) if changed else 0
    return values.replace(changed).to_arrow().cast(column.type) if count else column, count


def _paths(column: pa.ChunkedArray) -> tuple[pa.Array, int]:
    rows = column.to_pylist()
    made = [row and [made for part in row if (made := plain(part or ""))] for row in rows]
    return pa.array(made, column.type), _differing(rows, made)


def _pairs(column: pa.ChunkedArray) -> tuple[pa.Array, int]:
    """A pair whose name or value is nothing any more goes."""
    rows = column.to_pylist()
    made = [row and [pair for name, value in row if all(pair := (plain(name), plain(value or "")))] for row in rows]
    return pa.array(made, ITEMS.field("attributes").type), _differing(rows, made)


def _differing(rows: list[object], made: list[object]) -> int:
    return sum(one != other for one, other in zip(rows, made, strict=True))


_FIELDS: dict[str, Callable[[pa.ChunkedArray], tuple[pa.Array, int]]] = {
    "title": _texts,
    "description": _texts,
    "brand": _texts,
    "category": _paths,
    "attributes": _pairs,
}
