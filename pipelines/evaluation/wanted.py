"""Searches that a shop owner wrote down with what must come: how many are answered so, and what the others lack."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.evaluation.demands import Answer, unmet
from pipelines.evaluation.recommendation import SIZE
from pipelines.running.job import Report
from recsys.artifacts import Workspace
from recsys.edition import Edition
from recsys.features.catalogue import Catalogue
from recsys.funnel import FunnelConfig, open_funnel
from recsys.opening.stages import shop_words_of
from recsys.queries.asking import as_understood
from recsys.queries.understand import understand
from recsys.queries.understood import Understood
from recsys.release import Release
from recsys.slate import Asked, Draw, Query, Slate


def judge_wanted(
    report: Report, workspace: Path, release: str, searches: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any]:
    """`right` of `asked`, and a row each with the demands that its answer does not meet. No ads, no chance.

    Args:
        searches: of `demands.searches`.
    """
    opened = Release.open(Workspace(workspace), release)
    funnel = open_funnel(opened, config=FunnelConfig(explore_share=0.0, ad_positions=()).without_deadlines())
    shop, rows = shop_words_of(Edition(opened)), []
    for done, search in enumerate(searches):
        understood = understand(search["query"], shop)
        asked = as_understood(Asked("search", SIZE, text=search["query"], ads=False), understood)
        slate = asyncio.run(funnel.answer(Query(asked, draw=Draw(explore=False))))
        lacks = unmet(search["expect"], as_answer(slate, understood, opened.catalogue))
        rows.append({"id": search["id"], "query": search["query"], "kind": search.get("kind"), "unmet": lacks})
        report(done + 1, len(searches), "")
    return {"asked": len(rows), "right": sum(not row["unmet"] for row in rows), "rows": rows}


def as_answer(slate: Slate, understood: Understood, catalogue: Catalogue) -> Answer:
    """The part of a door's answer that demands read."""
    limits = [
        {"field": one.field, "price_min_micros": one.min_micros, "price_max_micros": one.max_micros}
        for one in understood.filters
    ]
    return {
        "items": [catalogue.describe(item.index) for item in slate.items],
        "num_matches": slate.num_matches,
        "understood": {
            "filters": limits,
            "corrected": [{"words": words, "value": value} for words, value in slate.corrected],
        },
    }
