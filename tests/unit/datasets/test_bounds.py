"""Files that would take all memory or time, made small here: one line each, said before the memory is taken."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys.datasets.canonical import read_parquet
from recsys.datasets.formats import bounds, packing
from recsys.datasets.formats.packing import extent
from recsys.datasets.formats.read import read_file
from recsys.datasets.formats.settings import FileSettings
from recsys.datasets.mapping import Mapping
from recsys.errors import WrongConfig, WrongData
from tests.packed import workbook, zipped

MIB = 1 << 20


def far_away() -> bytes:
    """A workbook of a kilobyte whose second cell stands at the end of the largest sheet there can be."""
    far = b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>z</t></is></c></row></sheetData>'
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(("a",), ("1",)))) as book, zipfile.ZipFile(out, "w") as pack:
        for name in book.namelist():
            pack.writestr(name, book.read(name).replace(b"</sheetData>", far))
    return out.getvalue()


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "columns.csv": (lambda: b"," * 1_000_000 + b"\n", "10,000 columns"),
    "columns.jsonl": (lambda: json.dumps({f"c{n}": 1 for n in range(100_000)}).encode(), "10,000 different keys"),
    "columns.json": (lambda: json.dumps([{f"c{n}": 1 for n in range(100_000)}]).encode(), "10,000 different keys"),
    "keys.jsonl": (lambda: b"".join(b'{"c%d": 1}\n' % n for n in range(200_000)), "10,000 different keys"),
    "columns.xml": (lambda: b"<r>" + b"".join(b"<c%d/>" % n for n in range(200_000)) + b"</r>", "10,000 names"),
    "children.xml": (lambda: b"<r><i>" + b"<c>1</c>" * 200_000 + b"</i><i><c>2</c></i></r>", "2 rows"),
    "cell.csv": (lambda: b"a,b\n" + b"x" * (100 * MIB) + b",1\n", "row 1: wanted cells of at most 16 MiB"),
    "cell.jsonl": (lambda: b'{"a": "' + b"x" * (40 * MIB) + b'"}', "row 1: wanted records of at most 16 MiB"),
    "list.jsonl": (lambda: b'{"a": [' + b"1," * (10 * MIB) + b"1]}", "row 1: wanted records of at most 16 MiB"),
    "cell.xml": (lambda: b"<r><i><a>" + b"x" * (20 * MIB) + b"</a></i></r>", "well-formed XML"),
    "deep.json": (lambda: b"[" * MIB, "brackets without end"),
    "deep.xml": (lambda: b"<a>" * MIB, "well-formed XML"),
    "far.xlsx": (far_away, "10,000 columns"),
    "bomb.csv.gz": (lambda: gzip.compress(b"a,b\n" + b"1,2\n" * (4 * MIB)) * 200, "200 times its packed size"),
    "bomb.zip": (lambda: zipped(f_csv=b"a,b\n" + b"1,2\n" * (20 * MIB)), "200 times its packed size"),
}
"""File -> how it is made, and what is said of it."""

READ_ALL = """
import resource, sys
from pathlib import Path
from recsys.datasets.formats.read import read_file
from recsys.datasets.formats.settings import FileSettings
from recsys.datasets.mapping import Mapping
from recsys.errors import WrongConfig, WrongData
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
begun = peak()
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        said = f"{len(read_file(path, FileSettings()).frame)} rows"
    except WrongData as error:
        said = str(error)
    print(path.name, said, sep="\\t")
print("peak", peak() - begun, sep="\\t")
"""


def test_bad_files_are_one_line_each_in_bounded_memory_and_time(tmp_path: Path) -> None:
    """Of up to a hundred MiB, and packed of gigabytes; a process of its own, for memory is measured at its highest."""
    for name, (made, _) in BAD.items():
        (tmp_path / name).write_bytes(made())
    command = [sys.executable, "-c", READ_ALL, str(tmp_path)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout.splitlines()
    said = dict(line.split("\t") for line in lines)
    assert said.keys() == {*BAD, "peak"}
    assert [name for name, (_, wanted) in BAD.items() if wanted not in said[name]] == []
    assert int(said["peak"]) < 700


def test_parquet_is_believed_only_as_far_as_its_bytes_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "items.parquet"
    pq.write_table(pa.table({"a": pa.nulls(100_000, pa.string()), "b": pa.nulls(100_000, pa.string())}), path)
    assert len(read_file(path, FileSettings()).frame) == 100_000
    monkeypatch.setattr(bounds, "FEW_CELLS", 1000)
    for read in (lambda: read_file(path, FileSettings()), lambda: read_parquet([path])):
        with pytest.raises(WrongData, match=r"items\.parquet: wanted at most .* got '100,000 rows of 2 columns'"):
            read()
    monkeypatch.setattr(bounds, "LARGEST_CELL", 10)
    pq.write_table(pa.table({"a": ["short", "a longer text"]}), path)
    with pytest.raises(WrongData, match=r"items\.parquet: a, row 2: wanted cells of at most"):
        read_file(path, FileSettings())


def test_sparse_records_are_bounded_by_what_they_would_fill(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = b"".join(b'{"c%d": 1}\n' % number for number in range(500))
    bounds.check_records(lines, "few.jsonl")
    monkeypatch.setattr(bounds, "FEW_CELLS", 1000)
    with pytest.raises(WrongData, match="500 rows of 500 columns"):
        bounds.check_records(lines, "few.jsonl")
    bounds.check_records(b"".join(b'{"c%d": "%s"}\n' % (number, b"x" * 100) for number in range(500)), "more.jsonl")


@pytest.mark.parametrize(
    ("sheet", "found"),
    [
        (b'<c r="A1"/><c s="2" r="AB12"/><c r="C300"/>', (300, 28)),
        (b"<c r='XFD7'/>", (7, 16_384)),
        (b'<row r="9"/><dimension ref="A1:ZZ99"/>', (0, 0)),
    ],
)
def test_a_sheet_reaches_to_its_last_cell(sheet: bytes, found: tuple[int, int]) -> None:
    assert extent(sheet) == found


def test_a_packed_file_is_refused_as_soon_as_it_grows_too_fast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows in the file does not count: it was not read."""
    monkeypatch.setattr(packing, "SMALL", MIB)
    noise = bytes(number * 7919 % 251 for number in range(MIB))
    path = tmp_path / "f.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * (2 * MIB)) + gzip.compress(noise))
    with pytest.raises(WrongData, match="200 times its packed size"):
        packing.unpacked(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &a [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)), "100,000 values"),
        ("a: &a [*a]\n", "100,000 values"),
        ("[" * 100_000, "a readable JSON or YAML file"),
        ("at: 2024-99-99\n", "a readable JSON or YAML file"),
        ("\0", "a readable JSON or YAML file"),
    ],
)
def test_a_mapping_that_unfolds_without_end_is_refused(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    path.write_text(text.replace("*a0", "*a"))
    with pytest.raises(WrongConfig, match=said) as caught:
        Mapping.read(path)
    assert "\n" not in str(caught.value)
