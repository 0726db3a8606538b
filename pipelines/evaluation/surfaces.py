"""Logged slates of the test fold asked again, on every surface: where ranking puts what was clicked, and where recall.

Clicks carry the positions of the policy that was live then; both lists are judged by the same ones.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.evaluation.prediction import drawn_slates
from pipelines.evaluation.recommendation import SIZE
from pipelines.evaluation.reranking import by_surface
from pipelines.running.job import Report
from pipelines.running.parts import read_parts
from recsys.artifacts import Workspace
from recsys.edition import Edition
from recsys.features.sequences import Sequences
from recsys.funnel import FunnelConfig, open_funnel
from recsys.metrics.ranking import graded_ndcg_at_k
from recsys.opening.stages import recall_of, shop_words_of
from recsys.queries.asking import as_understood
from recsys.queries.shop_words import ShopWords
from recsys.queries.understand import understand
from recsys.ranking.training import slate_queries
from recsys.release import Release
from recsys.slate import Draw, IntArray, Query
from recsys.splits import TEST


def judge_surfaces(report: Report, workspace: Path, release: str, split: Path, most: int) -> Mapping[str, Any]:
    """`rows`, one a surface; none where no slate of the test fold was clicked.

    Args:
        most: slates with a click, the first of a random order.
    """
    opened = Release.open(Workspace(workspace), release)
    slates = drawn_slates(split, TEST, most, clicked=True)
    if slates.num_rows == 0:
        return {"rows": []}
    edition = Edition(opened)
    funnel = open_funnel(opened, config=FunnelConfig().without_deadlines())
    recall, shop = recall_of(edition), shop_words_of(edition)
    sequences = Sequences.from_steps(read_parts(split / "steps"), len(opened.catalogue))
    total = len(slates["slate_id"].unique())
    surfaces, served, fused, people = [], [], [], []
    for done, (logged, rows) in enumerate(slate_queries(slates, sequences)):
        query = as_asked(logged, shop)
        organic = np.array([campaign is None for campaign in rows["campaign_id"]])
        clicked = rows["index"][rows["clicked"].astype(np.bool_) & organic]
        slate = asyncio.run(funnel.answer(query))
        served.append(gain(np.array([item.index for item in slate.items], np.int32), clicked))
        fused.append(gain(recall.candidates(query).index, clicked))
        surfaces.append(str(query.asked.surface))
        people.append(query.person.user_id or "")
        report(done + 1, total, "")
    return {"rows": by_surface(surfaces, np.array(served), np.array(fused), people)}


def as_asked(logged: Query, shop: ShopWords) -> Query:
    """A logged request as it would be asked today: its words understood, no ads, no chance."""
    asked = replace(logged.asked, size=SIZE, ads=False)
    if asked.text:
        asked = as_understood(asked, understand(asked.text, shop))
    return replace(logged, asked=asked, draw=Draw(exclude=asked.context, explore=False))


def gain(items: IntArray, clicked: IntArray) -> float:
    """ndcg@10 of a list whose relevant items are those that were clicked."""
    ideal = np.ones(len(np.unique(clicked)))
    return graded_ndcg_at_k(np.isin(items, clicked).astype(np.float64), ideal, 10)
