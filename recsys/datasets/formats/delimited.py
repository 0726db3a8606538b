"""Rows of cells between separators: which signs they are is found by the whole file and held against its lines."""

from __future__ import annotations

import csv
import io
import re
from typing import NamedTuple

import polars as pl

from recsys.datasets.formats.bounds import LARGEST_CELL, MOST_COLUMNS, check_cells
from recsys.datasets.formats.encoding import line_feeds
from recsys.datasets.formats.header import header_names, without_names
from recsys.datasets.formats.settings import FileRead, FileSettings
from recsys.datasets.formats.survey import Survey, survey
from recsys.datasets.formats.titles import lines_above
from recsys.errors import WrongData

SEPARATORS = (",", ";", "\t", "|", "::")
CALLED = {"\t": "tabs"}
_UNIT = "\x1f"
"""Stands for a separator of several signs: ASCII's own separator, which no text has."""


class Dialect(NamedTuple):
    """Which signs divide a text."""

    separator: str
    quote: str | None
    survey: Survey
    doubt: str = ""
    """What had to be decided, for people."""
    by_hand: bool = False
    """Whether quotes inside bare cells have to be read sign by sign."""


def read_delimited(data: bytes, name: str, settings: FileSettings, prefer: str = ",") -> FileRead:
    """UTF-8 text as a frame of texts.

    Args:
        prefer: the separator that the file's name promises.

    Raises WrongData naming file, row and what to set.
    """
    text, separator = _told(line_feeds(data), settings)
    if not text.strip():
        raise WrongData(name, "a header and rows", "an empty file")
    text, separator = _one_sign(text, separator or _separator(text, prefer, settings.quote), name)
    if settings.escape is not None and settings.quote != "none":
        text = _unescaped(text, settings.escape, settings.quote or '"')
    dialect, text = _dialect(text, separator, settings, name)
    titles = lines_above(text, separator, dialect.survey) if settings.header is None else 0
    if titles:
        above, text = text.split(b"\n", titles)[:-1], text.split(b"\n", titles)[-1]
        dialect, text = _dialect(text, separator, settings, name)
    _check(dialect, name)
    frame, of_names = _frame(text, dialect, settings, name)
    said = CALLED.get(separator, "'::'" if separator == _UNIT else f"'{separator}'")
    quoted = "no quotes" if dialect.quote is None else f"quotes {dialect.quote}"
    notes = [(dialect.doubt, len(frame))] if dialect.doubt else []
    if titles:
        text_above = f"lines above the names of the columns, left out: {above[0].decode().strip()!r}"
        notes.append((text_above, sum(1 for line in above if line)))
    notes += of_names
    if dialect.survey.blank:
        notes.append(("lines without anything, left out", dialect.survey.blank))
    return FileRead(frame, f"columns divided by {said}, {quoted}", tuple(notes))


def _told(text: bytes, settings: FileSettings) -> tuple[bytes, str | None]:
    """The separator that is set, or that a spreadsheet wrote into the first line (`sep=;`)."""
    line = re.match(rb"\"?sep=(.)\"?\n", text[:20], re.IGNORECASE)
    if line is None:
        return text, settings.separator
    return text[line.end() :], settings.separator or line[1].decode("ascii", "replace")


def _separator(text: bytes, prefer: str, quote: str | None) -> str:
    """Among the signs of the first line the one that gives all rows one width; else the most frequent there."""
    head = text.lstrip(b"\n").split(b"\n", 1)[0]
    counts = {sign: head.count(sign.encode()) for sign in SEPARATORS}
    inside = [sign for sign in SEPARATORS if counts[sign]]
    inside.sort(key=lambda sign: (sign != "::", sign != prefer, -counts[sign]))
    sample = text[: 1 << 22]
    if not inside:
        wide = [sign for sign in SEPARATORS[:4] if lines_above(sample, sign, survey(sample, sign, '"'))]
        return wide[0] if wide else prefer
    if len(inside) < 2:
        return inside[0]
    sample = sample[: sample.rfind(b"\n") + 1] or sample
    even = [sign for sign in inside if _evenness(sample, sign, quote)]
    if even:
        return even[0] if prefer in even[:1] or "::" in even else max(even, key=lambda sign: counts[sign])
    return prefer if prefer in inside else max(inside, key=lambda sign: counts[sign])


def _evenness(text: bytes, sign: str, quote: str | None) -> bool:
    """Whether a separator gives all rows one width, with quotes or without."""
    if len(sign) > 1:
        text, sign = text.replace(sign.encode(), _UNIT.encode()), _UNIT
    quotes = (None, '"') if quote is None else (None,) if quote == "none" else (quote,)
    return any(survey(text, sign, mark).fits for mark in quotes)


def _one_sign(text: bytes, separator: str, name: str) -> tuple[bytes, str]:
    if len(separator) == 1:
        return text, separator
    if _UNIT.encode() in text:
        raise WrongData(name, f"a text without the sign U+001F, divided by {separator!r}", "one with it")
    return text.replace(separator.encode(), _UNIT.encode()), _UNIT


def _unescaped(text: bytes, sign: str, quote: str) -> bytes:
    """Escaped quotes as doubled ones."""
    escape, mark = sign.encode(), quote.encode()
    pairs = {escape + mark: mark * 2, escape * 2: escape}
    return re.sub(re.escape(escape) + b"[" + re.escape(escape + mark) + b"]", lambda match: pairs[match[0]], text)


def _dialect(text: bytes, separator: str, settings: FileSettings, name: str) -> tuple[Dialect, bytes]:
    """Which quote holds, by what the lines of the whole file say under it and without it; and the text for it."""
    plain = survey(text, separator, None)
    quote = settings.quote or '"'
    if quote == "none" or quote.encode() not in text:
        return Dialect(separator, None, plain), text
    quoted, free = survey(text, separator, quote), settings.quote is None
    rows = plain.widths.get(quoted.width, 0) > quoted.rows  # lines that are whole rows as they stand
    swallows = free and quoted.lines_in_cells and (plain.fits or rows) and not _quotes_whole_cells(text, separator)
    if quoted.fits and not swallows:
        return Dialect(separator, quote, quoted), text
    if settings.escape is None and b"\\" + quote.encode() in text:
        clear = _unescaped(text, "\\", quote)
        if (found := survey(clear, separator, quote)).fits:
            return Dialect(separator, quote, found, "`escape: \\` taken: quotes in cells have it before them"), clear
    if free and plain.fits and plain.width > 1:
        doubt = (
            f"`quote: none` taken: {quote} is a sign like others, for each line has {plain.width} cells as it stands"
        )
        return Dialect(separator, None, plain, doubt), text
    if swallows:
        return Dialect(separator, None, plain), text  # which says what is wrong with which line
    if quoted.odd_quote is not None and _reads_by_hand(text, separator, quote):
        doubt = f"{quote} inside cells that are not quoted taken as a sign like others"
        return Dialect(separator, quote, _by_hand(text, separator, quote), doubt, by_hand=True), text
    return Dialect(separator, quote, quoted), text


def _quotes_whole_cells(text: bytes, separator: str) -> bool:
    """Whether cells are quoted as a habit: the first line, or most cells with a quote, within one line."""
    head = text.split(b"\n", 1)[0]
    if head.startswith(b'"') and head.endswith(b'"'):
        return True
    cut = re.escape(separator.encode())
    whole = len(re.findall(b"(?:^|" + cut + b')"[^"\n]+"(?=' + cut + b"|$)", text, re.MULTILINE))
    return 2 * whole > text.count(b'"') - 2 * whole


def _rows(text: bytes, separator: str, quote: str) -> list[list[str]]:
    csv.field_size_limit(LARGEST_CELL)
    reader = csv.reader(io.StringIO(text.decode(), newline=""), delimiter=separator, quotechar=quote, strict=True)
    return [row for row in reader if row]


def _reads_by_hand(text: bytes, separator: str, quote: str) -> bool:
    """Whether all lines are rows of one width when quotes inside bare cells are signs like others."""
    try:
        rows = _rows(text, separator, quote)
    except csv.Error:
        return False
    lines = len([line for line in text.split(b"\n") if line])
    return len(rows) == lines and len({len(row) for row in rows}) == 1


def _by_hand(text: bytes, separator: str, quote: str) -> Survey:
    rows = _rows(text, separator, quote)
    return Survey(quote, {len(rows[0]): len(rows)}, {len(rows[0]): (0, 1)})


def _check(dialect: Dialect, name: str) -> None:
    """Raises WrongData for the first thing that is wrong with the rows."""
    found = dialect.survey
    if max(found.widths, default=0) > MOST_COLUMNS:
        raise WrongData(name, f"at most {MOST_COLUMNS:,} columns", max(found.widths), "Check `separator:`.")
    if found.longest[0] > LARGEST_CELL:
        raise WrongData(
            f"{name}, row {found.longest[1]}",
            f"cells of at most {LARGEST_CELL >> 20} MiB",
            f"one of {found.longest[0]:,} bytes",
            "Set `separator:` or `quote: none` in the mapping, or take the cell out.",
        )
    check_cells(name, found.rows, found.width)
    if found.fits:
        return
    if len(found.widths) > 1:
        raise _uneven(found, name)
    what = "one that is never closed" if found.open_end else f"one inside a cell, at byte {found.odd_quote}"
    raise WrongData(name, f"quotes {found.quote} around whole cells", what, _REMEDY)


_REMEDY = (
    "Set `separator:`, `quote:` (`quote: none` where it is a sign like others) or `escape:` in the mapping, and take "
    "out lines that are no rows."
)


def _uneven(found: Survey, name: str) -> WrongData:
    """The first row that is not as wide as the header; where the header is alone, it is the wrong one."""
    head = next(width for width, (row, _) in found.first.items() if row == 0)
    wrong = [place for width, place in found.first.items() if width != head]
    row, line = min(wrong)
    width = next(width for width, place in found.first.items() if place == (row, line))
    others = f" (rows of {sorted(found.widths)[:6]} cells in all)" if len(found.widths) > 2 else ""
    return WrongData(
        f"{name}, row {row}", f"{head} cells as in the first row", f"{width} on line {line}{others}", _REMEDY
    )


def _frame(
    text: bytes, dialect: Dialect, settings: FileSettings, name: str
) -> tuple[pl.DataFrame, tuple[tuple[str, int], ...]]:
    """The rows below the names of the columns, and what was noted of these."""
    width, rows = dialect.survey.width, dialect.survey.rows
    if dialect.by_hand:
        cells = _rows(text, dialect.separator, dialect.quote or '"')
        frame = pl.DataFrame(cells, [f"{n}" for n in range(width)], orient="row", infer_schema_length=1)
    else:
        frame = _parsed(text, dialect, name)
    read = len(frame)
    if dialect.survey.blank:
        frame = frame.filter(~pl.all_horizontal(pl.all().is_null()))
    if len(frame) > rows or read < rows:
        raise WrongData(name, f"{rows} rows, by its lines", read, _REMEDY)
    header = header_names(frame, settings, name)
    body, again = without_names(frame.slice(header.rows), header.names)
    return body.rename(dict(zip(frame.columns, header.names, strict=True))), (*header.notes, *again)


def _parsed(text: bytes, dialect: Dialect, name: str) -> pl.DataFrame:
    try:
        return pl.read_csv(
            text,
            has_header=False,
            separator=dialect.separator,
            quote_char=dialect.quote,
            infer_schema=False,
            new_columns=[str(number) for number in range(dialect.survey.width)],
        )
    except pl.exceptions.PolarsError:
        raise WrongData(name, "rows of cells", "something else", _REMEDY) from None
