"""A query read once, from what is surest to what is least: phrases, prices, negation, wishes, values, synonyms."""

from __future__ import annotations

from collections.abc import Sequence

from recsys.queries.negation import read_negation
from recsys.queries.phrases import read_phrases
from recsys.queries.prices import read_prices
from recsys.queries.shop_words import ShopWords
from recsys.queries.synonyms import read_synonyms
from recsys.queries.understood import Parts, Understood
from recsys.queries.values import read_values
from recsys.queries.wishes import read_wishes
from recsys.queries.words import fold, words_of

READERS = (read_phrases, read_prices, read_negation, read_wishes, read_values)


def understand(text: str, shop: ShopWords, refused: Sequence[str] = (), currency: str | None = None) -> Understood:
    """What the words of a query mean in this shop.

    Args:
        currency: of amounts that say none; without it the shop's usual one.
        refused: words that were understood before and are wanted as they are written, each as `words` of what was
            understood says them.
    """
    folded, none = fold(text), [False] * len(text)
    unread = frozenset(" ".join(words.split()).casefold() for words in refused)
    parts = Parts(text, folded, words_of(folded), unread, none, none[:], currency)
    for read in READERS:
        read(parts, shop)
    read_synonyms(parts, shop.synonyms)
    return Understood(
        parts.rest(),
        tuple(parts.filters),
        tuple(parts.excluded),
        tuple(parts.phrases),
        tuple(parts.wishes),
        tuple(parts.synonyms),
        tuple(parts.ignored),
    )
