"""Co-visitation: what people choose a few steps from an item. Fitted in under a second, hard to beat.

Counts of pairs inside a window, weighted by distance and direction, rows divided by a power of their sum and columns
by a power of their popularity (benchmarks/LOG.md has what each part brings).
"""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from scipy import sparse

from recsys.features.sequences import Sequences
from recsys.recall.config import CovisitConfig
from recsys.recall.sources.facts import ANCHOR, DEED, Facts, Wording
from recsys.recall.sources.neighbours import Neighbours, NeighbourSource, inverse_power, keep_top
from recsys.recall.sources.source import Evidence
from recsys.schema import DAY_S

TOGETHER = Wording("chosen_together", f"Because you {DEED} “{ANCHOR}”", f"Often chosen together with “{ANCHOR}”")


class CovisitSource(NeighbourSource):
    """Who chose this chose that."""

    facts: ClassVar[Facts] = Facts(
        name="covisit",
        weights={"user": 0.2, "context": 0.3, "search": 0.05},
        telling=10,
        reason=TOGETHER,
        counts_steps=True,
    )

    @classmethod
    def fit(cls, evidence: Evidence) -> Self:
        return cls(fit_covisit(evidence.sequences, evidence.config.covisit))


def fit_covisit(sequences: Sequences, config: CovisitConfig) -> Neighbours:
    """Count who is chosen near whom. An item is never its own neighbour."""
    counts = _pairs(sequences, config)
    counts.setdiag(0.0)
    counts.eliminate_zeros()
    row_sum = np.asarray(counts.sum(axis=1)).ravel()
    popularity = np.maximum(sequences.counts(), 1).astype(np.float64)
    rows = sparse.diags_array(inverse_power(row_sum, config.row_power))
    columns = sparse.diags_array(inverse_power(popularity, config.column_power))
    return Neighbours(keep_top(rows @ counts @ columns, config.neighbours), config.history)


def _pairs(sequences: Sequences, config: CovisitConfig) -> sparse.csr_array:
    """(I, I) weighted counts: entry (a, b) says how much choosing a speaks for b."""
    index, users = sequences.index, sequences.user_rows
    recent = np.ones(len(index))
    if config.half_life_days is not None and len(index):
        age_s = sequences.at_s.max() - sequences.at_s
        recent = 0.5 ** (age_s / (config.half_life_days * DAY_S))
    shape = (sequences.num_items, sequences.num_items)
    total = sparse.csr_array(shape, dtype=np.float64)
    for distance in range(1, config.window + 1):
        same = users[distance:] == users[:-distance]
        before, after = index[:-distance][same], index[distance:][same]
        weight = config.step_decay ** (distance - 1) * recent[distance:][same]
        total += sparse.csr_array((weight, (before, after)), shape=shape)
        total += sparse.csr_array((config.backward * weight, (after, before)), shape=shape)
    return sparse.csr_array(total)
