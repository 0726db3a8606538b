"""What shoppers search for, and how relevant every item is to it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recsys.simulation.assortment import Assortment
from recsys.simulation.behaviour import Index
from recsys.simulation.intents import Intent, Intents, grades
from recsys.simulation.queries import QueryWriter
from recsys.simulation.truth import NO_GRADE, Truth

TARGETS = 8
"""Items of the type in focus that come to a shopper's mind before they type."""


class Searches:
    """Shoppers at the search box. Keeps the grades of every text it has seen."""

    def __init__(self, assortment: Assortment, truth: Truth, intents: Intents, writer: QueryWriter) -> None:
        self._assortment, self._truth, self._intents, self._writer = assortment, truth, intents, writer
        self._of_kind = {int(kind): np.flatnonzero(assortment.kind == kind) for kind in assortment.kinds}
        self._grades: dict[str, NDArray[np.int8]] = {}

    def type(self, user: Index, focus: Index, rng: np.random.Generator) -> list[str]:
        """(B,) texts for the item, of the type in focus, that each shopper likes best of a few."""
        if len(user) == 0:
            return []
        thought = np.stack([rng.choice(self._of_kind[int(kind)], TARGETS) for kind in focus])  # (B, TARGETS)
        liking = self._truth.attraction(np.repeat(user, TARGETS), thought.ravel()).reshape(thought.shape)
        best = np.argmax(liking + rng.gumbel(size=thought.shape), axis=1)
        return self._writer.write(thought[np.arange(len(user)), best], rng)

    def meaning(self, text: str) -> Intent:
        """What is meant by a text."""
        return self._intents.parse(text)

    def grades(self, text: str) -> NDArray[np.int8]:
        """(I,) relevance of every item to a text; NO_GRADE everywhere if there is none."""
        if not text:
            return np.full(len(self._assortment), NO_GRADE, np.int8)
        if text not in self._grades:
            self._grades[text] = grades(self.meaning(text), self._assortment)
        return self._grades[text]
