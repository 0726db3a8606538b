"""How many of sixty searches, written by somebody who had not seen the engine, are answered as a shop owner demands.

    OMP_NUM_THREADS=1 python benchmarks/shopper_queries.py --out FILE.json \
        [--simulated var/shop] [--amazon-scientific var/amazon_scientific]

The searches and the meaning of each demand: `shopper_queries.jsonl` and `shopper_queries.md`. Asked is the shop of one
process, by the search that its door answers, without advertisements and without chance. A search is right where all of
its demands hold; each demand that does not is printed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from deployments.config import AppConfig
from deployments.entrance.access import Caller
from deployments.gateway import Gateway
from deployments.shopper.shapes import SearchIn
from recsys.funnel import FunnelConfig

QUERIES = Path(__file__).with_suffix(".jsonl")
SERVER = Caller("shop", "benchmark", None, None)
SIZE = 20
Answer = Mapping[str, Any]
"""A slate as the door gives it."""


def queries(path: Path = QUERIES) -> list[dict[str, Any]]:
    """The searches in the order of the file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]


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


async def ask(workspace: Path, words: Iterable[str]) -> list[Answer]:
    """The answers of a shop of its own over a workspace."""
    with tempfile.TemporaryDirectory() as folder:
        config = AppConfig(
            workspace=str(workspace),
            topology="fused",
            store_url=f"sqlite:///{folder}/store.sqlite",
            funnel=FunnelConfig(explore_share=0.0, ad_positions=()).without_deadlines(),
        )
        gateway = Gateway(config)
        shop = gateway.shop
        answers = [await shop.search(SearchIn(query=query, size=SIZE), SERVER, "benchmark") for query in words]
        await shop.sink.close()
    return [answer.model_dump() for answer in answers]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--simulated", type=Path, help="workspace of the simulated shop")
    parser.add_argument("--amazon-scientific", type=Path, help="workspace of Amazon Scientific")
    parser.add_argument("--out", type=Path, required=True, help="where the rows go, as JSON")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for catalogue in ("simulated", "amazon_scientific"):
        if workspace := getattr(options, catalogue):
            asked = [row for row in queries() if row["catalogue"] == catalogue]
            answers = asyncio.run(ask(workspace, [row["query"] for row in asked]))
            rows += [{**row, "unmet": unmet(row["expect"], answer)} for row, answer in zip(asked, answers, strict=True)]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(rows, indent=1, ensure_ascii=False), "utf-8")
    print("\n".join(_lines(rows)))


def _lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        for line in row["unmet"]:
            yield f"{row['id']} {row['query']!r}: {line}"
    for name in ("kind", "catalogue"):
        asked, right = Counter(row[name] for row in rows), Counter(row[name] for row in rows if not row["unmet"])
        yield from (f"{value:22} {right[value]:3} of {count:3}" for value, count in asked.items())
    num_right = sum(not row["unmet"] for row in rows)
    yield f"{'right':22} {num_right:3} of {len(rows):3} ({num_right / max(1, len(rows)):.0%})"


if __name__ == "__main__":
    main()
