"""Search by words, by meaning, and by both, against graded relevance.

    OMP_NUM_THREADS=1 python benchmarks/search_quality.py --out FILE.json [--judged FOLDER] [--queries 1000] [--seed 0]

Two worlds:

simulated  the embedded shop: the encoder learns from its catalogue and its log up to a cut in time; the judge is the
           shop's hidden truth, on queries that were drawn anew.
judged     a folder with `train.csv.zip` as in CrowdFlower's Search Results Relevance (query, product_title,
           product_description, median_relevance 1 to 4). Split by query: half teaches, half tests.

Every list is cut from the whole catalogue. ndcg@10 has gain 2^grade - 1; recall@k is over the items of the best grade
(at 10: over at most ten of them). BM25 is the lexical index alone; `any word` is BM25 without the rule that asks for
all words first. `sum` adds the z-scores of words and meaning.
"""

from __future__ import annotations

import argparse
import html
import json
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from recsys.config import Config
from recsys.datasets.cleaning import clean_events, clean_items
from recsys.features.catalogue import Catalogue
from recsys.features.pairs import following, pairs, steps
from recsys.index.lexical import LexicalConfig, LexicalIndex
from recsys.index.vectors import VectorIndex
from recsys.metrics.intervals import bootstrap_mean
from recsys.metrics.ranking import graded_ndcg_at_k
from recsys.models.text.encoder import FinetuningConfig, TextEncoder, TextEncoderConfig
from recsys.models.text.pair_training import (
    Pairs,
    description_pairs,
    finetune_text_encoder,
    item_item_pairs,
    pretrain_text_encoder,
    query_item_pairs,
)
from recsys.recall.fusion import propose, score_all
from recsys.recall.sources.lexical import LexicalSource
from recsys.recall.sources.source import Source
from recsys.recall.sources.text import TextSource
from recsys.schema import conform
from recsys.simulation.config import SimulationConfig
from recsys.simulation.shop import Shop
from recsys.slate import Asked, Filters, IntArray, Query
from recsys.splits import TRAIN, split_by_time

DEPTH = 100
Judge = Callable[[str], NDArray[np.float64]]
"""Grade of every item (I,) for a query, 0 for an item that is not relevant."""


class World(NamedTuple):
    """A catalogue, what teaches the encoder beside its texts, and the judge."""

    catalogue: Catalogue
    behaviour: list[Pairs]
    queries: list[str]
    judge: Judge


def simulate(num_queries: int, config: SimulationConfig) -> World:
    """The embedded shop."""
    shop = Shop(config)
    tables = shop.tables()
    items = clean_items(tables.items).kept
    catalogue = Catalogue.from_table(items)
    item_ids = items["item_id"].combine_chunks()
    events = clean_events(tables.events, item_ids).kept
    asked, chosen = pairs(events, item_ids), steps(events, item_ids)
    asked = asked.filter(pa.array(split_by_time(asked["at_s"].to_numpy()) == TRAIN))
    chosen = chosen.filter(pa.array(split_by_time(chosen["at_s"].to_numpy()) == TRAIN))
    near = following(chosen, limit=60_000, rng=np.random.default_rng(0))
    texts = catalogue.texts()
    behaviour = [
        query_item_pairs(asked["query"].to_pylist(), asked["index"].to_numpy(), asked["weight"].to_numpy(), texts),
        item_item_pairs(near["left"].to_numpy(), near["right"].to_numpy(), near["weight"].to_numpy(), texts),
    ]
    fresh = [query.text for query in shop.queries(np.random.default_rng(1), num_queries)]
    return World(catalogue, behaviour, fresh, lambda text: shop.relevance(text, catalogue.item_ids).astype(np.float64))


def read_judged(folder: Path, seed: int) -> World:
    """Human grades."""
    rows = pd.read_csv(folder / "train.csv.zip", keep_default_na=False)
    items = rows.drop_duplicates("product_title").reset_index(drop=True)
    no_path, no_attributes = pa.list_(pa.string()), pa.map_(pa.string(), pa.string())
    table = pa.table(
        {
            "item_id": [str(row) for row in range(len(items))],
            "title": items["product_title"].tolist(),
            "description": [
                re.sub(r"<[^>]+>", " ", html.unescape(text))[:2000] for text in items["product_description"]
            ],
            "category": pa.array([[]] * len(items), no_path),
            "in_stock": [True] * len(items),
            "attributes": pa.array([[]] * len(items), no_attributes),
        }
    )
    catalogue = Catalogue.from_table(conform(table, "items"))
    rows["index"] = rows["product_title"].map({title: row for row, title in enumerate(catalogue.titles)})
    queries = np.random.default_rng(seed).permutation(sorted(rows["query"].unique())).tolist()
    teaching, testing = queries[: len(queries) // 2], queries[len(queries) // 2 :]
    good = rows[rows["query"].isin(teaching) & (rows["median_relevance"] >= 3)]
    weight = np.where(good["median_relevance"] == 4, 1.0, 0.2)
    taught = query_item_pairs(good["query"].tolist(), good["index"].to_numpy(), weight, catalogue.texts())

    def judge(query: str) -> NDArray[np.float64]:
        found = rows[rows["query"] == query]
        grades = np.zeros(len(catalogue))
        np.maximum.at(grades, found["index"].to_numpy(), found["median_relevance"].to_numpy() - 1.0)
        return grades

    return World(catalogue, [taught], testing, judge)


class Settings(Config):
    """Settings of both trainings."""

    encoder: TextEncoderConfig = TextEncoderConfig()
    """The encoder, and how it is pretrained."""
    finetuning: FinetuningConfig = FinetuningConfig()
    """How it learns from behaviour."""


def measure(world: World, config: Settings) -> dict[str, Any]:
    """Train, index, and judge every way of searching."""
    catalogue, texts = world.catalogue, world.catalogue.texts()
    started = time.process_time()
    pretrained, _ = pretrain_text_encoder(texts, catalogue.descriptions, config.encoder)
    pretrained_at = time.process_time()
    behaviour = [*world.behaviour, description_pairs(texts, catalogue.descriptions)]
    finetuned, _ = finetune_text_encoder(pretrained, behaviour, config.finetuning)
    finetuned_at = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        lexical = LexicalIndex.build(catalogue, Path(folder) / "all")
        any_word = LexicalIndex.build(catalogue, Path(folder) / "any", LexicalConfig(enough=len(catalogue) + 1))
        words = LexicalSource(lexical)
        ways: dict[str, list[Source]] = {
            "BM25": [words],
            "BM25, any word": [LexicalSource(any_word)],
            "pretrained": [_by_meaning(pretrained, texts)],
            "finetuned": [_by_meaning(finetuned, texts)],
            "sum, pretrained": [words, _by_meaning(pretrained, texts)],
            "sum, finetuned": [words, _by_meaning(finetuned, texts)],
        }
        table = {name: _judge(world, sources) for name, sources in ways.items()}
    bm25 = table["BM25"].pop("each")
    rng = np.random.default_rng(config.encoder.seed)
    for row in table.values():
        gain = np.array(row.pop("each", bm25)) - np.array(bm25)
        row["ndcg_at_10_above_bm25"] = bootstrap_mean(gain, rng)
    return {
        "items": len(catalogue),
        "queries": len(world.queries),
        "cpu_s": {"pretrain": pretrained_at - started, "finetune": finetuned_at - pretrained_at},
        "query_ms": _query_ms(finetuned, world.queries),
        "ways": table,
    }


def _by_meaning(encoder: TextEncoder, texts: Sequence[str]) -> TextSource:
    return TextSource(VectorIndex.build(encoder.encode(texts)), lambda text: encoder.encode([text])[0])


def _judge(world: World, sources: Sequence[Source]) -> dict[str, Any]:
    allowed = world.catalogue.mask(Filters())
    ndcg, recall_10, recall_100 = [], [], []
    for text in world.queries:
        grades = np.where(allowed, world.judge(text), 0.0)
        gains = 2.0**grades - 1.0
        best = np.flatnonzero((grades == grades.max()) & (grades > 0))
        if len(best) == 0:
            continue
        found = _search(sources, Query(Asked("search", DEPTH, text=text)), allowed)
        ndcg.append(graded_ndcg_at_k(gains[found], gains, 10))
        recall_10.append(np.isin(found[:10], best).sum() / min(len(best), 10))
        recall_100.append(np.isin(found, best).sum() / min(len(best), DEPTH))
    means = {"ndcg_at_10": ndcg, "recall_at_10": recall_10, "recall_at_100": recall_100}
    return {name: round(float(np.mean(values)), 4) for name, values in means.items()} | {"each": ndcg}


def _search(sources: Sequence[Source], query: Query, allowed: NDArray[np.bool_]) -> IntArray:
    readings = [source.read(query) for source in sources]
    index, _ = propose(readings, allowed, 2 * DEPTH)
    order = np.lexsort((index, -score_all(readings, index).sum(axis=1)))
    return index[order[:DEPTH]]


def _query_ms(encoder: TextEncoder, queries: Sequence[str]) -> float:
    """Median time of encoding one query."""
    times = []
    for text in queries:
        started = time.perf_counter()
        encoder.encode([text])
        times.append(time.perf_counter() - started)
    return round(float(np.median(times)) * 1e3, 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="where the figures go, as JSON")
    parser.add_argument("--judged", type=Path, metavar="FOLDER", help="folder with human grades")
    parser.add_argument("--queries", type=int, default=1000, help="fresh queries of the simulated shop")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--locale", choices=("en", "zh"), default="en", help="language of the simulated shop")
    parser.add_argument("--config", type=Path, help="settings of the text encoder, as JSON or YAML")
    arguments = parser.parse_args()
    config = Settings.read(arguments.config) if arguments.config else Settings()
    config = config.updated({"encoder.seed": arguments.seed, "finetuning.seed": arguments.seed})
    shop = SimulationConfig(locale=arguments.locale)
    report = {"simulated": measure(simulate(arguments.queries, shop), config)}
    if arguments.judged:
        report["judged"] = measure(read_judged(arguments.judged, arguments.seed), config)
    arguments.out.write_text(json.dumps({"config": config.model_dump(mode="json"), **report}, indent=1), "utf-8")
    for name, figures in report.items():
        print(f"\n{name}: {figures['items']} items, {figures['queries']} queries, a query {figures['query_ms']} ms")
        print(f"{'':18}  N@10   R@10  R@100  N@10 above BM25")
        for way, row in figures["ways"].items():
            gain = row["ndcg_at_10_above_bm25"]
            print(
                f"{way:18} {row['ndcg_at_10']:.4f} {row['recall_at_10']:.4f} {row['recall_at_100']:.4f}"
                f"  {gain.mean:+.4f} [{gain.low:+.4f}, {gain.high:+.4f}]"
            )


if __name__ == "__main__":
    main()
