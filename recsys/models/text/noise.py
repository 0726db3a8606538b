"""Mistakes that people make in queries, to train with: a lost word, or a typing error that breaks a subword."""

from __future__ import annotations

import numpy as np


def blur(text: str, rng: np.random.Generator) -> str:
    """The text with one word less (from three words on, half of the time) or with one typing error."""
    words = text.split()
    if len(words) >= 3 and rng.random() < 0.5:
        del words[int(rng.integers(len(words)))]
        return " ".join(words)
    long = [i for i, word in enumerate(words) if len(word) >= 4 and word.isalpha()]
    if long:
        at = long[int(rng.integers(len(long)))]
        words[at] = mistype(words[at], rng)
    return " ".join(words)


def mistype(word: str, rng: np.random.Generator) -> str:
    """Swap two neighbours, drop, double or replace a letter, not the first."""
    at = int(rng.integers(1, len(word) - 1))
    kind = int(rng.integers(4))
    if kind == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 1:
        return word[:at] + word[at + 1 :]
    if kind == 2:
        return word[:at] + word[at] + word[at:]
    return word[:at] + word[int(rng.integers(len(word)))] + word[at + 1 :]
