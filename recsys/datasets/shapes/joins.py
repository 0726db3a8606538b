"""Tables that say one thing together: a header and its lines, items and their stock, properties over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from recsys.datasets.notes import Note
from recsys.datasets.shapes.declared import Join, LongForm
from recsys.datasets.shapes.named_columns import require_plain
from recsys.datasets.words import NULLS
from recsys.errors import WrongData

_THEIRS, _AT = "_theirs", "_at"


def joined(frame: pl.DataFrame, other: pl.DataFrame, join: Join, table: str) -> tuple[pl.DataFrame, list[Note]]:
    """Each row with the columns of the row of `other` that has its key; of several, the first.

    Rows without one stay, with nulls. A column that both have stays ours. Everything else is counted.
    Raises WrongData where a key is no column.
    """
    ours, theirs = list(join.on), list(join.on.values())
    _require(frame, ours, f"mapping.{table}.join.on", f"the {table}")
    _require(other, theirs, f"mapping.{table}.join.on", join.files)
    keys = [f"_key{number}" for number in range(len(ours))]
    left = frame.with_columns(_key(ours, keys))
    new = [name for name in other.columns if name not in frame.columns and name not in theirs]
    right = other.select(*new, *_key(theirs, keys), pl.lit(True).alias(_THEIRS))
    single = right.unique(keys, keep="first", maintain_order=True)
    both = left.join(single, on=keys, how="left", maintain_order="left")
    unused = single.join(left, on=keys, how="anti")
    field = f"join {join.files}"
    notes = [
        Note(table, field, "rows without a match", both[_THEIRS].null_count()),
        Note(table, field, "rows of it that nothing names", len(unused)),
        Note(table, field, "rows of it with a key that an earlier row has, not read", len(right) - len(single)),
    ]
    twice = [name for name in other.columns if name in frame.columns and name not in theirs]
    notes += [Note(table, field, f"columns that both have, ours is read: {', '.join(twice)}", len(twice))]
    return both.drop(*keys, _THEIRS), notes


def newest(
    frame: pl.DataFrame, how: LongForm, wanted: Sequence[str], clock: Callable[[str], pl.Series]
) -> tuple[pl.DataFrame, list[Note]]:
    """A row an item, with a column for each wanted property that the frame names. Raises WrongData.

    Args:
        clock: reads a column of times, where it has no plain numbers.
    """
    field = "mapping.items.properties"
    _require(frame, [name for name in (how.item, how.name, how.value, how.at) if name], field, "the items' files")
    texts = frame.with_columns(pl.col(how.item, how.name, how.value).cast(pl.String).str.strip_chars())
    if how.at is not None:
        numbers = texts[how.at].cast(pl.Float64, strict=False)
        plain = numbers.null_count() == texts[how.at].null_count()
        texts = texts.with_columns((numbers if plain else clock(how.at)).alias(_AT))
    named = texts.filter(pl.col(how.name).is_in(list(wanted)))
    if how.at is not None:
        named = named.sort(_AT, maintain_order=True, nulls_last=False)
    last = named.unique([how.item, how.name], keep="last", maintain_order=True)
    items = texts.select(pl.col(how.item).drop_nulls().unique(maintain_order=True))
    wide = last.pivot(on=how.name, index=how.item, values=how.value, aggregate_function="last")
    notes = [
        Note("items", "properties", "rows of properties that are not named", len(texts) - len(named)),
        Note("items", "properties", "rows with an older value", len(named) - len(last)),
    ]
    return items.join(wide, on=how.item, how="left", maintain_order="left"), notes


def _key(columns: Sequence[str], keys: Sequence[str]) -> list[pl.Expr]:
    """Numbers and texts of numbers are the same key; what says nothing is none."""
    texts = [pl.col(column).cast(pl.String).str.strip_chars() for column in columns]
    return [pl.when(~text.is_in([*NULLS, ""])).then(text).alias(key) for text, key in zip(texts, keys, strict=True)]


def _require(frame: pl.DataFrame, columns: Sequence[str], field: str, where: str) -> None:
    """Raises WrongData for the first that is no column, or one of lists or records."""
    for column in columns:
        if column not in frame.columns:
            raise WrongData(f"{field}: {column}", f"a column of {where}", frame.columns, "Name one of its columns.")
    require_plain(frame, ((field, column) for column in columns))
