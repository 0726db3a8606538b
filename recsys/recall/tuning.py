"""Weights of the sources by coordinate steps on held-out steps.

Array axes: M queries, E (query, candidate) pairs of all queries together, S sources.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsys.metrics.ranking import ndcg_at_k, recall_at_k
from recsys.recall.config import FusionConfig
from recsys.recall.fusion import Fusion, fuse, propose, score_all
from recsys.recall.modes import Mode
from recsys.recall.sources.source import Source
from recsys.slate import IntArray, Query

FACTORS = (0.0, 0.5, 0.75, 1.33, 2.0)
"""A weight is tried at these multiples of itself,"""
FIRST = (0.03, 0.1, 0.3)
"""and one of 0 at these values."""
LEAST_GAIN = 1e-4
"""In ndcg@10; smaller ones are the noise of a few thousand queries."""


class Tuned(NamedTuple):
    """Weights by source, and how good they are on the queries they were chosen by."""

    weights: dict[str, float]
    ndcg_at_10: float
    recall_at_10: float
    start_ndcg_at_10: float


def tune_weights(
    queries: Sequence[Query],
    target: IntArray,
    sources: Sequence[Source],
    mode: Mode,
    *,
    num_items: int,
    config: FusionConfig,
) -> Tuned:
    """From the weights that sources have untuned, change one at a time while ndcg@10 of the fused order grows.

    Ranks are counted with half-ties among all proposed items and the target, items of `query.draw.exclude` left out.

    Args:
        queries: all of the mode.
        target: (M,) what the user chose next.
        num_items: of the catalogue.
    """
    judged = _judge(queries, target, sources, num_items, config.candidates)
    weights = Fusion().weights(mode, sources)
    first = best = judged.ndcg(weights)
    for _ in range(config.rounds):
        before = best
        for column in range(len(weights)):
            for value in _tries(float(weights[column])):
                tried = weights.copy()
                tried[column] = value
                ndcg = judged.ndcg(tried)
                if ndcg > best + LEAST_GAIN:
                    weights, best = tried, ndcg
        if best == before:
            break
    named = {source.facts.name: round(float(weight), 4) for source, weight in zip(sources, weights, strict=True)}
    recall = float(recall_at_k(judged.ranks(weights), 10).mean())
    return Tuned(named, best, recall, first)


def _tries(weight: float) -> list[float]:
    return [weight * factor for factor in FACTORS] if weight > 0 else list(FIRST)


class _Judged(NamedTuple):
    """Scores of every candidate of every query, so that a weight costs one product."""

    scores: NDArray[np.float32]  # (E, S)
    starts: NDArray[np.int64]  # (M,) where the candidates of each query begin
    own: NDArray[np.int64]  # (M,) where its target is
    query: NDArray[np.int64]  # (E,)

    def ranks(self, weights: NDArray[np.float32]) -> NDArray[np.float64]:
        fused = fuse(self.scores, weights)
        target = fused[self.own][self.query]
        better = np.add.reduceat((fused > target).astype(np.int64), self.starts)
        equal = np.add.reduceat((fused == target).astype(np.int64), self.starts) - 1
        return np.asarray(1.0 + better + equal / 2.0, np.float64)

    def ndcg(self, weights: NDArray[np.float32]) -> float:
        return float(ndcg_at_k(self.ranks(weights), 10).mean())


def _judge(queries: Sequence[Query], target: IntArray, sources: Sequence[Source], num_items: int, k: int) -> _Judged:
    scores, own, lengths, total = [], [], [], 0
    for query, item in zip(queries, target, strict=True):
        readings = [source.read(query) for source in sources]
        allowed = np.ones(num_items, np.bool_)
        allowed[query.draw.exclude] = False
        index, _ = propose(readings, allowed, k)
        index = np.union1d(index, item).astype(np.int32)
        scores.append(score_all(readings, index))
        own.append(total + int(np.searchsorted(index, item)))
        lengths.append(len(index))
        total += len(index)
    starts = np.cumsum([0, *lengths[:-1]])
    return _Judged(np.concatenate(scores), starts, np.array(own), np.repeat(np.arange(len(lengths)), lengths))
