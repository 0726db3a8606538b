"""Stands in for popularity while nobody has chosen anything: the newest items first. It claims nothing of anybody."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from recsys.recall.sources.dense import DenseReading
from recsys.recall.sources.facts import Facts, Wording
from recsys.slate import FloatArray, Query


class UnchosenSource:
    """The same for everybody; items without a date come last, in the order of the catalogue."""

    facts: ClassVar[Facts] = Facts(
        name="unchosen", weights={"cold": 1.0}, telling=100, reason=Wording("range", "From our range")
    )

    def __init__(self, created_s: FloatArray) -> None:
        """
        Args:
            created_s: (I,) when each item came in, seconds since the epoch; nan where nobody knows.
        """
        newest_first = np.argsort(-np.nan_to_num(created_s, nan=-np.inf), kind="stable")
        place = np.empty(len(created_s))
        place[newest_first] = np.arange(len(created_s))
        weight = 1.0 / (1.0 + place)
        self._reading = DenseReading(np.log(weight / weight.sum()))

    def read(self, query: Query) -> DenseReading:
        del query  # it asks nobody
        return self._reading
