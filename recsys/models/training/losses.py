"""Cross-entropy over a whole catalogue without ever holding its logits.

Shape letters: B positions, I items, D width, N sampled negatives.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from recsys.models.training.devices import dtype_of_products

CHUNK = 128
"""Rows of logits held at once: 128 x 12,000 floats stay near the cache."""


def catalogue_cross_entropy(
    hidden_BD: Tensor, table_ID: Tensor, target_B: Tensor, *, temperature: float, chunk: int = CHUNK
) -> Tensor:
    """Mean softmax cross-entropy of each position against every item.

    Logits are products over temperature, computed on few rows at a time, in bfloat16 where the machine multiplies
    it; the softmax is in float32, and both gradients are accumulated in the forward pass, so memory is `chunk` x I and
    there is no second product.
    A third of the time of the plain loss at 12,000 items, with gradients equal up to that rounding.

    Args:
        hidden_BD: l2-normalised queries.
        table_ID: l2-normalised items.
        target_B: item of each position.
        temperature: divides the cosine.
    """
    loss: Tensor = _CatalogueCrossEntropy.apply(hidden_BD, table_ID, target_B, temperature, chunk)  # type: ignore[no-untyped-call]
    return loss


class _CatalogueCrossEntropy(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, hidden_BD: Tensor, table_ID: Tensor, target_B: Tensor, temperature: float, chunk: int
    ) -> Tensor:
        scale, dtype = 1.0 / temperature, dtype_of_products(hidden_BD.device)
        hidden, table = hidden_BD.to(dtype), table_ID.to(dtype)
        grad_hidden = torch.empty_like(hidden_BD)
        grad_table = torch.zeros_like(table_ID)
        loss = hidden_BD.new_zeros(())
        for start in range(0, len(hidden_BD), chunk):
            rows = slice(start, start + chunk)
            target = target_B[rows, None]
            logits = (hidden[rows] @ table.T).float().mul_(scale)
            peak = logits.amax(dim=1, keepdim=True)
            own = logits.gather(1, target)
            logits.sub_(peak).exp_()
            total = logits.sum(dim=1, keepdim=True)
            loss += (total.log() + peak - own).sum()
            probability = logits.div_(total)
            probability.scatter_add_(1, target, torch.full_like(own, -1.0))
            rounded = probability.to(dtype)
            grad_hidden[rows] = (rounded @ table).float()
            grad_table += (rounded.T @ hidden[rows]).float()
        factor = scale / len(hidden_BD)
        ctx.save_for_backward(grad_hidden.mul_(factor), grad_table.mul_(factor))
        return loss / len(hidden_BD)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, Tensor, None, None, None]:
        (grad,) = grad_outputs
        grad_hidden, grad_table = ctx.saved_tensors
        return grad_hidden * grad, grad_table * grad, None, None, None


def sampled_cross_entropy(
    hidden_BD: Tensor, own_BD: Tensor, negative_ND: Tensor, log_draws_N: Tensor, hit_BN: Tensor, *, temperature: float
) -> Tensor:
    """Mean softmax cross-entropy against negatives that all positions share, for catalogues too large for all.

    Each negative's logit is lowered by the log of how often it is expected among the draws, so that the sum over the
    draws estimates the sum over the catalogue (Bengio and Senécal, IEEE TNN 2008).

    Args:
        hidden_BD: l2-normalised queries.
        own_BD: l2-normalised item of each position.
        negative_ND: l2-normalised sampled items.
        log_draws_N: log of the expected number of draws of each.
        hit_BN: where a negative is the position's own item, and so is none.
        temperature: divides the cosine.
    """
    own = (hidden_BD * own_BD).sum(dim=1) / temperature
    negative = hidden_BD @ negative_ND.T / temperature - log_draws_N
    negative = negative.masked_fill(hit_BN, -torch.inf)
    return (torch.logsumexp(torch.cat([own[:, None], negative], dim=1), dim=1) - own).mean()
