"""One file of any known format as a frame."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from recsys.datasets.formats.bounds import check_parquet, check_texts
from recsys.datasets.formats.delimited import read_delimited
from recsys.datasets.formats.encoding import to_utf8
from recsys.datasets.formats.markup import read_xml
from recsys.datasets.formats.packing import unpacked
from recsys.datasets.formats.records import read_json, read_lines
from recsys.datasets.formats.settings import FileRead, FileSettings
from recsys.datasets.formats.sheets import read_sheet
from recsys.errors import WrongData

PREFERRED = {".csv": ",", ".tsv": "\t", ".txt": "\t", ".dat": "::"}
SUFFIXES = (*PREFERRED, ".jsonl", ".ndjson", ".json", ".parquet", ".xlsx", ".xml")


def read_file(path: Path, settings: FileSettings) -> FileRead:
    """A file by its suffix, packed by gz or zip or not. Raises WrongData naming file, row and what to set."""
    if not any(path.name.lower().removesuffix(pack).endswith(SUFFIXES) for pack in (".gz", "")) and (
        path.suffix.lower() != ".zip"
    ):
        raise _unknown(path, path.suffix)
    suffix, data = unpacked(path)
    if suffix == ".parquet":
        return _parquet(data, path)
    if suffix == ".xlsx":
        return read_sheet(data, path, settings)
    if suffix == ".xml" and settings.encoding is None:
        return read_xml(data, path.name, settings)  # which names its encoding itself
    if suffix not in SUFFIXES:
        raise _unknown(path, suffix)
    text, encoding = to_utf8(data, path.name, settings.encoding)
    read = _text(text, suffix, path.name, settings)
    return read._replace(took=f"{encoding}, {read.took}")


def _text(text: bytes, suffix: str, name: str, settings: FileSettings) -> FileRead:
    if suffix in PREFERRED:
        return read_delimited(text, name, settings, PREFERRED[suffix])
    if suffix == ".json" or (suffix != ".xml" and text.lstrip().startswith(b"[")):
        return read_json(text, name, settings)
    return read_xml(text, name, settings) if suffix == ".xml" else read_lines(text, name)


def _parquet(data: bytes, path: Path) -> FileRead:
    """Arrow reads it, not Polars: that one ends the process over some damaged files."""
    check_parquet(BytesIO(data), path.name, len(data))
    try:
        table = pq.read_table(BytesIO(data))
        table.validate(full=True)  # a damaged text is found here, or nowhere
        frame = pl.DataFrame(pa.table(table.columns, table.column_names))  # their names alone
    except (pa.ArrowException, OSError, UnicodeDecodeError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
        raise WrongData(path.name, "a readable .parquet file", "a damaged one", "Hand it in again, whole.") from None
    check_texts(frame, path.name)
    return FileRead(frame, "Parquet")


def _unknown(path: Path, suffix: str) -> WrongData:
    return WrongData(path.name, f"a file of {', '.join(SUFFIXES)}, packed as .gz or .zip or not", suffix or "no suffix")
