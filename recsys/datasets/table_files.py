"""The files of a folder that a mapping names by patterns, and those that its tables are joined with."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from recsys.datasets.columns import Reading, read_files
from recsys.datasets.formats.read import read_file
from recsys.datasets.formats.together import taken, together
from recsys.datasets.notes import Note
from recsys.datasets.shapes.declared import Join, RowShape
from recsys.datasets.values import TableSettings
from recsys.errors import WrongData


def joins_of(folder: Path, table: RowShape) -> tuple[tuple[Join, ...], list[str]]:
    """The joins of a table, without those whose files are absent where that is allowed; and the patterns of these."""
    lacking = [join for join in table.join if table.absent == "skip" and not has_files(folder, join.files)]
    return tuple(join for join in table.join if join not in lacking), [join.files for join in lacking]


def joined_files(folder: Path, table: str, join: Join) -> tuple[pl.DataFrame, list[Note]]:
    """What a table is joined with, and how its files were taken. Raises WrongData."""
    try:
        reads = {path: read_file(path, join) for path in matches(folder, join.files, f"{table}.join")}
        return together(reads), taken(reads, join.files, table)
    except WrongData as error:
        field = error.field if error.field.startswith("mapping") else f"join: {error.field}"
        raise WrongData(field, error.wanted, error.got, error.remedy) from None


def has_files(folder: Path, pattern: str) -> bool:
    """Whether a pattern matches any."""
    try:
        return bool(matches(folder, pattern, ""))
    except WrongData:
        return False


def matches(folder: Path, pattern: str, table: str) -> list[Path]:
    """The files of a pattern, in order. Raises WrongData where there are none."""
    inside = not Path(pattern).is_absolute() and ".." not in Path(pattern).parts
    try:
        found = sorted(folder.glob(pattern)) if inside and pattern else []
    except (ValueError, IndexError):  # what pathlib has to say of "**x" and of "."
        found = []
    paths = [path for path in found if path.is_file()]
    if not paths:
        there = found[0] if found else folder / pattern if inside else None
        other = f"{pattern}, {_what(there)}" if there is not None and (found or there.is_symlink()) else pattern
        raise WrongData(f"mapping.{table}.files", f"a pattern of files inside {folder}", other)
    return paths


def _what(path: Path) -> str:
    """What is there in the place of a file."""
    if path.is_symlink() and not path.exists():
        return "a link that leads nowhere"
    return "a folder" if path.is_dir() else "no plain file"


def open_files(folder: Path, pattern: str, table: str, strict: bool, written: TableSettings | None = None) -> Reading:
    """Files of a folder as one table. Raises WrongData."""
    return read_files(matches(folder, pattern, table), pattern, strict, written, table)
