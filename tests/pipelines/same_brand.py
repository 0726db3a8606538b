"""A recall source as somebody adds one: its file, and its line in the table (the test writes that one)."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from recsys.errors import WrongArtifact
from recsys.features.catalogue import Catalogue
from recsys.recall.sources.facts import ANCHOR, Facts, Wording
from recsys.recall.sources.neighbours import chosen
from recsys.recall.sources.source import Evidence
from recsys.slate import BoolArray, IntArray, Query

SMOOTHING = 0.1
"""Share of the probability that is spread evenly over the catalogue."""


class SameBrandSource:
    """Other items of the brand that was chosen last, all alike."""

    facts: ClassVar[Facts] = Facts(
        name="same_brand",
        weights={"user": 0.1, "context": 0.2},
        telling=5,
        reason=Wording("same_brand", f"From the brand of “{ANCHOR}”"),
    )

    def __init__(self, brand: IntArray) -> None:
        """
        Args:
            brand: (I,) code of each item's brand, -1 where it has none.
        """
        self._brand = brand

    @classmethod
    def fit(cls, evidence: Evidence) -> Self:
        return cls(evidence.catalogue.brand_code)

    def grown(self, catalogue: Catalogue) -> Self:
        """New items have brands too."""
        return type(self)(catalogue.brand_code)

    def read(self, query: Query) -> SameBrandReading | None:
        """None where nothing with a brand was chosen last."""
        items = chosen(query)
        if not len(items) or self._brand[items[-1]] < 0:
            return None
        return SameBrandReading(int(items[-1]), self._brand == self._brand[items[-1]])

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / "brand.npy", self._brand)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Raises WrongArtifact."""
        try:
            return cls(np.load(folder / "brand.npy", allow_pickle=False))
        except (OSError, ValueError) as error:
            raise WrongArtifact(str(folder), "the brand of every item", error, kind="recall") from None


class SameBrandReading:
    """The items of one brand."""

    def __init__(self, last: int, same: BoolArray) -> None:
        self._last, self._same = last, same  # (I,)

    def top(self, allowed: BoolArray, k: int) -> IntArray:
        return np.flatnonzero(self._same & allowed)[:k].astype(np.int32)

    def score(self, index: IntArray) -> NDArray[np.float32]:
        """(N,) log-probability of a draw from the brand, smoothed over the catalogue."""
        share = (1.0 - SMOOTHING) * self._same[index] / self._same.sum()
        likely: NDArray[np.float32] = np.log(share + SMOOTHING / len(self._same)).astype(np.float32)
        return likely

    def anchor(self, index: IntArray) -> IntArray:
        """(N,) the item that was chosen last, where the brand is its."""
        return np.where(self._same[index], self._last, -1).astype(np.int32)
