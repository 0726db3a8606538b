"""Recall sources one by one, summed and re-ordered, on a public data set with one list of items a user.

    OMP_NUM_THREADS=1 python benchmarks/relevance.py DATA_FOLDER --out FILE.json [--seeds 0 1] [--no-ease]

Protocol of the published tables: a user's last item is the test target, the one before it validation, the rest
training; all items are ranked, no negatives are sampled. Figures are given with the items of the history left out of
the ranking and with them kept. Equal scores count half. Choices (early stopping, fusion weights) are made on
validation users drawn at random.

`served` is the sum of the sources, its best re-ordered by the next-step model, which each user's validation item
teaches; its size is chosen by folds of those users. Strict figures come from models that saw neither validation nor
test item; `refitted` ones count the validation item too, as a shop would before it answers.

Purchases of one day may be stored in the order of their ids (in amazon_beauty 71 % of the last pairs ascend), which a
model can learn; where items.tsv has a column `asin` the users are also reported in two groups by their last pair.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ease import fit_ease, score_histories
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from recsys.config import Config
from recsys.datasets.reader import read_folder
from recsys.features.asked_again import user_queries
from recsys.features.catalogue import Catalogue
from recsys.features.pairs import steps as steps_of
from recsys.features.sequences import HeldOut, Sequences, held_out
from recsys.metrics.intervals import bootstrap_mean
from recsys.metrics.ranking import ndcg_at_k, rank_of_target, ranks, recall_at_k
from recsys.ranking.config import RankingConfig
from recsys.ranking.next_steps import fit_next_step
from recsys.ranking.reorder import Reorder
from recsys.recall.config import RecallConfig
from recsys.recall.fitted import FittedRecall
from recsys.recall.fitting import fit_recall, refit_counts, train_sequence, tune_fusion
from recsys.recall.fusion import Fusion, fuse, score_all
from recsys.recall.sources.source import Source
from recsys.recall.stage import Recall
from recsys.splits import TEST, TRAIN, VALID, leave_one_out

Ranks = dict[str, NDArray[np.float64]]
T = TypeVar("T")


class World(NamedTuple):
    """A data set under the protocol."""

    catalogue: Catalogue
    train: Sequences
    valid: HeldOut
    test: HeldOut
    steps: pa.Table
    """Of all folds."""


def read_world(folder: Path) -> World:
    """Read and split."""
    tables = read_folder(folder)
    catalogue = Catalogue.from_table(tables.items)
    steps = steps_of(tables.events, tables.items["item_id"].combine_chunks())
    users = steps["user_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    steps = steps.append_column("fold", [leave_one_out(users, steps["at_s"].to_numpy())])
    train = Sequences.from_steps(steps.filter(pc.equal(steps["fold"], TRAIN)), len(catalogue))
    num = len(catalogue)
    return World(catalogue, train, held_out(steps, VALID, num), held_out(steps, TEST, num), steps)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="DATA_FOLDER")
    parser.add_argument("--out", type=Path, required=True, help="where the figures go, as JSON")
    parser.add_argument("--config", type=Path, help="settings of train_recall, as JSON or YAML")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--no-ease", action="store_true", help="leave out the slow linear baseline")
    arguments = parser.parse_args()
    config = RecallConfig.read(arguments.config) if arguments.config else RecallConfig()
    with threadpool_limits(1):
        world = read_world(arguments.folder)
        groups = _groups(arguments.folder, world)
        runs = [_run(world, groups, _seeded(config, seed), ease=not arguments.no_ease) for seed in arguments.seeds]
    report = {
        "data": arguments.folder.name,
        "items": len(world.catalogue),
        "test_users": len(world.test),
        "protocol": "leave one out, all items ranked, equal scores count half",
        "runs": runs,
    }
    arguments.out.write_text(json.dumps(report, indent=1), "utf-8")
    for run in runs:
        _print(run)


def _run(world: World, groups: dict[str, NDArray[np.bool_]], config: RecallConfig, *, ease: bool) -> dict[str, Any]:
    """Train, tune and measure once."""
    cpu_s: dict[str, float] = {}
    trained = _time(
        cpu_s,
        "sequence",
        lambda: train_sequence(world.catalogue, world.train, world.valid, config, on_epoch=_show),
    )
    fitted = _time(
        cpu_s,
        "others",
        lambda: fit_recall(world.catalogue, world.train, trained.encoder, config, clock="ordinal"),
    )
    sources = fitted.sources
    tuned = _time(cpu_s, "weights", lambda: tune_fusion(sources, world.valid, len(world.catalogue), config.fusion))
    fusion = Fusion({mode: found.weights for mode, found in tuned.items()})
    excluded, kept = _time(cpu_s, "test", lambda: _rank_test(world, sources, fusion))
    served, about = _time(cpu_s, "next step", lambda: _rank_served(world, fitted, fusion, config))
    excluded |= served
    if ease:
        excluded |= _time(cpu_s, "ease", lambda: _rank_ease(world))
    rng = np.random.default_rng(config.sequence.seed)
    return {
        "seed": config.sequence.seed,
        "config": config.model_dump(mode="json"),
        "cpu_s": {name: round(seconds, 1) for name, seconds in cpu_s.items()},
        "epochs": list(trained.epochs),
        "weights": fusion.tuned,
        "next_step": about,
        "history_excluded": _table(excluded),
        "history_kept": _table(kept),
        "groups": {name: {"users": int(rows.sum()), **_table(excluded, rows)} for name, rows in groups.items()},
        "fused_recall_at_10_interval": bootstrap_mean(recall_at_k(excluded["fused"], 10), rng),
        "fused_ndcg_at_10_interval": bootstrap_mean(ndcg_at_k(excluded["fused"], 10), rng),
        "served_over_fused": {
            name: bootstrap_mean(metric(excluded["served"], 10) - metric(excluded["fused"], 10), rng)
            for name, metric in (("recall_at_10", recall_at_k), ("ndcg_at_10", ndcg_at_k))
        },
    }


def _rank_test(world: World, sources: Sequence[Source], fusion: Fusion) -> tuple[Ranks, Ranks]:
    """Ranks of every test target by every source and by all fused: history excluded, and kept."""
    names = [source.facts.name for source in sources]
    weights, everything = fusion.weights("user", sources), np.arange(len(world.catalogue), dtype=np.int32)
    excluded: dict[str, list[float]] = {name: [] for name in [*names, "fused"]}
    kept: dict[str, list[float]] = {name: [] for name in excluded}
    for query, target in zip(user_queries(world.test), world.test.target.tolist(), strict=True):
        scores = score_all([source.read(query) for source in sources], everything)
        for name, column in zip(excluded, [*scores.T, fuse(scores, weights)], strict=True):
            excluded[name].append(rank_of_target(column, target, query.draw.exclude))
            kept[name].append(rank_of_target(column, target))
    return {n: np.array(found) for n, found in excluded.items()}, {n: np.array(found) for n, found in kept.items()}


def _rank_served(
    world: World, fitted: FittedRecall, fusion: Fusion, config: RecallConfig
) -> tuple[Ranks, dict[str, Any]]:
    """Ranks of every test target in what recall hands on and in what is served, strict and refitted."""
    num, names = len(world.catalogue), ("served", "fused, refitted", "served, refitted")
    strict = Recall("strict", world.catalogue, fitted.sources, fusion)
    next_step, about = fit_next_step(world.catalogue, world.steps, strict.candidates, strict.names, RankingConfig())
    seen = Sequences.from_steps(world.steps.filter(pc.less(world.steps["fold"], TEST)), num)
    counted = refit_counts(fitted, world.catalogue, seen, config, clock="ordinal")
    refitted = Recall("refitted", world.catalogue, counted.sources, fusion)
    found: Ranks = {}
    reorder = None if next_step is None else next_step.over(world.catalogue)
    for name, stage in zip(names[::2], (strict, refitted), strict=True):
        found[name] = _ranks_of_lists(world.test, stage, reorder)
    found[names[1]] = _ranks_of_lists(world.test, refitted, None)
    return {name: found[name] for name in names}, about


def _ranks_of_lists(test: HeldOut, stage: Recall, reorder: Reorder | None) -> NDArray[np.float64]:
    """With half-ties; infinite where the target is no candidate."""
    found = []
    for query, target in zip(user_queries(test), test.target.tolist(), strict=True):
        contenders = stage.candidates(query).contenders()
        score = contenders.fused if reorder is None else reorder.scores(query.asked, query.person, contenders)
        place = np.flatnonzero(contenders.index == target)
        found.append(rank_of_target(score, int(place[0])) if len(place) else np.inf)
    return np.array(found)


def _rank_ease(world: World, chunk: int = 512) -> Ranks:
    weights = fit_ease(world.train)
    found: dict[str, list[NDArray[np.float64]]] = {"ease": [], "ease, recency .8": []}
    for start in range(0, len(world.test), chunk):
        part = world.test.rows(range(start, min(start + chunk, len(world.test))))
        for name, decay in zip(found, (1.0, 0.8), strict=True):
            scores = score_histories(weights, part, decay=decay)
            for row, history in zip(scores, part.histories, strict=True):
                row[history.index] = -np.inf
            found[name].append(ranks(scores, part.target))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _groups(folder: Path, world: World) -> dict[str, NDArray[np.bool_]]:
    """Test users whose target's ASIN is above, or not above, that of the item before; none without ASINs."""
    path = folder / "items.tsv"
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    if not rows or "asin" not in rows[0]:
        return {}
    asin_of = {row["item_id"]: row["asin"] for row in rows}
    asins = [asin_of[item_id] for item_id in world.catalogue.item_ids]
    ascends = np.array(
        [
            asins[target] > asins[history.index[-1]]
            for target, history in zip(world.test.target, world.test.histories, strict=True)
        ]
    )
    return {"last pair ascends": ascends, "last pair descends": ~ascends}


def _table(found: Ranks, rows: NDArray[np.bool_] | None = None) -> dict[str, dict[str, float]]:
    table = {}
    for name, all_ranks in found.items():
        rank = all_ranks if rows is None else all_ranks[rows]
        table[name] = {
            f"{label}_at_{k}": round(float(metric(rank, k).mean()), 5)
            for k in (5, 10)
            for label, metric in (("recall", recall_at_k), ("ndcg", ndcg_at_k))
        }
    return table


def _time(cpu_s: dict[str, float], name: str, work: Callable[[], T]) -> T:
    started = time.process_time()
    result = work()
    cpu_s[name] = time.process_time() - started
    return result


def _seeded(config: RecallConfig, seed: int) -> RecallConfig:
    seeded: Config = config.updated({"sequence.seed": seed, "fusion.seed": seed})
    assert isinstance(seeded, RecallConfig)
    return seeded


def _show(epoch: int, metrics: Any) -> bool:
    print(f"pass {epoch}: loss {metrics['loss']:.3f}  valid ndcg@10 {metrics['ndcg_at_10']:.4f}", flush=True)
    return False


def _print(run: dict[str, Any]) -> None:
    print(f"\nseed {run['seed']}, cpu-s {run['cpu_s']}, weights {run['weights']['user']}")
    _print_rows("history excluded", run["history_excluded"])
    for method in ("fused", "served"):
        groups = {f"{name} ({rows['users']})": rows[method] for name, rows in run["groups"].items()}
        _print_rows(f"{method}, history excluded", groups)
    _print_rows("history kept", run["history_kept"])


def _print_rows(title: str, rows: dict[str, dict[str, float]]) -> None:
    if rows:
        print(f"{title:28}     R@5     N@5    R@10    N@10")
    for name, row in rows.items():
        print(f"{name:28}" + "".join(f"{row[key]:8.4f}" for key in KEYS))


KEYS = ("recall_at_5", "ndcg_at_5", "recall_at_10", "ndcg_at_10")

if __name__ == "__main__":
    main()
