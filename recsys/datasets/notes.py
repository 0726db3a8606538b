"""What a reader took, translated or lost, for people to read in the table of `clean`."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Note(NamedTuple):
    """One thing that was decided or lost while a table was read."""

    table: str
    """`items` or `events`."""
    field: str
    """The file, the column or the setting that it is about."""
    text: str
    number: int
    """Rows or values that it concerns."""


Say = Callable[[Note], None]
