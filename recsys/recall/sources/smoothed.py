"""Co-visitation of similar items: what was chosen after items like this one, and what is like that.

Most pairs of a log were seen once, so a count says more about an item where it speaks for the items like it, too:
B C A', C the co-visitation, B and A' row-normalised kernels of each item's nearest neighbours by words or by the
sequence encoder, an item's own weight among them. A new item is reached by its words alone (benchmarks/LOG.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from scipy import sparse

from recsys.index.vectors import VectorIndex
from recsys.recall.config import SmoothedConfig
from recsys.recall.sources.covisit import TOGETHER, CovisitSource
from recsys.recall.sources.facts import ANCHOR, Facts, Wording
from recsys.recall.sources.neighbours import Neighbours, NeighbourSource, keep_top, row_normalised, top_of_product
from recsys.recall.sources.source import Evidence, of_kind
from recsys.recall.sources.tfidf import TfidfSource

ALIKE = Wording("chosen_alike", TOGETHER.text, f"Chosen with things like “{ANCHOR}”")


class SmoothedByWordsSource(NeighbourSource):
    """What was chosen near items with such words, and what has such words."""

    facts: ClassVar[Facts] = Facts(
        name="smoothed_words",
        weights={"user": 0.4, "context": 0.4},
        telling=30,
        reason=ALIKE,
        counts_steps=True,
    )

    @classmethod
    def fit(cls, evidence: Evidence) -> Self:
        return cls(_smoothed(evidence, [alike_by_words(evidence)]))


class SmoothedSource(NeighbourSource):
    """The same where items are alike by words and by what the sequence encoder learned of them."""

    facts: ClassVar[Facts] = Facts(
        name="smoothed",
        weights={"user": 0.4, "context": 0.4},
        telling=31,
        reason=ALIKE,
        counts_steps=True,
    )

    @classmethod
    def fit(cls, evidence: Evidence) -> Self:
        return cls(_smoothed(evidence, [alike_by_words(evidence), alike_by_encoder(evidence)]))


def alike_by_words(evidence: Evidence) -> sparse.csr_array:
    """(I, I) squared cosines of an item's nearest by words."""
    matrix = of_kind(evidence.fitted, TfidfSource).neighbours.matrix
    return sparse.csr_array(matrix.power(2))


def alike_by_encoder(evidence: Evidence) -> sparse.csr_array:
    """(I, I) fourth powers of the cosines of an item's nearest in the sequence encoder's item table, none below 0."""
    index, most = VectorIndex.build(evidence.encoder.item_table), evidence.config.smoothed.columns
    parts = []
    for row, vector in enumerate(index.vectors):
        items, similarity = index.top(vector, None, most + 1)
        near = (items != row) & (similarity > 0)
        entries = (similarity[near] ** 4, (np.zeros(int(near.sum()), np.int32), items[near]))
        parts.append(sparse.csr_array(entries, shape=(1, len(index))))
    return sparse.csr_array(sparse.vstack(parts, format="csr"))


def _smoothed(evidence: Evidence, alike: Sequence[sparse.csr_array]) -> Neighbours:
    counts, config = of_kind(evidence.fitted, CovisitSource).neighbours, evidence.config.smoothed
    rows, columns = (_kernel(alike, k, config) for k in (config.rows, config.columns))
    factors = [rows, counts.matrix, sparse.csr_array(columns.T)]
    return Neighbours(top_of_product(factors, config.neighbours), config.history)


def _kernel(alike: Sequence[sparse.csr_array], k: int, config: SmoothedConfig) -> sparse.csr_array:
    """(I, I) mean of the row-normalised k nearest of each similarity, and each item's own weight."""
    kernel = config.own * sparse.eye_array(alike[0].shape[0], format="csr", dtype=np.float32)
    for one in alike:
        kernel += row_normalised(keep_top(one, k)) / len(alike)
    return sparse.csr_array(kernel)
