"""A mapping for a folder of files, proposed from what is seen in them, and what is doubtful about it."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import yaml

from recsys.datasets.columns import read_files
from recsys.datasets.presets.reading import preset
from recsys.datasets.proposing.guesses import Guess, guessed_events, guessed_items, named
from recsys.datasets.proposing.known import Known, known, pattern_of
from recsys.datasets.proposing.words import EVENT_WORDS, ITEM_WORDS
from recsys.errors import WrongData

SUFFIXES = (".csv", ".tsv", ".txt", ".dat", ".json", ".jsonl", ".ndjson", ".parquet", ".xlsx", ".xml", ".gz", ".zip")


class Sheet(NamedTuple):
    """One file that was read."""

    file: str
    frame: pl.DataFrame


class Proposal(NamedTuple):
    """Plain values of a mapping, and doubts, a line each."""

    values: dict[str, Any]
    doubts: list[str]

    def text(self) -> str:
        """YAML that can be saved as mapping.yaml; the doubts are comments before it."""
        doubts = "".join(f"# doubt: {doubt}\n" for doubt in self.doubts)
        return doubts + "".join(_dumped(key, value) for key, value in self.values.items())


def _dumped(key: str, value: Any) -> str:
    flow = None if isinstance(value, dict) else False
    return yaml.safe_dump({key: value}, sort_keys=False, allow_unicode=True, default_flow_style=flow, width=110)


def proposed(folder: Path) -> Proposal:
    """Raises WrongData where no file of the folder can be read as items or events."""
    doubts: list[str] = []
    sheets = _sheets(folder, doubts)
    values = _known(sheets, doubts)
    rest = [sheet for sheet in sheets if known(sheet.file, sheet.frame.columns) is None]
    for table, guess in _guessed(rest, values, doubts).items():
        values[table] = guess
    if not {"items", "events", "format"} & set(values):
        raise WrongData(
            str(folder),
            "a file with ids of items, or of users and items",
            {sheet.file: sheet.frame.columns for sheet in sheets} or sorted(path.name for path in folder.iterdir()),
            "Write a mapping.yaml (docs/your-shop.md), or start from one: python -m pipelines mapping --format shopify",
        )
    return Proposal(values, doubts)


def _sheets(folder: Path, doubts: list[str]) -> list[Sheet]:
    if not folder.is_dir():
        raise WrongData(str(folder), "a folder with data", "nothing there" if not folder.exists() else "a file")
    sheets = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix.lower() in SUFFIXES and not path.name.startswith("mapping."):
            file = path.relative_to(folder).as_posix()
            try:
                sheets.append(Sheet(file, read_files([path], file, strict=False).frame))
            except WrongData as error:
                if known(path.name, []):
                    sheets.append(Sheet(file, pl.DataFrame()))
                else:
                    doubts.append(f"{file} cannot be read: {error}")
    return sheets


def _known(sheets: list[Sheet], doubts: list[str]) -> dict[str, Any]:
    """What presets say of the sheets that are theirs."""
    found: dict[str, tuple[Known, Sheet]] = {}
    for sheet in sheets:
        one = known(sheet.file, sheet.frame.columns)
        if one is not None:
            found.setdefault(one.table, (one, sheet))
    if not found:
        return {}
    values: dict[str, Any] = {"format": (found.get("events") or found["items"])[0].format}
    for table, (one, sheet) in found.items():
        own: dict[str, Any] = {} if one.format == values["format"] else {"format": one.format}
        doubts.append(f"{sheet.file} has the shape of {one.format} ({table})")
        if not fnmatch(sheet.file, pattern_of(one)):
            own["files"] = sheet.file
        if table == "items":
            own |= _currency(one, sheet, doubts)
        values |= {table: own} if own else {}
    events = found.get("events")
    renamed = events is not None and "files" in values.get("events", {})
    if events is not None and renamed and "items" not in found and "items" in preset(events[0].format):
        values["items"] = {"files": events[1].file}  # made of the same log
    return values


def _currency(one: Known, sheet: Sheet, doubts: list[str]) -> dict[str, str]:
    columns = preset(one.format)["items"]
    if columns.get("currency") or "currency" in columns["columns"] or "price" not in columns["columns"]:
        return {}
    guess = guessed_items(sheet.frame)
    if "currency" in guess.values:
        return {"currency": guess.values["currency"]}
    doubts.append("the prices say no currency; add it under items: currency: EUR")
    return {}


def _guessed(sheets: list[Sheet], values: dict[str, Any], doubts: list[str]) -> dict[str, Any]:
    """Tables that no preset knows, by the names of their columns."""
    found: dict[str, Any] = {}
    has = set(preset(values["format"])) if "format" in values else set()
    logs = [sheet for sheet in sheets if {"user_id", "item_id"} <= set(named(sheet.frame, EVENT_WORDS))]
    logs = [sheet for sheet in logs if not {"title", "price"} <= set(named(sheet.frame, ITEM_WORDS))]
    goods = [
        sheet for sheet in sheets if sheet not in logs and {"item_id", "title"} <= set(named(sheet.frame, ITEM_WORDS))
    ]
    if not goods:
        goods = [
            sheet
            for sheet in sheets
            if sheet not in logs and {"item_id", "price"} <= set(named(sheet.frame, ITEM_WORDS))
        ]
    lines = _joined(sheets, [*logs, *goods]) if not logs else None
    if goods and "items" not in has:
        found["items"] = _table(max(goods, key=lambda sheet: sheet.frame.width), guessed_items, doubts)
    if logs and "events" not in has:
        found["events"] = _table(max(logs, key=lambda sheet: sheet.frame.height), guessed_events, doubts)
    elif lines is not None and "events" not in has:
        sheet, other, key = lines
        both = Sheet(sheet.file, sheet.frame.join(other.frame.unique(key), on=key, how="left"))
        found["events"] = {**_table(both, guessed_events, doubts), "join": {"files": other.file, "on": key}}
        doubts.append(f"{sheet.file} says nobody's name: {other.file} is joined to it by {key}")
    used = {table["files"] for table in found.values()} | ({lines[1].file} if lines else set())
    doubts += [f"{sheet.file} is not read" for sheet in sheets if sheet.file not in used]
    return found


def _table(sheet: Sheet, guessed: Callable[[pl.DataFrame, str], Guess], doubts: list[str]) -> dict[str, Any]:
    guess = guessed(sheet.frame, Path(sheet.file).name)
    doubts += [f"{sheet.file}: {doubt}" for doubt in guess.doubts]
    return {"files": sheet.file, **guess.values}


def _joined(sheets: list[Sheet], taken: list[Sheet]) -> tuple[Sheet, Sheet, str] | None:
    """Lines with items, the header with users, and the column that both have."""
    for lines in sheets:
        for header in sheets:
            users, goods = named(header.frame, EVENT_WORDS), named(lines.frame, EVENT_WORDS)
            if lines is header or lines in taken or "user_id" not in users or "item_id" not in goods:
                continue
            both = [name for name in lines.frame.columns if name in header.frame.columns and name != goods["item_id"]]
            for key in both:
                if header.frame[key].n_unique() == len(header.frame):
                    return lines, header, key
    return None
