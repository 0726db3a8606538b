"""Settings of the next-step model; apart from it so that reading them needs no trees."""

from __future__ import annotations

from pydantic import Field

from recsys.models.trees import TreesConfig


class NextStepConfig(TreesConfig):
    """Settings of the boosted trees. Defaults: benchmarks/LOG.md."""

    most_trees: int = Field(200, ge=0)
    """Most trees; folds of users choose fewer. 0 leaves the fused order as it is."""
    num_leaves: int = Field(15, ge=2)
    """Leaves of a tree."""
    min_rows_in_leaf: int = Field(200, ge=1)
    """Least candidates in a leaf."""
    feature_share: float = Field(0.5, gt=0, le=1)
    """Columns tried by each tree."""
    l2: float = Field(10.0, ge=0)
    """Penalty on leaf values."""
    truncation: int = Field(15, ge=1)
    """Places of a list whose order counts in training."""
    folds: int = Field(3, ge=2)
    """Parts of the users, each judged by trees that learned from the others."""
    least_lists: int = Field(300, ge=1)
    """Lists with a right candidate without which nothing is learned."""
