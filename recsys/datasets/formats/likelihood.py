"""How likely a text is what people write, to tell encodings apart that all can read the same bytes.

Each model gives a character a probability from the letters that its languages use most; bytes read in the wrong
encoding give rare characters, signs inside words and capitals after small letters. Only differences count.
"""

from __future__ import annotations

import unicodedata
from math import log

SINGLE = {
    "cp1252": ("äöüß", "åäöé", "æøåé", "éèàçêâîôûùœëï", "ñáéíóúü", "ãõçáéíóúâêôà", "àèéìòù", "éëïöü", "þðæöáéíóúý"),
    "cp1250": ("ąęłóśżźćń", "ěščřžýáíéůúťďň", "ľščťžýáíéúäňôďĺŕ", "áéíóöőúüű", "ăâîşţ", "čćšžđ"),
    "cp1251": ("абвгдежзийклмнопрстуфхцчшщъыьэюяё", "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"),
}
"""Of encodings with a byte a character, the alphabets of their languages beyond ASCII."""
_SIGNS = set("€£°®™’‘“”„–—…\xa0²½«»·©§№")
_FIRST = {"cp1252": 3.0}
"""How much likelier than others an encoding is before anything is read."""
_SIGNS_IN_WORDS = "’'·"
_SIGNS_BEHIND = "²½°®™…”’"

Commons = dict[str, float]


def likelihood(text: str, encoding: str) -> float:
    """Sum of the logarithms of the probabilities of the characters that are not ASCII."""
    if encoding in DOUBLE:
        commons, rest = DOUBLE[encoding]
        return sum(commons.get(char, rest) for char in text if char > "\x7f")
    best = max(_spelling(text, set(letters + letters.upper())) for letters in SINGLE[encoding])
    return best + _FIRST.get(encoding, 0.0) - _awkwardness(text, encoding == "cp1251")


def _spelling(text: str, letters: set[str]) -> float:
    usual = -log(len(letters))
    return sum(usual if char in letters else -4.0 if char in _SIGNS else -8.0 for char in text if char > "\x7f")


def _awkwardness(text: str, cyrillic: bool) -> float:
    """What is odd about the places of the letters: capitals inside words, signs inside words, letters alone."""
    total = 0.0
    for before, char, after in zip(" " + text, text, text[1:] + " ", strict=False):
        if char <= "\x7f":
            total += 4.0 * (before > "\x7f" and before.islower() and char.isupper())
        elif not char.isalpha():
            total += 5.0 * (before.isalpha() and after.isalpha() and char not in _SIGNS_IN_WORDS)
            total += 3.0 * (after.isalpha() and char in _SIGNS_BEHIND)
        else:
            total += 4.0 * (before.islower() and char.isupper())
            total += 3.0 * (not before.isalpha() and not after.isalpha() and char.isupper())
            latin = ("a" <= before.lower() <= "z") + ("a" <= after.lower() <= "z")
            total += 3.0 * latin if cyrillic else 2.5 * (before > "\x7f" and before.isalpha())
    return total


def _pairs(encoding: str, firsts: range, seconds: tuple[range, ...]) -> list[str]:
    found = []
    for first in firsts:
        for second in (byte for span in seconds for byte in span):
            text = bytes((first, second)).decode(encoding, "ignore")
            if len(text) == 1 and unicodedata.category(text)[0] == "L":
                found.append(text)
    return found


def _model(shares: list[tuple[float, list[str]]]) -> tuple[Commons, float]:
    commons = {char: log(share / len(chars)) for share, chars in shares for char in chars}
    return commons, log(0.02 / 20_000)


_HIGH = (range(0xA1, 0xFF),)
_PUNCTUATION = list("，。、！？：；（）「」『』・ー《》“”￥～【】　％＋／")
_KANA = [chr(code) for code in range(0x3041, 0x30F7)]
_JIS = (range(0x40, 0x7F), range(0x80, 0xFD))
DOUBLE: dict[str, tuple[Commons, float]] = {
    "gb18030": _model([(0.86, _pairs("gb18030", range(0xB0, 0xD8), _HIGH)), (0.1, _PUNCTUATION)]),
    "big5": _model([(0.86, _pairs("big5", range(0xA4, 0xC7), (range(0x40, 0x7F), *_HIGH))), (0.1, _PUNCTUATION)]),
    "cp949": _model([(0.93, _pairs("euc_kr", range(0xB0, 0xC9), _HIGH)), (0.03, _PUNCTUATION)]),
    "cp932": _model([(0.5, _KANA), (0.38, _pairs("cp932", range(0x88, 0x98), _JIS)), (0.1, _PUNCTUATION)]),
}
"""Double-byte encodings: the characters of their first level, which common texts are made of, and what others have."""
