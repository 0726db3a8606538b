"""Text encoders as torch modules that can be trained, and back. One training loop serves both families."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from recsys.models.text.encoder import TextEncoder
from recsys.models.text.static import StaticEncoder

Inputs = tuple[Tensor, Tensor]


class Tower(nn.Module, ABC):
    """A trainable encoder: `inputs` makes tensors of texts, `forward` l2-normalised vectors (B, D) of those."""

    @abstractmethod
    def inputs(self, texts: Sequence[str]) -> Inputs:
        """Tensors of texts, as `forward` takes them."""

    @abstractmethod
    def optimizer(self, learning_rate: float) -> torch.optim.Optimizer:
        """One that suits the weights."""

    @abstractmethod
    def encoder(self) -> TextEncoder:
        """The encoder with the weights of now."""


class StaticTower(Tower):
    """The piece vectors as an embedding bag; only the rows of a batch are touched by a step."""

    def __init__(self, encoder: StaticEncoder) -> None:
        super().__init__()
        self._start = encoder
        self.bag = nn.EmbeddingBag.from_pretrained(
            torch.from_numpy(np.array(encoder.table)), freeze=False, mode="mean", sparse=True
        )

    def inputs(self, texts: Sequence[str]) -> Inputs:
        """(T,) pieces of all texts, and (B,) where each text starts."""
        pieces = self._start.pieces(texts)
        starts = np.cumsum([0, *(len(ids) for ids in pieces[:-1])])
        device = self.bag.weight.device
        flat = torch.tensor([piece for ids in pieces for piece in ids], dtype=torch.long, device=device)
        return flat, torch.from_numpy(starts).to(device)

    def forward(self, pieces: Tensor, starts: Tensor) -> Tensor:
        return nn.functional.normalize(self.bag(pieces, starts), dim=1)

    def optimizer(self, learning_rate: float) -> torch.optim.Optimizer:
        return torch.optim.SparseAdam(self.parameters(), lr=learning_rate)

    def encoder(self) -> StaticEncoder:
        table = self.bag.weight.detach().cpu().numpy().copy()
        return StaticEncoder(self._start.tokenizer, table, self._start.max_tokens)
