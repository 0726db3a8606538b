"""The encoding of a text file: by its mark, by what the whole file allows, or asked for by name."""

from __future__ import annotations

import re

from charset_normalizer import from_bytes

from recsys.datasets.formats.likelihood import DOUBLE, SINGLE, likelihood
from recsys.errors import WrongData

MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
CALLED = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252",
    "cp1250": "Windows-1250",
    "cp1251": "Windows-1251",
    "gb18030": "GB18030",
    "big5": "Big5",
    "cp949": "EUC-KR",
    "cp932": "Shift-JIS",
}
_CELL = re.compile(rb"[^\n\r\t,;\"]*[\x80-\xff][^\n\r\t,;\"]*")
_SAMPLE = 32_768
_SURE = 5.0
"""Logarithm of how many times likelier the best reading must be than the next."""
_ODD = -12.0
"""Mean logarithm a character below which no reading looks like a text."""


def to_utf8(data: bytes, name: str, asked: str | None) -> tuple[bytes, str]:
    """The text as UTF-8 without a mark, and what its encoding is called.

    Raises WrongData where it cannot be read, or where several encodings read it equally well.
    """
    marked = next(((mark, encoding) for mark, encoding in MARKS if data.startswith(mark)), None)
    if asked is None and marked is not None:
        return _decoded(data[len(marked[0]) :], name, marked[1]), CALLED.get(marked[1], marked[1])
    encoding = asked or _found(data, name)
    if marked is not None:
        data = data[len(marked[0]) :]
        encoding = marked[1] if encoding.lower().replace("_", "-") in ("utf-16", "utf16") else encoding
    return _decoded(data, name, encoding), CALLED.get(encoding, encoding)


def line_feeds(data: bytes) -> bytes:
    """The same lines, each ended by a line feed, whatever mixture of ends they had."""
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in data else data


def _decoded(data: bytes, name: str, encoding: str) -> bytes:
    try:
        text = data.decode(encoding)
        if "\0" in text:
            raise WrongData(name, "a file of text", "one with zero bytes", _remedy("utf-16"))
        return data if encoding == "utf-8" else text.encode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        shown = data[max(0, error.start - 12) : error.start + 12]
        raise WrongData(f"{name}, line {line}", f"text in {encoding}", shown, _remedy()) from None
    except UnicodeEncodeError:
        raise WrongData(name, f"text in {encoding}", "half of a character", _remedy()) from None


def _found(data: bytes, name: str) -> str:
    if b"\0" in data:
        return _wide(data, name)
    try:
        data.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError as error:
        if error.end >= len(data) and error.start > len(data) - 4 and error.start > data.find(b"\n") >= 0:
            raise WrongData(name, "a whole file", "one that ends inside a character", "Hand it in again.") from None
    return _national(data, name)


def _wide(data: bytes, name: str) -> str:
    """UTF-16 without a mark has its zeros on one side only."""
    even, odd = data[0::2].count(0), data[1::2].count(0)
    if len(data) % 2 == 0 and min(even, odd) == 0 and max(even, odd) * 50 >= len(data):
        return "utf-16-le" if odd else "utf-16-be"
    kind = "a zip or .xlsx file" if data.startswith(b"PK") else "zero bytes"
    raise WrongData(name, "a file of text", kind, "Give it the suffix of what it is, or hand it in again.")


def _national(data: bytes, name: str) -> str:
    sample = b"\n".join(_cells(data))
    readings = {
        encoding: likelihood(text, encoding)
        for encoding in (*SINGLE, *DOUBLE)
        if (text := _whole(data, sample, encoding)) is not None
    }
    matches = from_bytes(sample, cp_isolation=list(readings), threshold=0.5)
    proposed = {name for match in matches for name in match.could_be_from_charset}
    ranked = sorted(readings, key=lambda encoding: -readings[encoding])
    if not ranked or readings[ranked[0]] < _ODD * len(sample.decode(ranked[0])):
        raise WrongData(name, "text in a known encoding", _shown(sample, "latin-1"), _remedy())
    best = ranked[0]
    said = sample.decode(best, "ignore")
    others = [encoding for encoding in ranked[1:] if sample.decode(encoding, "ignore") != said]
    lead = readings[best] - readings[others[0]] if others else 2 * _SURE
    if lead >= 2 * _SURE or (lead >= _SURE and best in proposed):
        return best
    close = [encoding for encoding in ranked if readings[best] - readings[encoding] < 2 * _SURE][:3]
    choice = "; ".join(f"{encoding}: {_shown(sample, encoding)}" for encoding in close)
    raise WrongData(name, "text whose encoding is clear", choice, _remedy(*close))


def _cells(data: bytes) -> list[bytes]:
    """Distinct cells from the whole file with anything but ASCII, as many as are needed."""
    found: dict[bytes, None] = {}
    size = 0
    for match in _CELL.finditer(data):
        cell = match[0][:1024]
        if cell not in found:
            found[cell] = None
            size += len(cell)
            if size > _SAMPLE:
                break
    return list(found)


def _whole(data: bytes, sample: bytes, encoding: str) -> str | None:
    """The sample, if the encoding can read the whole file."""
    try:
        data.decode(encoding)
        return sample.decode(encoding, "ignore")
    except UnicodeDecodeError:
        return None


def _shown(sample: bytes, encoding: str) -> str:
    first = sample[:200].split(b"\n")[0].decode(encoding, "replace")
    return " ".join(first.split())[:40]


def _remedy(*encodings: str) -> str:
    names = encodings or ("utf-8", "utf-16", "cp1252", "gb18030", "shift_jis", "euc_kr", "big5")
    return (
        f"Set `encoding:` in the mapping, to {', '.join(names[:-1])} or {names[-1]}."
        if len(names) > 1
        else (f"Set `encoding: {names[0]}` in the mapping.")
    )
