"""The recall stage from the folders of its artifacts; training of the ranker opens it before there is a release."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recsys.features.catalogue import Catalogue
from recsys.index.lexical import LexicalIndex
from recsys.index.vectors import VectorIndex
from recsys.models.text.encoder import TextEncoder
from recsys.recall.fitted import FittedRecall
from recsys.recall.fusion import Fusion
from recsys.recall.sources.lexical import LexicalSource
from recsys.recall.sources.text import TextSource
from recsys.recall.stage import Recall, RecallStageConfig


@dataclass(frozen=True)
class RecallModels:
    """Everything that the recall stage reads but the catalogue."""

    lexical: LexicalIndex
    vectors: VectorIndex
    text: TextSource
    fitted: FittedRecall
    fusion: Fusion

    @classmethod
    def open(cls, models: Path, index: Path, encoder: TextEncoder) -> Self:
        """From the folders of its artifacts. Raises WrongArtifact."""
        vectors = VectorIndex.load(index / "vectors")
        text = TextSource(vectors, lambda words: encoder.encode([words])[0])
        fitted, fusion = FittedRecall.load(models), Fusion.load(models / "fusion.json")
        return cls(LexicalIndex.open(index / "lexical"), vectors, text, fitted, fusion)

    def changed(self, catalogue: Catalogue, vectors: NDArray[np.float32]) -> Self:
        """The same with both indexes as the changed catalogue has it.

        Args:
            vectors: (C, D) of its changed rows.
        """
        lexical = self.lexical.changed(catalogue, catalogue.changed_rows)
        index = self.vectors.changed(catalogue.changed_rows, vectors)
        return replace(self, lexical=lexical, vectors=index, text=self.text.over(index))

    def stage(self, key: str, catalogue: Catalogue, config: RecallStageConfig | None = None) -> Recall:
        """The recall stage over a catalogue that these models were made from, or that it grew to."""
        sources = self.fitted.grown(catalogue)
        return Recall(key, catalogue, [LexicalSource(self.lexical), self.text, *sources], self.fusion, config)


def open_recall(
    key: str,
    catalogue: Catalogue,
    models: Path,
    index: Path,
    encoder: TextEncoder,
    config: RecallStageConfig | None = None,
) -> Recall:
    """Recall from the folders of its artifacts. Raises WrongArtifact."""
    return RecallModels.open(models, index, encoder).stage(key, catalogue, config)
