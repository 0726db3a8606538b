"""What the training loop asks of a model: the loss of a batch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

import torch
from torch import Tensor, nn

B = TypeVar("B")


class Loss(NamedTuple):
    """Of one batch, or of one process's share of it."""

    mean: Tensor | None
    """Scalar; None for an empty share."""
    weight: float
    """What it counts beside other batches and shares, such as its positions."""


class Learner(nn.Module, ABC, Generic[B]):
    """A model that can be trained. What persists of it is its state dict."""

    @abstractmethod
    def step(self, batch: B) -> Loss:
        """The loss of a batch, whose tensors it moves to where its weights are."""

    def generators(self) -> Sequence[torch.Generator]:
        """Sources of chance of its own, besides torch's global one."""
        return ()
