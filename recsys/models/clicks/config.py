"""Settings of the click and purchase model; apart from it so that reading them needs no trees."""

from __future__ import annotations

from typing import Annotated

from recsys.config import HOW, Config


class RankerConfig(Config):
    """Settings of the boosted trees."""

    num_trees: int = 300
    """Most trees; early stopping takes fewer."""
    num_leaves: int = 31
    """Leaves of a tree."""
    learning_rate: float = 0.05
    """Shrinkage."""
    min_rows_in_leaf: int = 80
    """Least impressions in a leaf."""
    feature_share: float = 0.7
    """Columns tried by each tree."""
    l2: float = 5.0
    """Penalty on leaf values."""
    patience: int = 25
    """Trees without a better validation loss before stopping."""
    unscored_share: float = 0.3
    """Share of training rows repeated without recall scores, so that sponsored items that recall did not propose get
    an honest estimate."""
    seed: int = 0
    """Of sampling."""
    num_threads: Annotated[int, HOW] = 1
    """Threads while training; prediction always uses one."""
