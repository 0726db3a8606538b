"""What cells mean: blanks, several values, several paths, names with values, columns that belong together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from recsys.datasets.notes import Note
from recsys.datasets.shapes.declared import Pairs

NOTHING = ("NA", "NULL", "null", "\\N")
"""What exports write for no value; `either` looks past it."""
NO_CHOICE = "Default Title"
"""What Shopify writes for the choice of a product that has none."""
_ESCAPED = "\x00"


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


def with_pairs(frame: pl.DataFrame, pairs: Mapping[str, Pairs], wanted: Sequence[str]) -> pl.DataFrame:
    """A column `CELL.name` for each that is wanted, from cells with names and values.

    Where a cell says a name several times, the column is one of lists.
    """
    for column, how in pairs.items():
        names = [name for name in wanted if name.startswith(f"{column}.") and name not in frame.columns]
        parts = pl.col(column).cast(pl.String).str.split(how.between)
        for name in names:
            start = name.removeprefix(f"{column}.") + how.equals
            own = pl.element().filter(pl.element().str.strip_chars().str.starts_with(start))
            found = frame.select(parts.list.eval(own.str.strip_chars().str.strip_prefix(start))).to_series()
            several = (found.list.len() > 1).any()
            frame = frame.with_columns((found if several else found.list.first()).alias(name))
    return frame


def with_named(frame: pl.DataFrame, named: Mapping[str, str]) -> tuple[pl.DataFrame, dict[str, str]]:
    """Columns of attributes that cells name, and attribute -> column; names are written in lower case."""
    found: dict[str, list[pl.Expr]] = {}
    for name_column, value_column in named.items():
        names = pl.col(name_column).cast(pl.String).str.strip_chars().str.to_lowercase()
        value = pl.col(value_column)
        for name in frame.select(names.drop_nulls().unique(maintain_order=True)).to_series():
            said = pl.when((names == name) & (_text_or_null(frame, value_column) != NO_CHOICE)).then(value)
            found.setdefault(name, []).append(said)
    columns = {name: f"attribute {name}" for name in found}
    frame = frame.with_columns(_each(frame, values).alias(columns[name]) for name, values in found.items())
    return frame, {name: column for name, column in columns.items() if frame[column].null_count() < len(frame)}


def _each(frame: pl.DataFrame, values: Sequence[pl.Expr]) -> pl.Expr:
    """The one value that a row says, or a list where some row says several."""
    told = frame.select(value.alias(str(number)) for number, value in enumerate(values))
    several = told.select(pl.sum_horizontal(pl.all().is_not_null()) > 1).to_series().any()
    if several and not any(kind.is_nested() for kind in told.dtypes):
        return pl.concat_list(values).list.drop_nulls()
    return pl.coalesce(values)


def _said(frame: pl.DataFrame, column: str) -> pl.Expr:
    """A column without what exports write for nothing."""
    if frame.schema[column] != pl.String:
        return pl.col(column).cast(pl.String) if not frame.schema[column].is_nested() else pl.col(column)
    return pl.when(~pl.col(column).str.strip_chars().is_in(NOTHING)).then(pl.col(column))


def _text_or_null(frame: pl.DataFrame, column: str) -> pl.Expr:
    return pl.lit("") if frame.schema[column].is_nested() else pl.col(column).cast(pl.String).str.strip_chars()
