"""From words as they are written to terms, the units that are matched."""

from __future__ import annotations

import regex

from recsys.text.segments import is_unspaced, pairs_of_clusters, runs
from recsys.text.stems import ENGLISH, stem

_SIGN = regex.compile(r"[+#&]|^\.")
_SIGNS = regex.compile(r"[+#&.]+")


def tokens(text: str, language: str = ENGLISH) -> list[str]:
    """Terms of a text in order: stemmed words, pairs of clusters where a script has no spaces.

    Args:
        language: whose endings fall off Latin words; `recsys.text.stems.LANGUAGES`.
    """
    return [term for run in runs(text) for term in terms_of(run, language)]


def terms_of(run: str, language: str = ENGLISH) -> list[str]:
    """Terms of one run. A word with signs is found by its letters too: `c++` is also `c`, `at&t` also `at` and `t`."""
    if is_unspaced(run):
        return pairs_of_clusters(run)
    if _SIGN.search(run):
        return [*(stem(part, language) for part in _SIGNS.split(run) if part), run]
    return [stem(run, language)]
