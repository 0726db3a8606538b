"""What cells mean: blanks, several values, several paths, names with values, columns that belong together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from recsys.datasets.notes import Note
from recsys.datasets.shapes.declared import Pairs
from recsys.errors import WrongData

NOTHING = ("NA", "NULL", "null", "\\N")
"""What exports write for no value; `either` looks past it."""
NO_CHOICE = "Default Title"
"""What Shopify writes for the choice of a product that has none."""
_ESCAPED = "\x00"
_ROW, _NAME, _VALUE = "_row", "_name", "_value"


def without_blanks(frame: pl.DataFrame) -> pl.DataFrame:
    """Texts of white space alone are nulls."""
    texts = pl.col(pl.String)
    return frame.with_columns(pl.when(texts.str.strip_chars() != "").then(texts).name.keep())


def filled_down(frame: pl.DataFrame, columns: Sequence[str], table: str) -> tuple[pl.DataFrame, list[Note]]:
    """Blank cells get what the cell above them says."""
    filled = frame.with_columns(pl.col(list(columns)).forward_fill()) if columns else frame
    changed = sum(frame[name].null_count() - filled[name].null_count() for name in columns)
    return filled, [Note(table, "fill_down", "blank cells that mean the cell above", changed)]


def first_of(frame: pl.DataFrame, either: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """A new column for each name: the first of its columns that says something."""
    return frame.with_columns(
        **{name: pl.coalesce([_said(frame, column) for column in columns]) for name, columns in either.items()}
    )


def joined_texts(frame: pl.DataFrame, together: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """A new column for each name: the texts of its columns, a line each."""
    return frame.with_columns(
        **{
            name: pl.concat_str([one_text(frame, column) for column in columns], separator="\n", ignore_nulls=True)
            for name, columns in together.items()
        }
    )


def one_text(frame: pl.DataFrame, column: str) -> pl.Expr:
    """A column as texts; the texts of a list are joined by line breaks."""
    if isinstance(frame.schema[column], pl.List):
        return texts_of(pl.col(column)).list.join("\n")
    return pl.col(column).cast(pl.String)


def texts_of(column: pl.Expr) -> pl.Expr:
    """Lists of plain values as lists of texts, without blank ones and each once."""
    tidy = pl.element().cast(pl.String).str.strip_chars()
    return column.list.eval(tidy.filter(tidy != "").unique(maintain_order=True))


def kept_rows(frame: pl.DataFrame, only: Mapping[str, Sequence[str]], table: str) -> tuple[pl.DataFrame, list[Note]]:
    """The rows whose cells have one of the values; the others are counted, column by column."""
    notes = []
    for column, values in only.items():
        said = pl.col(column).cast(pl.String).str.strip_chars().str.to_lowercase().fill_null("")
        kept = frame.filter(said.is_in(list(values)))
        text = f"rows left out: {column} is not {' or '.join(one or 'blank' for one in values)}"
        notes.append(Note(table, "only", text, len(frame) - len(kept)))
        frame = kept
    return frame, notes


def divided(frame: pl.DataFrame, several: Mapping[str, str]) -> pl.DataFrame:
    """Cells with several values as lists."""
    texts = [column for column in several if not isinstance(frame.schema[column], pl.List)]
    return frame.with_columns(
        texts_of(pl.col(column).cast(pl.String).str.split(several[column])).alias(column) for column in texts
    )


def one_path(frame: pl.DataFrame, column: str, between: str, level: str, take: str) -> tuple[pl.DataFrame, list[Note]]:
    """One category path a cell, of several.

    Args:
        between: what divides paths, unless after a backslash.
        level: what divides the levels of a path.
        take: `deepest` (of equals, the first) or `first`.
    """
    paths = pl.col(column)
    if not isinstance(frame.schema[column], pl.List):
        whole = pl.col(column).cast(pl.String).str.replace_all("\\" + between.strip(), _ESCAPED, literal=True)
        paths = whole.str.split(between.strip() or between)
    texts = texts_of(paths)
    depths = texts.list.eval(pl.element().str.count_matches(level.strip() or level, literal=True))
    chosen = texts.list.get(depths.list.arg_max(), null_on_oob=True) if take == "deepest" else texts.list.first()
    more = int(frame.select((texts.list.len() > 1).sum()).item())
    plain = chosen.str.replace_all(_ESCAPED, between.strip(), literal=True)
    note = Note("items", f"columns.category: {column}", f"cells with several category paths: the {take} counts", more)
    return frame.with_columns(plain.alias(column)), [note]


def with_pairs(
    frame: pl.DataFrame, pairs: Mapping[str, Pairs], wanted: Sequence[str]
) -> tuple[pl.DataFrame, list[Note]]:
    """A column `CELL.name` for each that is wanted, from cells with names and values; a name that a cell says twice has
    a list. Parts without a name are counted."""
    notes = []
    for column, how in pairs.items():
        names = [name for name in wanted if name.startswith(f"{column}.") and name not in frame.columns]
        parts = texts_of(pl.col(column).cast(pl.String).str.split(how.between))
        lost = parts.list.eval(pl.element().filter(~pl.element().str.contains(how.equals, literal=True)))
        text = f"parts without {how.equals!r}, not read: `between:` says what divides pairs"
        notes.append(Note("items", f"pairs {column}", text, _total(frame, lost.list.len())))
        for name in names:
            start = name.removeprefix(f"{column}.") + how.equals
            own = pl.element().filter(pl.element().str.starts_with(start)).str.strip_prefix(start)
            frame = frame.with_columns(_as_few(frame, texts_of(parts.list.eval(own))).alias(name))
    return frame, notes


def with_named(frame: pl.DataFrame, named: Mapping[str, str]) -> tuple[pl.DataFrame, dict[str, str], list[Note]]:
    """Columns of attributes that cells name, and attribute -> column; names are written in lower case.

    A column of names may be a list, beside a list of values, as records of names and values are read. An attribute that
    a row names twice has all its values. Values without a name are counted. Raises WrongData.
    """
    notes, tables = [], []
    rows = frame.with_row_index(_ROW)
    for name_column, value_column in named.items():
        long = _named_values(rows, name_column, value_column)
        nameless = len(long.filter(pl.col(_NAME).is_null() & pl.col(_VALUE).is_not_null()))
        notes.append(Note("items", f"named {name_column}", f"cells of {value_column} without a name", nameless))
        tables.append(long.drop_nulls().filter(pl.col(_VALUE) != NO_CHOICE))
    whole = pl.concat(tables) if tables else pl.DataFrame(schema={_ROW: pl.UInt32, _NAME: pl.String, _VALUE: pl.String})
    columns: dict[str, str] = {}
    for (name,), long in whole.group_by(_NAME, maintain_order=True):
        columns[str(name)] = f"attribute {name}"
        values = long.group_by(_ROW).agg(pl.col(_VALUE).unique(maintain_order=True))
        lists = rows.select(_ROW).join(values, on=_ROW, how="left", maintain_order="left")
        frame = frame.with_columns(lists.select(_as_few(lists, pl.col(_VALUE)).alias(columns[str(name)])).to_series())
    return frame, columns, notes


def _named_values(rows: pl.DataFrame, name_column: str, value_column: str) -> pl.DataFrame:
    """_row, _name, _value: one row for every value. Raises WrongData."""
    kinds = [rows.schema[column] for column in (name_column, value_column)]
    inner = [kind.inner if isinstance(kind, pl.List) else kind for kind in kinds]
    if any(kind.is_nested() for kind in inner):
        raise WrongData(
            f"mapping.items.named: {name_column}", "columns of plain names and values", list(map(str, kinds))
        )
    pairs = rows.select(_ROW, pl.col(name_column).alias(_NAME), pl.col(value_column).alias(_VALUE))
    if isinstance(kinds[0], pl.List):
        lists = pairs.with_columns(pl.concat_list(_VALUE)).filter(pl.col(_NAME).list.len() > 0)
        uneven = lists.filter(pl.col(_NAME).list.len() != pl.col(_VALUE).list.len())
        if len(uneven):
            came = f"{uneven[_NAME][0].to_list()} and {uneven[_VALUE][0].to_list()}"
            raise WrongData(f"mapping.items.named: {name_column}", "as many values as names", came)
        pairs = lists.explode(_NAME, _VALUE)
    elif isinstance(kinds[1], pl.List):
        pairs = pairs.explode(_VALUE)
    texts = pairs.with_columns(pl.col(_NAME, _VALUE).cast(pl.String).str.strip_chars())
    told = texts.with_columns(pl.when(pl.col(_NAME, _VALUE) != "").then(pl.col(_NAME, _VALUE)).name.keep())
    return told.with_columns(pl.col(_NAME).str.to_lowercase())


def _as_few(frame: pl.DataFrame, lists: pl.Expr) -> pl.Expr:
    """Lists as plain values, if none has two; an empty one is null."""
    several = frame.select((lists.list.len() > 1).any()).item()
    return pl.when(lists.list.len() > 0).then(lists) if several else lists.list.first()


def _total(frame: pl.DataFrame, numbers: pl.Expr) -> int:
    return int(frame.select(numbers.sum()).item() or 0)


def _said(frame: pl.DataFrame, column: str) -> pl.Expr:
    """A column without what exports write for nothing."""
    if frame.schema[column] != pl.String:
        return pl.col(column).cast(pl.String) if not frame.schema[column].is_nested() else pl.col(column)
    return pl.when(~pl.col(column).str.strip_chars().is_in(NOTHING)).then(pl.col(column))
