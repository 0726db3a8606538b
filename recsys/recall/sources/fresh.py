"""Items that have had no chance yet: without a source of their own they would never be seen, and never learned."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from recsys.errors import WrongArtifact, WrongConfig
from recsys.features.catalogue import Catalogue
from recsys.recall.config import FreshConfig
from recsys.recall.sources.facts import Facts, Wording
from recsys.recall.sources.source import Evidence
from recsys.schema import DAY_S
from recsys.slate import BoolArray, FloatArray, IntArray, Query

SMOOTHING = 0.05
"""Share of the probability that is spread evenly over the catalogue."""


class FreshSource:
    """Proposes a draw of young items with few steps; another request, another draw.

    An item of age a weighs 2 ** (-a / half life), one without a date as much as the oldest that still count. Which of
    the proposed are shown is for the other sources to say: content speaks for an item that behaviour does not know.
    """

    facts: ClassVar[Facts] = Facts(
        name="fresh",
        weights={},
        telling=80,
        reason=Wording("new", "New, or chosen by few so far"),
        votes=False,  # that an item is new says nothing about whether anybody wants it
        counts_steps=True,
    )

    def __init__(self, created_s: FloatArray, counts: NDArray[np.int64], config: FreshConfig) -> None:
        """Take what is known of all items.

        Args:
            created_s: (I,) when each came in, seconds since the epoch; nan where nobody knows.
            counts: (I,) steps of each.
        """
        self._created_s, self._counts, self._config = np.asarray(created_s, np.float64), counts, config
        self._unchosen = not counts.any()

    @classmethod
    def fit(cls, evidence: Evidence) -> Self:
        return cls(evidence.catalogue.created_s, evidence.sequences.counts(), evidence.config.fresh)

    def grown(self, catalogue: Catalogue) -> FreshSource:
        """With new items behind the known ones, which nobody has chosen yet; known ones are as old as they were."""
        created_s = catalogue.created_s
        num_new = len(created_s) - len(self._created_s)
        joined = np.concatenate([self._created_s, created_s[len(self._created_s) :]])
        return FreshSource(joined, np.pad(self._counts, (0, num_new)), self._config)

    def read(self, query: Query) -> FreshReading | None:
        """None where no item is fresh at the time of the query."""
        limit = self._config.max_age_days
        age_days = np.clip((query.asked.at_s - self._created_s) / DAY_S, 0.0, None)
        age_days[np.isnan(age_days)] = limit
        fresh = (self._counts <= self._config.few_steps) & (age_days <= limit)
        if self._unchosen:  # few steps say nothing where nobody has made any: only a date does
            fresh &= ~np.isnan(self._created_s)
        if not fresh.any():
            return None
        return FreshReading(np.where(fresh, 0.5 ** (age_days / self._config.half_life_days), 0.0), query.draw.seed)

    def save(self, folder: Path) -> None:
        """Write items.npz and fresh.json."""
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(folder / "items.npz", created_s=self._created_s, counts=self._counts)
        (folder / "fresh.json").write_text(self._config.canonical(), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote. Raises WrongArtifact."""
        try:
            with np.load(folder / "items.npz", allow_pickle=False) as arrays:
                return cls(arrays["created_s"], arrays["counts"], FreshConfig.read(folder / "fresh.json"))
        except (OSError, ValueError, KeyError, WrongConfig) as error:
            raise WrongArtifact(str(folder), "ages and counts of all items", error, kind="recall") from None


class FreshReading:
    """Freshness at one time; the proposals are a weighted draw without replacement."""

    def __init__(self, weight: NDArray[np.float64], seed: int) -> None:
        self._weight, self._seed = weight, seed  # (I,) 0 for what is not fresh

    def top(self, allowed: BoolArray, k: int) -> IntArray:
        """At most k fresh items in the order drawn (Gumbel keys: Efraimidis and Spirakis, IPL 2006)."""
        noise = np.random.default_rng(self._seed).gumbel(size=len(self._weight))
        found = np.flatnonzero((self._weight > 0) & allowed)
        keys = np.log(self._weight[found]) + noise[found]
        return found[np.argsort(-keys, kind="stable")[:k]].astype(np.int32)

    def score(self, index: IntArray) -> NDArray[np.float32]:
        """(N,) log-probability of a draw, smoothed over the catalogue."""
        share = (1.0 - SMOOTHING) * self._weight[index] / self._weight.sum()
        return np.asarray(np.log(share + SMOOTHING / len(self._weight)), np.float32)
