"""A table's columns, guessed by their names and held against what they contain; what is not certain is a doubt."""

from __future__ import annotations

from typing import Any, NamedTuple

import polars as pl

from recsys.datasets import amounts, times
from recsys.datasets.currencies import CODES, codes
from recsys.datasets.proposing.relations import listed_names, named_pairs, parents, texts_of
from recsys.datasets.proposing.words import (
    ATTRIBUTE_WORDS,
    EVENT_WORDS,
    ITEM_WORDS,
    LESS_THE_PRICE,
    NOT_THE_PRICE,
    kind_of,
    likeness,
    plain,
)
from recsys.schema import KINDS

SEPARATORS = (" > ", ">", " / ", "/", "|", "::", "＞")
_WORDS_TOO = frozenset(("ALL", "TOP", "TRY", "MOP", "GEL", "BAM", "CUP"))
"""Codes of currencies that are words of names."""
_IDS = r"^(?:[\d\s,;|]+|[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}.*)$"
_AMOUNT = r"^[^\d-]{0,5}-?[\d.,'’\s]+[^\d]{0,5}$"
_TICKS = (("us", 1e14), ("ms", 1e11), ("s", 1e8))


class Guess(NamedTuple):
    """Settings of one table, without its files."""

    values: dict[str, Any]
    doubts: list[str]


def named(frame: pl.DataFrame, words: dict[str, str]) -> dict[str, str]:
    """Our column -> the likeliest of theirs; each of theirs once, the surest first."""
    sure = sorted(
        ((fit(ours, column, known), ours, column) for column in frame.columns for ours, known in words.items()),
        key=lambda one: -one[0],
    )
    found: dict[str, str] = {}
    for score, ours, column in sure:
        if score and ours not in found and column not in found.values() and _holds(ours, frame[column]):
            found[ours] = column
    return {ours: found[ours] for ours in words if ours in found}


def fit(ours: str, column: str, words: str) -> int:
    """How well a column's name says what is wanted, against what else it says: a price before tax, an id of a brand."""
    score, parts = likeness(column, words), set(plain(column).split())
    if ours == "price" and parts & NOT_THE_PRICE:
        return 0
    less = (ours == "price" and parts & LESS_THE_PRICE) or (ours in ("title", "category", "brand") and "id" in parts)
    return max(score - 400, 1) if score and less else score


def guessed_items(frame: pl.DataFrame) -> Guess:
    """Settings of a catalogue; no `columns.item_id` where nothing looks like an id."""
    columns = named(frame, ITEM_WORDS)
    doubts: list[str] = []
    rows = _rows(frame, columns, doubts)
    money = _category(frame, columns) | _money(frame, columns, doubts)
    rest = [column for column in frame.columns if column not in columns.values()]
    attributes, unused = _attributes(frame, rest)
    doubts += [
        f"{column} has ids such as {texts_of(frame[column])[0][:40]!r}, not names: join the table of names"
        for column in unused
        if likeness(column, ITEM_WORDS["category"]) and len(texts_of(frame[column])) and _are_ids(frame[column])
    ]
    doubts += [f"columns that are not used: {', '.join(unused)}"] if unused else []
    return Guess({"columns": columns, **rows, **money, **attributes}, doubts)


def _rows(frame: pl.DataFrame, columns: dict[str, str], doubts: list[str]) -> dict[str, Any]:
    """What blank cells mean, and which rows are variants."""
    _types_of_rows(frame, columns, doubts)
    if "item_id" not in columns:
        return {}
    ids = frame[columns["item_id"]].drop_nulls()
    if ids.n_unique() < len(ids):
        doubts.append(f"{columns['item_id']} names {len(ids) - ids.n_unique()} rows again: are they variants (group)?")
    above = _above(frame, columns)
    if above is not None:
        doubts.append(f"blank cells are taken to mean what the first row of each {above} says")
    values = ({} if above is None else {"same_as_above": above}) | parents(frame, columns["item_id"], doubts)
    title = columns.get("title")
    if not values and title is not None and not frame.schema[title].is_nested():
        blank = len(frame) - len(texts_of(frame[title]))
        text = f"{blank} rows have no {title}: do they mean a row above (fill_down) or a parent?"
        doubts += [text] if blank else []
    return values


def _attributes(frame: pl.DataFrame, rest: list[str]) -> tuple[dict[str, Any], list[str]]:
    """Settings of attributes, which columns or cells name, and the columns that are left."""
    pairs = named_pairs(rest) | listed_names(frame)
    told = {*pairs, *pairs.values(), *(one.split(".")[0] for one in pairs)}
    attributes = {column: column for column in rest if column not in told and likeness(column, ATTRIBUTE_WORDS)}
    divided = [*attributes, *(column for column in pairs.values() if column in frame.columns)]
    several = {column: sign for column in divided if (sign := _several(frame[column])) is not None}
    found = {"named": pairs, "attributes": attributes, "several": several}
    unused = [column for column in rest if column not in told and column not in attributes]
    return {setting: value for setting, value in found.items() if value}, unused


def guessed_events(frame: pl.DataFrame, file: str) -> Guess:
    """Settings of a log; where no column says a kind, its file's name may."""
    columns = named(frame, EVENT_WORDS)
    values: dict[str, Any] = {"columns": columns}
    doubts: list[str] = []
    if "kind" in columns:
        _kinds(frame[columns["kind"]], values, doubts)
    else:
        values["kind"] = kind_of(file.partition(".")[0]) or "purchase"
        doubts.append(f"no column says what kind of events these are: taken for kind: {values['kind']}")
    values |= _unit(columns["price"]) if "price" in columns else {}
    if "at" in columns:
        _time(frame[columns["at"]], values, doubts)
    else:
        doubts.append("no column of times: the order of the rows is taken for that of the events")
    unused = [column for column in frame.columns if column not in columns.values()]
    doubts += [f"columns that are not used: {', '.join(unused)}"] if unused else []
    return Guess(values, doubts)


def _share(mask: pl.Series) -> float:
    return float(mask.sum()) / len(mask) if len(mask) else 0.0


def _holds(ours: str, column: pl.Series) -> bool:
    """Whether what a column contains can be what its name says."""
    if ours in ("category", "description", "title", "image") and isinstance(column.dtype, pl.List):
        return not column.dtype.inner.is_nested()
    texts = texts_of(column)
    if column.dtype.is_nested() or not len(texts):
        return False
    numbers = _share(texts.cast(pl.Float64, strict=False).is_not_null())
    if ours in ("category", "brand"):
        return not _are_ids(column)
    if ours == "event_id":
        return texts.n_unique() == len(column)
    if ours == "currency":
        return _share(codes(texts.str.to_lowercase()).is_not_null()) > 0.5
    if ours == "price":
        return _share(texts.str.contains(_AMOUNT)) > 0.5
    if ours in ("rating", "rating_count", "quantity", "position"):
        return numbers > 0.5
    if ours in ("title", "description"):
        return numbers < 0.5
    if ours == "kind":
        return texts.n_unique() <= 50
    if ours == "created_at" and column.dtype == pl.String and numbers == 0:
        found = times.by_rows(texts, None)
        return found.undecided is None and found.read.null_count() == 0
    if ours in ("at", "created_at"):
        return bool(texts.str.contains(r"\d").all())
    return True


def _above(frame: pl.DataFrame, columns: dict[str, str]) -> str | None:
    """The column whose groups say their title once, if there is one."""
    title = columns.get("title")
    if title is None or isinstance(frame.schema[title], pl.List):
        return None
    said = frame[title].cast(pl.String).str.strip_chars().fill_null("") != ""
    if said.all() or not said.any():
        return None
    for column in frame.columns:
        if column in columns.values() or frame.schema[column].is_nested() or frame[column].null_count():
            continue
        if frame[column].rle_id().n_unique() > frame[column].n_unique():  # rows of a group stand together
            continue
        groups = frame.select(pl.col(column), said.alias("_said")).group_by(column, maintain_order=True)
        first = groups.agg(pl.col("_said").first(), pl.col("_said").sum().alias("_times"), pl.len().alias("_rows"))
        if first["_said"].all() and (first["_times"] == 1).all() and (first["_rows"] > 1).any():
            return column
    return None


def _category(frame: pl.DataFrame, columns: dict[str, str]) -> dict[str, Any]:
    if "category" not in columns:
        return {}
    texts = texts_of(frame[columns["category"]])
    for sign in SEPARATORS:
        if len(texts) and _share(texts.str.contains(sign, literal=True)) > 0.3:
            many = texts.str.count_matches(", ", literal=True) > 0
            paths = {"paths": ","} if _share(many & texts.str.contains(sign, literal=True)) > 0.2 else {}
            return paths if sign == " > " else {"category_separator": sign, **paths}
    return {}


def _money(frame: pl.DataFrame, columns: dict[str, str], doubts: list[str]) -> dict[str, Any]:
    if "price" not in columns:
        return {}
    name = columns["price"]
    texts = texts_of(frame[name])
    values = _unit(name)
    if "currency" in columns:
        return values
    said = set(codes(amounts.apart(texts).sign).drop_nulls().to_list())
    said |= {part.upper() for part in plain(name).split()} & (CODES - _WORDS_TOO)
    if len(said) == 1:
        return {**values, "currency": said.pop()}
    doubts.append("the prices say no currency" if not said else f"the prices have several currencies: {sorted(said)}")
    doubts[-1] += "; add it: currency: EUR"
    return values


def _are_ids(column: pl.Series) -> bool:
    """Whether texts that should be names are ids of something."""
    return _share(texts_of(column).str.contains(_IDS)) > 0.5


def _types_of_rows(frame: pl.DataFrame, columns: dict[str, str], doubts: list[str]) -> None:
    """Doubt that all rows are items, where a column says that they are of several types."""
    for name in frame.columns:
        kinds = texts_of(frame[name])
        typed = bool({"type", "typ", "tipo"} & set(plain(name).split())) and name not in columns.values()
        if typed and 1 < kinds.n_unique() <= 5 < 2 * len(kinds) and "title" in columns:
            shown = ", ".join(f"{kind} {count}" for kind, count in kinds.value_counts(sort=True).iter_rows())
            doubts.append(f"{name} has {shown}: do all rows count? only: {{{name}: [{kinds[0]}]}} keeps some")


def _unit(name: str) -> dict[str, Any]:
    """What a column of prices counts, as far as its name says."""
    return next(({"money": f"{unit}s"} for unit in ("cent", "micro") if unit in name.lower()), {})


def _several(column: pl.Series) -> str | None:
    """What divides several values in a cell, where many cells are divided so."""
    texts = texts_of(column)
    signs = ("|", ";", ", ")
    return next((one for one in signs if len(texts) and _share(texts.str.contains(one, literal=True)) > 0.2), None)


def _kinds(column: pl.Series, values: dict[str, Any], doubts: list[str]) -> None:
    words = [str(word) for word in texts_of(column).unique(maintain_order=True)]
    kinds = {word: kind_of(word) for word in words if word not in KINDS or word == "view"}
    values["kinds"] = {word: kind for word, kind in kinds.items() if kind is not None and kind != word}
    unknown = [word for word, kind in kinds.items() if kind is None]
    if unknown:
        doubts.append(f"kinds of events that are not known, and that clean will set aside: {', '.join(unknown[:20])}")


def _time(column: pl.Series, values: dict[str, Any], doubts: list[str]) -> None:
    if column.dtype in (pl.Date, pl.Datetime):
        return
    texts = texts_of(column)
    numbers = texts.cast(pl.Float64, strict=False)
    if len(numbers) and numbers.null_count() == 0:
        unit = next((unit for unit, least in _TICKS if float(numbers.sort()[len(numbers) // 2]) > least), None)
        if unit is None:
            doubts.append(f"{column.name} has numbers such as {texts[0]}, which count no time known here: set time")
        else:
            values["time"] = unit
    elif len(texts):
        found = times.by_rows(texts, None)
        if found.undecided is not None:
            doubts.append(
                f"{column.name} has times such as {texts[found.undecided]!r}, which may be two days: set time"
            )
        elif found.read.null_count():
            text = texts.filter(found.read.is_null())[0]
            doubts.append(f"{column.name} has times such as {text!r}, of no form that is known: set time")
