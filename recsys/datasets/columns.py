"""Columns of foreign tables, read into our types with a word about what cannot be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import polars as pl

from recsys.errors import WrongData

TRUE_WORDS = ("true", "t", "yes", "y", "1", "1.0", "in stock", "instock", "available")
_PER_UNIT = {"units": 1_000_000, "cents": 10_000, "micros": 1}
_PER_TICK = {"s": 1_000_000, "ms": 1_000, "us": 1}


def read_frame(paths: Iterable[Path]) -> pl.DataFrame:
    """One frame of all files, by their suffixes. CSV columns come as texts. Raises WrongData naming the file."""
    frames = []
    for path in paths:
        try:
            frames.append(_read(path))
        except (OSError, pl.exceptions.PolarsError, UnicodeDecodeError) as error:
            raise WrongData(str(path), f"a readable {path.suffix} file", error) from None
    try:
        return pl.concat(frames, how="diagonal_relaxed")
    except pl.exceptions.PolarsError as error:
        raise WrongData(str(list(paths)), "files with the same columns", error) from None


def _read(path: Path) -> pl.DataFrame:
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        return pl.read_parquet(path)
    if suffix in (".csv", ".tsv"):
        return pl.read_csv(path, separator="\t" if suffix == ".tsv" else ",", infer_schema=False)
    if suffix in (".jsonl", ".ndjson"):
        return pl.read_ndjson(path, infer_schema_length=None)
    raise WrongData(str(path), "a .parquet, .csv, .tsv, .jsonl or .ndjson file", path.suffix)


@dataclass(frozen=True)
class Reading:
    """A foreign table being read. Every method takes the name of a column, or None for a column of nulls."""

    frame: pl.DataFrame
    source: str
    strict: bool
    """Whether an unreadable value is an error; else it becomes a null."""

    def require(self, names: Iterable[str | None], field: str) -> None:
        """Raises WrongData naming the first column that the table lacks."""
        for name in names:
            if name is not None and name not in self.frame.columns:
                raise WrongData(f"{field}: {name}", f"a column of {self.source}", self.frame.columns)

    def text(self, name: str | None) -> pl.Series:
        """Texts without outer white space; empty ones are null."""
        column = self._column(name)
        if column.dtype.is_nested():
            raise WrongData(f"{self.source}: {name}", "a column of plain values", str(column.dtype))
        texts = column.cast(pl.String).str.strip_chars()
        return texts.set(texts == "", None)

    def path(self, name: str | None, separator: str) -> pl.Series:
        """Lists of texts; a column of texts is divided at the separator."""
        column = self._column(name)
        parts = column if column.dtype == pl.List(pl.String) else self.text(name).str.split(separator)
        tidy = parts.list.eval(pl.element().str.strip_chars().filter(pl.element().str.strip_chars() != ""))
        return tidy.fill_null([])

    def number(self, name: str | None) -> pl.Series:
        """Finite numbers."""
        column = self._column(name)
        numbers = self.text(name) if column.dtype == pl.String else column
        read = numbers.cast(pl.Float64, strict=False)
        return self._checked(name, numbers, read.set(~read.is_finite().fill_null(True), None), "a number")

    def whole(self, name: str | None) -> pl.Series:
        """Whole numbers of 32 bits."""
        numbers = self.number(name)
        read = numbers.set((numbers != numbers.round()).fill_null(False), None).cast(pl.Int32, strict=False)
        return self._checked(name, numbers, read, "a whole number")

    def money(self, name: str | None, unit: str) -> pl.Series:
        """Micros."""
        numbers = self.number(name)
        read = (numbers * _PER_UNIT[unit]).round().cast(pl.Int64, strict=False)
        return self._checked(name, numbers, read, "an amount of money")

    def time(self, name: str | None, unit: str) -> pl.Series:
        """UTC. Texts are ISO 8601, numbers count `unit` from the epoch; times without a zone are taken for UTC."""
        column = self._column(name)
        utc = pl.Datetime("us", "UTC")
        if column.dtype.is_temporal():
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
        """Whether a value says yes; nulls stay."""
        column = self._column(name)
        return column if column.dtype == pl.Boolean else self.text(name).str.to_lowercase().is_in(TRUE_WORDS)

    def _column(self, name: str | None) -> pl.Series:
        return pl.repeat(None, len(self.frame), dtype=pl.String, eager=True) if name is None else self.frame[name]

    def _checked(self, name: str | None, given: pl.Series, read: pl.Series, wanted: str) -> pl.Series:
        lost = given.is_not_null() & read.is_null()
        if self.strict and lost.any():
            row = int(lost.arg_true()[0])
            raise WrongData(f"{self.source}: {name}, row {row + 1}", wanted, given[row])
        return read
