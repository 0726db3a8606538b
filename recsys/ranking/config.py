"""Settings of ranking as a whole."""

from __future__ import annotations

from recsys.config import Config
from recsys.models.ranker_config import RankerConfig


class RankingConfig(Config):
    """Settings of ranking as a whole."""

    trees: RankerConfig = RankerConfig()
    """The click and purchase models."""
    most_slates: int = 9000
    """Slates to learn from, drawn at random; validation takes a third of it."""
    seed: int = 0
    """Of the draw."""
