"""Processes that train one model together: each takes a share of every batch, all take the same step.

What `DistributedDataParallel` does, for losses that are no single forward call: gradients are averaged, weighted by the
positions that each process had, so the step is that of one process with the whole batch (but for dropout).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

T = TypeVar("T")


class Peers:
    """Nobody else: the whole batch is one's own."""

    rank = 0
    size = 1

    def average(self, parameters: Iterable[torch.nn.Parameter], weight: float) -> None:
        """Replace gradients by their mean over all processes, in which this one counts `weight`."""

    def total(self, values: list[float]) -> list[float]:
        """Sums over all processes."""
        return values

    def gathered(self, value: T) -> list[T]:
        """What each process has, by rank."""
        return [value]


class ConnectedPeers(Peers):
    """The processes of the current torch.distributed group. Their models must start equal."""

    def __init__(self) -> None:
        self.rank, self.size = dist.get_rank(), dist.get_world_size()

    def average(self, parameters: Iterable[torch.nn.Parameter], weight: float) -> None:
        trained = list(parameters)
        grads = [p.grad if p.grad is not None else torch.zeros_like(p) for p in trained]  # None: an empty share
        flat = torch.cat([*(grad.reshape(-1) * weight for grad in grads), grads[0].new_tensor([weight])])
        dist.all_reduce(flat)
        mean = flat[:-1] / flat[-1]
        for parameter, part in zip(trained, torch.split(mean, [p.numel() for p in trained]), strict=True):
            parameter.grad = part.view_as(parameter)

    def total(self, values: list[float]) -> list[float]:
        sums: Tensor = torch.tensor(values, dtype=torch.float64)
        dist.all_reduce(sums)
        return list(sums.tolist())

    def gathered(self, value: T) -> list[T]:
        found: list[T] = [value] * self.size
        dist.all_gather_object(found, value)
        return found


ALONE = Peers()
