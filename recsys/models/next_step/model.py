"""The next-step model: boosted trees that order a list by where the one right candidate would stand (LambdaMART).

Burges, From RankNet to LambdaRank to LambdaMART (MSR-TR-2010-82). It knows features and lists, no shop.
Array axes: N candidates of all lists together, F features, M lists.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from recsys.errors import WrongArtifact
from recsys.metrics.ranking import ndcg_at_k
from recsys.models.next_step.config import NextStepConfig


@dataclass(frozen=True)
class Lists:
    """Lists of candidates, one after the other, with one right candidate each."""

    features: NDArray[np.float32]  # (N, F)
    right: NDArray[np.bool_]  # (N,)
    lengths: NDArray[np.int64]  # (M,)

    def __len__(self) -> int:
        return len(self.lengths)

    def rows(self, chosen: NDArray[np.bool_]) -> Lists:
        """Of the lists chosen, (M,)."""
        rows = np.repeat(chosen, self.lengths)
        return Lists(self.features[rows], self.right[rows], self.lengths[chosen])

    def ndcg(self, scores: NDArray[np.floating]) -> NDArray[np.float64]:
        """(M,) ndcg@10 of each list in the order of (N,) scores, equal ones counted as half."""
        starts = np.cumsum([0, *self.lengths[:-1].tolist()])
        own = np.repeat(scores[self.right], self.lengths)
        better = np.add.reduceat((scores > own).astype(np.int64), starts)
        equal = np.add.reduceat((scores == own).astype(np.int64), starts) - 1
        return np.asarray(ndcg_at_k(1.0 + better + equal / 2.0, 10), np.float64)


@dataclass(frozen=True)
class NextStepModel:
    """Orders candidates. Immutable; read by many threads."""

    booster: lgb.Booster
    names: tuple[str, ...]
    """(F,) of its features."""

    @property
    def sources(self) -> tuple[str, ...]:
        """(S,) recall sources whose scores it learned from, in the order of their columns."""
        return tuple(name.removeprefix("source_") for name in self.names if name.startswith("source_"))

    def predict(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """(N,) scores of (N, F) features, comparable within a list."""
        return np.asarray(self.booster.predict(features, raw_score=True, num_threads=1), np.float32)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "next_step.txt").write_text(self.booster.model_to_string(), "utf-8")
        (folder / "next_step.json").write_text(json.dumps({"names": self.names}), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Raises WrongArtifact."""
        try:
            names = tuple(json.loads((folder / "next_step.json").read_text("utf-8"))["names"])
            return cls(lgb.Booster(model_str=(folder / "next_step.txt").read_text("utf-8")), names)
        except (OSError, ValueError, KeyError, lgb.basic.LightGBMError) as error:
            raise WrongArtifact(str(folder), "a saved next-step model", error) from None


def choose_trees(lists: Lists, base: NDArray[np.float32], config: NextStepConfig) -> tuple[int, dict[str, float]]:
    """How many trees order best what folds of users chose, and the ndcg@10 of the two orders there.

    Args:
        base: (N,) scores of the order that there is without trees. Where trees are not better by two standard errors
            of the difference there are none: each costs every request.
    """
    fold = np.random.default_rng(config.seed).integers(0, config.folds, len(lists))
    gains = np.zeros((config.most_trees, len(lists)))
    for part in range(config.folds):
        held = lists.rows(fold == part)
        booster = _boost(lists.rows(fold != part), config, config.most_trees)
        scores = np.zeros(len(held.right))
        for tree in range(config.most_trees):
            scores += booster.predict(held.features, raw_score=True, start_iteration=tree, num_iteration=1)
            gains[tree, fold == part] = held.ndcg(scores)
    without = lists.ndcg(base)
    best = int(gains.mean(axis=1).argmax())
    more = gains[best] - without
    doubt = 2.0 * float(more.std()) / len(lists) ** 0.5
    found = {"ndcg_at_10": float(gains[best].mean()), "without_ndcg_at_10": float(without.mean()), "doubt": doubt}
    return (best + 1 if more.mean() > doubt else 0), found


def fit_trees(lists: Lists, names: Sequence[str], num_trees: int, config: NextStepConfig) -> NextStepModel:
    """So many trees on all lists."""
    return NextStepModel(_boost(lists, config, num_trees, names), tuple(names))


def _boost(lists: Lists, config: NextStepConfig, num_trees: int, names: Sequence[str] = ()) -> lgb.Booster:
    settings = {
        "objective": "lambdarank",
        "lambdarank_truncation_level": config.truncation,
        "label_gain": [0, 1],
        **config.parameters(),
    }
    label, called = lists.right.astype(np.int8), list(names) or "auto"
    data = lgb.Dataset(lists.features, label, group=lists.lengths, feature_name=called)
    return lgb.train(settings, data, num_trees)
