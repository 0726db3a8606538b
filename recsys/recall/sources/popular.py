"""What everybody chooses, lately: the source that always has something to say."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from recsys.errors import WrongArtifact
from recsys.features.sequences import Sequences
from recsys.recall.config import PopularConfig
from recsys.recall.sources.dense import DenseReading
from recsys.recall.sources.facts import Facts, Wording
from recsys.recall.sources.source import Evidence
from recsys.schema import DAY_S, Clock
from recsys.slate import Query

FILE = "popular.npy"


class PopularSource:
    """The same for everybody."""

    facts: ClassVar[Facts] = Facts(
        name="popular",
        weights={"search": 0.1, "cold": 1.0},
        telling=70,
        reason=Wording("popular", "Popular right now"),
        above_even=True,
        counts_steps=True,
    )

    def __init__(self, log_p: NDArray[np.float32]) -> None:
        """
        Args:
            log_p: (I,) log-probability that a step goes to each item.
        """
        self.log_p = log_p
        self._reading = DenseReading(log_p)
        self.unknown = not log_p.any()
        """Whether nobody has chosen anything."""

    @classmethod
    def fit(cls, evidence: Evidence) -> Self:
        return cls(fit_popular(evidence.sequences, evidence.config.popular, clock=evidence.clock))

    def read(self, query: Query) -> DenseReading:
        del query  # popularity asks nobody
        return self._reading

    def save(self, folder: Path) -> None:
        """Write popular.npy."""
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / FILE, self.log_p)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote. Raises WrongArtifact."""
        try:
            return cls(np.asarray(np.load(folder / FILE, allow_pickle=False), np.float32))
        except (OSError, ValueError) as error:
            raise WrongArtifact(str(folder / FILE), "popularity of every item", error, kind="recall") from None


def fit_popular(sequences: Sequences, config: PopularConfig, *, clock: Clock = "wall") -> NDArray[np.float32]:
    """(I,) log-probability that a step goes to each item, recent steps first; 0 for all where there are no steps.

    Args:
        clock: with `ordinal` times no step is more recent than another.
    """
    if not sequences.num_steps:
        return np.zeros(sequences.num_items, np.float32)
    weight = np.ones(sequences.num_steps)
    if clock == "wall":
        half_life_s = config.half_life_days * DAY_S
        weight = 0.5 ** (_age_s(sequences.at_s, half_life_s) / half_life_s)
    mass = np.bincount(sequences.index, weight, minlength=sequences.num_items) + config.smoothing
    return np.asarray(np.log(mass / mass.sum()), np.float32)


def _age_s(at_s: NDArray[np.float64], longest_s: float) -> NDArray[np.float64]:
    """(T,) seconds before the last step in which the shop lived: of a silence, at most `longest_s` count.

    A log that ended long ago and goes on today would otherwise be forgotten for its first new step.
    """
    order = np.argsort(at_s, kind="stable")
    lived = np.cumsum(np.minimum(np.diff(at_s[order], prepend=at_s[order[0]]), longest_s))
    age_s = np.empty_like(lived)
    age_s[order] = lived[-1] - lived
    return age_s
