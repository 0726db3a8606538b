"""Limits of a price in a query: `under 50`, `20-30 €`, `50元以下`; never a size, an age, a quantity or a model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from recsys.queries.currencies import CURRENCIES, WEIGHED, pattern
from recsys.queries.price_words import (
    FROM,
    LEAST,
    LEAST_BEHIND,
    LEAST_WITH_MONEY,
    MEASURED,
    MOST,
    MOST_BEHIND,
    ONLY_WITH_MONEY,
    PEOPLE,
    TO,
    UNITS,
    any_of,
)
from recsys.queries.shop_words import ShopWords
from recsys.queries.understood import Filter, Ignored, Parts
from recsys.queries.words import same, words_of
from recsys.schema import MICROS

MOST_MICROS = 10**15
_NUMBER = r"\d{1,3}(?:[.,'’ ]\d{3})+(?:[.,]\d{1,2})?(?![\d])|\d+(?:[.,]\d{1,2})?(?![\d])"
_MONEY = pattern()


def _amount(name: str) -> str:
    return (
        rf"(?:(?P<{name}_sign>{_MONEY})\s*)?(?<![\d.,])(?P<{name}>{_NUMBER})(?P<{name}_k>k(?![^\W_]))?"
        rf"(?:\s*(?P<{name}_unit>{_MONEY}))?"
    )


_LIMIT = re.compile(
    rf"(?:(?P<most>{any_of(MOST)})|(?P<least>{any_of(LEAST)})|(?P<short>{any_of(ONLY_WITH_MONEY)}))\s*{_amount('a')}"
    rf"|{_amount('b')}\s*(?:(?P<most_behind>{any_of(MOST_BEHIND)})|(?P<least_behind>{any_of(LEAST_BEHIND)}))"
)
_RANGE = re.compile(rf"(?P<word>(?:{any_of(FROM)})\s*)?{_amount('a')}\s*(?:{any_of(TO)})\s*{_amount('b')}")
_NOT_BEHIND = re.compile(r"\s*(?:[%\"″”'’°×*/]|[x-]\s*\d|[.,:]\d)|[^\W\d_]")
_DIGITS = re.compile(r"\d+")
_NEXT = re.compile(r"\s*([^\W\d_]+)")


@dataclass(frozen=True, slots=True)
class _Limits:
    """What one phrase says, before it is believed."""

    start: int
    end: int
    least: Decimal | None
    most: Decimal | None
    money: str
    """The currency as it is written; empty where none is."""
    sure: bool
    """Whether its words speak of an order of numbers; else only a currency makes it a price."""


def read_prices(parts: Parts, shop: ShopWords) -> None:
    """Take the limits of a price out of the text."""
    if not any(char.isdigit() for char in parts.folded):
        return
    for limits in [*_ranges(parts.folded), *_single(parts.folded)]:
        free = parts.free(limits.start, limits.end) and not parts.is_refused(limits.start, limits.end)
        if free and _is_price(limits, parts.folded, shop):
            _believe(limits, parts, shop)


def _ranges(text: str) -> list[_Limits]:
    found: list[_Limits] = []
    if len(_DIGITS.findall(text)) < 2:
        return found
    for match in _RANGE.finditer(text):
        first, second = _value(match, "a"), _value(match, "b")
        if first <= second:
            money = _money(match, "a") or _money(match, "b")
            found.append(_Limits(match.start(), match.end(), first, second, money, bool(match["word"])))
    return found


def _single(text: str) -> list[_Limits]:
    found = []
    for match in _LIMIT.finditer(text):
        name = "a" if match["a"] else "b"
        value, money, short = _value(match, name), _money(match, name), match["short"]
        is_least = bool(match["least"] or match["least_behind"] or (short in LEAST_WITH_MONEY))
        least, most = (value, None) if is_least else (None, value)
        found.append(_Limits(match.start(), match.end(), least, most, money, short is None))
    return found


def _is_price(limits: _Limits, text: str, shop: ShopWords) -> bool:
    """Money is a price; a bare number is one where its words say so and nothing around it speaks of something else."""
    if limits.money in WEIGHED and not set(CURRENCIES[limits.money]) & set(shop.currencies):
        return False
    if limits.money:
        return True
    if not limits.sure or _NOT_BEHIND.match(text, limits.end):
        return False
    behind = _NEXT.match(text, limits.end)
    if behind and (behind[1] in UNITS or same(behind[1]) in shop.units or same(behind[1]) in UNITS):
        return False
    before = words_of(text[: limits.start])
    if before and (before[-1].text in PEOPLE | MEASURED or same(before[-1].text) in shop.fields):
        return False
    said = [same(word.text) for word in words_of(text[limits.start : limits.end])]
    return not (len(said) == 2 and shop.beside(said[0], said[1]))  # a title says so: vitamins for women over 50


def _believe(limits: _Limits, parts: Parts, shop: ShopWords) -> None:
    words, currency = parts.take(limits.start, limits.end), _currency(limits.money, parts.currency, shop.currencies)
    others = {one.currency for one in parts.filters if one.field == "price"} - {currency}
    if not shop.has_prices:
        parts.ignored.append(Ignored(words, "no item of this shop has a price"))
    elif currency is None and shop.currencies:
        parts.ignored.append(Ignored(words, f"prices here are in {', '.join(shop.currencies)}"))
    elif others:
        parts.ignored.append(Ignored(words, f"prices are limited in {others.pop()} already"))
    else:
        least, most = _micros(limits.least), _micros(limits.most)
        parts.filters.append(Filter("price", words, min_micros=least, max_micros=most, currency=currency))


def _currency(money: str, asked: str | None, known: Sequence[str]) -> str | None:
    """Which of the shop's currencies is meant: the one asked for, else the usual one of those that fit. None: none.

    Args:
        money: as it is written beside the amount, or empty.
        known: of the shop.
    """
    meant = CURRENCIES.get(money) or ((asked,) if asked else known)
    return next((one for one in (asked, *known) if one in meant and one in known), None)


def _value(match: re.Match[str], name: str) -> Decimal:
    number = match[name].replace(" ", "").replace("'", "").replace("’", "")
    places = max(number.rfind("."), number.rfind(","))
    whole, part = (number[:places], number[places + 1 :]) if places >= 0 else (number, "")
    if len(part) == 3:  # separates thousands: no price has three digits behind its point
        whole, part = number, ""
    value = Decimal(f"{whole.replace('.', '').replace(',', '')}.{part or 0}")
    return value * 1000 if match[f"{name}_k"] else value


def _money(match: re.Match[str], name: str) -> str:
    return match[f"{name}_sign"] or match[f"{name}_unit"] or ""


def _micros(value: Decimal | None) -> int | None:
    return None if value is None else min(int(value * MICROS), MOST_MICROS)
