"""Any Hugging Face encoder by hub name or local path, with mean pooling. Imported only where one is used."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import AutoModel, AutoTokenizer

from recsys.errors import WrongArtifact, WrongConfig
from recsys.models.text.encoder import SETTINGS
from recsys.models.text.towers import Inputs, Tower

BATCH = 32


class TransformerEncoder:
    """Mean of the last layer over the tokens of a text, l2-normalised (Sentence-BERT, EMNLP 2019)."""

    def __init__(self, model: Any, tokenizer: Any, max_tokens: int = 64) -> None:
        """
        Args:
            model: from `AutoModel`, an encoder with `config.hidden_size`.
            tokenizer: from `AutoTokenizer`, with a padding token.
            max_tokens: tokens read of one text.
        """
        self.model, self.tokenizer, self.max_tokens = model, tokenizer, max_tokens
        self._pieces(
            [""]
        )  # the first call settles how it cuts and pads; later ones change nothing, so threads share it

    @classmethod
    def from_name(cls, name: str, revision: str | None = None, *, max_tokens: int = 64) -> TransformerEncoder:
        """Load by local path, or by hub name and revision. Raises WrongConfig where there is no such model.

        Args:
            name: of a hub's model, or a folder.
            revision: a commit or a tag, with a hub name only: what a branch holds may change any day.
            max_tokens: tokens read of one text.
        """
        _require_pinned(name, revision)
        try:
            model = AutoModel.from_pretrained(name, revision=revision)
            return cls(model, AutoTokenizer.from_pretrained(name, revision=revision), max_tokens)
        except (OSError, ValueError) as error:
            raise WrongConfig(
                "encoder.model", "a hub name or a folder that transformers can load", error, "Check the name or path."
            ) from None

    @property
    def width(self) -> int:
        return int(self.model.config.hidden_size)

    def inputs(self, texts: Sequence[str]) -> Inputs:
        """(B, L) token ids and attention mask, on the model's device."""
        found = self._pieces(texts)
        device = next(self.model.parameters()).device
        return found["input_ids"].to(device), found["attention_mask"].to(device)

    def _pieces(self, texts: Sequence[str]) -> Any:
        """Always with the same settings. An empty text has no token to average: a space's padding stands for it."""
        known = [text or " " for text in texts]
        return self.tokenizer(known, padding=True, truncation=True, max_length=self.max_tokens, return_tensors="pt")

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(B, D) l2-normalised vectors."""
        vectors = np.zeros((len(texts), self.width), np.float32)
        by_length = sorted(range(len(texts)), key=lambda i: len(texts[i]))  # little padding in each batch
        self.model.eval()
        with torch.inference_mode():
            for start in range(0, len(by_length), BATCH):
                rows = by_length[start : start + BATCH]
                vectors[rows] = (
                    mean_pooled(self.model, *self.inputs([texts[row] for row in rows])).float().cpu().numpy()
                )
        return vectors

    def save(self, folder: Path) -> None:
        """Write a folder that both `load_text_encoder` and `transformers` open."""
        folder.mkdir(parents=True, exist_ok=True)
        self.model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        (folder / SETTINGS).write_text(json.dumps({"family": "transformer", "max_tokens": self.max_tokens}), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> TransformerEncoder:
        """Open what `save` wrote. Raises WrongArtifact."""
        try:
            settings = json.loads((folder / SETTINGS).read_text("utf-8"))
            return cls.from_name(str(folder), max_tokens=settings["max_tokens"])
        except (OSError, ValueError, KeyError, WrongConfig) as error:
            raise WrongArtifact(str(folder), "a transformer text encoder", error, "Make it again.") from None


MOVING = ("main", "master", "HEAD")
"""Names of what moves: no revision is pinned by them."""


def _require_pinned(name: str, revision: str | None) -> None:
    """Raise WrongConfig where the same settings could load other weights tomorrow."""
    local = Path(name).is_dir()
    if local and revision is not None:
        raise WrongConfig("encoder.revision", f"none, since {name} is a folder here", revision, "Leave it out.")
    if not local and (revision is None or revision in MOVING):
        raise WrongConfig(
            "encoder.revision",
            f"a commit (40 hex digits) or a tag of {name}, which is no folder here",
            revision or "none",
            "Set revision=... as the model's page on the hub shows it, or give a local folder as model.",
        )


def mean_pooled(model: Any, ids: Tensor, attention: Tensor) -> Tensor:
    """(B, D) normalised mean of the last hidden states (B, L, D) where attention is 1."""
    hidden = model(input_ids=ids, attention_mask=attention).last_hidden_state
    weights = attention.unsqueeze(-1).to(hidden.dtype)
    mean = (hidden * weights).sum(1) / weights.sum(1).clamp(min=1)
    return nn.functional.normalize(mean, dim=1)


class TransformerTower(Tower):
    """All weights of a transformer, shared with the encoder that it was made from."""

    def __init__(self, encoder: TransformerEncoder) -> None:
        super().__init__()
        self._start, self.model = encoder, encoder.model

    def inputs(self, texts: Sequence[str]) -> Inputs:
        """(B, L) token ids and attention mask."""
        return self._start.inputs(texts)

    def forward(self, ids: Tensor, attention: Tensor) -> Tensor:
        return mean_pooled(self.model, ids, attention)

    def optimizer(self, learning_rate: float) -> torch.optim.Optimizer:
        return torch.optim.AdamW(self.parameters(), lr=learning_rate)

    def encoder(self) -> TransformerEncoder:
        return self._start
