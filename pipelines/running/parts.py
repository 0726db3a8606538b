"""What verbs leave beside each other: tables in several Parquet files, rows that were refused, curves."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from recsys.errors import WrongData
from recsys.schema import unjudged


def part_name(part: int) -> str:
    return f"part-{part:05d}.parquet"


def part_files(folder: Path) -> list[Path]:
    """The Parquet files of a table, in order. Raises WrongData where there are none."""
    files = sorted(folder.glob("*.parquet"))
    if not files:
        raise WrongData(str(folder), "a folder of Parquet files", "none")
    return files


def write_parts(table: pa.Table, folder: Path, num_parts: int) -> None:
    """A table as files of equal length, in its order."""
    folder.mkdir(parents=True, exist_ok=True)
    size = -(-table.num_rows // num_parts) or 1
    for part in range(num_parts):
        pq.write_table(table.slice(part * size, size), folder / part_name(part))


def read_parts(folder: Path, columns: list[str] | None = None) -> pa.Table:
    """The whole table, in the order of its files."""
    return pa.concat_tables([pq.read_table(file, columns=columns) for file in part_files(folder)])


def write_quarantine(table: pa.Table, path: Path) -> None:
    """Rows that were refused, with their reasons; what made them so may be a null that our tables do not allow."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(unjudged(table), path)


def thinned(losses: list[float], points: int = 100) -> list[float]:
    """A loss curve of at most so many points, each the mean of its stretch."""
    stretch = -(-len(losses) // points) or 1
    parts = [losses[start : start + stretch] for start in range(0, len(losses), stretch)]
    return [round(sum(part) / len(part), 5) for part in parts]
