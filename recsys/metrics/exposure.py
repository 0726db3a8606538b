"""How evenly a catalogue is shown."""

from __future__ import annotations

import numpy as np

from recsys.slate import FloatArray


def gini(amount: FloatArray) -> float:
    """Inequality of an amount over items: 0 where all have the same, towards 1 where one has everything.

    Args:
        amount: (I,) impressions or clicks of every item, those with none included.
    """
    amount = np.sort(np.asarray(amount, np.float64))
    total = amount.sum()
    if not len(amount) or total <= 0:
        return 0.0
    rank = np.arange(1, len(amount) + 1)
    return float((2.0 * rank - len(amount) - 1.0) @ amount / (len(amount) * total))
