from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from recsys.models.training.losses import catalogue_cross_entropy, sampled_cross_entropy

TEMPERATURE = 0.1


def normal(rows: int, width: int, seed: int) -> torch.Tensor:
    drawn = torch.randn(rows, width, generator=torch.Generator().manual_seed(seed))
    return functional.normalize(drawn, dim=1).requires_grad_()


def plain(hidden: torch.Tensor, table: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return functional.cross_entropy(hidden @ table.T / TEMPERATURE, target)


@pytest.mark.parametrize("chunk", [1, 7, 64])
def test_chunks_give_the_loss_and_gradients_of_the_plain_form(chunk: int) -> None:
    hidden, table = normal(50, 16, 0), normal(90, 16, 1)
    target = torch.randint(0, 90, (50,), generator=torch.Generator().manual_seed(2))
    loss = catalogue_cross_entropy(hidden, table, target, temperature=TEMPERATURE, chunk=chunk)
    (3.0 * loss).backward()
    fast = (hidden.grad, table.grad)
    hidden.grad = table.grad = None
    reference = plain(hidden, table, target)
    (3.0 * reference).backward()
    assert float(loss.detach()) == pytest.approx(float(reference.detach()), rel=5e-3)
    for got, wanted in zip(fast, (hidden.grad, table.grad), strict=True):
        assert got is not None and wanted is not None
        assert torch.linalg.norm(got - wanted) < 0.02 * torch.linalg.norm(wanted)  # bfloat16


def test_sampling_estimates_the_loss_over_the_catalogue() -> None:
    hidden, table = normal(40, 16, 0).detach(), normal(600, 16, 1).detach()
    generator = torch.Generator().manual_seed(2)
    target = torch.randint(0, 600, (40,), generator=generator)
    share = torch.rand(600, generator=generator) + 0.1
    draws = share / share.sum() * 300
    drawn = torch.multinomial(draws, 300, replacement=True, generator=generator)
    loss = sampled_cross_entropy(
        hidden, table[target], table[drawn], draws[drawn].log(), target[:, None] == drawn, temperature=TEMPERATURE
    )
    uncorrected = sampled_cross_entropy(
        hidden, table[target], table[drawn], torch.zeros(300), target[:, None] == drawn, temperature=TEMPERATURE
    )
    wanted = float(plain(hidden, table, target))
    assert abs(float(loss) - wanted) < 0.1 < abs(float(uncorrected) - wanted)
