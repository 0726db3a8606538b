"""Contrastive training of text encoders: two texts that belong together, against everything else in the batch.

In-batch softmax both ways (van den Oord et al., 2018; Radford et al., ICML 2021). What belongs together comes from
the shop: a title and its description, a query and what was chosen after it, items that go together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from recsys.models.text.encoder import FinetuningConfig, PairTrainingConfig, TextEncoder, TextEncoderConfig
from recsys.models.text.families import new_text_encoder, tower_of
from recsys.models.text.noise import blur
from recsys.models.text.towers import Tower
from recsys.models.training.batches import Batches
from recsys.models.training.checkpoint import Checkpoint
from recsys.models.training.learner import Learner, Loss
from recsys.models.training.loop import Moment, train

Entry = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Pairs of a batch: their groups, and their rows in those."""
OnStep = Callable[[int, int, float], None]
"""Called after each step with its number from 1, the number of steps, and its loss."""


@dataclass(frozen=True)
class Pairs:
    """Texts that belong together. Equal keys mean the same thing, so they are never each other's negative."""

    left: list[str]
    right: list[str]
    left_key: NDArray[np.int64]  # (N,)
    right_key: NDArray[np.int64]  # (N,)
    weight: NDArray[np.float32]  # (N,) of the pair in the loss

    def __len__(self) -> int:
        return len(self.left)


def description_pairs(texts: Sequence[str], descriptions: Sequence[str]) -> Pairs:
    """Item text with its description, or with itself where there is none (noise then tells them apart)."""
    keys = np.arange(len(texts))
    right = [description.strip() or text for text, description in zip(texts, descriptions, strict=True)]
    return Pairs(list(texts), right, keys, keys, np.ones(len(texts), np.float32))


def query_item_pairs(
    queries: Sequence[str], index: NDArray[np.integer[Any]], weight: NDArray[np.floating[Any]], texts: Sequence[str]
) -> Pairs:
    """Query text with the text of the item chosen after it; repeated pairs become one, their weights summed."""
    query_code: dict[str, int] = {}
    codes = np.array([query_code.setdefault(query, len(query_code)) for query in queries], np.int64)
    pair, rows = np.unique(codes * len(texts) + index, return_index=True) if len(codes) else (codes, codes)
    total = np.bincount(np.searchsorted(pair, codes * len(texts) + index), weight, len(pair))
    return Pairs(
        [queries[row] for row in rows],
        [texts[index[row]] for row in rows],
        len(texts) + codes[rows],
        np.asarray(index, np.int64)[rows],
        _tamed(total.astype(np.float64)),
    )


def item_item_pairs(
    left: NDArray[np.integer[Any]],
    right: NDArray[np.integer[Any]],
    weight: NDArray[np.floating[Any]],
    texts: Sequence[str],
) -> Pairs:
    """Texts of items that go together."""
    return Pairs(
        [texts[i] for i in left],
        [texts[i] for i in right],
        np.asarray(left, np.int64),
        np.asarray(right, np.int64),
        _tamed(np.asarray(weight, np.float64)),
    )


def pretrain_text_encoder(
    texts: Sequence[str],
    descriptions: Sequence[str],
    config: TextEncoderConfig,
    *,
    on_step: OnStep | None = None,
    checkpoint: Checkpoint | None = None,
) -> tuple[TextEncoder, list[float]]:
    """Learn the shop's language from its catalogue alone. Returns the encoder and the loss of each step."""
    encoder = new_text_encoder([*texts, *(text for text in descriptions if text.strip())], config)
    return train_pairs(
        encoder, [description_pairs(texts, descriptions)], config, on_step=on_step, checkpoint=checkpoint
    )


def finetune_text_encoder(
    encoder: TextEncoder,
    groups: Sequence[Pairs],
    config: FinetuningConfig,
    *,
    on_step: OnStep | None = None,
    checkpoint: Checkpoint | None = None,
) -> tuple[TextEncoder, list[float]]:
    """Learn from behaviour. Keep description pairs among the groups, or items nobody has met drift off."""
    return train_pairs(encoder, groups, config, on_step=on_step, checkpoint=checkpoint)


def train_pairs(
    encoder: TextEncoder,
    groups: Sequence[Pairs],
    config: PairTrainingConfig,
    *,
    on_step: OnStep | None = None,
    checkpoint: Checkpoint | None = None,
) -> tuple[TextEncoder, list[float]]:
    """Train on all groups at once.

    Args:
        groups: pairs of one or several kinds, shuffled together.
        checkpoint: where the training goes on from, if it was ended.
    """
    learner = _PairLearner(tower_of(encoder), config.temperature)
    batches = Batches(partial(_plan, groups, config.batch), partial(_noisy, groups, config.noise), seed=config.seed)
    num_steps = config.epochs * len(batches)

    def hear(moment: Moment) -> bool:
        if on_step is not None and moment.metrics is None:
            on_step(moment.step, num_steps, moment.loss)
        return False

    trained = train(
        learner,
        batches,
        learner.tower.optimizer(config.learning_rate),
        config,
        passes=config.epochs,
        rate=lambda step: 1 - step / max(num_steps, 1),
        hear=hear,
        checkpoint=checkpoint,
    )
    return learner.tower.encoder(), trained.losses


class _PairLearner(Learner[Pairs]):
    """A tower that finds the right by the left and the left by the right."""

    def __init__(self, tower: Tower, temperature: float) -> None:
        super().__init__()
        self.tower, self._temperature = tower, temperature

    def step(self, batch: Pairs) -> Loss:
        vectors = self.tower(*self.tower.inputs([*batch.left, *batch.right]))
        return Loss(pair_loss(vectors[: len(batch)], vectors[len(batch) :], batch, self._temperature), len(batch))


def pair_loss(left: Tensor, right: Tensor, pairs: Pairs, temperature: float) -> Tensor:
    """Weighted cross-entropy of finding the right by the left and the left by the right.

    Args:
        left, right: (B, D) l2-normalised; row i belongs to row i.
    """
    logits = left @ right.T / temperature  # (B, B)
    logits = logits.masked_fill(torch.from_numpy(not_negatives(pairs)).to(logits.device), float("-inf"))
    target = torch.arange(len(left), device=logits.device)
    both = torch.nn.functional.cross_entropy(logits, target, reduction="none")
    both = both + torch.nn.functional.cross_entropy(logits.T, target, reduction="none")
    weight = torch.from_numpy(pairs.weight).to(logits.device)
    return (both * weight).sum() / (2 * weight.sum())


def not_negatives(pairs: Pairs) -> NDArray[np.bool_]:
    """(B, B) off-diagonal cells in which left i and right j belong together after all: they share a side."""
    left, right = pairs.left_key, pairs.right_key
    same = (left[:, None] == left) | (right[:, None] == right) | (left[:, None] == right)
    np.fill_diagonal(same, False)
    return np.asarray(same, np.bool_)


def _plan(groups: Sequence[Pairs], size: int, rng: np.random.Generator) -> list[Entry]:
    """All pairs once, shuffled, in batches; a last batch of one has no negative and is left out."""
    group = np.repeat(np.arange(len(groups)), [len(pairs) for pairs in groups])
    row = np.concatenate([np.arange(len(pairs)) for pairs in groups]) if groups else np.zeros(0, np.int64)
    order = rng.permutation(len(row))
    cuts = [order[start : start + size] for start in range(0, len(order), size)]
    return [(group[chosen], row[chosen]) for chosen in cuts if len(chosen) > 1]


def _noisy(groups: Sequence[Pairs], noise: float, entry: Entry, rng: np.random.Generator) -> Pairs:
    """The pairs of a batch; a share of their left sides lose a word or get a typing error."""
    chosen = [(groups[group], row) for group, row in zip(*entry, strict=True)]
    return Pairs(
        [blur(pairs.left[i], rng) if rng.random() < noise else pairs.left[i] for pairs, i in chosen],
        [pairs.right[i] for pairs, i in chosen],
        np.array([pairs.left_key[i] for pairs, i in chosen]),
        np.array([pairs.right_key[i] for pairs, i in chosen]),
        np.array([pairs.weight[i] for pairs, i in chosen], np.float32),
    )


def _tamed(weight: NDArray[np.float64]) -> NDArray[np.float32]:
    """Roots, with mean 1: a pair seen a hundred times is not a hundred times as true."""
    root = np.sqrt(weight)
    return np.asarray(root / max(float(root.mean()), 1e-12), np.float32) if len(root) else np.zeros(0, np.float32)
