"""Where words begin and end.

Words of alphabets are letters, digits and their marks (Unicode's properties, by the library `regex`); `c++`, `c#`,
`.net` and `at&t` keep their signs. Scripts that are written without spaces are cut into runs, and those into grapheme
clusters (UAX 29), of which two neighbours make a term: that needs no dictionary, and finds a word inside a run.
"""

from __future__ import annotations

from itertools import pairwise

import regex

from recsys.text.folding import normalise
from recsys.text.numbers import plain_numbers, together

_CJK = r"\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U00020000-\U0003ffff"
_SOUTH_EAST = r"\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0edf\u1000-\u103f\u1050-\u109f\u1780-\u17d3"  # Thai to Khmer
_UNSPACED = rf"{_CJK}{_SOUTH_EAST}"
_LETTER = rf"[[\p{{L}}\p{{N}}]--[{_UNSPACED}]]"
_INNER = rf"[[\p{{L}}\p{{N}}\p{{M}}]--[{_UNSPACED}]]"
_RUN = regex.compile(
    rf"""(?V1)
    [{_UNSPACED}]+
  | (?<![\w.])\.[a-z]{{2,}}(?!\w)                  # .net
  | (?<!\w)[a-z]{{1,3}}&[a-z]{{1,3}}(?![\w&])      # at&t
  | (?<![\w.])\d+\.\d+(?![\w.])                     # 1.5
  | {_LETTER}{_INNER}*(?:[+\#]{{1,3}}(?!\w))?      # c++
    """,
    regex.VERBOSE,
)
_PLAIN = regex.compile(r"[a-z]+")
_ALL_PLAIN = regex.compile(r"[a-z -]*")
_IS_CJK = regex.compile(rf"[{_CJK}]")
_IS_UNSPACED = regex.compile(rf"[{_UNSPACED}]")
_CLUSTER = regex.compile(r"\X")
_HAS_DIGIT = regex.compile(r"\d")


def runs(text: str) -> list[str]:
    """Words as they are written, and whole runs of scripts without spaces, normalised, in order.

    Lines stand apart: no number and no word reaches from one into the next.
    """
    found: list[str] = []
    for line in text.splitlines():
        plain = normalise(together(line))
        if _ALL_PLAIN.fullmatch(plain):
            found += _PLAIN.findall(plain)
        else:
            found += _RUN.findall(plain_numbers(plain) if _HAS_DIGIT.search(plain) else plain)
    return found


def pairs_of_clusters(run: str) -> list[str]:
    """Overlapping pairs of the grapheme clusters of a run; the cluster itself where there is one."""
    clusters = _CLUSTER.findall(run)
    return [run] if len(clusters) == 1 else [f"{left}{right}" for left, right in pairwise(clusters)]


def is_cjk(token: str) -> bool:
    """Whether a token is made of Chinese, Japanese or Korean characters."""
    return _IS_CJK.match(token) is not None


def is_unspaced(token: str) -> bool:
    """Whether a token is of a script that is written without spaces, CJK among them."""
    return not token.isascii() and _IS_UNSPACED.match(token) is not None
