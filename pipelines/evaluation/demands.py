"""Whether the answer to a search is what a shop owner demands of it; each demand that is not met, in words.

A demand is a field of `expect`, as `benchmarks/shopper_queries.md` says them. An answer is a slate as the door gives
it: `items` with their facts, `num_matches`, `understood`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from recsys.datasets.files import read_text
from recsys.errors import WrongData

Answer = Mapping[str, Any]
"""A slate as the door gives it."""


def searches(path: Path) -> list[dict[str, Any]]:
    """The searches of a file of JSON lines, in its order: `id`, `query`, `expect`, and what else they say.

    Raises WrongData naming the line that is none, or the demand that nobody knows.
    """
    found = []
    for number, line in enumerate(read_text(path).splitlines(), 1):
        if line.strip():
            found.append(_search(line, f"{path.name}, line {number}"))
    return found


def _search(line: str, place: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        raise WrongData(place, "a JSON object", line) from None
    if not isinstance(row, dict) or not {"id", "query", "expect"} <= row.keys() or not isinstance(row["expect"], dict):
        raise WrongData(place, "a JSON object with id, query and expect", row)
    unknown = [
        *(name for name in row["expect"] if name not in DEMANDS),
        *(name for name in row["expect"].get("top_all_match", ()) if name not in OF_ITEM),
    ]
    if unknown:
        raise WrongData(f"{place}: expect", f"one of {[*DEMANDS, *OF_ITEM]}", unknown[0])
    return row


def unmet(expect: Mapping[str, Any], answer: Answer) -> list[str]:
    """Every demand that the answer does not meet, in words."""
    return [line for name, wanted in expect.items() for line in DEMANDS[name](wanted, expect, answer)]


def _first(wanted: list[str], _: Mapping[str, Any], answer: Answer) -> Iterator[str]:
    first = answer["items"][0]["item_id"] if answer["items"] else None
    if first not in wanted:
        yield f"first: wanted one of {wanted[:5]}, got {first}"


def _num_top(wanted: int, _: Mapping[str, Any], answer: Answer) -> Iterator[str]:
    if len(answer["items"]) < wanted:
        yield f"items: wanted {wanted}, got {len(answer['items'])}"


def _top(wanted: Mapping[str, Any], expect: Mapping[str, Any], answer: Answer) -> Iterator[str]:
    for item in answer["items"][: expect["top_k"]]:
        for name, value in wanted.items():
            if not OF_ITEM[name](value, item):
                yield f"{name} {value}: not of {item['title'][:60]!r}"


def _among(wanted: Mapping[str, Any], _: Mapping[str, Any], answer: Answer) -> Iterator[str]:
    if not {item["item_id"] for item in answer["items"][: wanted["k"]]} & set(wanted["item_ids"]):
        yield f"none of {wanted['item_ids'][:5]} among the first {wanted['k']}"


def _at_most(wanted: int, _: Mapping[str, Any], answer: Answer) -> Iterator[str]:
    if answer["num_matches"] > wanted:
        yield f"matches: at most {wanted}, got {answer['num_matches']}"


def _at_least(wanted: int, _: Mapping[str, Any], answer: Answer) -> Iterator[str]:
    if answer["num_matches"] < wanted:
        yield f"matches: at least {wanted}, got {answer['num_matches']}"


def _corrected(wanted: Mapping[str, str], _: Mapping[str, Any], answer: Answer) -> Iterator[str]:
    said = {one["words"]: one["value"] for one in (answer.get("understood") or {}).get("corrected", ())}
    if any(said.get(word) != meant for word, meant in wanted.items()):
        yield f"corrected: wanted {dict(wanted)}, got {said}"


def _filters(wanted: Mapping[str, Any], _: Mapping[str, Any], answer: Answer) -> Iterator[str]:
    said = _limits((answer.get("understood") or {}).get("filters", ()))
    if any(said.get(name) != value for name, value in wanted.items()):
        yield f"filters: wanted {dict(wanted)}, got {said}"


def _limits(filters: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Limits of the price, in units of the currency."""
    return {
        name: one[f"{name}_micros"] / 1e6
        for one in filters
        for name in ("price_min", "price_max")
        if one.get(f"{name}_micros") is not None
    }


DEMANDS: dict[str, Callable[[Any, Mapping[str, Any], Answer], Iterator[str]]] = {
    "first_any_of": _first,
    "top_k": _num_top,
    "top_all_match": _top,
    "contains_any_of": _among,
    "num_matches_max": _at_most,
    "num_matches_min": _at_least,
    "corrected": _corrected,
    "understood_filters": _filters,
}


def _has_word(text: str, words: Iterable[str]) -> bool:
    """Whether one of them stands there, case aside, touched by no letter or digit."""
    return any(re.search(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", text, re.IGNORECASE) for word in words)


def _one_of(value: str | None, wanted: Iterable[str]) -> bool:
    return value is not None and value.casefold() in {one.casefold() for one in wanted}


def _costs(item: Mapping[str, Any], least: float, most: float) -> bool:
    price = item["price_micros"]
    return price is not None and least <= price / 1e6 <= most


OF_ITEM: dict[str, Callable[[Any, Mapping[str, Any]], bool]] = {
    "title_has_any": lambda wanted, item: _has_word(item["title"], wanted),
    "title_has_none": lambda wanted, item: not _has_word(item["title"], wanted),
    "price_max": lambda wanted, item: _costs(item, 0.0, wanted),
    "price_min": lambda wanted, item: _costs(item, wanted, float("inf")),
    "brand_any": lambda wanted, item: _one_of(item["brand"], wanted),
    "category_any": lambda wanted, item: any(
        _one_of(part.strip(), wanted) for level in item["category"] for part in (level, *level.split(","))
    ),
    "attribute": lambda wanted, item: all(
        any(_one_of(said, [value]) for said in item["attributes"].get(name, [])) for name, value in wanted.items()
    ),
}
