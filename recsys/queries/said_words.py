"""Which words a shop's texts say, how often, and side by side."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from recsys.features.catalogue import Catalogue
from recsys.queries.words import plain
from recsys.slate import IntArray


def said_words(catalogue: Catalogue, titles: Sequence[list[str]], facts: Sequence[list[str]]) -> dict[str, int]:
    """Words -> items with it in title or facts; 0 where descriptions alone have it."""
    said = Counter(word for title, more in zip(titles, facts, strict=True) for word in {*title, *more})
    described = {word for text in catalogue.descriptions for word in plain(text).split()}
    return {**dict.fromkeys(sorted(described), 0), **said}


def words_of_rows(catalogue: Catalogue, rows: IntArray) -> set[str]:
    """All words of some items."""
    texts = (f"{catalogue.text(row)} {catalogue.descriptions[row]}" for row in rows.tolist())
    return {word for text in texts for word in plain(text).split()}


def hashes_of_pairs(texts: Iterable[Sequence[str]]) -> NDArray[np.int64]:
    """(P,) of neighbouring words, rising."""
    pairs = {pair for words in texts for pair in pairwise(words)}
    return np.array(sorted(hash_of_pair(*pair) for pair in pairs), np.int64)


def hash_of_pair(first: str, second: str) -> int:
    """The same in every process, for pairs are kept."""
    digest = hashlib.blake2b(f"{first} {second}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)
