"""Words that wish for an order and exclude nothing: cheap."""

from __future__ import annotations

import re

from recsys.queries.price_words import any_of
from recsys.queries.shop_words import ShopWords
from recsys.queries.understood import Ignored, Parts, Taken
from recsys.queries.words import same, words_of

CHEAP = """cheap, cheapest, cheaper, inexpensive, affordable, low cost, low-cost, low price, günstig, günstige,
    günstiger,
    günstiges, günstigen, billig, billige, billiger, billiges, billigen, preiswert, preiswerte, pas cher, pas chère,
    pas chers, bon marché, barato, barata, baratos, baratas, económico, economico, economica, economici, goedkoop,
    goedkope, tani, tanie, tania, ucuz, дешево, дешевый, дешевая, дешевые, недорого, недорогой, недорогая, недорогие,
    便宜的, 便宜, 安い, 格安, 싼, 저렴한"""
_BEGINNINGS = (
    "cheap",
    "inexp",
    "affor",
    "low",
    "gunst",
    "billig",
    "preisw",
    "pas",
    "bon",
    "barat",
    "econom",
    "goedk",
    "tani",
    "ucuz",
    "дешев",
    "недорог",
    "便宜",
    "安",
    "格",
    "싼",
    "저렴",
)
"""One of them stands in whatever is meant: a quick no for most queries."""
_CHEAP = re.compile(any_of(CHEAP))


def read_wishes(parts: Parts, shop: ShopWords) -> None:
    """Take a wish for what is cheap. Titles in which the word stands beside the same neighbour mean something else."""
    if not any(beginning in parts.folded for beginning in _BEGINNINGS):
        return
    for match in _CHEAP.finditer(parts.folded):
        free = parts.free(*match.span()) and not parts.is_refused(*match.span())
        if not free or _named(parts, shop, match) or not _something_else(parts, match):
            continue
        words = parts.take(*match.span())
        if shop.has_prices:
            parts.wishes.append(Taken(words, "cheap"))
        else:
            parts.ignored.append(Ignored(words, "no item of this shop has a price"))


def _named(parts: Parts, shop: ShopWords, match: re.Match[str]) -> bool:
    behind = words_of(parts.folded[match.end() :])
    return bool(behind) and shop.beside(same(match[0]), same(behind[0].text))


def _something_else(parts: Parts, match: re.Match[str]) -> bool:
    return bool(words_of(parts.folded[: match.start()]) or words_of(parts.folded[match.end() :]))
