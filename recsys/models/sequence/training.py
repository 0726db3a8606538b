"""Training of the sequence encoder: a plain function that any distributor can run.

Shape letters: B users of a batch, L steps, P positions with a target, I items, C content, D width, H heads.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from recsys.errors import WrongConfig, WrongData
from recsys.features.sequences import HeldOut, Sequences
from recsys.metrics.ranking import ndcg_at_k, ranks, recall_at_k
from recsys.models.sequence.encoder import EPSILON, SequenceConfig, SequenceEncoder, Weights
from recsys.models.training.batches import Batches
from recsys.models.training.checkpoint import Checkpoint
from recsys.models.training.devices import chosen_device
from recsys.models.training.learner import Learner, Loss
from recsys.models.training.loop import Metrics, Moment, Validation, train
from recsys.models.training.losses import catalogue_cross_entropy, sampled_cross_entropy
from recsys.models.training.peers import ALONE, Peers

log = logging.getLogger(__name__)

SequenceBatch = tuple[Tensor, Tensor]
"""Left-aligned sequences (B, L), and their lengths (B,)."""
OnEpoch = Callable[[int, Metrics], bool]
"""Called after each pass with its number and metrics; True stops the training."""


@dataclass(frozen=True)
class TrainedSequence:
    """The encoder of the best pass, and the metrics of every pass."""

    encoder: SequenceEncoder
    epochs: tuple[dict[str, float], ...]


def train_sequence_encoder(
    sequences: Sequences,
    content: NDArray[np.float32],
    config: SequenceConfig,
    *,
    valid: HeldOut,
    on_epoch: OnEpoch | None = None,
    peers: Peers = ALONE,
    checkpoint: Checkpoint | None = None,
) -> TrainedSequence:
    """Learn to point from every prefix of every sequence to its next item.

    Deterministic for one seed, machine and thread count. Weights returned are those of the best ndcg@10 on `valid`,
    items of the history excluded; without held-out steps, those of the last pass.

    Args:
        sequences: of the training fold.
        content: (I, C) of every item, also those without a step.
        config: of model and training.
        valid: later steps; at most `config.num_valid` of them, drawn at random, judge each pass.
        on_epoch: hears `loss`, `recall_at_10`, `ndcg_at_10`, `seconds` of each pass and may stop.
        peers: processes that train together; all are given the same arguments but this, and return the same.
        checkpoint: where the training goes on from, if it was ended.

    Raises WrongConfig where heads do not divide the width or the device is not there, WrongData where nobody has two
    steps.
    """
    if config.width % config.heads:
        raise WrongConfig("sequence.heads", f"a divisor of width {config.width}", config.heads)
    if not np.any(np.diff(sequences.offsets) > 1):
        raise WrongData("steps", "a user with two steps or more to learn from", f"{len(sequences)} users")
    model = SequenceModel(sequences, content, config, torch.Generator().manual_seed(config.seed))
    device = chosen_device(config.device)
    if peers.rank or device.type != "cpu":  # equal weights, other dropout
        model.generator = torch.Generator(device).manual_seed(config.seed + peers.rank)
    judged = _answerable(valid).sample(config.num_valid, np.random.default_rng(config.seed))
    batches = Batches(partial(_plan, sequences, config), partial(_share, sequences, config, peers), seed=config.seed)
    warming = len(batches)

    def hear(moment: Moment) -> bool:
        if moment.metrics is None:
            return False
        log.info("sequence encoder, pass %d: %s", moment.passes - 1, moment.metrics)
        return on_epoch is not None and on_epoch(moment.passes - 1, moment.metrics)

    trained = train(
        model,
        batches,
        torch.optim.AdamW(model.groups(), lr=config.learning_rate, betas=(0.9, 0.98)),
        config,
        passes=config.epochs,
        rate=lambda step: min(1.0, (step + 1) / WARM_UP) if step < warming else 1.0,
        validation=Validation(
            lambda: _judge(model.encoder(), judged), by="ndcg_at_10" if len(judged) else None, patience=config.patience
        ),
        hear=hear,
        peers=peers,
        checkpoint=checkpoint,
    )
    return TrainedSequence(model.encoder(), tuple(trained.passes))


class SequenceModel(Learner[SequenceBatch]):
    """SASRec of one pre-normed layer with item vector = learned part + content_scale x linear map of content."""

    def __init__(
        self, sequences: Sequences, content: NDArray[np.float32], config: SequenceConfig, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.config, self.generator = config, generator
        width = config.width
        counts = sequences.counts()
        content_IC = torch.from_numpy(np.ascontiguousarray(content, np.float32))
        self.register_buffer("content_IC", content_IC, persistent=False)
        # The softmax would push the learned part of an item that nobody touched away from everybody: it stays out.
        self.register_buffer("known_I1", torch.from_numpy(counts > 0).float()[:, None], persistent=False)
        share = 0.5 / len(counts) + 0.5 * counts / max(counts.sum(), 1)
        self.register_buffer("draws_I", torch.from_numpy(share * config.num_sampled).float(), persistent=False)
        self.learned_ID = nn.Parameter(self._normal(len(counts), width))
        self.content_CD = nn.Parameter(self._normal(content.shape[1], width) * 20 / content.shape[1] ** 0.5)
        self.positions_LD = nn.Parameter(self._normal(config.max_length, width))
        names = ("query", "key", "value", "output", "inner", "outer")
        self.matrices = nn.ParameterDict({name: self._normal(width, width) * 50 / width**0.5 for name in names})
        self.biases = nn.ParameterDict({name: torch.zeros(width) for name in names})
        self.norms = nn.ModuleDict({name: nn.LayerNorm(width) for name in ("input", "attention", "output")})

    def step(self, batch: SequenceBatch) -> Loss:
        index_BL, length_B = (tensor.to(self.learned_ID.device) for tensor in batch)
        weight = float((length_B - 1).sum())
        return Loss(self.loss(index_BL, length_B) if weight else None, weight)

    def generators(self) -> tuple[torch.Generator]:
        return (self.generator,)

    def groups(self) -> list[dict[str, object]]:
        """Parameters for the optimizer: weight decay on everything but what belongs to one item or place."""
        tables = [self.learned_ID, self.positions_LD]
        others = [p for p in self.parameters() if all(p is not table for table in tables)]
        return [
            {"params": tables, "weight_decay": 0.0},
            {"params": others, "weight_decay": self.config.weight_decay},
        ]

    def items(self) -> Tensor:
        """(I, D) item vectors before normalisation."""
        content = self.get_buffer("content_IC") @ self.content_CD
        return self.get_buffer("known_I1") * self.learned_ID + self.config.content_scale * content

    def loss(self, index_BL: Tensor, length_B: Tensor) -> Tensor:
        """Mean cross-entropy of every next item of left-aligned sequences."""
        items_ID = self.items()
        inputs_BL, target_BL = index_BL[:, :-1], index_BL[:, 1:]
        real_BL = torch.arange(target_BL.shape[1], device=length_B.device) < (length_B - 1)[:, None]
        hidden_PD = self.hidden(items_ID, inputs_BL)[real_BL]
        target_P = target_BL[real_BL]
        hidden_PD = functional.normalize(hidden_PD, dim=1, eps=EPSILON)
        table_ID = functional.normalize(items_ID, dim=1, eps=EPSILON)
        if len(items_ID) <= self.config.sampled_above:
            return catalogue_cross_entropy(hidden_PD, table_ID, target_P, temperature=self.config.temperature)
        draws_I = self.get_buffer("draws_I")
        drawn_N = torch.multinomial(draws_I, self.config.num_sampled, replacement=True, generator=self.generator)
        return sampled_cross_entropy(
            hidden_PD,
            table_ID[target_P],
            table_ID[drawn_N],
            draws_I[drawn_N].log(),
            target_P[:, None] == drawn_N,
            temperature=self.config.temperature,
        )

    def encoder(self) -> SequenceEncoder:
        """The weights of this moment, for inference."""
        with torch.no_grad():
            tensors: dict[str, Tensor] = {
                "items": self.items(),
                "content": self.content_CD,
                "positions": self.positions_LD,
                **self.matrices,
            }
            tensors |= {f"{name}_bias": bias for name, bias in self.biases.items()}
            for name, norm in self.norms.items():
                tensors |= {f"norm_{name}": norm.get_parameter("weight")}
                tensors |= {f"norm_{name}_bias": norm.get_parameter("bias")}
        weights: Weights = {name: tensor.detach().cpu().numpy().copy() for name, tensor in tensors.items()}
        return SequenceEncoder(
            weights,
            heads=self.config.heads,
            temperature=self.config.temperature,
            content_scale=self.config.content_scale,
        )

    def hidden(self, items_ID: Tensor, index_BL: Tensor) -> Tensor:
        """(B, L, D) output at every position. Left-aligned: the causal mask hides the padding too."""
        batch, length = index_BL.shape
        inputs_BLD = self._drop(self._inputs(items_ID, index_BL) + self.positions_LD[:length])
        normed_BLD = self.norms["input"](inputs_BLD)
        split = (batch, length, self.config.heads, -1)
        query, key, value = (
            self._linear(normed_BLD, name).view(split).transpose(1, 2) for name in ("query", "key", "value")
        )
        logits_BHLL = query @ key.transpose(2, 3) / query.shape[3] ** 0.5
        later_LL = torch.ones(length, length, dtype=torch.bool, device=logits_BHLL.device).triu(1)
        attention_BHLL = self._drop(logits_BHLL.masked_fill(later_LL, -torch.inf).softmax(dim=3))
        mixed_BLD = (attention_BHLL @ value).transpose(1, 2).reshape(batch, length, -1)
        hidden_BLD = inputs_BLD + self._drop(self._linear(mixed_BLD, "output"))
        inner_BLD = functional.gelu(self._linear(self.norms["attention"](hidden_BLD), "inner"), approximate="tanh")
        hidden_BLD = hidden_BLD + self._drop(self._linear(self._drop(inner_BLD), "outer"))
        out: Tensor = self.norms["output"](hidden_BLD)
        return out

    def _inputs(self, items_ID: Tensor, index_BL: Tensor) -> Tensor:
        inputs_BLD: Tensor = functional.embedding(index_BL, items_ID)
        if not self.config.id_dropout:
            return inputs_BLD
        learned_ID = self.get_buffer("known_I1") * self.learned_ID
        bare = torch.rand(index_BL.shape, generator=self.generator, device=index_BL.device) < self.config.id_dropout
        bare_BLD: Tensor = inputs_BLD - bare[:, :, None] * functional.embedding(index_BL, learned_ID)
        return bare_BLD

    def _linear(self, x: Tensor, name: str) -> Tensor:
        mapped: Tensor = x @ self.matrices[name] + self.biases[name]
        return mapped

    def _drop(self, x: Tensor) -> Tensor:
        keep = 1.0 - self.config.dropout
        return x * torch.empty_like(x).bernoulli_(keep, generator=self.generator) / keep

    def _normal(self, *shape: int) -> Tensor:
        return torch.randn(shape, generator=self.generator) * 0.02


WARM_UP = 30
"""Steps of the first pass in which the learning rate rises."""


def _plan(sequences: Sequences, config: SequenceConfig, rng: np.random.Generator) -> list[NDArray[np.int64]]:
    """Users of each batch: about equally long sequences, in random order: little padding, little bias."""
    lengths = _lengths(sequences, config)
    users = np.flatnonzero(lengths > 1)
    users = users[np.argsort(lengths[users] + rng.random(len(users)), kind="stable")]
    cost = np.cumsum(lengths[users] - 1)
    cuts = np.searchsorted(cost, np.arange(config.batch_steps, cost[-1], config.batch_steps))
    groups = [group for group in np.split(users, cuts) if len(group)]
    return [groups[group] for group in rng.permutation(len(groups))]


def _share(
    sequences: Sequences, config: SequenceConfig, peers: Peers, rows: NDArray[np.int64], rng: np.random.Generator
) -> SequenceBatch:
    """This process's part of a batch of users, padded as the whole of it; nothing is drawn."""
    lengths = _lengths(sequences, config)[rows]
    places = np.arange(lengths.max())
    inside = places < lengths[:, None]
    from_start = (sequences.offsets[1:][rows] - lengths)[:, None] + places
    index = np.where(inside, sequences.index[np.where(inside, from_start, 0)], 0)
    own = slice(peers.rank, None, peers.size)
    return torch.from_numpy(index.astype(np.int64))[own], torch.from_numpy(lengths)[own]


def _lengths(sequences: Sequences, config: SequenceConfig) -> NDArray[np.int64]:
    """(U,) steps that are read of each user."""
    return np.minimum(np.diff(sequences.offsets), config.max_length + 1)


def _answerable(valid: HeldOut) -> HeldOut:
    return valid.rows(row for row, history in enumerate(valid.histories) if len(history))


def _judge(encoder: SequenceEncoder, held_out: HeldOut, chunk: int = 256) -> dict[str, float]:
    """recall@10 and ndcg@10 over all items, those of the history excluded; half-ties."""
    if not len(held_out):
        return {"recall_at_10": 0.0, "ndcg_at_10": 0.0}
    vectors = np.stack([encoder.encode(history) for history in held_out.histories])
    found = []
    for start in range(0, len(vectors), chunk):
        scores = vectors[start : start + chunk] @ encoder.item_table.T
        for row, history in zip(scores, held_out.histories[start : start + chunk], strict=True):
            row[history.index] = -np.inf
        found.append(ranks(scores, held_out.target[start : start + chunk]))
    rank = np.concatenate(found)
    return {"recall_at_10": float(recall_at_k(rank, 10).mean()), "ndcg_at_10": float(ndcg_at_k(rank, 10).mean())}
