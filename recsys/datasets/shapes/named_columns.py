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
    names = [*shape.fill_down, *shape.only, *shape.sort_by, *shape.several, *_one(shape.same_as_above)]
    names += [column for columns in (*shape.either.values(), *shape.together.values()) for column in columns]
    names += [column for join in shape.join for column in join.on]
    if isinstance(shape, ItemShape):
        names += [*shape.pairs, *shape.named, *shape.named.values(), *shape.levels]
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
