"""All that a mapping says of a table's shape, done in one order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

import polars as pl

from recsys.datasets.notes import Note
from recsys.datasets.shapes.cells import (
    divided,
    filled_down,
    first_of,
    joined_texts,
    kept_rows,
    one_path,
    one_text,
    with_named,
    with_pairs,
    without_blanks,
)
from recsys.datasets.shapes.declared import ItemShape, Join, RowShape
from recsys.datasets.shapes.groups import (
    PARENT,
    ROW,
    Facts,
    grouped,
    inherited,
    same_as_above,
    told_parents,
    with_parents,
    without_orphans,
)
from recsys.datasets.shapes.joins import joined, newest
from recsys.datasets.shapes.named_columns import (
    made_of_what_is_there,
    named_columns,
    of_what_is_there,
    require_kinds,
    require_plain,
)
from recsys.datasets.shapes.nested import exploded, list_of, with_paths
from recsys.errors import WrongData

S = TypeVar("S", bound=RowShape)
SINGLE = ("item_id", "user_id", "event_id", "session_id", "slate_id", "at", "kind")
"""What a row says once."""
LEVELS = "category levels"
Names = dict[str, str | None]
"""Our column -> the shop's."""
Opened = Callable[[Join], tuple[pl.DataFrame, list[Note]]]
"""Reads the files that a table is joined with, and says how they were taken."""
Measured = Callable[[pl.DataFrame, Names], Facts]
"""Reads prices and stock of a frame's rows."""
Clock = Callable[[str], pl.Series]
"""Reads a column of times of the table as it came."""


class Shaped(NamedTuple):
    """A table that has one row an item or event, with plain cells, and what its columns are called."""

    frame: pl.DataFrame
    names: Names
    attributes: dict[str, str]
    aliases: pl.DataFrame | None
    """alias, item_id: what else events may call the items."""
    notes: list[Note]


def shaped_events(frame: pl.DataFrame, shape: RowShape, names: Names, opened: Opened) -> Shaped:
    """Raises WrongData naming the setting and the column. An item id inside a list explodes it, asked or not."""
    inside = list_of(frame, names["item_id"] or "")
    if shape.explode is None and inside is not None:
        shape = shape.model_copy(update={"explode": inside})
    frame, shape, notes = _rows(frame, shape, names, "events", _wanted(shape, names), opened)
    frame, kept = kept_rows(frame, shape.only, "events")
    names, _, absent = _present(frame, shape, names, {}, "events", ("user_id", "item_id"))
    frame, lists = _plain(frame, names, "events")
    return Shaped(frame, names, {}, None, _told([*notes, *kept, *absent, *lists]))


def shaped_items(
    frame: pl.DataFrame,
    shape: ItemShape,
    names: Names,
    attributes: dict[str, str],
    separator: str,
    opened: Opened,
    measured: Measured,
    clock: Clock,
) -> Shaped:
    """Raises WrongData naming the setting and the column.

    Args:
        attributes: name -> the shop's column.
        separator: between the levels of a category path.
        measured: reads prices and stock, where rows are weighed against each other.
        clock: reads times, where rows follow each other.
    """
    wanted = _wanted(shape, names, attributes.values())
    notes: list[Note] = []
    if shape.properties is not None:
        frame, notes = newest(frame, shape.properties, wanted, clock)
    frame, shape, more = _rows(frame, shape, names, "items", wanted, opened)
    frame, names, named, cells = _columns(frame, shape, names, wanted)
    names, attributes, absent = _present(frame, shape, names, {**named, **attributes}, "items", ("item_id",))
    frame, aliases, groups = _groups(frame, shape, names, attributes, measured)
    frame, paths = _one_path(frame, shape, names, separator)
    frame, lists = _plain(frame, names, "items")
    return Shaped(frame, names, attributes, aliases, _told([*notes, *more, *cells, *absent, *groups, *paths, *lists]))


def attribute_lists(frame: pl.DataFrame, column: str) -> list[list[str]] | None:
    """Values of an attribute row by row, where its cells are lists; None where they are not."""
    kind = frame.schema[column]
    if not isinstance(kind, pl.List) or kind.inner.is_nested():
        return None
    tidy = pl.element().cast(pl.String).str.strip_chars()
    lists = pl.col(column).list.eval(tidy.filter(tidy != "").unique(maintain_order=True))
    return frame.select(lists.fill_null([])).to_series().to_list()


def _wanted(shape: RowShape, names: Names, more: Iterable[str] = ()) -> list[str]:
    """Columns that may have to be reached by a path."""
    return [*(name for name in names.values() if name is not None), *named_columns(shape), *more]


def _rows(
    frame: pl.DataFrame, shape: S, names: Names, table: str, wanted: Sequence[str], opened: Opened
) -> tuple[pl.DataFrame, S, list[Note]]:
    """What makes rows and columns of both kinds of tables."""
    notes: list[Note] = []
    if shape.explode is not None and (shape.absent == "refuse" or _is_list(frame, shape.explode)):
        frame, notes = exploded(frame, shape.explode, names.get("event_id"), table)
    frame = with_paths(frame, wanted)
    for join in shape.join:
        other, took = opened(join)
        frame, more = joined(frame, other, join, table)
        notes += [*took, *more]
    frame = without_blanks(with_paths(frame, wanted))
    shape = made_of_what_is_there(shape, frame.columns, table)
    require_kinds(shape, frame, table)
    if shape.fill_down:
        frame, more = filled_down(frame, [name for name in shape.fill_down if name in frame.columns], table)
        notes += more
    frame = joined_texts(first_of(frame, shape.either), shape.together)
    shape = of_what_is_there(shape, frame, table)
    require_kinds(shape, frame, table)  # also of the columns that were made
    item_id = names["item_id"]
    require_plain(frame, [(f"mapping.{table}.columns.item_id", item_id or "")])
    if shape.same_as_above is not None and item_id in frame.columns:
        assert item_id is not None
        frame, more = same_as_above(frame, shape.same_as_above, item_id, table)
        notes += more
        frame = joined_texts(first_of(frame, shape.either), shape.together)
    return (frame.sort(_order(frame, shape.sort_by), maintain_order=True) if shape.sort_by else frame), shape, notes


def _order(frame: pl.DataFrame, columns: Sequence[str]) -> list[pl.Expr]:
    """Numbers in texts are ordered as numbers."""
    texts = [name for name in columns if frame.schema[name] == pl.String]
    numeric = {
        name for name in texts if (frame[name].cast(pl.Float64, strict=False).is_null() == frame[name].is_null()).all()
    }
    return [pl.col(name).cast(pl.Float64) if name in numeric else pl.col(name) for name in columns]


def _is_list(frame: pl.DataFrame, path: str) -> bool:
    return isinstance(with_paths(frame, [path]).schema.get(path), pl.List)


def _columns(
    frame: pl.DataFrame, shape: ItemShape, names: Names, wanted: Sequence[str]
) -> tuple[pl.DataFrame, Names, dict[str, str], list[Note]]:
    """Columns that cells of a catalogue are divided into, the category made of levels, attributes that cells name."""
    frame, notes = with_pairs(frame, shape.pairs, wanted)
    frame = divided(frame, shape.several)
    require_kinds(shape.model_copy(update={"pairs": {}}), frame, "items")
    require_plain(frame, [("mapping.items.columns.item_id", names["item_id"] or "")])
    if shape.levels:
        levels = pl.concat_list(pl.col(name).cast(pl.String) for name in shape.levels)
        frame, names = frame.with_columns(levels.list.drop_nulls().alias(LEVELS)), {**names, "category": LEVELS}
    frame, named, nameless = with_named(frame, shape.named)
    return frame, names, named, [*notes, *nameless]


def _present(
    frame: pl.DataFrame, shape: RowShape, names: Names, attributes: dict[str, str], table: str, needed: Sequence[str]
) -> tuple[Names, dict[str, str], list[Note]]:
    """Without columns that are absent, where that is allowed and we can do without."""
    if shape.absent == "refuse":
        return names, attributes, []
    gone = {ours for ours, theirs in names.items() if theirs is not None and theirs not in frame.columns}
    less = {ours: None if ours in gone and ours not in needed else theirs for ours, theirs in names.items()}
    kept = {name: column for name, column in attributes.items() if column in frame.columns}
    absent = [str(names[ours]) for ours in sorted(gone - set(needed))]
    absent += [column for name, column in attributes.items() if name not in kept]
    text = f"columns that the files have not: {', '.join(absent)}"
    return less, kept, [Note(table, "absent: skip", text, len(absent))]


def _groups(
    frame: pl.DataFrame, shape: ItemShape, names: Names, attributes: dict[str, str], measured: Measured
) -> tuple[pl.DataFrame, pl.DataFrame | None, list[Note]]:
    """Parents and children, the rows that count, and variants as one item."""
    item_id = names["item_id"]
    if item_id is None or item_id not in frame.columns:  # whoever reads the table says so
        return frame, None, []
    notes: list[Note] = []
    if shape.parent is not None:
        frame, notes = inherited(with_parents(frame, shape.parent), shape.parent, [item_id])
    kept, more = kept_rows(frame, shape.only, "items")
    notes += more
    if shape.parent is not None:
        kept, orphans = without_orphans(kept, frame)
        kept, told = told_parents(kept, measured(kept, names))
        notes += [*orphans, *told]
    aliases = None
    if shape.group is not None:
        named = kept.filter(pl.col(item_id).is_not_null())
        notes.append(Note("items", "group", f"rows without {item_id}, left out", len(kept) - len(named)))
        kept, choices = named, list(dict.fromkeys(attributes.values()))
        told = [name for name in dict.fromkeys(names.values()) if name is not None]
        kept, aliases, more = grouped(kept, shape.group, item_id, told, choices, measured(kept, names))
        notes += more
    return kept.drop(ROW, PARENT, strict=False), aliases, notes


def _one_path(frame: pl.DataFrame, shape: ItemShape, names: Names, separator: str) -> tuple[pl.DataFrame, list[Note]]:
    column = names.get("category")
    if shape.paths is None or column is None or column not in frame.columns:
        return frame, []
    return one_path(frame, column, shape.paths, separator, shape.take)


def _plain(frame: pl.DataFrame, names: Names, table: str) -> tuple[pl.DataFrame, list[Note]]:
    """Lists of texts where one is wanted: joined for title and description, the first for anything else."""
    notes = []
    for ours, column in names.items():
        if column is None or column not in frame.columns or ours == "category":
            continue
        dtype = frame.schema[column]
        if not isinstance(dtype, pl.List):
            continue
        if ours in SINGLE or dtype.inner.is_nested():
            field, remedy = (
                f"mapping.{table}.columns.{ours}: {column}",
                "For a row an element: explode: PATH of the list.",
            )
            raise WrongData(field, "a column of plain values", str(dtype), remedy)
        if ours in ("title", "description"):
            frame = frame.with_columns(one_text(frame, column).alias(column))
        else:
            more = int(frame.select((pl.col(column).list.len() > 1).sum()).item())
            notes.append(Note(table, f"columns.{ours}: {column}", "lists of which the first value is read", more))
            frame = frame.with_columns(pl.col(column).list.first().alias(column))
    return frame, notes


def _told(notes: Iterable[Note]) -> list[Note]:
    """Only what happened."""
    return [note for note in notes if note.number]
