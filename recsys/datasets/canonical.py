"""Folders that hold the canonical tables as Parquet: `items.parquet`, `events.parquet` or `events/*.parquet`, ..."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from recsys.datasets.formats.bounds import check_parquet
from recsys.datasets.sequences import users_table
from recsys.errors import WrongData
from recsys.schema import EVENTS, TABLES, Tables, conform

OPTIONAL = ("events", "users", "campaigns", "creatives", "images")
"""A shop may have a catalogue alone."""


def canonical_files(folder: Path) -> dict[str, list[Path]]:
    """Table -> its files, empty for what is not there."""
    return {name: _files(folder, name) for name in TABLES}


def needed_files(folder: Path) -> dict[str, list[Path]]:
    """As `canonical_files`. Raises WrongData where items are not there, or the folder of a table is empty."""
    files = canonical_files(folder)
    for name in TABLES:
        if not files[name] and (name not in OPTIONAL or (folder / name).is_dir()):
            raise WrongData(f"{folder}/{name}.parquet", "a file, or a folder of Parquet files", "none")
    return files


def read_canonical_folder(folder: Path) -> Tables:
    """Read and check the tables; users are taken from the events where they have no file. Raises WrongData."""
    files = needed_files(folder)
    tables = {name: conform(read_parquet(paths), name) for name, paths in files.items() if paths}
    tables.setdefault("events", EVENTS.empty_table())
    if "users" not in tables:
        tables["users"] = users_table(tables["events"]["user_id"].drop_null().unique().to_pylist())
    return Tables(**tables)


def read_parquet(paths: list[Path]) -> pa.Table:
    """One table of several files with the same columns. Raises WrongData naming the file that is damaged."""
    parts = []
    for path in paths:
        if path.is_file():
            check_parquet(path, str(path), path.stat().st_size)
        try:
            part = pq.read_table(path, partitioning=None)
            part.column_names  # noqa: B018  # damaged names only show when they are read
            part.validate(full=True)  # and damaged texts
            parts.append(part)
        except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
            raise WrongData(str(path), "a readable Parquet file", error) from None
    try:
        return pa.concat_tables(parts, promote_options="permissive").replace_schema_metadata(parts[0].schema.metadata)
    except pa.ArrowException as error:
        raise WrongData(f"{paths[0].parent}", "files with the same columns", error) from None


def _files(folder: Path, name: str) -> list[Path]:
    single = folder / f"{name}.parquet"
    return [single] if single.is_file() else sorted((folder / name).glob("*.parquet"))
