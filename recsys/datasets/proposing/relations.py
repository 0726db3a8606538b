"""How columns hang together, by what they contain: ids of one table in another, parents, names beside values."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

import polars as pl

from recsys.datasets.proposing.words import EVENT_WORDS, ITEM_WORDS, likeness, plain

_MOST = 20_000
"""Distinct values that are compared."""
_ALIKE = 0.5
"""Part of a log's ids that a catalogue must have, for the one to be taken for those of the other."""
_CODE = r"^(?:[\w./:#-]*[^\d\W][\w./:#-]*|[\d./:#-]{5,})$"
_OF_ITS_ROW = ("id", "nr", "no", "number", "code")
"""Names of a row's own id: in another table it is called after the table."""
_ABOVE = frozenset(
    ("parent", "main", "mainnumber", "master", "vater", "haupt", "eltern", "padre", "nadrzedny", "rodzic")
)


class Ids(NamedTuple):
    """A column of a log, and the column of the catalogue whose ids it has."""

    column: str
    of: str
    share: float
    """Of the distinct values of `column`, how many are in `of`."""


def texts_of(column: pl.Series) -> pl.Series:
    """What a column says, without blanks; nothing of nested ones."""
    if column.dtype.is_nested():
        return pl.Series(column.name, [], dtype=pl.String)
    texts = column.cast(pl.String, strict=False).str.strip_chars().drop_nulls()
    return texts.filter(texts != "")


def share_of(values: pl.Series, among: pl.Series) -> float:
    """How many of the distinct values of a column are in another."""
    distinct = texts_of(values).unique().head(_MOST)
    return float(distinct.is_in(texts_of(among).unique().implode()).mean() or 0.0)  # type: ignore[arg-type]


def ids_in(log: pl.DataFrame, goods: pl.DataFrame, taken: Collection[str], used: Collection[str]) -> Ids | None:
    """The column of a log that names items of a catalogue, if one does.

    Args:
        taken: columns of the catalogue that are no ids.
        used: columns of the log that are something else.
    """
    ids = [
        name
        for name in goods.columns
        if name not in taken
        and _tells_apart(goods[name])
        and (likeness(name, ITEM_WORDS["item_id"]) or _are_codes(goods[name]))
    ]
    found = [
        Ids(column, of, share)
        for column in log.columns
        if column not in used and (likeness(column, EVENT_WORDS["item_id"]) or _are_codes(log[column]))
        for of in ids
        if (share := share_of(log[column], goods[of])) >= _ALIKE
    ]
    return max(found, key=lambda one: (round(one.share, 1), *_names(one)), default=None)


def keys_of(lines: pl.DataFrame, header: pl.DataFrame, stem: str, used: Iterable[str]) -> dict[str, str] | None:
    """Column of lines -> column of their header, which it names; None where there is none.

    Args:
        stem: what the file of headers is called: `orders` of `orders.csv`, whose `id` lines call `order_id`.
        used: columns of the lines that are something else.
    """
    spare = [name for name in lines.columns if name not in set(used)]
    unique = [
        name for name in header.columns if len(texts := texts_of(header[name])) == len(header) == texts.n_unique()
    ]
    one = plain(stem).rstrip("s")
    for name in unique:
        of_file = plain(name) in _OF_ITS_ROW
        for key in spare:
            alike = plain(key).startswith(one) if of_file and one else plain(key) == plain(name) not in _OF_ITS_ROW
            if alike and share_of(lines[key], header[name]) >= _ALIKE:
                return {key: name}
    return None


def parents(frame: pl.DataFrame, item_id: str, doubts: list[str]) -> dict[str, Any]:
    """Settings for rows that name another row as their product; nothing where none does."""
    spare = [name for name, kind in frame.schema.items() if name != item_id and not kind.is_nested()]
    for column in (name for name in spare if _ABOVE & set(plain(name).split())):
        for of in (item_id, *(name for name in spare if name != column)):
            texts = frame.select(pl.col(column, of).cast(pl.String))
            others = texts.filter(pl.col(column).is_not_null() & pl.col(column).ne_missing(pl.col(of)))[column]
            if len(texts_of(others)) and _tells_apart(frame[of]) and share_of(frame[column], frame[of]) >= 0.9:
                doubts.append(f"rows whose {column} is the {of} of another are taken for its variants")
                return {"parent": {"column": column, "ids": [of]}, "group": {"ids": list(dict.fromkeys([item_id, of]))}}
    return {}


def named_pairs(columns: Sequence[str]) -> dict[str, str]:
    """Columns of names of attributes, with those of their values: `Option1 Name`, `Option1 Value`."""
    called = {plain(column).replace(" ", ""): column for column in columns}
    pairs = {}
    for words, column in called.items():
        for value in ("value", "values", "description"):
            other = called.get(words.replace("name", value)) if "name" in words and re.search(r"\d", words) else None
            if other is not None and column not in pairs:
                pairs[column] = other
    return pairs


def listed_names(frame: pl.DataFrame) -> dict[str, str]:
    """Paths of names and values in lists of records of two texts, as feeds write properties."""
    pairs = {}
    for column, kind in frame.schema.items():
        inner = kind.inner if isinstance(kind, pl.List) else None
        fields = (
            [field.name for field in inner.fields if not field.dtype.is_nested()]
            if isinstance(inner, pl.Struct)
            else []
        )
        names = [field for field in fields if {"name", "key", "attribute"} & set(plain(field).split())]
        values = [field for field in fields if {"value", "val", "text"} & set(plain(field).split())]
        if names and values:
            pairs[f"{column}.{names[0]}"] = f"{column}.{values[0]}"
    return pairs


def _tells_apart(column: pl.Series) -> bool:
    texts = texts_of(column)
    return len(texts) > 0 and texts.n_unique() >= 0.9 * len(texts)


def _are_codes(column: pl.Series) -> bool:
    """Whether values may be ids by their writing alone: no amounts, and too long to be equal by chance."""
    texts = texts_of(column)
    codes = texts.str.contains(_CODE) & ~texts.str.contains(r"^\d*[.]\d+$")
    return len(texts) > 0 and bool(codes.all())


def _names(one: Ids) -> tuple[int, int]:
    return likeness(one.of, ITEM_WORDS["item_id"]), likeness(one.column, EVENT_WORDS["item_id"])
