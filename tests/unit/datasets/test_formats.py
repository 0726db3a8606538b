"""Files as other people write them: found by the whole file, or one line that says what to set."""

from __future__ import annotations

import gzip
import io
import json
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recsys.datasets.formats import packing
from recsys.datasets.formats.encoding import to_utf8
from recsys.datasets.formats.read import SUFFIXES, read_file
from recsys.datasets.formats.settings import FileRead, FileSettings
from recsys.datasets.formats.survey import survey
from recsys.errors import WrongConfig, WrongData
from tests.packed import workbook, zipped

ROWS = [("sku", "name"), ("A1", "Mug"), ("A2", "Pan, large")]
FEED = (
    '<rss xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title>'
    "<item><g:id>A1</g:id><name>Salt &amp; pepper</name><g:tag>a</g:tag><g:tag>b</g:tag></item>"
    "<item><g:id>A2</g:id><name>Pan</name><g:tag>c</g:tag></item></channel></rss>"
)


def read(folder: Path, name: str, data: bytes | str, **told: Any) -> FileRead:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_file(path, FileSettings.parse(told))


@pytest.mark.parametrize(
    ("encoding", "texts", "called"),
    [
        ("cp1252", ["CAFÉ £ MUG", "crème brûlée"], "Windows-1252"),
        ("cp1252", ["Möbelstück für Küche", "899 €"], "Windows-1252"),
        ("cp1250", ["Źródło światła", "żółty młynek"], "Windows-1250"),
        ("cp1251", ["Красный чайник"], "Windows-1251"),
        ("gb18030", ["红色茶壶", "不锈钢保温杯"], "GB18030"),
        ("shift_jis", ["赤いやかん", "ステンレス ボトル"], "Shift-JIS"),
        ("euc_kr", ["빨간 주전자", "스테인리스 보온병", "파란 꽃병"], "EUC-KR"),
        ("big5", ["紅色茶壺", "不鏽鋼保溫瓶"], "Big5"),
        ("utf-16", ["Tasse à café"], "UTF-16"),
        ("utf-16-le", ["Tasse à café"], "UTF-16"),
        ("utf-8-sig", ["茶"], "UTF-8"),
    ],
)
def test_encodings_are_found_by_the_whole_file(encoding: str, texts: list[str], called: str, tmp_path: Path) -> None:
    text = "sku,name\n" + "".join(f"A,{text}\n" for text in texts)
    found = read(tmp_path, "items.csv", text.encode(encoding))
    assert found.frame["name"].to_list() == texts and found.took.startswith(called)
    assert read(tmp_path, "items.csv", text.encode(encoding), encoding=encoding).frame.equals(found.frame)


@pytest.mark.parametrize(("encoding", "text"), [("cp1252", "£5"), ("cp949", "차"), ("cp1250", "erdő"), ("big5", "茶")])
def test_a_few_bytes_that_may_be_anything_are_asked_about(encoding: str, text: str) -> None:
    with pytest.raises(WrongData, match=r"wanted text whose encoding is clear.*Set `encoding:`"):
        to_utf8(f"sku,name\nA,{text}\n".encode(encoding), "items.csv", None)


def test_a_wrong_encoding_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(WrongData, match=r"items\.csv, line 2: wanted text in utf-8.*Set `encoding:`"):
        read(tmp_path, "items.csv", b"sku\nCAF\xc9\n", encoding="utf-8")
    with pytest.raises(WrongConfig, match=r"encoding: wanted the name of an encoding"):
        FileSettings.parse({"encoding": "klingon"})


@pytest.mark.parametrize("sign", [",", ";", "\t", "|", "::"])
@pytest.mark.parametrize("suffix", ["csv", "tsv", "txt", "dat"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_and_ends_of_lines_are_found(sign: str, suffix: str, end: str, tmp_path: Path) -> None:
    text = end.join(sign.join(f'"{cell}"' if sign in cell else cell for cell in row) for row in ROWS) + end
    assert read(tmp_path, f"f.{suffix}", text).frame.rows() == ROWS[1:]


def test_a_quote_that_is_a_plain_sign_swallows_no_rows(tmp_path: Path) -> None:
    lines = ["id\tname", *(f"A{number}\tMug {number}" for number in range(40))]
    lines[10], lines[30] = 'A9\t"Old blue jug', 'A29\tTray 12"'
    found = read(tmp_path, "feed.tsv", "\n".join(lines))
    assert (
        len(found.frame) == 40 and found.frame["name"][9] == '"Old blue jug' and found.frame["name"][29] == 'Tray 12"'
    )
    assert found.notes[0][0].startswith("`quote: none` taken")
    assert read(tmp_path, "feed.tsv", "\n".join(lines), quote="none").frame.equals(found.frame)
    lines[20] = "A19\ta\tb"
    with pytest.raises(WrongData, match=r"feed\.tsv, row 20: wanted 2 cells .* line 21.*quote: none"):
        read(tmp_path, "feed.tsv", "\n".join(lines))


@pytest.mark.parametrize(
    ("text", "told", "rows"),
    [
        ('a,b\n"x\ny,z",2\n3,4\n', {}, [("x\ny,z", "2"), ("3", "4")]),
        ('"a","b"\n"x\ny","2"\n', {}, [("x\ny", "2")]),
        ('a,b\n"x ""y""",2\n', {}, [('x "y"', "2")]),
        ('a,b\n"x \\"y\\"",2\n', {}, [('x "y"', "2")]),
        ('a,b\nx 12" y,2\n"3,5",4\n', {}, [('x 12" y', "2"), ("3,5", "4")]),
        ("a,b\n'x,y',2\n", {"quote": "'"}, [("x,y", "2")]),
        ("a,b\n\n1,2\n\n", {}, [("1", "2")]),
        ("sep=;\na;b\n1,5;2\n", {}, [("1,5", "2")]),
        ("1::2\n3::4\n", {"header": ["a", "b"]}, [("1", "2"), ("3", "4")]),
        ("x,y\n3,4\n", {"header": False}, [("x", "y"), ("3", "4")]),
        ("Stock list\n\nsku,name,left\nA,Axe,1\n", {}, [("A", "Axe", "1")]),
        ("Stock list,,\n,,\nsku,name,left\nA,Axe,1\n", {}, [("A", "Axe", "1")]),
        ("sku,,\nA,Axe,1\n", {"header": True}, [("A", "Axe", "1")]),
        ("sku,,\nA,Axe,x\nB,Bow,y\n", {}, [("A", "Axe", "x"), ("B", "Bow", "y")]),
    ],
)
def test_rows_are_those_of_the_file(text: str, told: dict[str, Any], rows: list[Any], tmp_path: Path) -> None:
    assert read(tmp_path, "f.csv", text, **told).frame.rows() == rows


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "a,b\nx,2\n3,4,5\n",
            r"f\.csv, row 2: wanted 2 cells as in the first row, got '3 on line 3'\. Set `separator:`",
        ),
        ("1,2\n3,4\n", r"f\.csv, row 1: wanted the names of the columns.*Set `header:"),
        ("", r"f\.csv: wanted a header and rows, got 'an empty file'"),
        ('a,b\n"x,2,3\n4,5\n', r"f\.csv"),
        ("a,b,c\n1,2,3\n4\n", r"f\.csv, row 2: wanted 3 cells .*take out lines that are no rows"),
        ("a\nb,c,d\n1,2,3\ne\n", r"f\.csv, row 1: wanted 1 cells"),
        ("name\nRed, big, new\nBlue, big, old\n", r"f\.csv, row 1: wanted 1 cells"),
    ],
)
def test_what_is_no_table_says_what_to_set(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(WrongData, match=said):
        read(tmp_path, "f.csv", text)


def test_titles_over_a_table_are_said(tmp_path: Path) -> None:
    found = read(tmp_path, "f.csv", "Stock of\nMonday\nsku;name;left\nA;Axe;1\n")
    assert found.frame.columns == ["sku", "name", "left"]
    assert found.notes == (("lines above the names of the columns, left out: 'Stock of'", 2),)
    found = read(tmp_path, "f.xlsx", workbook(("Stock", "", ""), ("sku", "name", "left"), ("A", "Axe", "1")))
    assert found.frame.rows() == [("A", "Axe", "1")] and found.notes[-1][1] == 1


def test_records_stay_nested(tmp_path: Path) -> None:
    records = [{"id": 1, "price": {"eur": 5}}, {"id": "B2", "price": {"eur": 7.5, "tags": ["x"]}}]
    expected = [{"id": "1", "price": {"eur": 5.0, "tags": None}}, {"id": "B2", "price": {"eur": 7.5, "tags": ["x"]}}]
    assert read(tmp_path, "f.json", json.dumps(records)).frame.to_dicts() == expected
    assert read(tmp_path, "f.json", json.dumps({"products": records})).frame.to_dicts() == expected
    assert read(tmp_path, "f.jsonl", "\n".join(map(json.dumps, records))).frame.to_dicts() == expected
    with pytest.raises(WrongData, match=r"f\.jsonl, line 2: wanted a JSON object"):
        read(tmp_path, "f.jsonl", '{"a": 1}\n{"a"')
    deep = json.dumps({"data": {"page": {"rows": records, "of": [1]}}, "total": 2})
    assert read(tmp_path, "f.json", deep).frame.to_dicts() == expected
    assert read(tmp_path, "f.json", deep, record="data.page.rows").took.endswith("`data.page.rows`")
    with pytest.raises(WrongData, match=r"Set `record:`"):
        read(tmp_path, "f.json", json.dumps({"a": records, "b": records}))


@pytest.mark.parametrize(
    "text", ['{"a": 1}\r{"a": 2}\r', '{"a": 1}\r\n\n\r{"a": 2}', '[{"a": 1}, {"a": 2}]', '\n[{"a":1},{"a":2}]']
)
@pytest.mark.parametrize("suffix", ["json", "jsonl", "ndjson"])
def test_records_are_read_whatever_ends_or_surrounds_them(text: str, suffix: str, tmp_path: Path) -> None:
    assert read(tmp_path, f"f.{suffix}", text).frame.rows() == [(1,), (2,)]


def test_feeds_in_xml_are_rows_of_what_repeats(tmp_path: Path) -> None:
    frame = read(tmp_path, "f.xml", FEED).frame
    assert frame["name"].to_list() == ["Salt & pepper", "Pan"] and frame["tag"].to_list() == [["a", "b"], ["c"]]
    mixed = "<r><i><t>A <b>fine</b> mug<br/></t></i><i><t>Plain</t></i></r>"
    assert read(tmp_path, "f.xml", mixed).frame["t"].to_list() == ["A <b>fine</b> mug<br/>", "Plain"]
    with pytest.raises(WrongData, match="line 1: wanted well-formed XML"):
        read(tmp_path, "f.xml", FEED[:150])
    with pytest.raises(WrongData, match="entities"):
        read(tmp_path, "f.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a><d><e>&b;</e></d></a>')


def test_workbooks_are_read(tmp_path: Path) -> None:
    assert read(tmp_path, "f.xlsx", workbook(*ROWS)).frame.rows() == ROWS[1:]
    with pytest.raises(WrongData, match=r"sheet: wanted a sheet of f\.xlsx"):
        read(tmp_path, "f.xlsx", workbook(*ROWS), sheet="Other")
    with pytest.raises(WrongData, match=r"f\.xlsx: wanted a whole and readable"):
        read(tmp_path, "f.xlsx", workbook(*ROWS)[:-30])


def test_packed_files_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "SMALL", 1 << 20)
    assert read(tmp_path, "f.zip", zipped(f_csv=b"a,b\n1,2\n")).frame.rows() == [("1", "2")]
    assert read(tmp_path, "f.csv.gz", gzip.compress(b"a,b\n1,2\n")).frame.rows() == [("1", "2")]
    with pytest.raises(WrongData, match="wanted one file in the zip"):
        read(tmp_path, "f.zip", zipped(f_csv=b"a\n1\n", g_csv=b"a\n1\n"))
    bomb = b"a,b\n" + b"x" * (4 << 20)
    for name, data in (("f.zip", zipped(f_csv=bomb)), ("f.csv.gz", gzip.compress(bomb, 9))):
        with pytest.raises(WrongData, match="wanted at most 4 GiB, and 200 times its packed size"):
            read(tmp_path, name, data)


def test_giant_cells_and_rows_are_one_line(tmp_path: Path) -> None:
    begun = time.monotonic()
    with pytest.raises(WrongData, match=r"row 1: wanted cells of at most 16 MiB"):
        read(tmp_path, "f.csv", b"a,b\n" + b"x" * (20 << 20) + b",1\n")
    with pytest.raises(WrongData, match="at most 10,000 columns"):
        read(tmp_path, "f.csv", b"," * 1_000_000 + b"\n")
    assert time.monotonic() - begun < 30


@given(st.lists(st.lists(st.text('ab",;\n\t', max_size=4), min_size=2, max_size=2), min_size=1, max_size=6))
def test_a_survey_counts_what_a_parser_reads(rows: list[list[str]]) -> None:
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in rows]
    text = "".join(",".join(row) + "\n" for row in quoted).encode()
    found = survey(text, ",", '"')
    assert found.fits and found.rows == len(rows) and found.width == 2 and not found.blank
    assert found.lines_in_cells == sum(cell.count("\n") for row in rows for cell in row)


TABLE = 'sku,name,price\r\nA1,"Mug, \u00e9",5.00\r\nA2,Pan,6.00\n'.encode()
PARQUET = io.BytesIO()
pl.DataFrame(ROWS[1:], ROWS[0], orient="row").write_parquet(PARQUET)
WHOLE: dict[str, bytes] = {
    ".csv": TABLE,
    ".tsv": TABLE.replace(b",", b"\t"),
    ".dat": TABLE.replace(b",", b"::"),
    ".jsonl": b'{"a": 1, "b": {"c": [1, "x"]}}\n{"a": "y"}\n',
    ".json": b'[{"a": 1, "b": {"c": [1, "x"]}}, {"a": "y"}]',
    ".xml": FEED.encode(),
    ".xlsx": workbook(*ROWS),
    ".csv.gz": gzip.compress(TABLE),
    ".zip": zipped(f_csv=TABLE),
    ".parquet": PARQUET.getvalue(),
}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_files_are_read_or_refused_in_one_line(data: st.DataObject, tmp_path: Path) -> None:
    suffix = data.draw(st.sampled_from([*sorted(WHOLE), *SUFFIXES]))
    whole = WHOLE.get(suffix, b"")
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)) | st.just(len(whole)))
    junk = data.draw(
        st.binary(max_size=40) | st.text(max_size=8).map(str.encode) | st.sampled_from([b"\r", b'"', b"\0"])
    )
    try:
        found = read(tmp_path, f"f{suffix}", whole[:start] + junk + whole[end:])
    except WrongData as error:
        assert "\n" not in str(error) and "polars" not in str(error).lower() and "Error" not in str(error)
    else:
        assert isinstance(found.frame, pl.DataFrame)
