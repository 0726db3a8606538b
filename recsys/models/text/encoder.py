"""What every text encoder can do, and the settings of making one. Nothing here needs torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from recsys.models.training.config import TrainingConfig

SETTINGS = "encoder.json"
WIDTH, VOCABULARY = 192, 16_384


class PairTrainingConfig(TrainingConfig):
    """How a text encoder is trained on pairs of texts."""

    batch: int = 512
    """Pairs a step; each is a negative of all others."""
    temperature: float = 0.05
    """Divides the cosine inside the softmax."""
    learning_rate: float = 3e-3
    """Adam's, falling to zero; about 2e-5 to tune a published transformer."""
    epochs: int = 8
    """Passes over the pairs."""
    noise: float = 0.3
    """Share of left sides (queries) that lose a word or get a typing error at each pass."""


class FinetuningConfig(PairTrainingConfig):
    """How an encoder goes on to learn from behaviour; its shape is what pretraining made."""

    epochs: int = 4
    """Passes over all pairs."""


class TextEncoderConfig(PairTrainingConfig):
    """The shape of a text encoder, and how it is pretrained."""

    family: Literal["static", "transformer"] = "static"
    """`static`: the mean of learned subword vectors, served in .1 ms; `transformer`: any Hugging Face encoder."""
    model: str | None = None
    """Hub name or local path of the transformer."""
    revision: str | None = Field(None, min_length=1)
    """Which state of a hub's model: a commit's 40 hex digits or a tag. Needed with a hub name, refused with a path."""
    width: int = WIDTH
    """Numbers in a vector of the static encoder; a transformer has its own."""
    vocabulary: int = VOCABULARY
    """Most subwords of the static encoder."""
    max_tokens: int = 64
    """Subwords read of one text."""

    @model_validator(mode="after")
    def _decides(self) -> TextEncoderConfig:
        """No setting that the family does not read."""
        if self.family == "static" and (self.model, self.revision) != (None, None):
            raise ValueError("no model or revision for family=static: it is made from the shop's texts")
        if self.family == "transformer" and (self.width, self.vocabulary) != (WIDTH, VOCABULARY):
            raise ValueError("no width or vocabulary for family=transformer: it has its own")
        return self


class TextEncoder(Protocol):
    """Text to vector."""

    @property
    def width(self) -> int:
        """D, numbers in a vector."""
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(B, D) l2-normalised vectors; zeros for a text of which nothing is known."""
        ...

    def save(self, folder: Path) -> None:
        """Write everything into a folder, made if absent."""
        ...
