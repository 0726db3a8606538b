"""How people write limits of a price, in several languages; folded, for these are compared with folded text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from recsys.queries.words import fold

MOST = """under, below, beneath, less than, cheaper than, up to, at most, no more than, not more than, not over,
    maximum of, unter, weniger als, höchstens, billiger als, günstiger als, bis zu, moins de, moins cher que, jusqu'à,
    jusqu’à, au plus, en dessous de, menos de, hasta, por debajo de, meno di, fino a, menos que, até, abaixo de, onder,
    minder dan, poniżej, mniej niż, tańsze niż, до, меньше, менее, дешевле, не дороже, не более, низкой, mindre än,
    mindre enn, mindre end, max., <=, ≤, <, 低于, 不超过, 少于, 小于"""
LEAST = """over, above, more than, at least, starting at, starting from, not under, über, mehr als, mindestens, plus de,
    à partir de, au moins, más de, a partir de, por encima de, più di, oltre, mais de, acima de, boven, vanaf, meer dan,
    powyżej, więcej niż, больше, более, свыше, дороже, от, mer än, mer enn, >=, ≥, >, 高于, 超过, 大于"""
ONLY_WITH_MONEY = "max, maximum, min, min., minimum, bis, ab, do, od, da, tot, from, desde, sous, within"
"""Short words of other meanings (iPhone 15 Pro Max 256): limits only where a currency stands beside the number."""
LEAST_WITH_MONEY = frozenset(["min", "min.", "minimum", "ab", "od", "da", "from", "desde"])
MOST_BEHIND = "以下, 以内, 以內, 未満, まで, 이하, 미만, altı, से कम, and under, or less, and below, or under"
LEAST_BEHIND = "以上, 이상, 起, üzeri, से अधिक, and up, and over, or more, and above"
FROM = "between, from, zwischen, von, entre, de, tra, da, fra, tussen, van, między, от, между, mellan, mellom, mellem"
TO = "-, –, —, ~, 〜, ～, to, and, bis, und, à, et, a, y, e, tot, en, do, i, до, и, och, og, 至, 到"
PEOPLE = frozenset(
    fold(
        """woman women man men adult adults senior seniors people person kid kids child children toddler toddlers baby
        babies girl girls boy boys teen teens frau frauen mann männer kinder kind erwachsene femme femmes homme hommes
        enfant enfants mujer mujeres hombre hombres niños donna donne uomo uomini bambini women's men's ladies"""
    ).split()
)
"""Behind these a bare number is an age."""
MEASURED = frozenset(
    fold(
        """size sizes sz age ages aged spf no no. nr number model level iso series version gen generation grade grit
        gauge speed weight height length width depth capacity power voltage temperature us eu uk größe grösse taille
        talla taglia maat rozmiar размер alter pro plus mark type class rating dpi"""
    ).split()
)
"""Behind these a bare number measures something else."""
UNITS = frozenset(
    fold(
        """mm cm dm m km in inch inches ft foot feet yd yard yards mg g gr kg gram grams kilo kilos lb lbs oz ounce
        ounces ml cl dl l liter liters litre litres gal gallon gallons w watt watts kw v volt volts mah ah wh hz khz mhz
        ghz kb mb gb tb db dpi px mp k iu mcg ppm rpm psi bar lumen lumens lux pc pcs piece pieces count ct pack packs
        pk set sets sheet sheets page pages year years yr yrs month months mo week weeks day days hour hours hr hrs min
        minute minutes sec seconds degree degrees celsius stück jahre jahren monate ans mois años anni lat лет месяцев
        person persons people player players seat seats ply tc thread x pt qt mph kmh people stars star кг г мл л см мм
        шт 个 件 毫升 升 克 公斤 岁 歳 個 本 枚"""
    ).split()
)
"""What is counted or measured and is no money."""


def any_of(*lists: str) -> str:
    """A regular expression of the folded expressions of comma-separated lists, longest first."""
    return "|".join(map(_flexible, sorted(set(_expressions(lists)), key=lambda words: (-len(words), words))))


def _expressions(lists: Iterable[str]) -> Iterable[str]:
    return (fold(" ".join(one.split())) for several in lists for one in several.split(",") if one.strip())


def _flexible(words: str) -> str:
    """White space of any width between words; a word neither begins nor ends within another."""
    pattern = r"\s+".join(map(re.escape, words.split()))
    before = r"(?<![^\W\d_])" if words[0].isalpha() and ord(words[0]) < 0x2E80 else ""
    after = r"(?![^\W\d_])" if words[-1].isalpha() and ord(words[-1]) < 0x2E80 else ""
    return before + pattern + after
