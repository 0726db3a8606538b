"""What people search for, as far as it may be shown to others."""

from __future__ import annotations

from pathlib import Path

import polars as pl

LEAST_USERS = 3
"""People who must have searched for the same words before anybody else sees them: a search can be a secret."""


def popular_queries(pairs: Path, *, least_users: int = LEAST_USERS, limit: int = 20_000) -> dict[str, int]:
    """Searches that led to an item -> the number of people who made them, most first.

    Args:
        pairs: folder of PAIRS tables; what differs only in case or outer white space is one search.
        limit: most queries returned.
    """
    if not any(pairs.glob("*.parquet")):
        return {}
    counted = (
        pl.scan_parquet(pairs / "*.parquet")
        .select("user_id", query=pl.col("query").str.strip_chars().str.to_lowercase())
        .group_by("query")
        .agg(users=pl.col("user_id").n_unique())
        .filter(pl.col("users") >= least_users)
        .sort(["users", "query"], descending=[True, False])
        .head(limit)
        .collect()
    )
    return dict(counted.select("query", "users").iter_rows())
