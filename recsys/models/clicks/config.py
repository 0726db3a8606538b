"""Settings of the click and purchase model; apart from it so that reading them needs no trees."""

from __future__ import annotations

from recsys.models.trees import TreesConfig


class RankerConfig(TreesConfig):
    """Settings of the boosted trees."""

    num_trees: int = 300
    """Most trees; early stopping takes fewer."""
    patience: int = 25
    """Trees without a better validation loss before stopping."""
    unscored_share: float = 0.3
    """Share of training rows repeated without recall scores, so that sponsored items that recall did not propose get
    an honest estimate."""
