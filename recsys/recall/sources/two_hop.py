"""The second hop of co-visitation: reaches items that were never chosen near the ones of a history."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from scipy import sparse

from recsys.recall.config import TwoHopConfig
from recsys.recall.sources.covisit import TOGETHER, CovisitSource, inverse_power
from recsys.recall.sources.facts import ANCHOR, Facts, Wording
from recsys.recall.sources.neighbours import Neighbours, NeighbourSource, keep_top
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
    hops = keep_top(covisit.matrix, config.hop)
    sums = np.asarray(hops.sum(axis=1)).ravel()
    steps = sparse.csr_array(sparse.diags_array(inverse_power(sums, 1.0)) @ hops)
    parts = [keep_top(_without_self(steps, rows), config.neighbours) for rows in _chunks(steps.shape[0])]
    matrix = sparse.csr_array(sparse.vstack(parts, format="csr"))
    return Neighbours(matrix, config.history)


def _without_self(steps: sparse.csr_array, rows: slice) -> sparse.csr_array:
    product = sparse.coo_array(steps[rows] @ steps)
    others = product.row + rows.start != product.col
    return sparse.csr_array((product.data[others], (product.row[others], product.col[others])), shape=product.shape)


def _chunks(num_rows: int, size: int = 1024) -> list[slice]:
    return [slice(start, min(start + size, num_rows)) for start in range(0, num_rows, size)]
