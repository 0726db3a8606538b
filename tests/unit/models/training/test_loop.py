"""The loop does what a plain one does, and a training that was ended goes on to the same weights."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from recsys.errors import WrongConfig
from recsys.models.training.batches import Batches
from recsys.models.training.checkpoint import FILE, Checkpoint
from recsys.models.training.config import TrainingConfig
from recsys.models.training.learner import Learner, Loss
from recsys.models.training.loop import Moment, Trained, Validation, train

ROWS, BATCH, PASSES, SEED = 12, 5, 4, 3
Batch = tuple[Tensor, Tensor]


class Line(Learner[Batch]):
    """A line through points, with both kinds of chance: torch's global one, and one of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([0.5, -0.5]))
        self.noise = torch.Generator().manual_seed(SEED)

    def step(self, batch: Batch) -> Loss:
        x, y = batch
        kept = nn.functional.dropout(x, 0.3) + 0.1 * torch.randn(x.shape, generator=self.noise)
        return Loss(((kept @ self.weight - y) ** 2).mean(), len(y))

    def generators(self) -> tuple[torch.Generator]:
        return (self.noise,)


def points() -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).normal(size=(ROWS, 2)).astype(np.float32)
    return x, x @ np.array([1.0, 2.0], np.float32)


def plan(rng: np.random.Generator) -> list[np.ndarray]:
    order = rng.permutation(ROWS)
    return [order[start : start + BATCH] for start in range(0, ROWS, BATCH)]


def batch(rows: np.ndarray, rng: np.random.Generator) -> Batch:
    x, y = points()
    return torch.from_numpy(x[rows]), torch.from_numpy(y[rows] + 0.1 * rng.normal(size=len(rows)).astype(np.float32))


def rate(step: int) -> float:
    return 1 - step / (PASSES * 3)


def run(
    hear: Callable[[Moment], bool] | None = None,
    folder: Path | None = None,
    validation: Callable[[Line], Validation] | None = None,
    passes: int = PASSES,
) -> tuple[Line, Trained]:
    line = Line()
    config = TrainingConfig(seed=SEED, device="cpu", checkpoint_s=0)
    trained = train(
        line,
        Batches(plan, batch, seed=SEED),
        torch.optim.AdamW(line.parameters(), lr=0.1),
        config,
        passes=passes,
        rate=rate,
        validation=validation(line) if validation is not None else None,
        hear=hear,
        checkpoint=Checkpoint(folder, config.checkpoint_s) if folder is not None else None,
    )
    return line, trained


def stopping(at: int) -> Callable[[Moment], bool]:
    """Ends the training as a kill does: after this step nothing more is done."""

    def hear(moment: Moment) -> bool:
        if moment.step == at and moment.metrics is None:
            raise KeyboardInterrupt
        return False

    return hear


def without_seconds(trained: Trained) -> list[dict[str, float]]:
    return [{name: value for name, value in metrics.items() if name != "seconds"} for metrics in trained.passes]


def test_it_does_what_a_plain_loop_does() -> None:
    torch.manual_seed(SEED)
    line, rng = Line(), np.random.default_rng(SEED)
    optimizer = torch.optim.AdamW(line.parameters(), lr=0.1)
    losses: list[float] = []
    means: list[float] = []
    for _ in range(PASSES):
        total = 0.0
        for rows in plan(rng):
            optimizer.param_groups[0]["lr"] = 0.1 * rate(len(losses))
            loss = line.step(batch(rows, rng)).mean
            assert loss is not None
            optimizer.zero_grad()
            torch.autograd.backward(loss)
            optimizer.step()
            losses.append(float(loss.detach()))
            total += losses[-1] * len(rows)
        means.append(total / ROWS)
    found, trained = run()
    assert trained.losses == losses
    assert [metrics["loss"] for metrics in trained.passes] == means
    assert torch.equal(found.weight, line.weight)
    assert not found.training


@pytest.mark.parametrize("at", range(1, PASSES * 3 + 1))
def test_ended_at_any_step_it_goes_on_to_the_same_weights(
    at: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    undisturbed, whole = run()
    with pytest.raises(KeyboardInterrupt):
        run(stopping(at), tmp_path)
    torch.manual_seed(99)  # a new process knows nothing of the chance of the old one
    with caplog.at_level(logging.WARNING):
        resumed, rest = run(folder=tmp_path)
    assert (f"goes on from step {at - 1}" in caplog.text) == (at > 1)
    assert rest.losses == whole.losses
    assert without_seconds(rest) == without_seconds(whole)
    assert torch.equal(resumed.weight, undisturbed.weight)


def curve(*values: float) -> Callable[[Line], Validation]:
    """Passes judged as given, and a record of the weights that were judged."""

    def validation(line: Line) -> Validation:
        judged = iter(values)
        return Validation(lambda: {"good": next(judged), "at": float(line.weight[0].detach())}, by="good", patience=2)

    return validation


def test_the_best_pass_gives_the_weights_and_patience_ends_it() -> None:
    line, trained = run(validation=curve(0.1, 0.3, 0.2, 0.3, 0.9), passes=5)
    assert [metrics["good"] for metrics in trained.passes] == [0.1, 0.3, 0.2, 0.3]
    assert float(line.weight[0].detach()) == trained.passes[1]["at"]


@pytest.mark.parametrize("at", [4, 7, 10])
def test_the_best_and_the_patience_outlive_an_end(at: int, tmp_path: Path) -> None:
    def judge(line: Line) -> Validation:  # best after the second pass, by what is in the weights alone
        return Validation(lambda: {"good": -abs(float(line.weight[0].detach()) - best)}, by="good", patience=2)

    best = run(validation=curve(1, 2, 3, 4))[1].passes[1]["at"]
    undisturbed, whole = run(validation=judge)
    with pytest.raises(KeyboardInterrupt):
        run(stopping(at), tmp_path, validation=judge)
    resumed, rest = run(folder=tmp_path, validation=judge)
    assert without_seconds(rest) == without_seconds(whole)
    assert float(undisturbed.weight[0].detach()) == best == float(resumed.weight[0].detach())


def test_the_hook_hears_steps_and_passes_and_may_stop() -> None:
    heard: list[tuple[int, int, bool]] = []

    def hear(moment: Moment) -> bool:
        heard.append((moment.step, moment.passes, moment.metrics is not None))
        return moment.step == 5

    _, trained = run(hear)
    assert heard == [(1, 0, False), (2, 0, False), (3, 0, False), (3, 1, True), (4, 1, False), (5, 1, False)]
    assert len(trained.losses) == 5


@pytest.mark.parametrize("damage", [lambda content: content[:-7], lambda content: b"", lambda content: content + b"x"])
def test_a_damaged_checkpoint_is_passed_over_with_a_warning(
    damage: Callable[[bytes], bytes], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    undisturbed, _ = run()
    with pytest.raises(KeyboardInterrupt):
        run(stopping(5), tmp_path)
    path = tmp_path / FILE
    path.write_bytes(damage(path.read_bytes()))
    again, _ = run(folder=tmp_path)
    assert "damaged checkpoint" in caplog.text
    assert torch.equal(again.weight, undisturbed.weight)


def test_a_checkpoint_of_more_processes_is_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    undisturbed, _ = run()
    with pytest.raises(KeyboardInterrupt):
        run(stopping(5), tmp_path)
    checkpoint = Checkpoint(tmp_path, 0)
    state: dict[str, Any] = checkpoint.read() or {}
    checkpoint.write(state | {"own": state["own"] * 2})
    again, _ = run(folder=tmp_path)
    assert "a checkpoint of 2 processes on cpu is passed over" in caplog.text
    assert torch.equal(again.weight, undisturbed.weight)


def test_no_checkpoint_is_written_before_its_time_and_none_is_left_half(tmp_path: Path) -> None:
    late = Checkpoint(tmp_path, 1000)
    assert not late.due()
    soon = Checkpoint(tmp_path, 0)
    assert soon.due()
    soon.write({"a": torch.ones(2)})
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert late.read().keys() == {"a"}  # type: ignore[union-attr]


def test_a_disk_that_refuses_costs_the_checkpoint_and_not_the_training(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    _, trained = run(folder=tmp_path / "file" / "folder")
    assert len(trained.passes) == PASSES
    assert "no checkpoint" in caplog.text


def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(WrongConfig, match=r"TrainingConfig\.device"):
        TrainingConfig.parse({"device": "tpu"})
    line = Line()
    optimizer = torch.optim.SGD(line.parameters())
    with pytest.raises(WrongConfig, match="a graphics card of this machine, got 'cuda:99 of"):
        train(line, Batches(plan, batch, seed=0), optimizer, TrainingConfig(device="cuda:99"), passes=1, rate=rate)
