"""Rows of a workbook's sheet, as texts."""

from __future__ import annotations

from pathlib import Path

import fastexcel
import polars as pl

from recsys.datasets.formats.bounds import check_texts
from recsys.datasets.formats.header import header_names
from recsys.datasets.formats.packing import check_workbook
from recsys.datasets.formats.settings import FileRead, FileSettings
from recsys.errors import WrongData


def read_sheet(data: bytes, path: Path, settings: FileSettings) -> FileRead:
    """The sheet that is set, or the first. Raises WrongData."""
    check_workbook(path, data)
    try:
        book = fastexcel.read_excel(data)
        names = book.sheet_names
    except fastexcel.FastExcelError:
        raise WrongData(
            path.name, "a whole and readable .xlsx file", "a damaged one", "Save it anew as .csv."
        ) from None
    name = settings.sheet or next(iter(names), "")
    if name not in names:
        raise WrongData("mapping: sheet", f"a sheet of {path.name}", name, f"It has {names}.")
    frame = _frame(book, name, path)
    header = header_names(frame, settings, path.name)
    frame = frame.slice(header.rows).rename(dict(zip(frame.columns, header.names, strict=True)))
    check_texts(frame, path.name)
    others = len(names) - 1
    notes = (
        ((f"other sheets, not read (`sheet:` names one): {names}", others),) if others and not settings.sheet else ()
    )
    return FileRead(frame, f"sheet {name!r}", (*notes, *header.notes))


def _frame(book: fastexcel.ExcelReader, name: str, path: Path) -> pl.DataFrame:
    """All rows with anything in them, the header as a row."""
    try:
        frame = book.load_sheet(name, header_row=None, dtypes="string").to_polars()
    except (fastexcel.FastExcelError, pl.exceptions.PolarsError):
        raise WrongData(f"{path.name}: {name}", "a sheet of rows", "one that cannot be read") from None
    frame = frame.select(pl.all().cast(pl.String)).filter(~pl.all_horizontal(pl.all().is_null()))
    if not frame.width or not len(frame):
        raise WrongData(f"{path.name}: {name}", "a header and rows", "an empty sheet", "Set `sheet:` in the mapping.")
    return frame
