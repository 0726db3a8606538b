"""Packed files, opened within bounds: a small file that unpacks to a disk full is refused, not opened."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from pathlib import Path
from typing import IO, NamedTuple

from recsys.datasets.formats.bounds import CELLS_A_BYTE, check_cells
from recsys.errors import WrongData

LARGEST = 4 << 30
"""Bytes that one file may have when it is unpacked."""
SMALL = 64 << 20
"""Up to here any ratio is believed."""
RATIO = 200
"""Times that a file may grow; tables grow three to thirty times."""
_BLOCK = 1 << 20
_PLACE = 32
"""Bytes in which the place of a cell is written."""
_COLUMN, _ROW = re.compile(rb"\br=[\"']([A-Z]{1,3})\d"), re.compile(rb"\br=[\"'][A-Z]{1,3}(\d{1,7})\b")
_DAMAGED = (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError)
"""What gzip and zipfile say of damage, passwords and methods that they do not know."""


class Plain(NamedTuple):
    """A file's content without its packing."""

    suffix: str
    """In lower case, without that of the packing: `.csv`."""
    data: bytes


def unpacked(path: Path) -> Plain:
    """The content of a file, of a `.gz` of it, or of a `.zip` with nothing else in it. Raises WrongData."""
    name = Path(path.name.lower())
    try:
        if name.suffix == ".gz":
            with path.open("rb") as packed, gzip.open(packed) as stream:
                return Plain(Path(name.stem).suffix, _bounded(stream, packed, path))
        if name.suffix == ".zip":
            return _member(path)
        if path.stat().st_size > LARGEST:
            raise _too_large(path, path.stat().st_size)
        return Plain(name.suffix, path.read_bytes())
    except _DAMAGED as error:
        wanted = f"a whole and readable {name.suffix} file" if name.suffix in (".gz", ".zip") else "a readable file"
        raise WrongData(path.name, wanted, _what(error), "Hand it in again: it is damaged or cut.") from None


def check_workbook(path: Path, data: bytes) -> None:
    """Raises WrongData where the parts of a zipped workbook do not unpack within the bounds.

    Nor may its last cell be far behind the others: a reader makes all cells between.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as pack:
            most = max(SMALL, min(LARGEST, RATIO * len(data)))
            size = 0
            for member in pack.infolist():
                rows, columns, end = 0, 0, b""
                with pack.open(member) as stream:
                    while block := stream.read(_BLOCK):
                        size += len(block)
                        if size > most:
                            raise _too_large(path, "more")
                        if "worksheets/" in member.filename:
                            last = extent(end + block)
                            rows, columns, end = max(rows, last[0]), max(columns, last[1]), block[-_PLACE:]
                check_cells(path.name, rows, columns, CELLS_A_BYTE * size)
    except _DAMAGED as error:
        raise WrongData(path.name, "a whole and readable .xlsx file", _what(error)) from None


def extent(sheet: bytes) -> tuple[int, int]:
    """Rows and columns up to the last cell that a part of a worksheet names."""
    names = set(_COLUMN.findall(sheet))
    columns = [sum((letter - 64) * 26**power for power, letter in enumerate(name[::-1])) for name in names]
    return max(map(int, _ROW.findall(sheet)), default=0), max(columns, default=0)


def _member(path: Path) -> Plain:
    with path.open("rb") as packed, zipfile.ZipFile(packed) as pack:
        members = [
            member
            for member in pack.infolist()
            if not member.is_dir() and not member.filename.startswith("__MACOSX/") and "/." not in f"/{member.filename}"
        ]
        if len(members) != 1:
            names = [member.filename for member in members[:5]]
            raise WrongData(path.name, "one file in the zip", names or "none", "Unpack it and name the files.")
        with pack.open(members[0]) as stream:
            return Plain(Path(members[0].filename.lower()).suffix, _bounded(stream, packed, path))


def _bounded(stream: IO[bytes] | gzip.GzipFile, packed: IO[bytes], path: Path) -> bytes:
    """What a stream holds. Raises WrongData as soon as that is more than what was read of the packed file can be.

    Args:
        packed: where the stream reads from.
    """
    size, blocks = 0, []
    while block := stream.read(_BLOCK):
        size += len(block)
        if size > max(SMALL, min(LARGEST, RATIO * packed.tell())):
            raise _too_large(path, "more")
        blocks.append(block)
    return b"".join(blocks)


def _too_large(path: Path, size: object) -> WrongData:
    wanted = f"at most {LARGEST >> 30} GiB, and {RATIO} times its packed size beyond {SMALL >> 20} MiB"
    return WrongData(path.name, wanted, size, "Divide it into several files, unpacked.")


def _what(error: Exception) -> str:
    """The kind of damage, in words of ours."""
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, PermissionError):
        return "a file that may not be read"
    if isinstance(error, EOFError):
        return "one that ends too early"
    return "one that is locked by a password" if "password" in str(error) else "a damaged one"
