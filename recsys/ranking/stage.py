"""The ranking stage: candidates and ads in, calibrated probabilities and an order out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recsys.features.impressions import ImpressionFeatures
from recsys.models.clicks.ranker import Ranker
from recsys.ranking.columns import as_learned
from recsys.ranking.reorder import Reorder
from recsys.slate import Asked, Contenders, IntArray, Person, Ranked

PRIOR_P_CTR, PRIOR_P_CVR = 0.05, 0.05
"""Stated, not learned: what an auction uses where no impressions were ever logged."""


class Ranking:
    """Scores the union of candidates and ads.

    The organic order mixes logit(p_ctr) with the order of recall; the mix was chosen on validation for each surface.
    Without a ranker (a log without impressions) the order of recall stands: its fused score, its best re-ordered by
    the next-step model where there is one.
    """

    def __init__(
        self,
        release: str,
        features: ImpressionFeatures | None,
        ranker: Ranker | None,
        blend: dict[str, float],
        reorder: Reorder | None = None,
    ) -> None:
        """
        Args:
            features: over the catalogue; None without a ranker.
            blend: surface -> share of p_ctr in the organic order.
            reorder: the next-step model over the catalogue.
        """
        self.release = release
        self._features, self._ranker, self._blend, self._reorder = features, ranker, blend, reorder

    def rank(self, asked: Asked, person: Person, contenders: Contenders) -> Ranked:
        """Score items in the order given."""
        index = contenders.index
        fused = self._reorder.scores(asked, person, contenders) if self._reorder else contenders.fused
        if self._ranker is None or self._features is None:
            prior = np.full(len(index), PRIOR_P_CTR, np.float32)
            return Ranked(self.release, fused, prior, np.full(len(index), PRIOR_P_CVR, np.float32))
        scores = as_learned(contenders.scores, contenders.sources, self._ranker.sources)
        num_items = self._features.num_items
        p_ctr, p_cvr = self._predict(asked.among(num_items), person.among(num_items), index, scores)
        return Ranked(self.release, mix(p_ctr, fused, self._blend.get(asked.surface, 1.0)), p_ctr, p_cvr)

    def _predict(
        self, asked: Asked, person: Person, index: IntArray, scores: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(U,) p_ctr and p_cvr; the prior for items that another process learned of before this one."""
        assert self._ranker is not None and self._features is not None
        known = index < self._features.num_items
        p_ctr = np.full(len(index), PRIOR_P_CTR, np.float32)
        p_cvr = np.full(len(index), PRIOR_P_CVR, np.float32)
        features = self._features.matrix(asked, person.history, index[known], scores[known])
        p_ctr[known], p_cvr[known] = self._ranker.predict(features)
        return p_ctr, p_cvr

    def require_loaded(self) -> None:
        """Raises what is wrong."""
        assert self._ranker is None or self._features is not None


def mix(p_ctr: NDArray[np.float32], fused: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    """(N,) share * z(logit p_ctr) + (1 - share) * z(fused), each standardised within the request."""
    logit = np.log(p_ctr) - np.log1p(-p_ctr)
    mixed: NDArray[np.float32] = (share * _z(logit) + (1.0 - share) * _z(fused)).astype(np.float32)
    return mixed


def _z(values: NDArray[np.float32]) -> NDArray[np.float32]:
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return np.zeros_like(values)
    z: NDArray[np.float32] = (values - known.mean()) / (known.std() + 1e-6)
    return z
