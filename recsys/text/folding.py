"""One writing for what is read as the same: case, accents, width, kana, letters of one language, digits of any script.

Rules: Unicode's compatibility decomposition and case folding; then what they leave out. Vowel signs and other
marks that are part of a word (Devanagari, Thai, dakuten) stay; marks that a shopper may leave out (accents, Arabic
and Hebrew vowels, soft hyphens, joiners) fall.
"""

from __future__ import annotations

import sys
import unicodedata

import regex

_LEFT_OUT = regex.compile(
    r"[\u00ad\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640"
    r"\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u2060"
    r"\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\ufeff]+"
)
_LETTERS = str.maketrans(
    {
        "œ": "oe",
        "æ": "ae",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "ı": "i",
        "þ": "th",
        "ħ": "h",
        "ŋ": "ng",
        "ŧ": "t",
        "ĸ": "k",
        "ə": "e",
        "ɓ": "b",
        "ɗ": "d",
        "ƙ": "k",
        "ƴ": "y",  # the decompositions know none
        "ک": "ك",
        "ی": "ي",
        "ى": "ي",  # Persian and Arabic keyboards
        "\u0901": "\u0902",  # candrabindu, for which many write anusvara
        **{chr(code): chr(code - 0x60) for code in range(0x30A1, 0x30F7)},  # katakana as hiragana
        **{chr(code): chr(code - 0x60) for code in range(0x30FD, 0x30FF)},
        "⁄": "/",
    }
)
_DIGITS = {
    code: str(unicodedata.decimal(chr(code)))
    for code in range(0x80, sys.maxunicode + 1)
    if unicodedata.category(chr(code)) == "Nd"
}
_TABLE = _LETTERS | _DIGITS


def normalise(text: str) -> str:
    """Lower case and one writing of every letter, white space single. Twice is the same as once."""
    if text.isascii():
        return " ".join(text.lower().split())
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = unicodedata.normalize("NFC", _LEFT_OUT.sub("", folded).translate(_TABLE))
    return " ".join(unicodedata.normalize("NFC", bare.translate(_TABLE)).split())
