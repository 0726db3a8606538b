"""Records and lists in cells: dotted paths into them, and a row for each element of a list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import polars as pl

from recsys.datasets.notes import Note
from recsys.errors import WrongData

ROW, ELEMENT = "_row", "_element"


class _Reached(NamedTuple):
    expr: pl.Expr
    dtype: pl.DataType


def with_paths(frame: pl.DataFrame, names: Iterable[str]) -> pl.DataFrame:
    """The frame with a column for each name that is a path into one, such as `details.Brand` or `items[].item_id`.

    A path through a list gives a list; in a list of keys and values, as GA4 writes parameters, a step is a key.
    """
    absent = [name for name in dict.fromkeys(names) if name not in frame.columns]
    reached = {name: found for name in absent if (found := _reached(frame.schema, name)) is not None}
    return frame.with_columns(**{name: found.expr for name, found in reached.items()})


def exploded(frame: pl.DataFrame, path: str, ids: str | None, table: str) -> tuple[pl.DataFrame, list[Note]]:
    """A row for each element of a list; a row without elements stays, with nulls.

    Args:
        ids: column of the rows' ids, which are kept apart as `id`, `id#1`, `id#2`.

    Raises WrongData where there is no such list.
    """
    frame = with_paths(frame, [path, *([ids] if ids else [])])
    if path not in frame.columns or not isinstance(frame.schema[path], pl.List):
        came = str(frame.schema[path]) if path in frame.columns else frame.columns
        raise WrongData(f"mapping.{table}.explode: {path}", "a column of lists", came, "Name the list by its path.")
    empty = int(frame.select((pl.col(path).list.len().fill_null(0) == 0).sum()).item())
    filled = frame.with_columns(pl.when(pl.col(path).list.len() > 0).then(pl.col(path)).alias(path))  # nulls stay rows
    longer = filled.with_row_index(ROW).explode(path).with_columns(pl.int_range(pl.len()).over(ROW).alias(ELEMENT))
    if ids is not None and ids in frame.columns:
        apart = pl.format("{}#{}", pl.col(ids).cast(pl.String), ELEMENT)
        kept = pl.when(pl.col(ELEMENT) > 0).then(apart).otherwise(pl.col(ids).cast(pl.String))
        longer = longer.with_columns(kept.alias(ids))
    notes = [
        Note(table, "explode", f"rows more, one for each element of {path}", len(longer) - len(frame)),
        Note(table, "explode", f"rows without an element in {path}", empty),
    ]
    return longer.drop(ROW, ELEMENT), notes


def list_of(frame: pl.DataFrame, path: str) -> str | None:
    """The list of records that a path goes through, if it goes through one: `items` of `items.item_id`."""
    parts = path.replace("[]", "").split(".")
    starts = [".".join(parts[:size]) for size in range(1, len(parts))] if path not in frame.columns else []
    reached = {start: _reached(frame.schema, start) for start in starts}
    return next((start for start, found in reached.items() if found and isinstance(found.dtype, pl.List)), None)


def _reached(schema: pl.Schema, path: str) -> _Reached | None:
    """What a path means: the longest column that it begins with, then step by step."""
    parts = path.replace("[]", "").split(".")
    for size in range(len(parts), 0, -1):
        head = ".".join(parts[:size])
        if head in schema:
            found = _descended(pl.col(head), schema[head], parts[size:])
            if found is not None:
                return found
    return None


def _descended(expr: pl.Expr, dtype: pl.DataType, parts: list[str]) -> _Reached | None:
    if not parts:
        return _Reached(expr, dtype)
    if isinstance(dtype, pl.Null):
        return _Reached(pl.lit(None, pl.String), pl.String())
    if isinstance(dtype, pl.Struct):
        return _field(expr, dtype, parts)
    if isinstance(dtype, pl.List):
        inner = _instance(dtype.inner)
        if isinstance(inner, pl.Struct) and "key" in _fields(inner) and parts[0] not in _fields(inner):
            return _value_of(expr, inner, parts)
        found = _descended(pl.element(), inner, parts)
        return found and _Reached(expr.list.eval(found.expr), pl.List(found.dtype))
    return None


def _field(expr: pl.Expr, dtype: pl.Struct, parts: list[str]) -> _Reached | None:
    """A field, whose own name may have dots."""
    fields = _fields(dtype)
    for size in range(len(parts), 0, -1):
        name = ".".join(parts[:size])
        if name in fields:
            return _descended(expr.struct.field(name), fields[name], parts[size:])
    return None


def _value_of(expr: pl.Expr, inner: pl.Struct, parts: list[str]) -> _Reached | None:
    """The value beside a key; one that stands in a field for each type (`string_value`, `int_value`) is a text."""
    value = _fields(inner).get("value")
    if value is None:
        return None
    rows = expr.list.eval(pl.element().filter(pl.element().struct.field("key") == parts[0]).struct.field("value"))
    first = rows.list.first()
    if len(parts) == 1 and isinstance(value, pl.Struct):
        texts = [first.struct.field(name).cast(pl.String) for name, kind in _fields(value).items() if _plain(kind)]
        return _Reached(pl.coalesce(texts), pl.String()) if texts else None
    return _descended(first, value, parts[1:])


def _fields(dtype: pl.Struct) -> dict[str, pl.DataType]:
    return {field.name: _instance(field.dtype) for field in dtype.fields}


def _instance(dtype: Any) -> pl.DataType:
    """Polars lets a class stand for its plain instance."""
    made: pl.DataType = dtype() if isinstance(dtype, type) else dtype
    return made


def _plain(dtype: pl.DataType) -> bool:
    return not dtype.is_nested()
