"""Stems by Snowball, for each script the stemmer of its language; Latin letters take that of the catalogue."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache

import snowballstemmer

ENGLISH = "english"
LANGUAGES = frozenset(snowballstemmer.algorithms()) - {"porter", "dutch_porter"}
"""Languages that have a stemmer."""
_SCRIPTS: tuple[tuple[int, int, tuple[str, ...]], ...] = (
    (0x370, 0x3FF, ("greek",)),
    (0x400, 0x52F, ("russian", "serbian")),
    (0x530, 0x58F, ("armenian",)),
    (0x590, 0x5FF, ("yiddish",)),
    (0x600, 0x6FF, ("arabic", "persian")),
    (0x900, 0x97F, ("hindi", "nepali")),
    (0xB80, 0xBFF, ("tamil",)),
)
"""First letter, last letter, languages of the script: the first is taken where the catalogue's is none of them."""
_ONLY_IF_NAMED = frozenset({"yiddish"})
"""Its script is mostly another language's."""


class _OfThread(threading.local):
    """A stemmer keeps the word that it works on in itself: threads that shared one would stem each other's words."""

    def __init__(self) -> None:
        self.stem: dict[str, Callable[[str], str]] = {}


_of_thread = _OfThread()


@lru_cache(maxsize=65536)
def stem(word: str, language: str = ENGLISH) -> str:
    """The stem of a normalised word.

    Args:
        language: of the catalogue, one of LANGUAGES.
    """
    speaks = _language_of_script(word, language)
    if speaks is None:
        return word
    known = _of_thread.stem
    if speaks not in known:
        known[speaks] = snowballstemmer.stemmer(speaks).stemWord
    return str(known[speaks](word))


def _language_of_script(word: str, language: str) -> str | None:
    first = ord(word[0])
    for start, end, languages in _SCRIPTS:
        if start <= first <= end:
            chosen = language if language in languages else languages[0]
            return None if chosen in _ONLY_IF_NAMED and chosen != language else chosen
    of_another = any(language in languages for _, _, languages in _SCRIPTS)
    return ENGLISH if of_another else language
