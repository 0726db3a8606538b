"""Words that say nothing, yes, no, or whether something can be bought, in the exports of common systems."""

from __future__ import annotations

from typing import Final

import polars as pl

NULLS: Final = (
    "NULL",
    "null",
    "Null",
    "\\N",
    "N/A",
    "n/a",
    "#N/A",
    "NaN",
    "nan",
    "None",
    "(null)",
    "<NA>",
    "undefined",
)
"""Say nothing in every column but those of words that people write."""
SPARING: Final = ("NULL", "\\N")
"""Say nothing also in titles, descriptions and queries."""
DASHES: Final = ("-", "--", "–", "—", "?", "n.a.", "NA", "#N/A", "#VALUE!", "#REF!", "#DIV/0!")
"""Say nothing where a number, a time or yes and no is wanted."""
_YES = "true t yes y on ja oui si sí sim tak evet да active enabled visible published public live"
_NO = "false f no n off nein non não nie hayır нет inactive disabled hidden unpublished private draft archived deleted"
FLAGS: Final = {**dict.fromkeys(_YES.split(), True), **dict.fromkeys(_NO.split(), False)}
STOCK: Final = {
    **dict.fromkeys(
        (
            *("instock", "available", "availablefororder", "onlineonly", "instoreonly", "limitedavailability"),
            *(
                "lowstock",
                "limitedstock",
                "unlimited",
                "preorder",
                "presale",
                "backorder",
                "backordered",
                "onbackorder",
            ),
            *("madetoorder", "availableonorder", "auflager", "lieferbar", "verfügbar", "vorrätig", "vorbestellbar"),
            *("enstock", "disponible", "disponibile", "disponível", "emestoque", "dostępny", "nastanie", "stoktavar"),
            *(
                "вналичии",
                "opvoorraad",
                "ilager",
                "在庫あり",
                "予約",
                "有货",
                "有貨",
                "现货",
                "現貨",
                "预售",
                "預購",
                "재고있음",
            ),
        ),
        True,
    ),
    **dict.fromkeys(
        (
            *("outofstock", "outstock", "soldout", "unavailable", "notavailable", "discontinued", "reserved"),
            *("nichtlieferbar", "nichtverfügbar", "ausverkauft", "vergriffen", "rupture", "rupturedestock", "épuisé"),
            *("agotado", "nodisponible", "esaurito", "esgotado", "niedostępny", "brak", "tükendi", "stoktayok"),
            *("нетвналичии", "uitverkocht", "slutsåld", "在庫なし", "在庫切れ", "缺货", "缺貨", "售罄", "품절"),
        ),
        False,
    ),
}
"""Words without spaces, dashes and underlines, without schema.org's address."""
_SCHEMA = r"^(?:https?://)?(?:www\.)?schema\.org/"


def said_of_stock(texts: pl.Series, own: dict[str, bool]) -> pl.Series:
    """Whether each text says that something can be bought; null where it says neither."""
    flags = said(texts, own)
    bare = texts.str.to_lowercase().str.replace(_SCHEMA, "").str.replace_all(r"[\s_\-]", "")
    found = bare.replace_strict(STOCK, default=None, return_dtype=pl.Boolean)
    return pl.select(pl.coalesce(flags.set(texts.is_null(), None), found)).to_series()


def said(texts: pl.Series, own: dict[str, bool]) -> pl.Series:
    """Whether each text says yes; null where it says neither. The shop's own words come first."""
    words = {**FLAGS, **{word.strip().lower(): yes for word, yes in own.items()}}
    return texts.str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.Boolean)
