"""Pictures that came with the data, found by name."""

from __future__ import annotations

import pyarrow as pa


class Pictures:
    """Read-only; the bytes stay where the table has them until somebody asks."""

    def __init__(self, images: pa.Table) -> None:
        """Take a canonical `images` table."""
        self._png = images["png"]
        self._row = {name: row for row, name in enumerate(images["image"].to_pylist())}

    def __contains__(self, name: object) -> bool:
        return name in self._row

    def png(self, name: str) -> bytes | None:
        """The file; None where there is none of this name."""
        row = self._row.get(name)
        return None if row is None else bytes(self._png[row].as_py())
