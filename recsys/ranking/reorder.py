"""The best of recall in the order of the next-step model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recsys.features.next_steps import NextStepFeatures
from recsys.models.next_step.model import NextStepModel
from recsys.slate import Asked, Contenders, Person


class Reorder:
    """The next-step model over a catalogue. Read by many threads."""

    def __init__(self, model: NextStepModel, features: NextStepFeatures, sources: tuple[str, ...], depth: int) -> None:
        """
        Args:
            sources: (S,) recall sources that it learned from.
            depth: candidates that it orders; the others stay behind them.
        """
        self._model, self._features, self._sources, self._depth = model, features, sources, depth

    def scores(self, asked: Asked, person: Person, contenders: Contenders) -> NDArray[np.float32]:
        """(U,) the organic order, higher first; the fused scores where a search asks, where there is no past, or where
        recall has other sources. nan for what recall did not propose."""
        asked, person = asked.among(self._features.num_items), person.among(self._features.num_items)
        past = asked.context if len(asked.context) else person.history.index
        if asked.text or not len(past) or contenders.sources != self._sources:
            return contenders.fused
        best = self._best(contenders)
        if len(best) < 2:
            return contenders.fused
        index, fused = contenders.index[best], contenders.fused[best]
        scores = self._model.predict(
            self._features.matrix(asked, person.history, index, contenders.scores[best], fused)
        )
        ordered = contenders.fused.copy()
        ordered[best] = fused.min() + (scores - scores.min())
        return ordered

    def _best(self, contenders: Contenders) -> NDArray[np.intp]:
        """Rows of those that it orders: the highest fused scores of items that it knows."""
        known = np.flatnonzero(~np.isnan(contenders.fused) & (contenders.index < self._features.num_items))
        return np.asarray(known[best_undivided(contenders.fused[known], self._depth)], np.intp)


def best_undivided(scores: NDArray[np.float32], k: int) -> NDArray[np.intp]:
    """Rows of at most k of the highest (N,) scores, highest first. Equal ones come all or not at all: which of them
    stand before a cut is only how a catalogue is numbered, and trees would learn that."""
    order = np.argsort(-scores, kind="stable")
    if len(order) <= k:
        return order
    best = order[:k]
    return np.asarray(best[scores[best] > scores[order[k]]], np.intp)
