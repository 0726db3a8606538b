"""The files of a folder, read for a look: records opened, files of one shape together."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from contextlib import suppress
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

import polars as pl

from recsys.datasets.columns import read_files
from recsys.datasets.proposing.known import known
from recsys.datasets.shapes.nested import exploded, with_paths
from recsys.errors import WrongData

SUFFIXES = (".csv", ".tsv", ".txt", ".dat", ".json", ".jsonl", ".ndjson", ".parquet", ".xlsx", ".xml", ".gz", ".zip")
_DEEPEST = 5


class Sheet(NamedTuple):
    """One file that was read, or several of one shape."""

    file: str
    """As a pattern."""
    raw: pl.DataFrame
    frame: pl.DataFrame
    """With a column for each field of its records, by its path."""

    @property
    def columns(self) -> list[str]:
        return self.raw.columns


def read_sheets(folder: Path, doubts: list[str]) -> list[Sheet]:
    """Every file that can be read; what cannot is a doubt. Raises WrongData where there is no folder."""
    if not folder.is_dir():
        raise WrongData(str(folder), "a folder with data", "nothing there" if not folder.exists() else "a file")
    frames: dict[str, pl.DataFrame] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix.lower() in SUFFIXES and not path.name.startswith("mapping."):
            file = path.relative_to(folder).as_posix()
            try:
                frames[file] = read_files([path], file, strict=False).frame
            except WrongData as error:
                if known(path.name, []):
                    frames[file] = pl.DataFrame()
                else:
                    doubts.append(f"{file} cannot be read: {error}")
    return [Sheet(file, frame, flat(frame)) for file, frame in _together(folder, frames, doubts).items()]


def flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Records as columns, called by their paths; lists of records stay."""
    for _ in range(_DEEPEST):
        records = {name: kind for name, kind in frame.schema.items() if isinstance(kind, pl.Struct)}
        for name, kind in records.items():
            frame = with_paths(frame, [f"{name}.{field.name}" for field in kind.fields]).drop(name)
    return frame


def elements(sheet: Sheet) -> list[Sheet]:
    """The sheet with a row for each element, for every list of records in it."""
    lists = [
        name
        for name, kind in sheet.frame.schema.items()
        if isinstance(kind, pl.List) and isinstance(kind.inner, pl.Struct)
    ]
    return [Sheet(sheet.file, sheet.raw, flat(exploded(sheet.frame, name, None, "events")[0])) for name in lists]


def _together(folder: Path, frames: dict[str, pl.DataFrame], doubts: list[str]) -> dict[str, pl.DataFrame]:
    """Files whose columns are the same, under one pattern that nothing else matches."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for file, frame in frames.items():
        alike.setdefault((Path(file).suffix, *frame.columns), []).append(file)
    found: dict[str, pl.DataFrame] = {}
    for files in alike.values():
        pattern = _pattern(folder, files) if len(files) > 1 and frames[files[0]].width else None
        whole = _rows_of([frames[file] for file in files]) if pattern is not None else None
        if pattern is None or whole is None:
            found |= {glob.escape(file): frames[file] for file in files}
        else:
            doubts.append(f"{len(files)} files with the same columns are read together: {pattern}")
            found[pattern] = whole
    return found


def _rows_of(frames: list[pl.DataFrame]) -> pl.DataFrame | None:
    """All rows, unless a column is of kinds that contradict each other."""
    with suppress(pl.exceptions.PolarsError):
        return pl.concat(frames, how="diagonal_relaxed")
    return None


def _pattern(folder: Path, files: list[str]) -> str | None:
    """What matches these files and no other."""
    start = _shared(files)
    end = _shared([file[len(start) :][::-1] for file in files])[::-1]
    above = start.rpartition("/")[0]
    inside = f"{glob.escape(above)}/" if above else ""
    for pattern in (f"{glob.escape(start)}*{glob.escape(end)}", f"{inside}**/*{Path(files[0]).suffix}"):
        if sorted(path.relative_to(folder).as_posix() for path in folder.glob(pattern) if path.is_file()) == files:
            return pattern
    return None


def _shared(words: Sequence[str]) -> str:
    """What all begin with."""
    return "".join(signs[0] for signs in takewhile(lambda signs: len(set(signs)) == 1, zip(*words, strict=False)))
