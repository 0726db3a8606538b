"""Which preset a table has the shape of, by the columns that no other export has together."""

from __future__ import annotations

from fnmatch import fnmatch
from typing import Any, NamedTuple

from recsys.datasets.presets.reading import preset

SIGNS: tuple[tuple[str, str, frozenset[str]], ...] = tuple(
    (name, table, frozenset(columns))
    for name, table, columns in (
        ("shopify", "items", ("Handle", "Variant SKU")),
        ("shopify", "items", ("URL handle", "SKU")),
        ("shopify", "events", ("Name", "Lineitem sku", "Created at")),
        ("woocommerce", "items", ("SKU", "Regular price", "Categories", "Parent")),
        ("magento", "items", ("sku", "product_type", "additional_attributes")),
        ("google-merchant", "items", ("id", "title", "availability", "image_link")),
        ("ga4", "events", ("event_name", "event_timestamp", "user_pseudo_id", "items")),
        ("segment", "events", ("messageId", "event", "properties", "timestamp")),
        ("google-retail", "items", ("id", "title", "categories", "priceInfo")),
        ("google-retail", "events", ("eventType", "visitorId", "productDetails")),
        ("amazon-reviews", "items", ("parent_asin", "average_rating", "rating_number")),
        ("amazon-reviews", "events", ("parent_asin", "user_id", "timestamp", "rating")),
        ("retailrocket", "items", ("itemid", "property", "value", "timestamp")),
        ("retailrocket", "events", ("visitorid", "event", "itemid", "transactionid")),
        ("otto", "events", ("session", "events")),
        ("diginetica", "items", ("itemId", "pricelog2")),
        ("diginetica", "events", ("sessionId", "userId", "itemId", "timeframe", "eventdate")),
        ("instacart", "items", ("product_id", "product_name", "aisle_id")),
        ("instacart", "events", ("order_id", "product_id", "add_to_cart_order")),
        ("hm", "items", ("article_id", "prod_name")),
        ("hm", "events", ("t_dat", "customer_id", "article_id")),
    )
)
BY_NAME = (("yoochoose", "events", "yoochoose-clicks*"),)
"""Files without names of columns are known by their own."""


class Known(NamedTuple):
    """A table of a preset."""

    format: str
    table: str


def known(file: str, columns: list[str]) -> Known | None:
    """What a file is, if it is one of a preset."""
    for name, table, pattern in BY_NAME:
        if fnmatch(file, pattern):
            return Known(name, table)
    return next((Known(name, table) for name, table, wanted in SIGNS if wanted <= set(columns)), None)


def pattern_of(one: Known) -> str:
    """The files of a preset's table."""
    values: dict[str, Any] = preset(one.format)
    files: str = values[one.table]["files"]
    return files
