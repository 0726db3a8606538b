"""From what a model says to a probability that can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Array = NDArray[Any]


@dataclass(frozen=True)
class Calibration:
    """p = sigmoid(slope * logit + offset) (Platt, 1999): strictly rising, so it makes no ties."""

    slope: float = 1.0
    offset: float = 0.0

    @classmethod
    def fit(cls, logit: Array, label: Array) -> Self:
        """Least log loss, with Platt's softened targets against small samples."""
        positive, negative = label.sum(), len(label) - label.sum()
        target = np.where(label, (positive + 1) / (positive + 2), 1 / (negative + 2))

        def loss(parameters: Array) -> float:
            value = parameters[0] * logit + parameters[1]
            return float(np.mean(np.logaddexp(0, value) - target * value))

        slope, offset = minimize(loss, np.array([1.0, 0.0]), method="L-BFGS-B", bounds=[(1e-3, None), (None, None)]).x
        return cls(float(slope), float(offset))

    def apply(self, logit: Array) -> Array:
        return 1.0 / (1.0 + np.exp(-(self.slope * logit + self.offset)))
