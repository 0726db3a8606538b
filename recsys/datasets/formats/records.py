"""Records in JSON: a record a line, or one array of them. Nested ones stay nested."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import polars as pl

from recsys.datasets.formats.bounds import check_records
from recsys.datasets.formats.encoding import line_feeds
from recsys.datasets.formats.settings import FileRead, FileSettings
from recsys.errors import WrongData

_OTHERWISE = (pl.exceptions.PolarsError, pl.exceptions.PanicException)
"""What Polars says of records that it cannot bring together."""
_DEEPEST = 6
"""Objects around a list of records."""


def read_lines(data: bytes, name: str) -> FileRead:
    """A record a line. Raises WrongData naming the first line that holds none."""
    data = line_feeds(data)  # no text of JSON holds the end of a line as it is
    if not data.strip():
        raise WrongData(name, "a JSON object a line", "an empty file")
    lines = sum(1 for line in data.split(b"\n") if line.strip())
    took = "a JSON object a line"
    try:
        check_records(data, name)
        frame = pl.read_ndjson(data, infer_schema_length=None)
    except (ValueError, RecursionError, *_OTHERWISE):
        return records_read(_by_line(data, name), name, took)
    texts = (frame[key] for key, kind in frame.schema.items() if kind == pl.String)
    if len(frame) != lines or any(column.str.contains(r"^[\[{]").any() for column in texts):
        return records_read(_by_line(data, name), name, took)  # Polars writes lists beside texts as texts
    return FileRead(frame, took)


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
    return records_read(records, name, "a JSON array of objects" + (f", `{key}`" if key else ""))


def records_read(records: list[Any], name: str, took: str) -> FileRead:
    """Objects as a frame; what is of several kinds in one column becomes text, and is counted. Raises WrongData."""
    for number, record in enumerate(records, 1):
        if not isinstance(record, dict):
            raise WrongData(f"{name}, row {number}", "a JSON object", record)
    if not any(records):
        return FileRead(pl.DataFrame(), took)
    try:  # Polars gives nested values of unequal records one type only where it reads them itself
        lines = _lines(records)
        check_records(lines, name)
        frame = pl.read_ndjson(lines, infer_schema_length=None)
    except RecursionError:
        raise WrongData(name, "JSON nested within reason", "brackets without end") from None
    except _OTHERWISE:
        frame = pl.DataFrame(schema=dict.fromkeys((key for record in records for key in record), pl.String))
    mixed = {key: [record.get(key) for record in records] for key, kind in frame.schema.items() if kind == pl.String}
    columns = {key: _column(values) for key, values in mixed.items() if not len(frame) or _nested(values)}
    notes = [
        (f"{key} has records or lists beside other values: they stay texts", _nested(mixed[key]))
        for key, column in columns.items()
        if column.dtype == pl.String and _nested(mixed[key])
    ]
    whole = frame.with_columns(**columns) if len(frame) else pl.DataFrame(columns)
    return FileRead(whole, took, tuple(notes))


def _lines(records: list[Any]) -> bytes:
    return "\n".join(map(json.dumps, records)).encode()


def _frame(records: list[Any]) -> pl.DataFrame:
    return pl.read_ndjson(_lines(records), infer_schema_length=None)


def _nested(values: list[Any]) -> int:
    return sum(isinstance(value, dict | list) for value in values)


def _column(values: list[Any]) -> pl.Series:
    """Values of one kind as they are, plain ones beside lists as lists of one; others as texts or JSON."""
    lists = [value if value is None or isinstance(value, list) else [value] for value in values]
    inner = [one for value in lists for one in value or ()]
    for tried in (values, lists):
        if _nested(tried) and (tried is values or _nested(inner) in (0, len(inner))):
            with suppress(*_OTHERWISE):
                column = _frame([{"value": value} for value in tried])["value"]
                if column.dtype.is_nested():
                    return column
    if not _nested(values):
        with suppress(*_OTHERWISE):
            return _frame([{"value": value} for value in values])["value"]
    return pl.Series([_text(value) for value in values], dtype=pl.String)


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _records(value: Any, name: str, asked: str | None) -> tuple[str | None, list[Any]]:
    """The list of records, and under which key it stands."""
    if isinstance(value, list):
        return None, value
    lists = _lists(value) if isinstance(value, dict) else {}
    if asked is not None and asked in lists:
        return asked, lists[asked]
    if asked is None and len(lists) == 1:
        return next(iter(lists.items()))
    if asked is None and isinstance(value, dict) and not lists:
        named = _named(value)
        return ("key", named) if named else (None, [value])
    remedy = f"Set `record:` in the mapping to one of {sorted(lists)}." if lists else ""
    raise WrongData(
        name, f"a list of objects called {asked!r}" if asked else "one list of objects", _what(value), remedy
    )


def _named(value: dict[str, Any]) -> list[dict[str, Any]]:
    """Objects under names of their own, which become `key`; none where they do not look alike."""
    alike = len(value) > 1 and all(isinstance(inner, dict) for inner in value.values())
    shared = set.intersection(*(set(inner) for inner in value.values())) if alike else set()
    return [{"key": key, **inner} for key, inner in value.items()] if shared else []


def _lists(value: dict[str, Any]) -> dict[str, list[Any]]:
    """Path -> list of objects, of those that are nearest to the top."""
    level: dict[str, Any] = {key: inner for key, inner in value.items() if isinstance(inner, dict | list)}
    for _ in range(_DEEPEST):
        lists = {path: inner for path, inner in level.items() if _is_records(inner)}
        if lists:
            return lists
        inside = ((path, inner) for path, inner in level.items() if isinstance(inner, dict))
        level = {f"{path}.{key}": inner for path, record in inside for key, inner in record.items()}
    return {}


def _is_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _what(value: Any) -> object:
    return list(value)[:8] if isinstance(value, dict) else type(value).__name__


def _by_line(data: bytes, name: str) -> list[Any]:
    """Raises WrongData naming the first line that holds no object."""
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
    return records


def _place(name: str, error: ValueError) -> str:
    return f"{name}, line {error.lineno}" if isinstance(error, json.JSONDecodeError) else name


def _said(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return " ".join(error.doc[max(0, error.pos - 20) : error.pos + 20].split()) or "its end"
    return "brackets without end" if isinstance(error, RecursionError) else "numbers without end"
