"""The items of the simulated shop in codes, and the table that shoppers read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recsys.schema import DAY_S, ITEMS, MICROS
from recsys.simulation.config import SimulationConfig
from recsys.simulation.grammar import Vocabulary, fill
from recsys.simulation.taxonomy import DEPARTMENTS, FACETS, SECTIONS, TYPES, VALUES

Codes = NDArray[np.int16]

PRESENCE = {"style": 0.65, "feature": 0.75}
"""Share of the items that have a value where the type allows one; 1 for the other facets."""


@dataclass(frozen=True)
class Assortment:
    """Items in codes. I items."""

    item_ids: list[str]
    kind: Codes  # (I,) place in TYPES
    brand: Codes  # (I,) place in `brands`
    line: Codes  # (I,) place in the vocabulary's lines
    values: dict[str, Codes]  # facet -> (I,) place in VALUES[facet], or -1
    price: NDArray[np.float64]  # (I,) in currency units
    created_s: NDArray[np.float64]  # (I,)
    in_stock: NDArray[np.bool_]  # (I,)
    brands: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.item_ids)

    @cached_property
    def department(self) -> Codes:
        """(I,) place in DEPARTMENTS."""
        return _of_type([DEPARTMENTS.index(kind.department) for kind in TYPES])[self.kind]

    @cached_property
    def section(self) -> Codes:
        """(I,) place in SECTIONS."""
        return _of_type([SECTIONS.index(kind.section) for kind in TYPES])[self.kind]

    @cached_property
    def kinds(self) -> NDArray[np.intp]:
        """Types that have items."""
        return np.unique(self.kind).astype(np.intp)

    @cached_property
    def relative_price(self) -> NDArray[np.float64]:
        """(I,) log of the price over the median of its type."""
        log_price = np.log(self.price)
        median = np.zeros(len(TYPES))
        for kind in self.kinds:
            median[kind] = np.median(log_price[self.kind == kind])
        return np.asarray(log_price - median[self.kind])


def draw_assortment(config: SimulationConfig, vocabulary: Vocabulary, rng: np.random.Generator) -> Assortment:
    """Draw types, brands, attributes and prices; the last `late_item_share` of the items arrive during the log."""
    count = config.num_items
    kind = _draw_kinds(count, rng)
    brands = tuple(dict.fromkeys(brand for names in vocabulary.brands.values() for brand in names))
    brand = np.array([_draw_brand(TYPES[k].department, vocabulary, brands, rng) for k in kind], np.int16)
    line = (brand * 5 + rng.integers(0, 5, count)) % len(vocabulary.lines)  # a brand has five lines
    values = {facet: _draw_values(facet, kind, rng) for facet in FACETS}
    return Assortment(
        item_ids=[f"i{number:05d}" for number in range(count)],
        kind=kind,
        brand=brand,
        line=line.astype(np.int16),
        values=values,
        price=_draw_prices(kind, brand, values, len(brands), vocabulary.price_scale, rng),
        created_s=_draw_arrivals(config, rng),
        in_stock=rng.random(count) > 0.02,
        brands=brands,
    )


def items_table(
    assortment: Assortment,
    appeal: NDArray[np.float64],
    vocabulary: Vocabulary,
    rated_before_s: float,
    rng: np.random.Generator,
) -> pa.Table:
    """The canonical `items` table. Ratings know something of the appeal, as ratings do.

    Args:
        appeal: (I,) standardised, what makes an item good for everybody.
        rated_before_s: items that arrive later have no ratings yet.
    """
    count = len(assortment)
    rating = np.clip(4.1 + 0.3 * appeal + rng.normal(0, 0.3, count), 1, 5).round(1)
    rating_count = rng.lognormal(3.2 + 0.4 * appeal, 1.1).astype(np.int32)
    unrated = (rating_count == 0) | (assortment.created_s >= rated_before_s)
    words = [_words(assortment, i, vocabulary, rng) for i in range(count)]
    columns = {
        "item_id": assortment.item_ids,
        "title": _titles(words, vocabulary, rng),
        "description": [_description(assortment, i, words[i], vocabulary, rng) for i in range(count)],
        "category": [_path(assortment, i, vocabulary) for i in range(count)],
        "brand": [assortment.brands[code] for code in assortment.brand],
        "price_micros": np.round(assortment.price * 100).astype(np.int64) * (MICROS // 100),
        "currency": [vocabulary.currency] * count,
        "rating": pa.array(rating.astype(np.float32), mask=unrated),
        "rating_count": pa.array(np.where(unrated, 0, rating_count).astype(np.int32)),
        "image": [picture_name(item_id) for item_id in assortment.item_ids],
        "in_stock": assortment.in_stock,
        "blocked": np.zeros(count, np.bool_),
        "created_at": pa.array((assortment.created_s * 1e6).astype(np.int64)).cast(ITEMS.field("created_at").type),
        "attributes": pa.array(
            [[(vocabulary.facets[facet], word[facet]) for facet in FACETS if facet in word] for word in words],
            ITEMS.field("attributes").type,
        ),
    }
    return pa.table(columns, schema=ITEMS)


def picture_name(item_id: str) -> str:
    """What an item calls its picture."""
    return f"{item_id}.png"


def _of_type(codes: list[int]) -> Codes:
    return np.array(codes, np.int16)


def _draw_kinds(count: int, rng: np.random.Generator) -> Codes:
    """(I,) types; a small shop sells fewer types, so that each has several items."""
    num_kinds = int(np.clip(count // 8, 6, len(TYPES)))
    sold = np.linspace(0, len(TYPES) - 1, num_kinds).round().astype(int)
    weights = rng.gamma(4.0, size=num_kinds)
    extra = rng.choice(sold, size=count - num_kinds, p=weights / weights.sum())
    return rng.permutation(np.r_[sold, extra]).astype(np.int16)


def _draw_brand(department: str, vocabulary: Vocabulary, brands: tuple[str, ...], rng: np.random.Generator) -> int:
    names = vocabulary.brands[department]
    weights = 1.0 / np.arange(1, len(names) + 1) ** 0.6
    return brands.index(names[int(rng.choice(len(names), p=weights / weights.sum()))])


def _draw_values(facet: str, kind: Codes, rng: np.random.Generator) -> Codes:
    codes = np.full(len(kind), -1, np.int16)
    for code in np.unique(kind):
        names = TYPES[code].values.get(facet, ())
        if not names:
            continue
        rows = np.flatnonzero(kind == code)
        weights = rng.gamma(2.0, size=len(names))
        drawn = rng.choice([VALUES[facet].index(name) for name in names], size=len(rows), p=weights / weights.sum())
        codes[rows] = np.where(rng.random(len(rows)) < PRESENCE.get(facet, 1.0), drawn, -1)
    return codes


def _draw_prices(
    kind: Codes, brand: Codes, values: dict[str, Codes], num_brands: int, scale: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    log_price = np.log([TYPES[code].price for code in kind])
    log_price += rng.normal(0, 0.25, num_brands)[brand]
    log_price += np.append(rng.normal(0, 0.12, len(VALUES["material"])), 0.0)[values["material"]]
    steps = {
        value: step for names in ((kind.values.get("size", ())) for kind in TYPES) for step, value in enumerate(names)
    }
    size_step = np.array([steps[value] - 1 for value in VALUES["size"]] + [0])
    log_price += 0.12 * size_step[values["size"]] + rng.normal(0, 0.18, len(kind))
    price = np.exp(log_price) * scale
    return np.where(price > 30 * scale, np.round(price), np.round(price * 2) / 2) - 0.1  # 77.90, 12.40


def _draw_arrivals(config: SimulationConfig, rng: np.random.Generator) -> NDArray[np.float64]:
    created = config.starts_s - DAY_S * rng.uniform(1, 400, config.num_items)
    late = rng.random(config.num_items) < config.late_item_share
    return np.where(late, config.starts_s + DAY_S * rng.uniform(0, config.num_days, config.num_items), created)


def _words(assortment: Assortment, i: int, vocabulary: Vocabulary, rng: np.random.Generator) -> dict[str, str]:
    """Everything that can be said of an item, by the names that the patterns use."""
    found = {"brand": assortment.brands[assortment.brand[i]], "noun": vocabulary.noun(TYPES[assortment.kind[i]].key)}
    for facet in FACETS:
        code = assortment.values[facet][i]
        if code >= 0:
            found[facet] = vocabulary.word(facet, VALUES[facet][code])
    if rng.random() < 0.5:
        found["line"] = vocabulary.lines[assortment.line[i]]
    return found


def _titles(words: list[dict[str, str]], vocabulary: Vocabulary, rng: np.random.Generator) -> list[str]:
    """One title an item, no two equal: an item that would repeat a title takes the name of another line."""
    taken: set[str] = set()
    titles = []
    for word in words:
        title = fill(vocabulary.titles[rng.integers(len(vocabulary.titles))], word)
        attempt = 0
        while title in taken:
            line = vocabulary.lines[rng.integers(len(vocabulary.lines))]
            word["line"] = line if attempt < len(vocabulary.lines) else f"{line} {attempt}"
            title = fill(vocabulary.titles[rng.integers(len(vocabulary.titles))], word)
            attempt += 1
        taken.add(title)
        titles.append(title)
    return titles


def _description(
    assortment: Assortment, i: int, words: dict[str, str], vocabulary: Vocabulary, rng: np.random.Generator
) -> str:
    kind = TYPES[assortment.kind[i]]
    nouns = vocabulary.types[kind.key]
    english = vocabulary.locale == "en"
    said = {**words, "synonym": nouns[rng.integers(len(nouns))]}
    if english:
        said = {name: word if _keeps_capitals(name, word) else word.lower() for name, word in said.items()}
    said |= vocabulary.agreement[kind.key in vocabulary.plural]
    sentences = [fill(vocabulary.descriptions[rng.integers(len(vocabulary.descriptions))], said)]
    for facet, sentences_of in (("feature", vocabulary.feature_sentences), ("material", vocabulary.material_sentences)):
        code = assortment.values[facet][i]
        if code >= 0 and rng.random() < 0.85:
            sentences.append(sentences_of[VALUES[facet][code]])
    uses = vocabulary.uses[kind.section]
    sentences.append(uses[rng.integers(len(uses))])
    return (" " if english else "").join(sentences)


def _keeps_capitals(name: str, word: str) -> bool:
    return name in ("brand", "line") or (name == "size" and not (word.isalpha() and word.istitle()))


def _path(assortment: Assortment, i: int, vocabulary: Vocabulary) -> list[str]:
    kind = TYPES[assortment.kind[i]]
    return [vocabulary.departments[kind.department], vocabulary.sections[kind.section], vocabulary.noun(kind.key)]
