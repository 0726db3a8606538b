"""Names and signs of money, as shoppers write them."""

from __future__ import annotations

import re

_DOLLARS = ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN", "CLP", "COP", "ARS")
_SPOKEN: dict[str, tuple[str, ...]] = {
    "us$": ("USD",),
    "r$": ("BRL",),
    "$": _DOLLARS,
    "€": ("EUR",),
    "£": ("GBP",),
    "¥": ("JPY", "CNY"),
    "₹": ("INR",),
    "₽": ("RUB",),
    "₺": ("TRY",),
    "₩": ("KRW",),
    "zł": ("PLN",),
    "元": ("CNY", "TWD", "HKD"),
    "块": ("CNY",),
    "円": ("JPY",),
    "원": ("KRW",),
    **dict.fromkeys(("dollars", "dollar", "bucks", "dolares", "dolar"), _DOLLARS),
    **dict.fromkeys(("euros", "euro", "eur"), ("EUR",)),
    **dict.fromkeys(("quid", "pounds", "gbp"), ("GBP",)),
    **dict.fromkeys(("rupees", "rupee", "rs.", "rs"), ("INR",)),
    **dict.fromkeys(("рублей", "рубля", "руб.", "руб"), ("RUB",)),
    **dict.fromkeys(("kronor", "kroner", "kr.", "kr"), ("SEK", "NOK", "DKK", "ISK")),
    **dict.fromkeys(("zlotych", "zl"), ("PLN",)),
    **dict.fromkeys(("franken", "francs", "fr.", "sfr."), ("CHF",)),
    **dict.fromkeys(("yuan", "rmb"), ("CNY",)),
    **dict.fromkeys(("rupiah", "rp"), ("IDR",)),
    **dict.fromkeys(("reais", "yen", "won", "tl"), ()),
    "reais": ("BRL",),
    "yen": ("JPY",),
    "won": ("KRW",),
    "tl": ("TRY",),
}
_CODES = [
    "usd",
    "cad",
    "aud",
    "nzd",
    "sgd",
    "hkd",
    "twd",
    "mxn",
    "brl",
    "gbp",
    "jpy",
    "cny",
    "inr",
    "rub",
    "try",
    "krw",
    "pln",
    "sek",
    "nok",
    "dkk",
    "chf",
    "idr",
    "czk",
    "huf",
    "zar",
    "aed",
]
CURRENCIES: dict[str, tuple[str, ...]] = _SPOKEN | {code: (code.upper(),) for code in _CODES if code not in _SPOKEN}
"""What is written, folded -> the currencies that it may mean."""
WEIGHED = frozenset({"pounds"})
"""Also units of something else: money only where the shop has that currency."""


def pattern() -> str:
    """A regular expression of them, longest first; words end where letters end."""
    longest_first = sorted(CURRENCIES, key=lambda name: (-len(name), name))
    return "|".join(
        re.escape(name) + (r"(?![^\W\d_])" if name[-1].isalpha() and name[-1].isascii() else "")
        for name in longest_first
    )
