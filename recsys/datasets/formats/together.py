"""Several files of one table, put together."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from recsys.datasets.formats.settings import FileRead
from recsys.datasets.notes import Note
from recsys.errors import WrongData


def together(reads: dict[Path, FileRead]) -> pl.DataFrame:
    """The rows of all files; a column that one lacks is null there. Raises WrongData where kinds contradict."""
    frames = {path: read.frame for path, read in reads.items()}
    try:
        return pl.concat(frames.values(), how="diagonal_relaxed")
    except pl.exceptions.PolarsError:
        name, kinds = _differing({path.name: dict(frame.schema) for path, frame in frames.items()})
        raise WrongData(name, "a column of one kind in all files", kinds, "Write it alike in all files.") from None


def taken(reads: dict[Path, FileRead], source: str, table: str) -> list[Note]:
    """How the files were taken; what is the same of all is said once."""
    alike: dict[str, list[Path]] = {}
    for path, read in reads.items():
        alike.setdefault(read.took, []).append(path)
    notes = []
    for took, paths in alike.items():
        field = paths[0].name if len(paths) == 1 else source if len(alike) == 1 else f"{len(paths)} files of {source}"
        notes.append(Note(table, field, f"read as {took}", sum(len(reads[path].frame) for path in paths)))
    notes += [Note(table, path.name, text, count) for path, read in reads.items() for text, count in read.notes]
    columns = dict.fromkeys(name for read in reads.values() for name in read.frame.columns)
    for path, read in reads.items():
        if lacking := [name for name in columns if name not in read.frame.columns]:
            notes.append(Note(table, path.name, f"without the columns {lacking[:5]} of other files", len(read.frame)))
    return notes


def _differing(schemas: dict[str, dict[str, pl.DataType]]) -> tuple[str, str]:
    """The first column that is not of one kind, and its kinds."""
    for name in dict.fromkeys(name for schema in schemas.values() for name in schema):
        kinds = {file: schema[name] for file, schema in schemas.items() if name in schema}
        if len(set(kinds.values())) > 1 and any(kind.is_nested() for kind in kinds.values()):
            return name, ", ".join(f"{file}: {kind}" for file, kind in list(kinds.items())[:3])
    return "columns", "columns that do not go together"
