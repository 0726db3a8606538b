"""A history as one vector near the items that come next. Inference in numpy: serving needs no torch.

One layer of causal self-attention (SASRec; Kang and McAuley, ICDM 2018) trained by cross-entropy over the catalogue
(`training.py`). An item's vector is a learned part plus a linear map of its content, so that an item nobody has
touched yet still has a place. Array axes: I items, L history, D width, C content width.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from recsys.errors import WrongArtifact
from recsys.models.training.config import TrainingConfig
from recsys.slate import History, IntArray

Weights = dict[str, NDArray[np.float32]]
EPSILON = 1e-6


class SequenceConfig(TrainingConfig):
    """The sequence encoder and its training. Defaults: benchmarks/LOG.md."""

    width: int = Field(64, ge=8, le=1024)
    """Length of a vector; a multiple of `heads`."""
    heads: int = Field(2, ge=1, le=16)
    """Attention heads."""
    dropout: float = Field(0.5, ge=0, lt=1)
    """Share of the activations left out in training."""
    temperature: float = Field(0.07, gt=0, le=1)
    """Divides the cosine of a history and an item."""
    content_scale: float = Field(4.0, ge=0)
    """Weight of the content part against the learned part of an item; 0 leaves content out."""
    id_dropout: float = Field(0.0, ge=0, lt=1)
    """Share of a batch's history items that are shown without their learned part, as a new item would be."""
    max_length: int = Field(50, ge=2, le=1000)
    """Steps of a history that are read."""
    batch_steps: int = Field(1536, ge=16)
    """Positions in a batch."""
    learning_rate: float = Field(3e-3, gt=0)
    """Of Adam, after the warm-up."""
    weight_decay: float = Field(0.0, ge=0)
    """Of AdamW, on everything but the learned part of items."""
    epochs: int = Field(30, ge=1)
    """At most so many passes."""
    patience: int = Field(3, ge=1)
    """Passes without a better validation before training stops."""
    num_valid: int = Field(3000, ge=1)
    """Held-out steps that a pass is judged by, drawn at random."""
    sampled_above: int = Field(50_000, ge=1)
    """Catalogues larger than this are trained against sampled items."""
    num_sampled: int = Field(2048, ge=1)
    """How many."""


class SequenceEncoder:
    """A trained encoder. Immutable; read by many threads."""

    def __init__(self, weights: Weights, *, heads: int, temperature: float, content_scale: float) -> None:
        """Take weights by name, as `sequence/training.py` makes them.

        Args:
            weights: `items` (I, D) item vectors before normalisation, `content` (C, D), `positions` (L, D), `query`,
                `key`, `value`, `output`, `inner`, `outer` matrices (D, D), their `_bias` (D,), and `norm_input`,
                `norm_attention`, `norm_output` gains (D,) with biases.
            heads: attention heads; divides D.
            temperature: of the cosine.
            content_scale: weight of the mapped content in `items`.
        """
        self._weights = weights
        self.heads, self.temperature, self.content_scale = heads, temperature, content_scale
        self.max_length, self.width = weights["positions"].shape
        self.item_table: NDArray[np.float32] = _normalised(weights["items"])  # (I, D)
        self.trained = bool(self.item_table.any())
        """Whether it has learned from anybody; without it, it has nothing to say."""

    @classmethod
    def untrained(cls, num_items: int, config: SequenceConfig) -> SequenceEncoder:
        """What stands where there is no log to learn from."""
        square, row = np.zeros((config.width, config.width), np.float32), np.zeros(config.width, np.float32)
        weights: Weights = {
            "items": np.zeros((num_items, config.width), np.float32),
            "content": row[None],
            "positions": np.zeros((config.max_length, config.width), np.float32),
        }
        for name in ("query", "key", "value", "output", "inner", "outer"):
            weights |= {name: square, f"{name}_bias": row}
        for name in ("norm_input", "norm_attention", "norm_output"):
            weights |= {name: row, f"{name}_bias": row}
        return cls(weights, heads=config.heads, temperature=config.temperature, content_scale=config.content_scale)

    def encode(self, history: History) -> NDArray[np.float32]:
        """(D,) l2-normalised vector of what comes after a history. Raises ValueError on an empty one."""
        return self.encode_items(history.index)

    def encode_items(self, index: IntArray) -> NDArray[np.float32]:
        """(D,) as `encode`, of items oldest first."""
        if not len(index):
            raise ValueError("an empty history has no vector")
        w, index = self._weights, index[-self.max_length :]
        inputs = w["items"][index] + w["positions"][: len(index)]  # (L, D)
        normed = _layer_norm(inputs, w["norm_input"], w["norm_input_bias"])
        # Only the last position is asked for, so its query alone meets all keys and values.
        query = (normed[-1] @ w["query"] + w["query_bias"]).reshape(self.heads, -1)  # (H, D/H)
        keys = (normed @ w["key"] + w["key_bias"]).reshape(len(index), self.heads, -1)
        values = (normed @ w["value"] + w["value_bias"]).reshape(len(index), self.heads, -1)
        logits = np.einsum("hd,lhd->hl", query, keys) / np.float32(query.shape[1] ** 0.5)
        attention = np.exp(logits - logits.max(axis=1, keepdims=True))
        attention /= attention.sum(axis=1, keepdims=True)
        mixed = np.einsum("hl,lhd->hd", attention, values).reshape(-1)
        hidden = inputs[-1] + mixed @ w["output"] + w["output_bias"]
        normed = _layer_norm(hidden, w["norm_attention"], w["norm_attention_bias"])
        hidden = hidden + _gelu(normed @ w["inner"] + w["inner_bias"]) @ w["outer"] + w["outer_bias"]
        return _normalised(_layer_norm(hidden, w["norm_output"], w["norm_output_bias"]))

    def vectors_of(self, content: NDArray[np.float32]) -> NDArray[np.float32]:
        """(N, D) l2-normalised vectors of items known by their content (N, C) alone, such as tomorrow's."""
        return _normalised(np.asarray(self.content_scale * content @ self._weights["content"], np.float32))

    def save(self, folder: Path) -> None:
        """Write sequence.safetensors and sequence.json."""
        folder.mkdir(parents=True, exist_ok=True)
        save_file({name: np.ascontiguousarray(value) for name, value in self._weights.items()}, folder / WEIGHTS)
        facts = {"heads": self.heads, "temperature": self.temperature, "content_scale": self.content_scale}
        (folder / FACTS).write_text(json.dumps(facts), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> SequenceEncoder:
        """Read what `save` wrote. Raises WrongArtifact."""
        try:
            facts = json.loads((folder / FACTS).read_text("utf-8"))
            return cls(load_file(folder / WEIGHTS), **facts)
        except (OSError, ValueError, TypeError, KeyError, SafetensorError) as error:
            raise WrongArtifact(str(folder), "a saved sequence encoder", error, kind="recall") from None


WEIGHTS = "sequence.safetensors"
FACTS = "sequence.json"


def _normalised(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, EPSILON), np.float32)


def _layer_norm(
    vectors: NDArray[np.float32], gain: NDArray[np.float32], bias: NDArray[np.float32]
) -> NDArray[np.float32]:
    centred = vectors - vectors.mean(axis=-1, keepdims=True)
    variance = np.square(centred).mean(axis=-1, keepdims=True)
    return np.asarray(centred / np.sqrt(variance + 1e-5) * gain + bias, np.float32)


def _gelu(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """The tanh form, as torch's `approximate="tanh"`."""
    return np.asarray(0.5 * x * (1.0 + np.tanh(0.7978845608 * (x + 0.044715 * x**3))), np.float32)
