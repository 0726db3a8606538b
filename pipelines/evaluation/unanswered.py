"""Searches that nobody clicked on, and searches for which the index has nothing: what a shop owner can act on.

The log says which searches led to nothing; the live index says which of them match nothing today. A search that showed
nothing has no event in a log of items, and is known here only where it once did show something.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.evaluation.surfaces import as_asked
from pipelines.running.job import Report
from recsys.artifacts import Workspace
from recsys.edition import Edition
from recsys.features.popular_queries import LEAST_USERS
from recsys.opening.stages import recall_of, shop_words_of
from recsys.release import Release
from recsys.slate import Asked, Query

LISTED = 50
"""Searches of each list that are named, most frequent first."""

LOGGED = {"query": pl.String, "searches": pl.Int64, "people": pl.Int64, "clicked": pl.Int64}
"""Columns of the searches of a log: how often each was made, by how many, and how often something was clicked."""


def judge_searches(report: Report, workspace: Path, release: str, split: Path, most: int) -> Mapping[str, Any]:
    """Both lists, {} where the log has no searches.

    Args:
        most: searches that the index is asked, most frequent first.
    """
    logged = logged_searches(split)
    if not len(logged):
        return {}
    edition = Edition(Release.open(Workspace(workspace), release))
    recall, shop = recall_of(edition), shop_words_of(edition)

    def matches(text: str) -> int:
        return recall.candidates(as_asked(Query(Asked("search", 1, text=text)), shop)).num_matches

    return unanswered(logged, matches, most, lambda done, total: report(done, total, ""))


def unanswered(
    logged: pl.DataFrame, matches: Callable[[str], int], most: int, on_progress: Callable[[int, int], None]
) -> dict[str, Any]:
    """The figures, from the searches of a log (LOGGED) and the number of items that match a text today."""
    asked = logged.head(most)
    found = []
    for done, text in enumerate(asked["query"]):
        found.append(matches(text))
        on_progress(done + 1, len(asked))
    asked = asked.with_columns(matches=pl.Series(found, dtype=pl.Int64))
    known = logged.join(asked.select("query", "matches"), on="query", how="left", maintain_order="left")
    made, clicked = (int(logged[name].sum()) for name in ("searches", "clicked"))
    return {
        "searches": made,
        "distinct": len(logged),
        "clicked_share": clicked / made,
        "asked": len(asked),
        "least_people": LEAST_USERS,
        "without_click": _listed(known.filter(pl.col("clicked") == 0)),
        "without_match": _listed(asked.filter(pl.col("matches") == 0)),
    }


def logged_searches(split: Path) -> pl.DataFrame:
    """The searches of all folds (LOGGED), most frequent first; what differs only in case or outer space is one.

    Slates say which searches led to no click. A log without them knows only searches that led to something.
    """
    text = pl.col("query").str.strip_chars().str.to_lowercase()
    slates = _table(split / "slates").with_columns(query=text).filter(pl.col("query") != "")
    made = slates.group_by("slate_id", "user_id", "query").agg(clicked=pl.col("clicked").any().cast(pl.Int64))
    if made.limit(1).collect().is_empty():
        pairs = _table(split / "pairs").with_columns(query=text).filter(pl.col("query") != "")
        made = pairs.select("user_id", "query", clicked=pl.lit(1, pl.Int64))
    return (
        made.group_by("query")
        .agg(
            searches=pl.len().cast(pl.Int64),
            people=pl.col("user_id").n_unique().cast(pl.Int64),
            clicked=pl.col("clicked").sum(),
        )
        .sort(["searches", "query"], descending=[True, False])
        .select(list(LOGGED))
        .collect()
    )


def _table(folder: Path) -> pl.LazyFrame:
    return pl.scan_parquet(folder / "*.parquet")


def _listed(searches: pl.DataFrame) -> dict[str, Any]:
    """Counts, and the searches that several people made: what one person wrote may be a secret."""
    shown = searches.filter(pl.col("people") >= LEAST_USERS)
    return {
        "searches": int(searches["searches"].sum()),
        "distinct": len(searches),
        "by_few_people": len(searches) - len(shown),
        "listed": shown.head(LISTED).to_dicts(),
    }
