"""Settings of every recall source, apart from their code: reading a configuration must not load what trains models."""

from __future__ import annotations

from pydantic import Field

from recsys.config import Config
from recsys.models.sequence.encoder import SequenceConfig


class NeighboursConfig(Config):
    """How a history is turned into scores by an item-to-item matrix."""

    decay: float = Field(0.8, gt=0, le=1)
    """Weight of each older history item against the one after it."""
    max_length: int = Field(20, ge=1)
    """History items that are read."""
    smoothing: float = Field(0.05, gt=0, lt=1)
    """Share of the probability that is spread evenly over the catalogue, so that no item is impossible."""


class CovisitConfig(Config):
    """Co-visitation: what is chosen a few steps from an item."""

    window: int = Field(10, ge=1)
    """Steps between two items that still count."""
    step_decay: float = Field(0.85, gt=0, le=1)
    """Weight of each further step of distance."""
    backward: float = Field(0.6, ge=0, le=1)
    """Weight of what came before an item, against what came after it."""
    row_power: float = Field(0.5, ge=0, le=1)
    """Rows are divided by this power of their sum."""
    column_power: float = Field(0.25, ge=0, le=1)
    """Columns are divided by this power of their item's popularity."""
    neighbours: int = Field(500, ge=1)
    """Entries kept in a row."""
    half_life_days: float | None = Field(None, gt=0)
    """Age at which a pair counts half; none counts all alike. Meaningless without a clock."""
    history: NeighboursConfig = NeighboursConfig(decay=0.65)


class TwoHopConfig(Config):
    """What is near the neighbours of an item."""

    hop: int = Field(60, ge=1)
    """Neighbours of each item that are followed."""
    neighbours: int = Field(300, ge=1)
    """Entries kept in a row."""
    history: NeighboursConfig = NeighboursConfig()


class TfidfConfig(Config):
    """Similarity of words and word pairs."""

    min_count: int = Field(2, ge=1)
    """Items that must use a term."""
    max_share: float = Field(0.2, gt=0, le=1)
    """Terms in a larger share of the items are left out: they cost most and say least."""
    neighbours: int = Field(300, ge=1)
    """Entries kept in a row."""
    history: NeighboursConfig = NeighboursConfig(max_length=10)


class SmoothedConfig(Config):
    """Co-visitation between similar items."""

    rows: int = Field(10, ge=1)
    """Similar items whose neighbours an item shares."""
    columns: int = Field(30, ge=1)
    """Similar items that share what speaks for an item."""
    own: float = Field(0.5, ge=0)
    """Weight of an item itself, against 1 for all that are like it together."""
    neighbours: int = Field(500, ge=1)
    """Entries kept in a row."""
    history: NeighboursConfig = NeighboursConfig(decay=0.65)


class PopularConfig(Config):
    """Popularity that forgets."""

    half_life_days: float = Field(14.0, gt=0)
    """Age at which a step counts half; without a clock all count alike."""
    smoothing: float = Field(0.5, gt=0)
    """Steps added to every item."""


class FreshConfig(Config):
    """Items that have had no chance yet."""

    half_life_days: float = Field(7.0, gt=0)
    """Age at which an item is half as fresh."""
    max_age_days: float = Field(30.0, gt=0)
    """Items older than this are not proposed."""
    few_steps: int = Field(5, ge=0)
    """Items with at most so many steps are proposed; those with more have had their chance."""


class FusionConfig(Config):
    """The search for the weights of the sources."""

    num_valid: int = Field(3000, ge=1)
    """Held-out steps that weights are judged by, drawn at random."""
    candidates: int = Field(200, ge=1)
    """Items that each source proposes."""
    rounds: int = Field(3, ge=1)
    """Times that every weight is reconsidered."""
    seed: int = 0
    """Of the draw."""


class RecallConfig(Config):
    """All sources and their fusion."""

    covisit: CovisitConfig = CovisitConfig()
    two_hop: TwoHopConfig = TwoHopConfig()
    tfidf: TfidfConfig = TfidfConfig()
    attributes: TfidfConfig = TfidfConfig(max_share=0.5)
    sequence: SequenceConfig = SequenceConfig()
    smoothed: SmoothedConfig = SmoothedConfig()
    popular: PopularConfig = PopularConfig()
    fresh: FreshConfig = FreshConfig()
    fusion: FusionConfig = FusionConfig()
