"""The rows of a delimited text held against its lines: widths, quotes and sizes, without making a cell of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

_BLOCK = 1 << 23
_NEWLINE = 10


@dataclass
class Survey:
    """What a text looks like under one separator and one quote."""

    quote: str | None
    widths: dict[int, int] = field(default_factory=dict)
    """Cells a row -> rows; rows without a sign are counted in `blank` alone."""
    first: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Cells a row -> row from 0 and line from 1 of the first such row."""
    blank: int = 0
    lines_in_cells: int = 0
    """Ends of lines that stand between quotes."""
    odd_quote: int | None = None
    """Place of the first quote that stands neither beside a separator nor beside another."""
    open_end: bool = False
    """Whether the last quote is never closed."""
    longest: tuple[int, int] = (0, 0)
    """Bytes of the longest cell, and its row."""

    @property
    def rows(self) -> int:
        """Rows with anything in them."""
        return sum(self.widths.values())

    @property
    def width(self) -> int:
        """Cells of most rows."""
        return max(self.widths, key=lambda width: (self.widths[width], width), default=0)

    @property
    def fits(self) -> bool:
        """Whether every row has the same number of cells and every quote its place."""
        return len(self.widths) == 1 and self.odd_quote is None and not self.open_end


def survey(data: bytes, separator: str, quote: str | None) -> Survey:
    """Look through a text whose lines end in a line feed, in blocks of bounded size."""
    found = Survey(quote)
    signs = np.frombuffer(data, np.uint8)
    at = _Place()
    for start in range(0, len(signs), _BLOCK):
        _add(found, signs, start, min(start + _BLOCK, len(signs)), ord(separator), at)
    if len(signs) and (signs[-1] != _NEWLINE or at.inside):
        _end(found, len(signs), at)
    found.open_end = at.inside
    return found


@dataclass
class _Place:
    """What the blocks before said."""

    inside: bool = False
    cells: int = 1
    begin: int = 0
    cell_begin: int = 0
    row: int = 0
    line: int = 1


def _add(found: Survey, signs: NDArray[np.uint8], start: int, stop: int, separator: int, at: _Place) -> None:
    block = signs[start:stop]
    inside = np.zeros(len(block), bool)
    if found.quote is not None:
        quotes = block == ord(found.quote)
        inside = (np.cumsum(quotes, dtype=np.uint8) + np.uint8(at.inside)) & 1 == 1  # it runs over: parity stays
        if found.odd_quote is None:
            found.odd_quote = _odd(signs, start, np.flatnonzero(quotes), inside, separator, ord(found.quote))
        at.inside = bool(inside[-1])
    lines = np.flatnonzero(block == _NEWLINE)
    ends = lines[~inside[lines]]
    cuts = np.flatnonzero((block == separator) & ~inside)
    found.lines_in_cells += len(lines) - len(ends)
    _longest(found, np.flatnonzero(((block == separator) | (block == _NEWLINE)) & ~inside) + start, ends + start, at)
    _rows(found, ends + start, np.searchsorted(cuts, ends), len(cuts), np.searchsorted(lines, ends, "right"), at)
    at.line += len(lines)


def _odd(
    signs: NDArray[np.uint8], start: int, places: NDArray[np.intp], inside: NDArray[np.bool_], cut: int, quote: int
) -> int | None:
    """The first quote that opens inside a cell, or closes before the end of one."""
    opens = inside[places]
    places = places + start
    beside = np.where(opens, places - 1, places + 1)
    edge = (beside < 0) | (beside >= len(signs))
    neighbour = signs[np.clip(beside, 0, len(signs) - 1)]
    odd = ~edge & ~np.isin(neighbour, (cut, _NEWLINE, quote))
    return int(places[odd][0]) if odd.any() else None


def _longest(found: Survey, cuts: NDArray[np.intp], ends: NDArray[np.intp], at: _Place) -> None:
    if not len(cuts):
        return
    sizes = np.diff(cuts, prepend=at.cell_begin - 1) - 1
    best = int(sizes.argmax())
    if sizes[best] > found.longest[0]:
        found.longest = int(sizes[best]), at.row + int(np.searchsorted(ends, cuts[best]))
    at.cell_begin = int(cuts[-1]) + 1


def _rows(
    found: Survey, ends: NDArray[np.intp], cuts: NDArray[np.intp], total: int, lines: NDArray[np.intp], at: _Place
) -> None:
    """Widths of the rows that end in a block."""
    if not len(ends):
        at.cells += total
        return
    widths = np.diff(cuts, prepend=0) + 1
    widths[0] += at.cells - 1
    sizes = np.diff(ends, prepend=at.begin - 1) - 1
    blank = sizes == 0
    found.blank += int(blank.sum())
    rows = np.arange(len(ends)) + at.row - (np.cumsum(blank) - blank)
    for width in np.unique(widths[~blank]).tolist():
        same = (widths == width) & ~blank
        found.widths[width] = found.widths.get(width, 0) + int(same.sum())
        where = int(same.argmax())
        found.first.setdefault(width, (int(rows[where]), at.line + int(lines[where]) - 1))
    at.row += int((~blank).sum())
    at.begin = int(ends[-1]) + 1
    at.cells = 1 + total - int(cuts[-1])


def _end(found: Survey, size: int, at: _Place) -> None:
    """The last row, whose line does not end."""
    if size - at.cell_begin > found.longest[0]:
        found.longest = size - at.cell_begin, at.row
    if size > at.begin:
        found.widths[at.cells] = found.widths.get(at.cells, 0) + 1
        found.first.setdefault(at.cells, (at.row, at.line))
