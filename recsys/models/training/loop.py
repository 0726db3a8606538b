"""The one training loop: it takes steps, judges passes, keeps the best of them, and goes on where a killed one stood.

It knows no model: a learner says the loss of a batch, batches say where they stand, all else is settings. On one CPU
with one seed it gives the same weights to the last digit, whether it was ended and went on or not.
"""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import torch
from torch import Tensor

from recsys.models.training.batches import Batches
from recsys.models.training.checkpoint import Checkpoint
from recsys.models.training.config import TrainingConfig
from recsys.models.training.devices import chosen_device, precision_of
from recsys.models.training.learner import Learner
from recsys.models.training.peers import ALONE, Peers

log = logging.getLogger(__name__)

B = TypeVar("B")
Metrics = Mapping[str, float]


@dataclass(frozen=True)
class Moment:
    """What a training says of itself after every step, and again after every pass."""

    step: int
    """Steps done."""
    passes: int
    """Passes done."""
    loss: float
    """Of the last step; of the pass, weighted, where one is over."""
    metrics: Metrics | None = None
    """Of the pass, where one is over: `loss`, what judges it says, `seconds` since the beginning."""


Hear = Callable[[Moment], bool]
"""The one hook: hears every moment; True stops the training."""


@dataclass(frozen=True)
class Validation:
    """What judges a pass, and what follows from it."""

    judge: Callable[[], Metrics]
    by: str | None = None
    """The metric whose best pass gives the weights, larger is better; None: those of the last pass."""
    patience: int = 1
    """Passes without a better one before the training stops."""


@dataclass
class Trained:
    """How far a training got. The learner has the weights."""

    losses: list[float] = field(default_factory=list)
    """Of each step, in this process."""
    passes: list[dict[str, float]] = field(default_factory=list)
    """Metrics of each pass."""


def train(
    learner: Learner[B],
    batches: Batches[Any, B],
    optimizer: torch.optim.Optimizer,
    config: TrainingConfig,
    *,
    passes: int,
    rate: Callable[[int], float],
    validation: Validation | None = None,
    hear: Hear | None = None,
    peers: Peers = ALONE,
    checkpoint: Checkpoint | None = None,
) -> Trained:
    """Train at most so many passes; afterwards the learner is on the CPU, with the weights of the best pass.

    Args:
        optimizer: of the learner's parameters, with the full learning rates.
        rate: share of those rates at a step, counted from 0.
        peers: processes that train together, each with its share of every batch.
        checkpoint: where the state is kept, and found again.

    Raises WrongConfig for a device that is not there.
    """
    torch.set_num_threads(config.num_threads)
    torch.manual_seed(config.seed + peers.rank)
    device = chosen_device(config.device)
    learner.to(device).train()
    run = _Run(learner, batches, optimizer, device, peers, checkpoint)
    full = [group["lr"] for group in optimizer.param_groups]
    run.resume()
    stopped = False
    while not stopped and not run.over(passes, validation):
        for batch in batches:
            for group, base in zip(optimizer.param_groups, full, strict=True):
                group["lr"] = base * rate(len(run.done.losses))
            loss = run.step(batch)
            if hear is not None and hear(Moment(len(run.done.losses), len(run.done.passes), loss)):
                stopped = True
                break
            run.keep()
        else:
            metrics = run.end_pass(validation)
            stopped = hear is not None and hear(
                Moment(len(run.done.losses), len(run.done.passes), metrics["loss"], metrics)
            )
            run.keep()
    run.finish()
    return run.done


class _Run:
    """The state of a training, all of which is in its checkpoints, and what changes it."""

    def __init__(
        self,
        learner: Learner[Any],
        batches: Batches[Any, Any],
        optimizer: torch.optim.Optimizer,
        device: torch.device,
        peers: Peers,
        checkpoint: Checkpoint | None,
    ) -> None:
        self.learner, self.batches, self.optimizer = learner, batches, optimizer
        self.device, self.peers, self.checkpoint = device, peers, checkpoint
        self.done = Trained()
        self.total, self.weight = 0.0, 0.0  # of the pass so far, in this process
        self.best: dict[str, Tensor] | None = None
        self.best_value, self.best_pass = float("-inf"), 0
        self.started_s = time.monotonic()

    def over(self, passes: int, validation: Validation | None) -> bool:
        number = len(self.done.passes)
        if validation is not None and validation.by is not None and number > self.best_pass + validation.patience:
            return True
        return number >= passes

    def step(self, batch: Any) -> float:
        """One step of the optimizer. Returns the loss of this process's share, NaN where it is empty."""
        with precision_of(self.device):
            mean, weight = self.learner.step(batch)
        self.optimizer.zero_grad()
        loss = float("nan")
        if mean is not None:
            torch.autograd.backward(mean)
            loss = float(mean.detach())
            self.total, self.weight = self.total + loss * weight, self.weight + weight
        self.peers.average(self.learner.parameters(), weight)
        self.optimizer.step()
        self.done.losses.append(loss)
        return loss

    def end_pass(self, validation: Validation | None) -> dict[str, float]:
        """Judge the pass that is over, and keep its weights where they are the best."""
        total, weight = self.peers.total([self.total, self.weight])
        judged = validation.judge() if validation is not None else {}
        seconds = time.monotonic() - self.started_s
        metrics = {"loss": total / max(weight, 1e-12), **judged, "seconds": seconds}
        if validation is not None and validation.by is not None and metrics[validation.by] > self.best_value:
            self.best_value, self.best_pass = metrics[validation.by], len(self.done.passes)
            self.best = copy.deepcopy(self.learner.state_dict())
        self.done.passes.append(metrics)
        self.total, self.weight = 0.0, 0.0
        return metrics

    def finish(self) -> None:
        """Leave the best weights in the learner."""
        if self.best is not None:
            self.learner.load_state_dict(self.best)
        self.learner.to("cpu").eval()

    def keep(self) -> None:
        """Write a checkpoint where one is due: the first process says when, and writes what all have."""
        if self.checkpoint is None:
            return
        first = self.peers.rank == 0
        (due,) = self.peers.total([float(first and self.checkpoint.due())])
        if due:
            own = self.peers.gathered(self._own())
            if first:
                self.checkpoint.write(self._shared() | {"own": own})

    def resume(self) -> None:
        """Go on from the checkpoint, if there is one of as many processes on the same kind of device."""
        if self.checkpoint is None:
            return
        state = self.peers.gathered(self.checkpoint.read() if self.peers.rank == 0 else None)[0]
        if state is None:
            return
        if (state["device"], len(state["own"])) != (self.device.type, self.peers.size):
            log.warning("a checkpoint of %d processes on %s is passed over", len(state["own"]), state["device"])
            return
        self._restore(state, state["own"][self.peers.rank])
        log.warning("goes on from step %d", len(self.done.losses))

    def _shared(self) -> dict[str, Any]:
        """What is the same in all processes."""
        return {
            "device": self.device.type,
            "learner": self.learner.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "passes": self.done.passes,
            "best": (self.best, self.best_value, self.best_pass),
            "seconds": time.monotonic() - self.started_s,
        }

    def _own(self) -> dict[str, Any]:
        """What each process has for itself: its share of the losses, its place in the data, its sources of chance."""
        return {
            "losses": self.done.losses,
            "so_far": (self.total, self.weight),
            "batches": self.batches.state(),
            "torch": torch.get_rng_state(),
            "card": torch.cuda.get_rng_state(self.device) if self.device.type == "cuda" else None,
            "generators": [generator.get_state() for generator in self.learner.generators()],
        }

    def _restore(self, shared: Mapping[str, Any], own: Mapping[str, Any]) -> None:
        self.learner.load_state_dict(shared["learner"])
        self.optimizer.load_state_dict(shared["optimizer"])
        self.done = Trained(list(own["losses"]), list(shared["passes"]))
        self.best, self.best_value, self.best_pass = shared["best"]
        self.started_s -= shared["seconds"]
        self.total, self.weight = own["so_far"]
        self.batches.restore(own["batches"])
        torch.set_rng_state(own["torch"])
        if own["card"] is not None:
            torch.cuda.set_rng_state(own["card"], self.device)
        for generator, state in zip(self.learner.generators(), own["generators"], strict=True):
            generator.set_state(state)
