"""The second hop of co-visitation: reaches items that were never chosen near the ones of a history."""

from __future__ import annotations

from typing import ClassVar, Self

from recsys.recall.config import TwoHopConfig
from recsys.recall.sources.covisit import TOGETHER, CovisitSource
from recsys.recall.sources.facts import ANCHOR, Facts, Wording
from recsys.recall.sources.neighbours import Neighbours, NeighbourSource, keep_top, row_normalised, top_of_product
from recsys.recall.sources.source import Evidence, of_kind

NEARBY = Wording("chosen_nearby", TOGETHER.text, f"Chosen with what goes with “{ANCHOR}”")


class TwoHopSource(NeighbourSource):
    """What is near the neighbours of an item."""

    facts: ClassVar[Facts] = Facts(
        name="two_hop",
        weights={"user": 0.2, "context": 0.2},
        telling=20,
        reason=NEARBY,
        counts_steps=True,
    )

    @classmethod
    def fit(cls, evidence: Evidence) -> Self:
        """On the co-visitation before it in the table."""
        covisit = of_kind(evidence.fitted, CovisitSource)
        return cls(fit_two_hop(covisit.neighbours, evidence.config.two_hop))


def fit_two_hop(covisit: Neighbours, config: TwoHopConfig) -> Neighbours:
    """Follow the strongest neighbours of an item to theirs."""
    steps = row_normalised(keep_top(covisit.matrix, config.hop))
    return Neighbours(top_of_product([steps, steps], config.neighbours), config.history)
