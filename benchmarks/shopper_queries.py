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
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from deployments.config import AppConfig
from deployments.entrance.access import Caller
from deployments.gateway import Gateway
from deployments.shopper.shapes import SearchIn
from pipelines.evaluation.demands import Answer, searches, unmet
from recsys.funnel import FunnelConfig

QUERIES = Path(__file__).with_suffix(".jsonl")
SERVER = Caller("shop", "benchmark", None, None)
SIZE = 20


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
            asked = [row for row in searches(QUERIES) if row["catalogue"] == catalogue]
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
