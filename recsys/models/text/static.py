"""A text's vector as the mean of its pieces' vectors: learned from the shop's own text, served by numpy.

Text is analysed by `recsys.text` as for lexical search (stems, Chinese bigrams); byte pair encoding (Sennrich et al.,
ACL 2016), learned from the shop, then makes one piece of a frequent term and several of a rare or mistyped one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from recsys import text as analysis
from recsys.errors import WrongArtifact
from recsys.models.text.encoder import SETTINGS

UNKNOWN = "[UNK]"
CHUNK = 512
"""Texts encoded at once: bounds the memory of the gathered rows."""


class StaticEncoder:
    """Mean of rows, l2-normalised. About .1 ms a query."""

    def __init__(self, tokenizer: Tokenizer, table: NDArray[np.float32], max_tokens: int = 64) -> None:
        """
        Args:
            tokenizer: text to piece ids below V.
            table: (V, D) vector of each piece.
            max_tokens: pieces read of one text.
        """
        self.tokenizer, self.table, self.max_tokens = tokenizer, table, max_tokens
        self._unknown = tokenizer.token_to_id(UNKNOWN)

    @classmethod
    def fresh(
        cls, texts: Iterable[str], *, vocabulary: int, width: int, rng: np.random.Generator, max_tokens: int = 64
    ) -> StaticEncoder:
        """Learn the pieces of these texts; their vectors are random. Untrained it finds little."""
        tokenizer = train_tokenizer(texts, vocabulary)
        table = rng.standard_normal((tokenizer.get_vocab_size(), width), np.float32) / np.float32(width**0.5)
        return cls(tokenizer, table, max_tokens)

    @property
    def width(self) -> int:
        return int(self.table.shape[1])

    def pieces(self, texts: Sequence[str]) -> list[list[int]]:
        """Known piece ids of each text."""
        found = self.tokenizer.encode_batch_fast([_terms(text) for text in texts], add_special_tokens=False)
        return [[piece for piece in one.ids if piece != self._unknown][: self.max_tokens] for one in found]

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(B, D) l2-normalised vectors; zeros for a text without a known piece."""
        vectors = np.zeros((len(texts), self.width), np.float32)
        for start in range(0, len(texts), CHUNK):
            pieces = self.pieces(texts[start : start + CHUNK])
            lengths = np.array([len(ids) for ids in pieces])
            filled = np.flatnonzero(lengths)
            if len(filled) == 0:
                continue
            rows = self.table[np.concatenate([np.array(ids, np.int64) for ids in pieces])]
            starts = (np.cumsum(lengths) - lengths)[filled]
            sums = np.add.reduceat(rows, starts, axis=0)  # the direction of a sum is that of the mean
            vectors[start + filled] = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
        return vectors

    def save(self, folder: Path) -> None:
        """Write tokenizer.json, encoder.safetensors and encoder.json."""
        folder.mkdir(parents=True, exist_ok=True)
        self.tokenizer.save(str(folder / "tokenizer.json"))
        save_file({"table": self.table}, folder / "encoder.safetensors")
        settings = {"family": "static", "width": self.width, "max_tokens": self.max_tokens}
        (folder / SETTINGS).write_text(json.dumps(settings), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> StaticEncoder:
        """Open what `save` wrote. Raises WrongArtifact."""
        try:
            settings = json.loads((folder / SETTINGS).read_text("utf-8"))
            tokenizer = Tokenizer.from_str((folder / "tokenizer.json").read_text("utf-8"))
            return cls(tokenizer, load_file(folder / "encoder.safetensors")["table"], settings["max_tokens"])
        except Exception as error:  # tokenizers raises nothing narrower
            raise WrongArtifact(str(folder), "a static text encoder", error, "Make it again.") from None


def train_tokenizer(texts: Iterable[str], vocabulary: int) -> Tokenizer:
    """Byte pair encoding of analysed text."""
    tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, min_frequency=2, special_tokens=[UNKNOWN], show_progress=False, max_token_length=20
    )
    tokenizer.train_from_iterator(map(_terms, texts), trainer)
    return tokenizer


def _terms(text: str) -> str:
    return " ".join(analysis.tokens(text))
