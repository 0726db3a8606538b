"""Records in JSON: a record a line, or one array of them. Nested ones stay nested."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from recsys.datasets.formats.bounds import check_records
from recsys.datasets.formats.encoding import line_feeds
from recsys.datasets.formats.settings import FileRead, FileSettings
from recsys.errors import WrongData


def read_lines(data: bytes, name: str) -> FileRead:
    """A record a line. Raises WrongData naming the first line that holds none."""
    data = line_feeds(data)  # no text of JSON holds the end of a line as it is
    if not data.strip():
        raise WrongData(name, "a JSON object a line", "an empty file")
    lines = sum(1 for line in data.split(b"\n") if line.strip())
    try:
        check_records(data, name)
        frame = pl.read_ndjson(data, infer_schema_length=None)
    except (ValueError, RecursionError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
        frame = _by_line(data, name)
    if len(frame) != lines:
        frame = _by_line(data, name)
    return FileRead(frame, "a JSON object a line")


def read_json(data: bytes, name: str, settings: FileSettings) -> FileRead:
    """An array of objects, or an object with one such array in it, or lines of objects. Raises WrongData."""
    try:
        value = json.loads(data)
    except RecursionError:
        raise WrongData(name, "JSON nested within reason", "brackets without end") from None
    except ValueError as error:
        if isinstance(error, json.JSONDecodeError) and error.msg == "Extra data":
            return read_lines(data, name)
        raise WrongData(
            _place(name, error), "valid JSON", _said(error), "Hand it in again: it is damaged or cut."
        ) from None
    key, records = _records(value, name, settings.record)
    return FileRead(records_frame(records, name), "a JSON array of objects" + (f", `{key}`" if key else ""))


def records_frame(records: list[Any], name: str) -> pl.DataFrame:
    """Objects as a frame; what is of several kinds in one column becomes text. Raises WrongData."""
    for number, record in enumerate(records, 1):
        if not isinstance(record, dict):
            raise WrongData(f"{name}, row {number}", "a JSON object", record)
    if not any(records):
        return pl.DataFrame()
    try:  # Polars gives nested values of unequal records one type only where it reads them itself
        lines = "\n".join(map(json.dumps, records)).encode()
        check_records(lines, name)
        return pl.read_ndjson(lines, infer_schema_length=None)
    except RecursionError:
        raise WrongData(name, "JSON nested within reason", "brackets without end") from None
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        keys = dict.fromkeys(key for record in records for key in record)
        return pl.DataFrame({key: _texts([record.get(key) for record in records]) for key in keys})


def _texts(values: list[Any]) -> pl.Series:
    """Values without a type in common, as texts or JSON."""
    return pl.Series([_text(value) for value in values], dtype=pl.String)


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _records(value: Any, name: str, asked: str | None) -> tuple[str | None, list[Any]]:
    """The list of records, and under which key it stands."""
    if isinstance(value, list):
        return None, value
    lists = {key: inner for key, inner in value.items() if _is_records(inner)} if isinstance(value, dict) else {}
    if asked is not None and asked in lists:
        return asked, lists[asked]
    if asked is None and len(lists) == 1:
        return next(iter(lists.items()))
    if asked is None and isinstance(value, dict) and not lists:
        return None, [value]
    remedy = f"Set `record:` in the mapping to one of {sorted(lists)}." if lists else ""
    raise WrongData(
        name, f"a list of objects called {asked!r}" if asked else "one list of objects", _what(value), remedy
    )


def _is_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _what(value: Any) -> object:
    return list(value)[:8] if isinstance(value, dict) else type(value).__name__


def _by_line(data: bytes, name: str) -> pl.DataFrame:
    records = []
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.strip():
            try:
                record = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise WrongData(
                    f"{name}, line {number}", "a JSON object", _said(error), "Mend or drop the line."
                ) from None
            if not isinstance(record, dict):
                raise WrongData(f"{name}, line {number}", "a JSON object", record, "Mend or drop the line.")
            records.append(record)
    return records_frame(records, name)


def _place(name: str, error: ValueError) -> str:
    return f"{name}, line {error.lineno}" if isinstance(error, json.JSONDecodeError) else name


def _said(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return " ".join(error.doc[max(0, error.pos - 20) : error.pos + 20].split()) or "its end"
    return "brackets without end" if isinstance(error, RecursionError) else "numbers without end"
