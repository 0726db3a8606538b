"""The model that re-orders what recall sums, from held-out steps: a log needs no impressions for it.

Each held-out step is asked for as it would have been then; of recall's best candidates one is what was chosen.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recsys.errors import WrongArtifact
from recsys.features.asked_again import user_queries
from recsys.features.catalogue import Catalogue
from recsys.features.next_steps import NextStepFeatures, feature_names
from recsys.features.sequences import HeldOut, Sequences, held_out
from recsys.models.next_step.model import Lists, NextStepModel, choose_trees, fit_trees
from recsys.ranking.config import RankingConfig
from recsys.ranking.reorder import Reorder, best_undivided
from recsys.slate import Candidates, Query
from recsys.splits import FOLDS, RANK, TRAIN, VALID

Finder = Callable[[Query], Candidates]
"""Recall's candidates for a request."""


@dataclass(frozen=True)
class FittedNextStep:
    """The next-step model, and what it reads of items."""

    model: NextStepModel
    steps: NDArray[np.int64]  # (I,) of each item, as far as what serves has counted
    depth: int

    def over(self, catalogue: Catalogue) -> Reorder:
        """What re-orders recall's best of a catalogue whose first items it knows."""
        steps = np.pad(self.steps, (0, len(catalogue) - len(self.steps)))
        return Reorder(self.model, NextStepFeatures(catalogue, steps), self.model.sources, self.depth)

    def save(self, folder: Path) -> None:
        self.model.save(folder)
        np.save(folder / "steps.npy", self.steps)
        (folder / "depth.json").write_text(json.dumps(self.depth), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Raises WrongArtifact."""
        model = NextStepModel.load(folder)
        try:
            steps = np.load(folder / "steps.npy", allow_pickle=False)
            return cls(model, steps, int(json.loads((folder / "depth.json").read_text("utf-8"))))
        except (OSError, ValueError, TypeError) as error:
            raise WrongArtifact(str(folder), "steps of items and a depth", error) from None


def fit_next_step(
    catalogue: Catalogue,
    steps: pa.Table,
    find: Finder,
    sources: Sequence[str],
    config: RankingConfig,
    *,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[FittedNextStep | None, dict[str, Any]]:
    """The model, and how it was chosen; None where the fused order is as good or there is too little to learn from.

    It is taught by the first fold behind `train` that has steps: `rank`, or `valid` where one is left out a user.

    Args:
        steps: of all folds.
        find: of recall models fitted on the train fold.
        sources: (S,) names of the columns of its scores.
        on_progress: called with the number of steps that were asked for, and of all.
    """
    early = Sequences.from_steps(steps.filter(pc.equal(steps["fold"], TRAIN)), len(catalogue))
    fold = RANK if pc.any(pc.equal(steps["fold"], RANK)).as_py() else VALID
    teaching = held_out(steps, fold, len(catalogue))
    known = teaching.rows(row for row, history in enumerate(teaching.histories) if len(history))
    drawn = known.sample(config.most_steps, np.random.default_rng(config.seed))
    features = NextStepFeatures(catalogue, early.counts())
    lists, fused = _lists(features, drawn, find, config.depth, on_progress)
    about: dict[str, Any] = {"taught_by": FOLDS[fold], "asked": len(drawn), "lists": len(lists)}
    if not config.next_step.most_trees:
        return None, {**about, "none": "no trees were asked for"}
    if len(lists) < config.next_step.least_lists:
        return None, {**about, "none": f"fewer than {config.next_step.least_lists} lists with what was chosen"}
    num_trees, gains = choose_trees(lists, fused, config.next_step)
    about |= {"trees": num_trees, **gains}
    if not num_trees:
        return None, {**about, "none": "not surely better than the fused order on folds of the users"}
    model = fit_trees(lists, feature_names(sources), num_trees, config.next_step)
    return FittedNextStep(model, early.counts(), config.depth), {**about, "gain": _gain(model)}


def _lists(
    features: NextStepFeatures,
    held: HeldOut,
    find: Finder,
    depth: int,
    on_progress: Callable[[int, int], None] | None,
) -> tuple[Lists, NDArray[np.float32]]:
    """The lists that have the right item among them, and the fused scores of their candidates."""
    matrices: list[NDArray[np.float32]] = []
    fused: list[NDArray[np.float32]] = []
    right: list[NDArray[np.bool_]] = []
    for number, (query, target) in enumerate(zip(user_queries(held), held.target, strict=True)):
        found = find(query)
        best = best_undivided(found.fused, depth)
        index = found.index[best]
        if (index == target).any():
            scores = found.scores[best], found.fused[best]
            matrices.append(features.matrix(query.asked, query.person.history, index, *scores))
            fused.append(scores[1])
            right.append(index == target)
        if on_progress is not None and (number % 500 == 0 or number + 1 == len(held)):
            on_progress(number + 1, len(held))
    lengths = np.array([len(one) for one in right], np.int64)
    if not len(lengths):
        return Lists(np.zeros((0, 0), np.float32), np.zeros(0, np.bool_), lengths), np.zeros(0, np.float32)
    return Lists(np.concatenate(matrices), np.concatenate(right), lengths), np.concatenate(fused)


def _gain(model: NextStepModel) -> dict[str, float]:
    """Share of what the trees gained by each feature, largest first."""
    gain = model.booster.feature_importance("gain")
    order = np.argsort(-gain, kind="stable")
    return {model.names[column]: round(float(gain[column] / gain.sum()), 4) for column in order}
