"""Columns of foreign tables, read into our types with a word about what cannot be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import polars as pl

from recsys.datasets.formats.read import read_file
from recsys.datasets.formats.settings import FileRead, FileSettings
from recsys.datasets.notes import Note
from recsys.errors import WrongData

YES = ("true", "t", "yes", "y", "in stock", "instock", "in_stock", "available")
NO = (
    "false",
    "f",
    "no",
    "n",
    "out of stock",
    "outofstock",
    "out_of_stock",
    "sold out",
    "soldout",
    "unavailable",
    "not available",
    "discontinued",
)
_PER_UNIT = {"units": 1_000_000, "cents": 10_000, "micros": 1}
_PER_TICK = {"s": 1_000_000, "ms": 1_000, "us": 1}
_MARKS = r"[A-Z]{0,3}\p{Sc}|^[A-Z]{3}\b|\b[A-Z]{3}$"
"""What says the currency in an amount: $, US$, EUR."""
_GROUPED = r"^[+-]?[1-9]\d{0,2}(?:[,\s'’]\d{3})+(?:\.\d*)?$"
_GROUP = r"[,\s'’]"
_COMMA = r"^[+-]?(?:\d+|[1-9]\d{0,2}(?:[.\s'’]\d{3})+),\d+$|^[+-]?[1-9]\d{0,2}(?:\.\d{3}){2,}$"
"""Where a comma stands before the fraction, unless it stands before thousands (`_GROUPED`)."""


def read_files(
    paths: Iterable[Path], source: str, strict: bool, settings: FileSettings | None = None, table: str = "items"
) -> Reading:
    """All files as one table being read, by their suffixes; cells of rows come as texts. Raises WrongData.

    Args:
        source: what the files are called together.
        strict: whether an unreadable value is an error; else it becomes a null.
        settings: how the files are written, as far as that is said.
        table: what notes call the table.
    """
    reads = {path: read_file(path, settings or FileSettings()) for path in paths}
    frame = _concat({path: read.frame for path, read in reads.items()})
    files = tuple((path.name, len(read.frame)) for path, read in reads.items())
    return Reading(frame, source, strict, files, table, _notes(reads, source, table))


def _notes(reads: dict[Path, FileRead], source: str, table: str) -> list[Note]:
    """How the files were taken; what is the same of all is said once."""
    taken: dict[str, list[Path]] = {}
    for path, read in reads.items():
        taken.setdefault(read.took, []).append(path)
    notes = []
    for took, paths in taken.items():
        field = paths[0].name if len(paths) == 1 else source if len(taken) == 1 else f"{len(paths)} files of {source}"
        notes.append(Note(table, field, f"read as {took}", sum(len(reads[path].frame) for path in paths)))
    notes += [Note(table, path.name, text, count) for path, read in reads.items() for text, count in read.notes]
    columns = dict.fromkeys(name for read in reads.values() for name in read.frame.columns)
    for path, read in reads.items():
        if lacking := [name for name in columns if name not in read.frame.columns]:
            notes.append(Note(table, path.name, f"without the columns {lacking[:5]} of other files", len(read.frame)))
    return notes


def _concat(frames: dict[Path, pl.DataFrame]) -> pl.DataFrame:
    try:
        return pl.concat(frames.values(), how="diagonal_relaxed")
    except pl.exceptions.PolarsError:
        schemas = {path.name: dict(frame.schema) for path, frame in frames.items()}
        name, kinds = _differing(schemas)
        raise WrongData(name, "a column of one kind in all files", kinds, "Write it alike in all files.") from None


def _differing(schemas: dict[str, dict[str, pl.DataType]]) -> tuple[str, str]:
    """The first column whose kinds have nothing in common, and its kinds."""
    for name in dict.fromkeys(name for schema in schemas.values() for name in schema):
        kinds = {file: schema[name] for file, schema in schemas.items() if name in schema}
        if len({kind.is_nested() for kind in kinds.values()} | {None}) > 2 or len(set(kinds.values())) > 1:
            return name, ", ".join(f"{file}: {kind}" for file, kind in list(kinds.items())[:3])
    return "columns", "columns that do not go together"


@dataclass(frozen=True)
class Reading:
    """A foreign table being read. Every method takes the name of a column, or None for a column of nulls."""

    frame: pl.DataFrame
    source: str
    strict: bool
    """Whether an unreadable value is an error; else it becomes a null."""
    files: tuple[tuple[str, int], ...] = ()
    """Names and rows of the files that the table was put together from, in order."""
    table: str = "items"
    """What notes call it."""
    notes: list[Note] = field(default_factory=list)
    """What was taken, translated or lost, in the order in which it was read."""

    def require(self, names: Iterable[str | None], field: str) -> None:
        """Raises WrongData naming the first column that the table lacks."""
        for name in names:
            if name is not None and name not in self.frame.columns:
                raise WrongData(f"{field}: {name}", f"a column of {self.source}", self.frame.columns)

    def text(self, name: str | None) -> pl.Series:
        """Texts without outer white space; empty ones are null. Whole numbers are the same text in all types."""
        column = self._column(name)
        if column.dtype.is_float() or column.dtype.is_decimal():
            whole = column.cast(pl.Int64, strict=False)
            column = whole if (whole == column).all() and whole.null_count() == column.null_count() else column
        wrong = WrongData(f"{self.source}: {name}", "a column of plain values", str(column.dtype))
        if column.dtype.is_nested():  # which Polars would write out
            raise wrong
        try:
            texts = column.cast(pl.String).str.strip_chars()
        except pl.exceptions.PolarsError:
            raise wrong from None
        return texts.set(texts == "", None)

    def path(self, name: str | None, separator: str) -> pl.Series:
        """Lists of texts; a column of texts is divided at the separator."""
        column = self._column(name)
        lists = isinstance(column.dtype, pl.List) and not column.dtype.inner.is_nested()
        parts = column.cast(pl.List(pl.String)) if lists else self.text(name).str.split(separator)
        tidy = parts.list.eval(pl.element().str.strip_chars().filter(pl.element().str.strip_chars() != ""))
        return tidy.fill_null([])

    def number(self, name: str | None) -> pl.Series:
        """Finite numbers."""
        numbers = self._plain(name)
        return self._checked(name, numbers, _finite(numbers), "a number")

    def whole(self, name: str | None) -> pl.Series:
        """Whole numbers of 32 bits."""
        numbers = self.number(name)
        read = numbers.set((numbers != numbers.round()).fill_null(False), None).cast(pl.Int32, strict=False)
        return self._checked(name, numbers, read, "a whole number")

    def money(self, name: str | None, unit: str, decimal: str | None = None) -> pl.Series:
        """Micros. Texts may carry a currency and thousands: `1,299.00`, `€ 12,50`.

        Args:
            decimal: the sign before the fraction; without it each text is read by its own signs, `1,299` as 1299.
        """
        given = self._plain(name)
        numbers = _finite(_amounts(given, decimal) if given.dtype == pl.String else given)
        read = (numbers * _PER_UNIT[unit]).round().cast(pl.Int64, strict=False)
        return self._checked(name, given, read, "an amount of money")

    def time(self, name: str | None, unit: str) -> pl.Series:
        """UTC. Texts are ISO 8601, numbers count `unit` from the epoch; times without a zone are taken for UTC."""
        column = self._column(name)
        utc = pl.Datetime("us", "UTC")
        if column.dtype in (pl.Date, pl.Datetime):
            zoned = column.dtype == pl.Date or getattr(column.dtype, "time_zone", None) is None
            plain = column.cast(pl.Datetime("us")) if zoned else column
            return plain.dt.replace_time_zone("UTC") if zoned else plain.cast(utc)
        if unit == "iso":
            texts = self.text(name)
            parsed = pd.to_datetime(
                pd.Series(texts.to_list(), dtype=object), utc=True, format="ISO8601", errors="coerce"
            )
            read = pl.Series(parsed.dt.tz_localize(None).to_numpy("datetime64[us]")).dt.replace_time_zone("UTC")
            return self._checked(name, texts, read, "an ISO 8601 time")
        numbers = self.number(name)
        ticks = (numbers * _PER_TICK[unit]).round().cast(pl.Int64, strict=False)
        return self._checked(name, numbers, ticks, f"a time in {unit} from the epoch").cast(utc)

    def boolean(self, name: str | None) -> pl.Series:
        """Whether a value says yes, or how many there are; nulls stay."""
        column = self._column(name)
        if column.dtype == pl.Boolean:
            return column
        texts = self.text(name)
        words = {**dict.fromkeys(YES, True), **dict.fromkeys(NO, False)}
        said = texts.str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.Boolean)
        read = pl.select(pl.coalesce(said, _finite(texts) > 0)).to_series()
        return self._checked(name, texts, read, "yes or no, or a number of pieces")

    def _column(self, name: str | None) -> pl.Series:
        """A column as it came, without NaN: that is how some writers say null."""
        if name is None:
            return pl.repeat(None, len(self.frame), dtype=pl.String, eager=True)
        column = self.frame[name]
        return column.fill_nan(None) if column.dtype.is_float() else column

    def _plain(self, name: str | None) -> pl.Series:
        """Numbers as they came, anything else as texts."""
        column = self._column(name)
        return column if column.dtype.is_numeric() else self.text(name)

    def _checked(self, name: str | None, given: pl.Series, read: pl.Series, wanted: str) -> pl.Series:
        lost = given.is_not_null() & read.is_null()
        if self.strict and lost.any():
            row = int(lost.arg_true()[0])
            raise WrongData(self._place(name, row), wanted, given[row])
        return read

    def _place(self, name: str | None, row: int) -> str:
        """Where a value came from, for people: the file, the column, the row of that file from 1."""
        for file, count in self.files:
            if row < count:
                return f"{file}: {name}, row {row + 1}"
            row -= count
        return f"{self.source}: {name}, row {row + 1}"


def _finite(values: pl.Series) -> pl.Series:
    """Finite numbers, null for anything else."""
    read = values.cast(pl.Float64, strict=False)
    return read.set(~read.is_finite().fill_null(True), None)


def _amounts(texts: pl.Series, decimal: str | None) -> pl.Series:
    """Amounts of money as texts of plain numbers, where they are written in a known way."""
    bare = texts.str.replace_all(_MARKS, "").str.strip_chars()
    if decimal is None:
        comma = bare.str.contains(_COMMA) & ~bare.str.contains(_GROUPED)
    else:
        comma = pl.repeat(decimal == ",", len(bare), eager=True)
    swapped = bare.str.replace_all(",", "\0", literal=True).str.replace_all(".", ",", literal=True)
    pointed = swapped.str.replace_all("\0", ".", literal=True).zip_with(comma.fill_null(False), bare)
    return pointed.str.replace_all(_GROUP, "").zip_with(pointed.str.contains(_GROUPED).fill_null(False), pointed)
