"""The names of the columns of a file of rows."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from recsys.datasets.formats.settings import FileSettings
from recsys.datasets.formats.titles import LOOKED_AT, rows_above
from recsys.errors import WrongData

_NUMBER = r"^\s*[+-]?\d+([.,]\d+)?\s*$"


class Header(NamedTuple):
    """Names for the columns of a frame that still has its header as a row."""

    names: list[str]
    rows: int
    """Rows before the first that holds values."""
    notes: tuple[tuple[str, int], ...] = ()


def header_names(frame: pl.DataFrame, settings: FileSettings, name: str) -> Header:
    """Names for the columns; titles over a table are no names.

    Raises WrongData where the first row looks like values and nothing says what it is.
    """
    if isinstance(settings.header, list):
        return Header(_named(settings.header, frame.width, name), 0)
    if settings.header is False:
        return Header([f"column_{number}" for number in range(1, frame.width + 1)], 0)
    above = (
        rows_above([_cells(frame, row) for row in range(min(len(frame), LOOKED_AT))]) if settings.header is None else 0
    )
    first = ["" if cell is None else str(cell) for cell in frame.row(above)] if len(frame) else []
    values = pl.Series(first, dtype=pl.String).str.contains(_NUMBER)
    if settings.header is None and frame.width > 1 and values.all():
        raise WrongData(
            f"{name}, row 1",
            "the names of the columns",
            first[:6],
            f"Set `header: [a name for each of the {frame.width} columns]` in the mapping, or `header: true`.",
        )
    notes = ((f"rows above the names of the columns, left out: {_cells(frame, 0)[0]!r}", above),) if above else ()
    return Header(_unique(first), above + 1, notes)


def without_names(frame: pl.DataFrame, names: list[str]) -> tuple[pl.DataFrame, tuple[tuple[str, int], ...]]:
    """Rows without those that say the names of the columns again, as files have that were put one below the other."""
    if not len(frame) or frame.width < 2:
        return frame, ()
    cells = (pl.col(column).str.strip_prefix("\ufeff") for column in frame.columns)
    again = frame.select(
        pl.all_horizontal(cell == name for cell, name in zip(cells, names, strict=True)).fill_null(value=False)
    ).to_series()
    notes = (("rows that say the names of the columns again, left out", int(again.sum())),) if again.any() else ()
    return frame.filter(~again), notes


def _cells(frame: pl.DataFrame, row: int) -> list[str]:
    return ["" if cell is None else str(cell).strip() for cell in frame.row(row)]


def _named(names: list[str], width: int, name: str) -> list[str]:
    if len(names) != width or len(set(names)) != width:
        raise WrongData("mapping: header", f"a name of its own for each of the {width} columns of {name}", names)
    return names


def _unique(names: list[str]) -> list[str]:
    """Repeated names are numbered as most readers do: `shipping`, `shipping_2`."""
    found: dict[str, None] = {}
    for at, name in enumerate(names, 1):
        bare = name or f"column_{at}"
        number, tried = 1, bare
        while tried in found:
            number += 1
            tried = f"{bare}_{number}"
        found[tried] = None
    return list(found)
