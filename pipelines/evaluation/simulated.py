"""Against the known truth of the simulated shop: true relevance of searches, true chances of clicks in closed loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from pipelines.running.job import Report
from recsys.artifacts import Workspace
from recsys.features.catalogue import Catalogue
from recsys.features.sequences import Sequences
from recsys.funnel import Funnel, FunnelConfig, open_funnel
from recsys.index.lexical import LexicalIndex
from recsys.metrics.intervals import bootstrap_mean, bootstrap_ratio
from recsys.metrics.ranking import graded_ndcg_at_k
from recsys.release import Release
from recsys.schema import FEEDBACK_KINDS
from recsys.simulation.closed_loop import ShopRequest, ShopSlate
from recsys.simulation.config import SimulationConfig
from recsys.simulation.shop import Shop
from recsys.slate import Asked, Draw, Filters, History, IntArray, Person, Query


def judge_search(
    report: Report, workspace: Path, release: str, shop: SimulationConfig, num_queries: int
) -> Mapping[str, Any]:
    """ndcg@10 on true relevance of what is served, and of BM25 over the same index.

    Queries are new; half of an item's descriptions are other words than the catalogue's. Items out of stock, and those
    that were put into the catalogue since and have no truth, count for neither.
    """
    shelf = Workspace(workspace)
    opened = Release.open(shelf, release)
    truth, funnel = Shop(shop), open_funnel(opened, config=FunnelConfig().without_deadlines())
    lexical = LexicalIndex.open(shelf.parent(opened.artifact, "index").path / "lexical")
    known = known_rows(opened.catalogue, truth)
    ids = [opened.catalogue.item_ids[row] for row in known.tolist()]
    live = opened.catalogue.mask(Filters())[known]
    found: dict[str, list[float]] = {"served": [], "BM25": []}
    for done, asked in enumerate(truth.queries(np.random.default_rng(17), num_queries)):
        gain = np.zeros(len(opened.catalogue))
        gain[known] = np.where(live, 2.0 ** truth.relevance(asked.text, ids) - 1.0, 0.0)
        query = Query(Asked("search", 10, text=asked.text, at_s=shop.ends_s, ads=False), draw=Draw(explore=False))
        slate = asyncio.run(funnel.answer(query))
        lists = {
            "served": [item.index for item in slate.items],
            "BM25": lexical.search(asked.text, Filters(), 10).index.tolist(),
        }
        for name, items in lists.items():
            found[name].append(graded_ndcg_at_k(gain[items], gain, 10))
        report(done + 1, num_queries, "")
    return {name: _ndcg(values) for name, values in found.items()}


def known_rows(catalogue: Catalogue, truth: Shop) -> IntArray:
    """(K,) rows of the items that the simulation knows: others were put into the catalogue since."""
    ids = set(truth.item_ids)
    return np.array([row for row, item_id in enumerate(catalogue.item_ids) if item_id in ids], np.int32)


def _ndcg(values: list[float]) -> dict[str, Any]:
    mean = bootstrap_mean(np.array(values), np.random.default_rng(0))
    return {"ndcg_at_10": mean.mean, "ndcg_interval": [mean.low, mean.high], "queries": len(values)}


def judge_closed_loop(
    report: Report, workspace: Path, release: str, shop: SimulationConfig, num_sessions: int
) -> Mapping[str, Any]:
    """The same shoppers meet what is served, the most popular items, and the best there could be."""
    opened = Release.open(Workspace(workspace), release)
    truth = Shop(shop)
    policies: dict[str, Callable[[ShopRequest], ShopSlate]] = {
        "served": Loop(opened, report, known_rows(opened.catalogue, truth)),
        "popularity": truth.popular,
        "best possible": truth.oracle,
    }
    found = {}
    for name, answer in policies.items():
        on_events = answer.remember if isinstance(answer, Loop) else None
        loop = truth.run(answer, num_sessions, np.random.default_rng(23), on_events=on_events)
        interval = bootstrap_ratio(loop.session_p_click, loop.session_impressions, np.random.default_rng(0))
        found[name] = {
            "mean_p_click": loop.mean_p_click,
            "p_click_interval": [interval.low, interval.high],
            "expected_clicks_per_slate": loop.expected_clicks,
            "num_slates": loop.num_slates,
            "by_surface": loop.by_surface,
        }
    return found


class Loop:
    """The funnel as a shop's server: remembers what its shoppers do and answers what they ask."""

    def __init__(self, release: Release, report: Report, known: IntArray) -> None:
        """
        Args:
            known: (K,) items whose truth is known; nobody is shown another one.
        """
        self._unknown = np.setdiff1d(np.arange(len(release.catalogue)), known).astype(np.int32)
        self._funnel: Funnel = open_funnel(release, config=FunnelConfig().without_deadlines())
        self._row = release.catalogue.row
        self._ids = release.catalogue.item_ids
        self._old: Sequences = release.histories
        self._new: dict[str, list[tuple[int, float, bool]]] = {}
        self._report, self._asked = report, 0

    def __call__(self, request: ShopRequest) -> ShopSlate:
        context = [] if request.context_item_id is None else [self._row[request.context_item_id]]
        query = Query(
            Asked(
                request.surface,
                request.size,
                text=request.text,
                context=np.array(context, np.int32),
                at_s=request.at_s,
                ads=False,
            ),
            Person(user_id=request.user_id, history=self._history(request.user_id)),
            Draw(exclude=np.array([*context, *self._unknown], np.int32), explore=False),
        )
        slate = asyncio.run(self._funnel.answer(query))
        self._asked += 1
        self._report(self._asked, self._asked, "slates")
        return ShopSlate([item.item_id for item in slate.items])

    def remember(self, events: pa.Table) -> None:
        """Feedback of one slate, before the next request."""
        for row in events.select(["user_id", "item_id", "kind", "at"]).to_pylist():
            if row["kind"] in FEEDBACK_KINDS:
                step = (self._row[row["item_id"]], row["at"].timestamp(), row["kind"] == "purchase")
                self._new.setdefault(row["user_id"], []).append(step)

    def _history(self, user_id: str) -> History:
        new = self._new.get(user_id, [])
        index = np.array([step[0] for step in new], np.int32)
        at_s, bought = np.array([step[1] for step in new]), np.array([step[2] for step in new], np.bool_)
        return self._old.history(user_id).then(History(index, at_s, bought))
