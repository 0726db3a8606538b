"""Titles over a table, as reports have them: taken for such only where the rows below prove which row names columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

from recsys.datasets.formats.survey import Survey

LOOKED_AT = 40
"""Rows that are looked at, titles and proof."""
_MOST = 10
_DIGIT = re.compile(r"\d")


def lines_above(text: bytes, separator: str, found: Survey) -> int:
    """Lines of one cell over a table of three columns or more; none where such lines are elsewhere too.

    Args:
        found: what the text looks like under the separator.
    """
    rows, line = found.first.get(found.width, (0, 1))
    alone = set(found.widths) == {1, found.width} and found.width >= 3
    if not alone or not 0 < rows == found.widths[1] <= _MOST:
        return 0
    table = text.split(b"\n", line + LOOKED_AT)[line - 1 : line + LOOKED_AT - 1]
    cells = [one.decode("utf-8", "replace").split(separator) for one in table if one]
    return line - 1 if _names_columns(cells) else 0


def rows_above(rows: Sequence[Sequence[str]]) -> int:
    """Rows of which most cells are blank, over one that is filled and names columns.

    Args:
        rows: the first of a table, cell by cell.
    """
    if not rows or len(rows[0]) < 3 or 2 * sum(map(bool, rows[0])) > len(rows[0]):
        return 0
    return next((number for number in range(1, min(len(rows), _MOST + 1)) if _names_columns(rows[number:])), 0)


def _names_columns(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row has a word for every column, and a column below it has figures alone."""
    names, *below = rows
    even = [row for row in below if len(row) == len(names)]
    words = all(name.strip() for name in names) and len(set(names)) == len(names)
    figures = (all(_DIGIT.search(row[at]) for row in even) for at, name in enumerate(names) if not _DIGIT.search(name))
    return words and bool(even) and any(figures)
