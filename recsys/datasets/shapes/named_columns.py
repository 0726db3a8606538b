"""Which columns a shape names, and what follows where they are not there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

import polars as pl

from recsys.datasets.shapes.declared import ItemShape, RowShape
from recsys.errors import WrongData

S = TypeVar("S", bound=RowShape)
_LISTS = ("fill_down", "sort_by", "levels")
_DICTS = ("only", "several", "pairs", "named")


def named_columns(shape: RowShape) -> list[str]:
    """Every column that the settings of a shape name, in no order."""
    names = [*shape.fill_down, *shape.only, *shape.sort_by, *_one(shape.same_as_above)]
    names += [column for columns in (*shape.either.values(), *shape.together.values()) for column in columns]
    names += [column for join in shape.join for column in join.on]
    if isinstance(shape, ItemShape):
        names += [*shape.several, *shape.pairs, *shape.named, *shape.named.values(), *shape.levels]
        names += [*_one(shape.parent.column or shape.parent.lists), *shape.parent.ids] if shape.parent else []
        names += [*_one(shape.group.by), *shape.group.ids] if shape.group else []
    return names


def made_of_what_is_there(shape: S, columns: Iterable[str], table: str) -> S:
    """The shape whose new columns (`either`, `together`) name only columns that are there; see `of_what_is_there`."""
    there = set(columns)
    changes: dict[str, Any] = {}
    for setting in ("either", "together"):
        made = {
            name: _kept(shape, there, parts, f"{setting}.{name}", table)
            for name, parts in getattr(shape, setting).items()
        }
        changes[setting] = {name: parts for name, parts in made.items() if parts}
    return shape.model_copy(update=changes)


def of_what_is_there(shape: S, frame: pl.DataFrame, table: str) -> S:
    """The shape without settings whose columns are absent, where that is allowed. Raises WrongData where it is not."""
    there = set(frame.columns)
    changes: dict[str, Any] = {}
    for setting in _LISTS:
        if given := getattr(shape, setting, ()):
            changes[setting] = _kept(shape, there, given, setting, table)
    for setting in _DICTS:
        if given := getattr(shape, setting, {}):
            kept = set(_kept(shape, there, given, setting, table))
            if setting == "named":
                kept &= {name for name, value in given.items() if _kept(shape, there, [value], setting, table)}
            changes[setting] = {name: value for name, value in given.items() if name in kept}
    if not _kept(shape, there, _one(shape.same_as_above), "same_as_above", table):
        changes["same_as_above"] = None
    if isinstance(shape, ItemShape):
        changes |= _relations(shape, there, table)
    return shape.model_copy(update=changes)


def require_plain(frame: pl.DataFrame, columns: Iterable[tuple[str, str]], lists: bool = False) -> None:
    """Raises WrongData for the first column of records, or of lists.

    Args:
        columns: setting, column; absent ones pass.
        lists: whether lists of plain values will do.
    """
    for setting, column in columns:
        kind = frame.schema.get(column)
        inner = kind.inner if lists and isinstance(kind, pl.List) else kind
        if inner is not None and inner.is_nested():
            wanted = f"a column of plain values{' or lists of them' if lists else ''}"
            remedy = "Name a field by its path, such as `a.b`, or explode the list."
            raise WrongData(f"{setting}: {column}", wanted, str(kind), remedy)


def require_kinds(shape: RowShape, frame: pl.DataFrame, table: str) -> None:
    """Raises WrongData where a setting names a column of lists or records that it cannot take apart."""
    at = f"mapping.{table}"
    plain = [(f"{at}.{name}", column) for name in ("sort_by", "only", "levels") for column in getattr(shape, name, ())]
    plain += [(f"{at}.same_as_above", column) for column in _one(shape.same_as_above)]
    lists = [(f"{at}.{name}", column) for name in ("fill_down", "several") for column in getattr(shape, name, ())]
    lists += [(f"{at}.together.{name}", column) for name, columns in shape.together.items() for column in columns]
    for name, columns in shape.either.items():
        alike = any(frame.schema[column].is_nested() for column in columns if column in frame.columns)
        lists += [(f"{at}.either.{name}", column) for column in columns]
        kinds = {frame.schema[column] for column in columns if column in frame.columns}
        if alike and len(kinds) > 1:
            raise WrongData(f"{at}.either.{name}", "columns of one kind", sorted(map(str, kinds)), "Name plain fields.")
    if isinstance(shape, ItemShape):
        plain += [(f"{at}.pairs", column) for column in shape.pairs]
        lists += [(f"{at}.named", column) for column in (*shape.named, *shape.named.values())]
        if shape.parent is not None:
            named = (*_one(shape.parent.column or shape.parent.lists), *shape.parent.ids)
            plain += [(f"{at}.parent", column) for column in named]
        if shape.group is not None:
            plain += [(f"{at}.group.by", column) for column in _one(shape.group.by)]
            lists += [(f"{at}.group.ids", column) for column in shape.group.ids]
    require_plain(frame, plain)
    require_plain(frame, lists, lists=True)


def _relations(shape: ItemShape, there: set[str], table: str) -> dict[str, Any]:
    parent, group = shape.parent, shape.group
    if parent is not None:
        ids = _kept(shape, there, parent.ids, "parent.ids", table)
        column = _kept(shape, there, _one(parent.column or parent.lists), "parent.column", table)
        parent = parent.model_copy(update={"ids": ids}) if ids and column else None
    if group is not None:
        ids = _kept(shape, there, group.ids, "group.ids", table)
        by = _kept(shape, there, _one(group.by), "group.by", table)
        possible = bool(by) or (group.by is None and parent is not None)
        group = group.model_copy(update={"ids": ids}) if possible else None
    return {"parent": parent, "group": group}


def _kept(shape: RowShape, there: set[str], names: Iterable[str], setting: str, table: str) -> tuple[str, ...]:
    names = tuple(names)
    for name in names:
        if name not in there and shape.absent == "refuse":
            raise WrongData(
                f"mapping.{table}.{setting}: {name}",
                f"a column of the {table}' files",
                sorted(there),
                "Correct the name, or set absent: skip.",
            )
    return tuple(name for name in names if name in there)


def _one(name: str | None) -> list[str]:
    return [] if name is None else [name]
