"""The words of a query as a shopper wrote them, with their places, and folded for comparison."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


class Word(NamedTuple):
    """A word, joined by its own hyphens and apostrophes, and where it stands."""

    text: str
    """Folded."""
    start: int
    end: int


def fold(text: str) -> str:
    """Small letters without accents, a character for a character, so that places stay those of the text."""
    if text.isascii():
        return text.lower()
    return "".join(map(_folded, text))


def words_of(folded: str) -> list[Word]:
    """The words of a folded text, in order."""
    return [Word(found[0], found.start(), found.end()) for found in _WORD.finditer(folded)]


def plain(text: str) -> str:
    """Words as they are compared, one space between them: hyphens and apostrophes divide nothing that others join."""
    return " ".join(same(word.text) for word in words_of(fold(text)))


@lru_cache(65536)
def same(word: str) -> str:
    """A folded word as it is compared: no hyphens, apostrophes or plural s; `skirts` is `skirt`, `men's` is `men`."""
    bare = word.replace("'", "").replace("’", "").replace("-", "")
    if len(bare) < 4 or not bare.endswith("s") or bare.endswith("ss"):
        return bare
    return bare[:-2] if len(bare) > 5 and bare.endswith(("ches", "shes", "xes", "sses", "zes")) else bare[:-1]


@lru_cache(8192)
def _folded(char: str) -> str:
    if char.isdigit() and char.isdecimal():
        return str(unicodedata.digit(char))
    base = unicodedata.normalize("NFKD", char)[0].casefold()
    if base.isascii():
        return base[0]
    small = char.casefold()
    return small if len(small) == 1 else char
