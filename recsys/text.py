"""One analysis of text for the lexical index, TF-IDF and the baselines, so that they disagree on nothing but weights.

Latin words are lower-cased, stripped of accents and stemmed; runs of Chinese, Japanese or Korean characters become
overlapping bigrams (single characters where a run has one), which needs no dictionary.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from functools import lru_cache

import snowballstemmer

_CJK = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_RUN = re.compile(rf"[{_CJK}]+|[^\W_{_CJK}]+")
_IS_CJK = re.compile(rf"[{_CJK}]")


class _OfThread(threading.local):
    """A stemmer keeps the word that it works on in itself: threads that shared one would stem each other's words."""

    def __init__(self) -> None:
        self.stemmer = snowballstemmer.stemmer("english")


_of_thread = _OfThread()


def normalise(text: str) -> str:
    """Lower case, compatibility forms folded, accents off Latin letters, white space single."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(char for char in folded if not unicodedata.combining(char))
    return " ".join(unicodedata.normalize("NFC", bare).split())


def runs(text: str) -> list[str]:
    """Words as they are written, and whole runs of CJK characters, normalised, in order."""
    return list(_RUN.findall(normalise(text)))


def tokens(text: str) -> list[str]:
    """Terms in order: stemmed words and CJK bigrams."""
    found: list[str] = []
    for run in runs(text):
        if _IS_CJK.match(run):
            found += [run] if len(run) == 1 else [run[i : i + 2] for i in range(len(run) - 1)]
        else:
            found.append(_stem(run))
    return found


def is_cjk(token: str) -> bool:
    """Whether a token is made of Chinese, Japanese or Korean characters."""
    return _IS_CJK.match(token) is not None


@lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    return str(_of_thread.stemmer.stemWord(word))
