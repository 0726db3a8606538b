"""Words and signs of currencies, as people write them beside an amount."""

from __future__ import annotations

from typing import Final

import polars as pl

_CODES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD "
    "CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
    "GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KRW KWD KYD KZT "
    "LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR "
    "NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP "
    "STN SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF "
    "YER ZAR ZMW ZWL "
)
CODES: Final = frozenset(_CODES.split())
SIGNS: Final = {
    **{code.lower(): code for code in CODES},
    **dict.fromkeys(("€", "euro", "euros"), "EUR"),
    **dict.fromkeys(("$", "us$", "us dollar", "us dollars"), "USD"),
    **dict.fromkeys(("£", "pound", "pounds"), "GBP"),
    **dict.fromkeys(("円", "yen", "jp¥"), "JPY"),
    **dict.fromkeys(("元", "rmb", "cn¥", "人民币", "人民幣"), "CNY"),
    **dict.fromkeys(("₩", "원"), "KRW"),
    **dict.fromkeys(("zł", "zl", "złotych"), "PLN"),
    **dict.fromkeys(("₺", "tl"), "TRY"),
    **dict.fromkeys(("₽", "руб", "р", "rur"), "RUB"),
    **dict.fromkeys(("₴", "грн"), "UAH"),
    **dict.fromkeys(("₫", "đ"), "VND"),
    **dict.fromkeys(("fr", "sfr"), "CHF"),
    "ca$": "CAD",
    "c$": "CAD",
    "a$": "AUD",
    "au$": "AUD",
    "nz$": "NZD",
    "hk$": "HKD",
    "s$": "SGD",
    "nt$": "TWD",
    "mx$": "MXN",
    "r$": "BRL",
    "₹": "INR",
    "rp": "IDR",
    "rm": "MYR",
    "₱": "PHP",
    "฿": "THB",
    "₪": "ILS",
    "r": "ZAR",
    "kč": "CZK",
    "ft": "HUF",
    "lei": "RON",
    "лв": "BGN",
    "₦": "NGN",
    "₼": "AZN",
    "₸": "KZT",
    "₾": "GEL",
}
"""Word or sign in small letters, without a point behind it -> ISO 4217."""
AMBIGUOUS: Final = {
    "kr": ("SEK", "NOK", "DKK", "ISK"),
    "¥": ("JPY", "CNY"),
    "rs": ("INR", "PKR", "LKR", "NPR"),
}
"""Signs of several currencies, none of which is the usual one."""
USUAL: Final = {"$": "USD"}
"""Signs of several currencies that are taken for one, and said to be."""
WHOLE: Final = frozenset(["JPY", "KRW", "VND", "IDR", "CLP", "ISK", "HUF", "PYG"])
"""Currencies whose prices have no fraction."""
_POINTED = "USD GBP INR CNY AUD NZD HKD SGD TWD THB MYR PHP ILS PKR JPY KRW"
POINTED: Final = frozenset(_POINTED.split())
"""Currencies in whose writing a comma only divides thousands."""


def is_sign(texts: pl.Series) -> pl.Series:
    """Whether each text (small letters) says a currency, or nothing."""
    known = texts.is_in([*SIGNS, *AMBIGUOUS, ""])
    return known | texts.str.contains(r"^[a-z]{0,3}\p{Sc}$")


def codes(texts: pl.Series) -> pl.Series:
    """The currency that each sign (small letters) says; null where it says none or several."""
    return texts.replace_strict(SIGNS, default=None, return_dtype=pl.String)
