"""What every model of boosted trees says to LightGBM: the same trees twice on one machine, and nothing printed."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from recsys.config import HOW, Config


class TreesConfig(Config):
    """Settings of boosted trees. Reading them needs no trees."""

    num_leaves: int = Field(31, ge=2)
    """Leaves of a tree."""
    learning_rate: float = Field(0.05, gt=0)
    """Shrinkage."""
    min_rows_in_leaf: int = Field(80, ge=1)
    """Least rows in a leaf."""
    feature_share: float = Field(0.7, gt=0, le=1)
    """Columns tried by each tree."""
    l2: float = Field(5.0, ge=0)
    """Penalty on leaf values."""
    seed: int = 0
    """Of sampling."""
    num_threads: Annotated[int, HOW] = 1
    """Threads while training; prediction always uses one."""

    def parameters(self) -> dict[str, Any]:
        """By LightGBM's names."""
        return {
            "num_leaves": self.num_leaves,
            "learning_rate": self.learning_rate,
            "min_data_in_leaf": self.min_rows_in_leaf,
            "feature_fraction": self.feature_share,
            "lambda_l2": self.l2,
            "seed": self.seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": self.num_threads,
            "verbosity": -1,
        }
