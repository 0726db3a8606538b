"""Settings of ranking as a whole."""

from __future__ import annotations

from pydantic import Field

from recsys.config import Config
from recsys.models.clicks.config import RankerConfig
from recsys.models.next_step.config import NextStepConfig


class RankingConfig(Config):
    """Settings of ranking as a whole."""

    trees: RankerConfig = RankerConfig()
    """The click and purchase models."""
    next_step: NextStepConfig = NextStepConfig()
    """The model that re-orders what recall sums."""
    depth: int = Field(100, ge=1)
    """Candidates of a request that it re-orders; the others stay behind them."""
    most_steps: int = Field(25_000, ge=0)
    """Held-out steps that it learns from, drawn at random."""
    most_slates: int = 9000
    """Slates to learn from, drawn at random; validation takes a third of it."""
    num_valid: int = 500
    """Held-out steps by which the mix of each surface is chosen."""
    most_search_mix: float = 0.1
    """Most that p_ctr may weigh in the order of a search: clicks reward what attracts, a search stays on its topic."""
    seed: int = 0
    """Of the draw."""
