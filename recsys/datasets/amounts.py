"""Amounts of money as people write them: the whole column says which sign stands before the fraction.

    1,299.00   1.299,00 €   1'299.00 CHF   1 299,00 zł   1,23,456.00   1,299円   Rp 1.299.000   899,-

A text is read by itself where it can be read in one way only. `1.299` and `1,299` can be read in two: other rows
of the column prove a sign, or the currency does (yen have no fraction), or it is asked for.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from recsys.datasets.currencies import POINTED, WHOLE, codes, is_sign

_PARTS = (
    r"^(?P<lead>[^\d.,+\-]*)(?P<minus>[+-]?)(?P<inner>[^\d.,+\-]*)(?P<body>[.,]?\d(?:.*\d)?[.,]?)(?P<trail>[^\d.,]*)$"
)
_POINT = (
    r"^(?:\d+|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d?(?:,\d{2})+,\d{3}|[1-9]\d{0,2}(?:[ '’]\d{3})+)(?:\.\d*)?$"
    r"|^\.\d+$|^\d+(?:\.\d+)?[eE][+-]?\d+$"
)
_COMMA = r"^(?:\d+|[1-9]\d{0,2}(?:\.\d{3})+|[1-9]\d{0,2}(?:[ '’]\d{3})+)(?:,\d*)?$|^,\d+$"


class Written(NamedTuple):
    """A column of amounts, apart."""

    body: pl.Series
    """Digits and what divides them; null where a text is no amount."""
    negative: pl.Series
    sign: pl.Series
    """The currency's word or sign, in small letters; empty where there is none."""


class Signs(NamedTuple):
    """Which sign stands before the fraction."""

    comma: pl.Series
    """Whether it is the comma, by row."""
    open: pl.Series
    """Rows that nothing decides."""
    said: str
    """What decided the rows that can be read in two ways, for people; empty where there are none."""
    num_open: int
    """Rows that can be read in two ways."""
    proof: int | None
    """A row that proves the sign."""


def apart(texts: pl.Series) -> Written:
    """Digits, minus and currency of each text."""
    plain = texts.str.normalize("NFKC").str.replace_all("[\u2212\u2010-\u2014]", "-").str.strip_chars()
    plain = plain.str.replace_all(r"(\p{L})\.", "$1")  # Fr. 12, kr.
    plain = plain.str.replace(r"(\d)[.,]?-+(\D*)$", "$1$2").str.strip_chars()  # 899,- is 899
    parts = plain.str.extract_groups(_PARTS).struct.unnest()
    said = pl.select(pl.concat_str([parts[name].fill_null("") for name in ("lead", "inner", "trail")], separator=" "))
    sign = said.to_series().str.strip_chars(" .:").str.to_lowercase().str.replace_all(r"\s+", " ")
    return Written(parts["body"].set(~is_sign(sign), None), (parts["minus"] == "-").fill_null(False), sign)


def decided(body: pl.Series, currency: pl.Series) -> Signs:
    """By row whether a comma stands before the fraction, by other rows of its currency and how that is written."""
    point, comma = (body.str.contains(form).fill_null(False) for form in (_POINT, _COMMA))
    marked = body.str.contains("[.,]").fill_null(False)
    both = point & comma & marked
    proofs = {",": comma & ~point & marked, ".": point & ~comma & marked}
    clear = currency.drop_nulls().unique()
    known = currency.fill_null(clear[0] if len(clear) == 1 else "")
    said: list[str] = []
    proof: int | None = None
    reading, unclear = comma & ~point, both
    for code in known.filter(both).unique().sort():
        rows = known == code
        proved = {sign: int((of & rows).arg_true()[0]) for sign, of in proofs.items() if (of & rows).any()}
        if len(proved) == 1 and code not in WHOLE:
            ((sign, proof),) = proved.items()
            said.append(f"'{sign}' stands before the fraction" + (f" in {code}" if len(clear) > 1 else ""))
            signs = pl.repeat(sign == ",", len(body), eager=True)
            reading, unclear = signs.zip_with(both & rows, reading), unclear & ~rows
        elif (groups := _thousands(body, both & rows, code)).any():
            said.append(f"divided by thousands, as {code} is written")
            with_comma = body.str.contains(",", literal=True).fill_null(False)
            reading, unclear = (~with_comma).zip_with(groups, reading), unclear & ~groups
    return Signs(reading, unclear, "; ".join(said), int(both.sum()), proof)


def _thousands(body: pl.Series, rows: pl.Series, code: str) -> pl.Series:
    """Rows in which a sign can only divide thousands, as their currency is written."""
    if code in WHOLE:
        return rows
    return rows & body.str.contains(",", literal=True).fill_null(False) & (code in POINTED)


def numbers(written: Written, comma: pl.Series) -> pl.Series:
    """The amounts, null where a text is none under its sign."""
    fits = written.body.str.contains(_POINT).zip_with(~comma, written.body.str.contains(_COMMA))
    bare = written.body.set(~fits.fill_null(False), None).str.replace_all(r"[ '’]", "")
    by_comma = bare.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    plain = by_comma.zip_with(comma, bare.str.replace_all(",", "", literal=True))
    read = plain.str.strip_suffix(".").cast(pl.Float64, strict=False)
    return (-read).zip_with(written.negative, read)


def currencies(written: Written) -> pl.Series:
    """The currency that each amount says of itself."""
    return codes(written.sign)
