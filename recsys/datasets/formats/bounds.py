"""How large the parts of a file may be: what no shop's table reaches, and what would take the memory of all that do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import IO

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from recsys.errors import WrongData

LARGEST_CELL = 16 << 20
"""Bytes of one cell, and of one record."""
MOST_COLUMNS = 10_000
FEW_CELLS = 1 << 25
"""Up to here any table is believed."""
MOST_CELLS = 1 << 29
"""Rows times columns of one file: each cell takes some sixteen bytes, whatever is in it."""
CELLS_A_BYTE = 10
"""That records may have, by absent keys: a key costs bytes, its absence in all other records none."""
PACKED_CELLS_A_BYTE = 200
"""That a Parquet file may have: a column of one value takes none."""

IDS = "Are ids used as names of columns?"


def check_cells(name: str, rows: int, columns: int, most: int = MOST_CELLS) -> None:
    """Raises WrongData where a table has too many columns, or cells."""
    if columns > MOST_COLUMNS:
        raise WrongData(name, f"at most {MOST_COLUMNS:,} columns", columns, IDS)
    room = max(FEW_CELLS, min(most, MOST_CELLS))
    if rows * columns > room:
        wanted = f"at most {room:,} cells in a file of this size"
        raise WrongData(name, wanted, f"{rows:,} rows of {columns:,} columns", "Divide it into several files.")


def check_records(data: bytes, name: str) -> None:
    """Of JSON, a record a line. Raises WrongData where a record is too long, or where there are too many keys in all.

    Names inside records count too: a parser makes a column of each. Raises ValueError or RecursionError for a line
    that is no JSON.
    """
    keys: set[str] = set()
    rows = 0
    for number, line in enumerate(data.split(b"\n"), 1):
        if len(line) > LARGEST_CELL:
            wanted = f"records of at most {LARGEST_CELL >> 20} MiB"
            raise WrongData(f"{name}, row {number}", wanted, f"one of {len(line):,} bytes", "Take it out.")
        if line.strip():
            json.loads(line, object_pairs_hook=lambda pairs: keys.update([key for key, _ in pairs]))
            rows += 1
        if len(keys) > MOST_COLUMNS:
            raise WrongData(name, f"records of at most {MOST_COLUMNS:,} different keys", "more", IDS)
    check_cells(name, rows, len(keys), CELLS_A_BYTE * len(data))


def check_parquet(source: Path | IO[bytes], name: str, num_bytes: int) -> None:
    """By what its end says of it. Raises WrongData where it is damaged, or holds far more than its bytes can."""
    try:
        about = pq.read_metadata(source)
    except (OSError, pa.ArrowException, UnicodeDecodeError):
        raise WrongData(name, "a readable .parquet file", "a damaged one", "Hand it in again, whole.") from None
    check_cells(name, about.num_rows, about.num_columns, PACKED_CELLS_A_BYTE * num_bytes)


def check_texts(frame: pl.DataFrame, name: str) -> None:
    """Raises WrongData for a text that is longer than a cell may be."""
    texts = frame.select(pl.col(pl.String).str.len_bytes())
    for column in texts:
        longest = column.max()
        if isinstance(longest, int) and longest > LARGEST_CELL:
            wanted = f"cells of at most {LARGEST_CELL >> 20} MiB"
            row = (column.arg_max() or 0) + 1
            raise WrongData(f"{name}: {column.name}, row {row}", wanted, f"one of {longest:,} bytes", "Take it out.")
