"""What reading took for granted or could not read, for people."""

from __future__ import annotations

from typing import NamedTuple


class Note(NamedTuple):
    """One thing that was done to a field of a table, and how often."""

    table: str
    field: str
    text: str
    count: int
