"""One writing for numbers and what is measured by them: `1,000mg`, `1 000 mg` and `1.000 mg` are `1000 mg`.

A comma or dot before three digits divides thousands, before fewer it is the decimal sign; `1.250` is read as thousands
and `0.125` or `1.125` as a fraction, which is right more often than not, and the same for a search and an item.
"""

from __future__ import annotations

import regex

_WIDE = regex.compile(r"(?<=\d)[\u00a0\u2007\u2009\u202f'’٬](?=\d{3}(?!\d))")
"""What divides thousands and is read before the text is normalised: no shopper means two numbers by it."""
_WRITINGS: tuple[tuple[regex.Pattern[str], str], ...] = tuple(
    (regex.compile(pattern), written)
    for pattern, written in (
        (r"(?<=\d)\s?[x×*]\s?(?=\d)", " x "),  # 12x40
        (r"(?<=\d\p{L}{1,2})\s?[×*]\s?(?=\d)", " x "),  # 350ml×24
        (r"(?<=\d)\s?(?:''|′′|’’|[\"”“])(?!\w)", " inch "),
        (r"(?<=\d)[\s-]?in(?!\w|[\s-]*\d)", " inch"),  # 27in, but not 3 in 1
        (r"(?<![\w.,])\d{1,3}(?: 000)+(?![\w.,])", "{joined}"),  # 1 000 mg
        (r"(?<![\d.,])\d{1,3}(?:,\d{2,3})*,\d{3}(?![\d,])", "{joined}"),  # 1,000 and 1,00,000
        (r"(?<![\d.,])[1-9]\d{0,2}(?:(?:\.\d{3})+\.\d{3}|\.\d\d0)(?![\d.])", "{joined}"),  # 1.000.000 and 1.000
        (r"(?<![\d.,])(\d+),(?=\d{1,2}(?![\d,]))", r"\1."),  # 1,5
        (r"(?<![\w.])\.(?=\d)", "0."),
        (r"(?<![\d.])(\d+)\.0+(?![\d.])", r"\1"),
        (r"(?<![\d.])(\d+\.\d*?[1-9])0+(?![\d.])", r"\1"),
        (r"(?<![\w.])(\d+(?:\.\d+)?)(?=\p{L}[\p{L}\p{M}]*(?![\p{L}\p{M}\p{N}]))", r"\1 "),  # 1000mg
    )
)
_DIVISIONS = regex.compile(r"[ ,.]")


def together(text: str) -> str:
    """Thousands that are divided by narrow spaces or apostrophes, written together. Before `normalise`."""
    return str(_WIDE.sub("", text))


def plain_numbers(text: str) -> str:
    """A normalised line with one writing of its numbers, each apart from its unit."""
    for pattern, written in _WRITINGS:
        if written == "{joined}":
            text = pattern.sub(lambda found: _DIVISIONS.sub("", found[0]), text)
        else:
            text = pattern.sub(written, text)
    return text


def is_number(run: str) -> bool:
    """Whether a run is a number in its one writing."""
    return run[:1].isdigit() and run.replace(".", "", 1).isdigit()
