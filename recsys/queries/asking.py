"""What was understood, as something to ask the stages for."""

from __future__ import annotations

from dataclasses import replace

from recsys.queries.shop_words import ShopWords, Value, filters_of
from recsys.queries.synonyms import as_asked
from recsys.queries.understood import Filter, Ignored, Understood
from recsys.slate import Asked, Filters


def as_understood(asked: Asked, understood: Understood) -> Asked:
    """A request with its query read. What the shopper chose beside the query goes before what was read of it."""
    filters = _merged(asked.filters, understood)
    synonyms = as_asked(understood.synonyms)
    return replace(asked, text=understood.text, filters=filters, synonyms=synonyms, cheap=bool(understood.wishes))


def reconciled(understood: Understood, chosen: Filters, shop: ShopWords) -> Understood:
    """What was understood without limits of a price in another currency than what the shopper chose beside it."""
    if chosen.price_min_micros is None and chosen.price_max_micros is None:
        return understood
    currency = chosen.currency or next(iter(shop.currencies), None)
    others = [one for one in _prices(understood) if one.currency != currency]
    if not others:
        return understood
    said = (Ignored(one.words, f"prices are limited in {currency} already") for one in others)
    return replace(
        understood,
        filters=tuple(one for one in understood.filters if one not in others),
        ignored=(*understood.ignored, *said),
    )


def _prices(understood: Understood) -> list[Filter]:
    """Limits of a price; all are in one currency."""
    return [one for one in understood.filters if one.field == "price"]


def _merged(chosen: Filters, understood: Understood) -> Filters:
    prices = _prices(understood)
    least = [one.min_micros for one in prices if one.min_micros is not None]
    most = [one.max_micros for one in prices if one.max_micros is not None]
    if chosen.price_min_micros is not None:
        least.append(chosen.price_min_micros)
    if chosen.price_max_micros is not None:
        most.append(chosen.price_max_micros)
    read = filters_of(_value(one) for one in understood.filters if one.field != "price")
    names = {name for name, _ in chosen.attributes}
    return replace(
        chosen,
        categories=chosen.categories or read.categories,
        brands=chosen.brands or read.brands,
        price_min_micros=max(least, default=None),
        price_max_micros=min(most, default=None),
        attributes=(*chosen.attributes, *(pair for pair in read.attributes if pair[0] not in names)),
        phrases=(*chosen.phrases, *(one.value for one in understood.phrases)),
        without=(*chosen.without, *(one.value for one in understood.excluded)),
        currency=prices[0].currency if prices else chosen.currency,
    )


def _value(one: Filter) -> Value:
    path = tuple(one.values[0].split(" > ")) if one.field == "category" else one.values
    return Value(one.name or one.field, path)
