"""A mapping for a folder of files, proposed from what is seen in them, and what is doubtful about it."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import yaml

from recsys.datasets.presets.reading import preset
from recsys.datasets.proposing.guesses import Guess, guessed_events, guessed_items, named
from recsys.datasets.proposing.known import Known, known, pattern_of
from recsys.datasets.proposing.relations import Ids, ids_in, keys_of
from recsys.datasets.proposing.sheets import Sheet, elements, read_sheets
from recsys.datasets.proposing.trial import tried
from recsys.datasets.proposing.words import EVENT_WORDS, ITEM_WORDS, likeness
from recsys.errors import WrongData


class Proposal(NamedTuple):
    """Plain values of a mapping, and doubts, a line each."""

    values: dict[str, Any]
    doubts: list[str]

    def text(self) -> str:
        """YAML that can be saved as mapping.yaml; the doubts are comments before it."""
        doubts = "".join(f"# doubt: {doubt}\n" for doubt in self.doubts)
        return doubts + "".join(_dumped(key, value) for key, value in self.values.items())


class Log(NamedTuple):
    """What people did, as a sheet tells it."""

    sheet: Sheet
    """With what is joined to it."""
    ids: Ids
    """The column that names items."""
    join: dict[str, Any]


def _dumped(key: str, value: Any) -> str:
    flow = None if isinstance(value, dict) else False
    return yaml.safe_dump({key: value}, sort_keys=False, allow_unicode=True, default_flow_style=flow, width=110)


def proposed(folder: Path) -> Proposal:
    """Raises WrongData where no file of the folder can be read as items or events."""
    doubts: list[str] = []
    sheets = read_sheets(folder, doubts)
    values, has = _known(sheets, doubts)
    rest = [sheet for sheet in sheets if known(sheet.file, sheet.columns) is None]
    for table, guess in _guessed(rest, has, doubts).items():
        values = {**_apart(values, has, table), table: guess}
    if not {"items", "events", "format"} & set(values):
        raise WrongData(
            str(folder),
            "a file with ids of items, or of users and items",
            {one.file: one.columns for one in sheets} or doubts or sorted(path.name for path in folder.iterdir()),
            "Write a mapping.yaml (docs/your-shop.md), or start from one: python -m pipelines mapping --format shopify",
        )
    return Proposal(values, [*doubts, *tried(folder, values)])


def _known(sheets: list[Sheet], doubts: list[str]) -> tuple[dict[str, Any], set[str]]:
    """What presets say of the sheets that are theirs, and which tables that makes."""
    found: dict[str, tuple[Known, Sheet]] = {}
    for sheet in sheets:
        one = known(sheet.file, sheet.columns)
        if one is not None:
            found.setdefault(one.table, (one, sheet))
    if not found:
        return {}, set()
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
    if events is None or "items" in found or not _is_of_the_log(events[0].format):
        return values, set(found)
    if "files" in values.get("events", {}):
        values["items"] = {"files": events[1].file}
    return values, {"items", "events"}


def _is_of_the_log(name: str) -> bool:
    """Whether a preset makes the items of the files of its events."""
    tables = preset(name)
    return "items" in tables and tables["items"]["files"] == tables["events"]["files"]


def _apart(values: dict[str, Any], has: set[str], table: str) -> dict[str, Any]:
    """The mapping without what its preset says of a table that is another's."""
    if "format" not in values or table not in preset(values["format"]):
        return values
    name = values["format"]
    tables = {one: {"format": name, **values.get(one, {})} for one in sorted(has)}
    return {**{key: value for key, value in values.items() if key != "format"}, **tables}


def _currency(one: Known, sheet: Sheet, doubts: list[str]) -> dict[str, str]:
    columns = preset(one.format)["items"]
    if columns.get("currency") or "currency" in columns["columns"] or "price" not in columns["columns"]:
        return {}
    guess = guessed_items(sheet.frame)
    if "currency" in guess.values:
        return {"currency": guess.values["currency"]}
    doubts.append("the prices say no currency; add it under items: currency: EUR")
    return {}


def _guessed(sheets: list[Sheet], has: set[str], doubts: list[str]) -> dict[str, Any]:
    """Tables that no preset knows, by the names of their columns and by what they contain.

    Args:
        has: tables that are known already.
    """
    goods = _goods(sheets)
    shop = max(goods, key=lambda sheet: sheet.frame.width) if goods and "items" not in has else None
    items = guessed_items(shop.frame) if shop is not None else None
    log = _log(sheets, goods, shop, items, doubts) if "events" not in has else None
    found: dict[str, Any] = {}
    if shop is not None and items is not None:
        found["items"] = _table(shop, items if log is None else _called_by(log, shop, items, doubts), doubts)
    if log is not None:
        guess = guessed_events(_only(log), Path(log.sheet.file).name)
        guess.values["columns"]["item_id"] = log.ids.column
        found["events"] = _table(log.sheet, guess, doubts) | ({"join": log.join} if log.join else {})
    used = {shop.file if shop else "", *((log.sheet.file, log.join.get("files", "")) if log else ())}
    doubts += [f"{sheet.file} is not read" for sheet in sheets if sheet.file not in used]
    return found


def _log(
    sheets: list[Sheet], goods: list[Sheet], shop: Sheet | None, items: Guess | None, doubts: list[str]
) -> Log | None:
    """The log that names most items of the catalogue, or is longest; or lines and their header."""
    catalogues = {one.file for one in goods}
    logs = [
        Log(sheet, ids, {})
        for sheet in sheets
        if sheet is not shop and (_tells_people(sheet) or sheet.file not in catalogues)
        if (ids := _item_of(sheet, shop, items)) is not None
    ]
    whole = [log for log in logs if "user_id" in named(log.sheet.frame, EVENT_WORDS)]
    if whole:
        return max(whole, key=lambda log: (log.ids.share, log.sheet.frame.height))
    return _with_header(sheets, logs, doubts) or _listed(sheets)


def _goods(sheets: list[Sheet]) -> list[Sheet]:
    """What may be a catalogue: with titles, or else with prices, that tells no person."""
    told = [(sheet, set(named(sheet.frame, ITEM_WORDS))) for sheet in sheets]
    for fact in ("title", "price"):
        found = [sheet for sheet, names in told if {"item_id", fact} <= names and not _tells_people(sheet)]
        if found:
            return found
    return []


def _tells_people(sheet: Sheet) -> bool:
    columns = named(sheet.frame, EVENT_WORDS)
    return "user_id" in columns and ("at" in columns or "kind" in columns) and "item_id" in columns


def _item_of(sheet: Sheet, shop: Sheet | None, items: Guess | None) -> Ids | None:
    """The column of a log that names items: by what it contains, where there is a catalogue, or by its name."""
    columns = named(sheet.frame, EVENT_WORDS)
    if shop is not None and items is not None:
        taken = {column for ours, column in items.values["columns"].items() if ours != "item_id"}
        used = {column for ours, column in columns.items() if ours in ("user_id", "at", "kind")}
        found = ids_in(sheet.frame, shop.frame, taken, used)
        if found is not None:
            return found
    name = columns.get("item_id")
    sure = name is not None and (shop is None or likeness(name, EVENT_WORDS["item_id"]) > 500)
    return Ids(name, "", 0.0) if name is not None and sure else None


def _called_by(log: Log, shop: Sheet, items: Guess, doubts: list[str]) -> Guess:
    """The catalogue's settings, whose id is the one that the log names."""
    ids, file = log.ids, log.sheet.file
    if not ids.of:
        doubts.append(f"no id in {ids.column} of {file} is one of {shop.file}: are both of one shop?")
    elif ids.of != items.values["columns"].get("item_id"):
        items.values["columns"]["item_id"] = ids.of
        doubts.append(f"{ids.column} of {file} has values of {ids.of} of {shop.file}, which is taken for the id")
        group = items.values.get("group")
        if group is not None:
            group["ids"] = list(dict.fromkeys([ids.of, *group["ids"]]))
    return items


def _with_header(sheets: list[Sheet], logs: list[Log], doubts: list[str]) -> Log | None:
    """Lines with items, joined to the header that says who ordered them."""
    headers = [sheet for sheet in sheets if "user_id" in named(sheet.frame, EVENT_WORDS)]
    for lines, ids, _ in sorted(logs, key=lambda log: -log.ids.share):
        for header in (one for one in headers if one is not lines):
            keys = keys_of(lines.frame, header.frame, Path(header.file).stem, [ids.column])
            if keys is not None:
                ((ours, theirs),) = keys.items()
                spare = [name for name in header.frame.columns if name == theirs or name not in lines.frame.columns]
                right = header.frame.select(spare).unique(theirs)
                both = lines.frame.join(right, left_on=ours, right_on=theirs, how="left")
                doubts.append(f"{lines.file} says nobody's name: {header.file} is joined to it by {ours}")
                on: Any = ours if ours == theirs else keys
                return Log(lines._replace(frame=both), ids, {"files": header.file, "on": on})
    return None


def _listed(sheets: list[Sheet]) -> Log | None:
    """Orders that list their items."""
    for orders in (one for sheet in sheets for one in elements(sheet)):
        columns = named(orders.frame, EVENT_WORDS)
        if {"user_id", "item_id"} <= set(columns):
            return Log(orders, Ids(columns["item_id"], "", 0.0), {})
    return None


def _only(log: Log) -> pl.DataFrame:
    """The log without other columns that are called like ids of items."""
    frame = log.sheet.frame
    other = named(frame, {"item_id": EVENT_WORDS["item_id"]}).values()
    return frame.drop([name for name in other if name != log.ids.column])


def _table(sheet: Sheet, guess: Guess, doubts: list[str]) -> dict[str, Any]:
    doubts += [f"{sheet.file}: {doubt}" for doubt in guess.doubts]
    return {"files": sheet.file, **guess.values}
