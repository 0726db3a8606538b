"""Pictures that came with the data, found by name."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

GROUP = 64
"""Rows of a group in the file: what is read for one picture."""
KEPT_GROUPS = 64
"""Groups that stay in memory."""


class Pictures:
    """Read-only, for many threads; the bytes stay in their file until somebody asks for one of their group."""

    def __init__(self, path: Path | None = None) -> None:
        """Open a file of the canonical `images` table, written in groups of GROUP rows; without one there are none."""
        names, sizes = ([], []) if path is None else _contents(path)
        self._path, self._ends = path, np.cumsum(sizes, dtype=np.int64)
        self._row = {name: row for row, name in enumerate(names)}
        self._group = lru_cache(KEPT_GROUPS)(self._read)

    def __contains__(self, name: object) -> bool:
        return name in self._row

    def png(self, name: str) -> bytes | None:
        """The file; None where there is none of this name."""
        row = self._row.get(name)
        if row is None:
            return None
        group = int(np.searchsorted(self._ends, row, "right"))
        first = int(self._ends[group - 1]) if group else 0
        return bytes(self._group(group)[row - first].as_py())

    def _read(self, group: int) -> pa.ChunkedArray:
        """A reader of its own each time: one must not be used by several threads."""
        return pq.ParquetFile(self._path).read_row_group(group, columns=["png"])["png"]


def _contents(path: Path) -> tuple[list[str], list[int]]:
    """Names of the pictures, and rows of each group."""
    metadata = pq.read_metadata(path)
    sizes = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    return pq.read_table(path, columns=["image"])["image"].to_pylist(), sizes
