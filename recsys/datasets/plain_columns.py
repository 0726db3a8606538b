"""Columns of foreign tables as plain texts and numbers, with a word about what cannot be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

from recsys.datasets.notes import Note
from recsys.datasets.values import TableSettings
from recsys.datasets.words import DASHES, NULLS, SPARING
from recsys.errors import WrongData


@dataclass(frozen=True)
class PlainColumns:
    """A foreign table being read. Every method takes the name of a column, or None for a column of nulls."""

    frame: pl.DataFrame
    source: str
    strict: bool
    """Whether an unreadable value is an error; else it becomes a null."""
    files: tuple[tuple[str, int], ...] = ()
    """Names and rows of the files that the table was put together from, in order."""
    table: str = "items"
    """What notes call it."""
    settings: TableSettings = field(default_factory=TableSettings)
    """How its values are written."""
    notes: list[Note] = field(default_factory=list)
    """What was taken, translated or lost, in the order in which it was read."""

    def note(self, name: str | None, text: str, count: int) -> None:
        """Say something of a column, once."""
        found = Note(self.table, name or "", text, count)
        if count and found not in self.notes:
            self.notes.append(found)

    def require(self, names: Iterable[str | None], field: str) -> None:
        """Raises WrongData naming the first column that the table lacks."""
        for name in names:
            if name is not None and name not in self.frame.columns:
                raise WrongData(f"{field}: {name}", f"a column of {self.source}", self.frame.columns)

    def text(self, name: str | None, sparing: bool = False) -> pl.Series:
        """Texts without outer white space; empty ones and words for nothing are null. Whole numbers are the same text
        in all types.

        Args:
            sparing: for what people write, where only the words of databases say nothing.
        """
        texts = self._written(name)
        return self._without(name, texts, self._nulls(name, SPARING if sparing else NULLS))

    def _plain(self, name: str | None, nothing: tuple[str, ...] = DASHES) -> pl.Series:
        """Numbers as they came, anything else as texts, without the words for nothing of a column of numbers."""
        column = self._column(name)
        return column if column.dtype.is_numeric() else self._without(name, self.text(name), nothing)

    def _checked(self, name: str | None, given: pl.Series, read: pl.Series, wanted: str, remedy: str = "") -> pl.Series:
        lost = given.is_not_null() & read.is_null()
        if lost.any():
            row = int(lost.arg_true()[0])
            if self.strict:
                raise WrongData(self._place(name, row), wanted, given[row], remedy)
            self.note(name, f"not {wanted}, such as {str(given[row])[:40]!r}: nothing kept", int(lost.sum()))
        return read

    def _written(self, name: str | None) -> pl.Series:
        """Texts as they stand, without outer white space."""
        column = self._column(name)
        if column.dtype.is_float() or column.dtype.is_decimal():
            whole = column.cast(pl.Int64, strict=False)
            texts = column.cast(pl.String)
            column = whole.cast(pl.String).zip_with((whole == column).fill_null(False), texts)
        wrong = WrongData(f"{self.source}: {name}", "a column of plain values", str(column.dtype))
        if column.dtype.is_nested():  # which Polars would write out
            raise wrong
        try:
            texts = column.cast(pl.String).str.strip_chars()
        except pl.exceptions.PolarsError:
            raise wrong from None
        return texts.set(texts == "", None)

    def _nulls(self, name: str | None, usual: tuple[str, ...]) -> tuple[str, ...]:
        told = self.settings.nulls
        if isinstance(told, dict):
            told = told.get(name or "", told.get("*"))
        return usual if told is None else tuple(told)

    def _without(self, name: str | None, texts: pl.Series, words: tuple[str, ...]) -> pl.Series:
        """The column without the words that say nothing, counted."""
        nothing = texts.is_in(list(words)).fill_null(False)
        if nothing.any():
            which = ", ".join(texts.filter(nothing).unique().sort().head(3).to_list())
            self.note(name, f"{which}: taken for nothing", int(nothing.sum()))
        return texts.set(nothing, None)

    def _column(self, name: str | None) -> pl.Series:
        """A column as it came, without NaN: that is how some writers say null."""
        if name is None:
            return pl.repeat(None, len(self.frame), dtype=pl.String, eager=True)
        column = self.frame[name]
        return column.fill_nan(None) if column.dtype.is_float() else column

    def _place(self, name: str | None, row: int) -> str:
        """Where a value came from, for people: the file, the column, the row of that file from 1."""
        for file, count in self.files:
            if row < count:
                return f"{file}: {name}, row {row + 1}"
            row -= count
        return f"{self.source}: {name}, row {row + 1}"


def finite(values: pl.Series) -> pl.Series:
    """Finite numbers, null for anything else."""
    read = values.cast(pl.Float64, strict=False)
    return read.set(~read.is_finite().fill_null(True), None)
