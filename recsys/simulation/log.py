"""The log of slates in codes, and the canonical events it becomes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recsys.schema import EVENTS, SURFACES
from recsys.simulation.behaviour import Behaviour, Index

NONE = -1
"""Code of what is absent: no query, no campaign, no context."""

_KINDS = ("impression", "view", "click", "cart", "purchase")
_CODES = ("i", "v", "c", "a", "p")
_DELAY_S = {"impression": 0.0, "view": 0.5, "click": 2.0, "cart": 14.0, "purchase": 300.0}
"""After the slate was shown."""


class Places(NamedTuple):
    """Every place of every slate, slate by slate. N places."""

    slate: Index  # (N,)
    session: Index  # (N,)
    user: Index  # (N,)
    at_s: NDArray[np.float64]  # (N,) when the slate was shown
    surface: Index  # (N,) place in SURFACES
    query: Index  # (N,) place in the texts, or NONE
    item: Index  # (N,)
    position: Index  # (N,)
    propensity: NDArray[np.float64]  # (N,)
    campaign: Index  # (N,) place in the campaigns, or NONE
    p_click: NDArray[np.float64]  # (N,) the truth, given examination


class Log(NamedTuple):
    """Slates and what became of them."""

    places: Places
    behaviour: Behaviour
    texts: tuple[str, ...]

    @classmethod
    def joined(cls, parts: Sequence[tuple[Places, Behaviour]], texts: Sequence[str]) -> Self:
        """One log of many parts."""
        places = Places(*(np.concatenate(column) for column in zip(*(part[0] for part in parts), strict=True)))
        behaviour = Behaviour(*(np.concatenate(column) for column in zip(*(part[1] for part in parts), strict=True)))
        return cls(places, behaviour, tuple(texts))


class Names(NamedTuple):
    """What codes stand for."""

    user_ids: Sequence[str]
    item_ids: Sequence[str]
    campaign_ids: Sequence[str]
    price_micros: NDArray[np.int64]  # (I,)
    platforms: Index  # (U, P) the devices of each user in P sessions; then they begin anew
    platform_names: Sequence[str]
    slate_ids: Sequence[str] | None = None  # without them slates are numbered


def events_of(log: Log, names: Names, rng: np.random.Generator, prefix: str = "") -> pa.Table:
    """The canonical `events`, in order of time. An event's id follows from its slate, position and kind.

    Args:
        prefix: of session ids and of numbered slates, where several logs must not share them.
    """
    places, behaviour = log.places, log.behaviour
    happened = (np.ones(len(places.slate), np.bool_), *behaviour)
    rows = [np.flatnonzero(did) for did in happened]
    row = np.concatenate(rows)
    kind = np.repeat(np.arange(len(_KINDS)), [len(found) for found in rows])
    at_us = _times(places, row, kind, rng)
    order = np.argsort(at_us, kind="stable")
    row, kind, at_us = row[order], kind[order], at_us[order]
    paid, bought = kind >= _KINDS.index("cart"), kind == _KINDS.index("purchase")
    slate_id = _slate_ids(places.slate[row], names, prefix)
    position = pa.array(places.position[row].astype(np.int32))
    columns = {
        "event_id": pc.binary_join_element_wise(slate_id, position.cast(pa.string()), _named(kind, _CODES), "-"),
        "user_id": _named(places.user[row], names.user_ids),
        "session_id": _numbered(f"{prefix}s", places.session[row], 7),
        "at": pa.array(at_us).cast(EVENTS.field("at").type),
        "kind": _named(kind, _KINDS),
        "item_id": _named(places.item[row], names.item_ids),
        "query": _named(places.query[row], log.texts),
        "slate_id": slate_id,
        "surface": _named(places.surface[row], SURFACES),
        "position": position,
        "platform": _platforms(places, row, names),
        "price_micros": pa.array(names.price_micros[places.item[row]], mask=~paid),
        "quantity": pa.array(1 + (rng.random(len(row)) < 0.12).astype(np.int32), mask=~bought),
        "rating": pa.nulls(len(row), pa.float32()),
        "propensity": pa.array(places.propensity[row], mask=kind != 0),
        "campaign_id": _named(places.campaign[row], names.campaign_ids),
    }
    return pa.table(columns, schema=EVENTS)


def events_of_rows(
    log: Log, names: Names, kind: str, row: Index, at_s: NDArray[np.float64], rating: NDArray[np.float32] | None = None
) -> pa.Table:
    """Canonical events of a kind that came of some places of the log, each at a time of its own.

    Args:
        rating: (N,) of reviews, which nobody writes on the slate.
    """
    places, count = log.places, len(row)
    slate_id = _slate_ids(places.slate[row], names, "")
    position = pa.array(places.position[row].astype(np.int32))
    ids = pc.binary_join_element_wise(slate_id, position.cast(pa.string()), pa.array([kind] * count, pa.string()), "-")
    here, money = rating is None, kind == "return"
    columns = {
        "event_id": ids,
        "user_id": _named(places.user[row], names.user_ids),
        "session_id": _numbered("s", places.session[row], 7) if here and not money else pa.nulls(count, pa.string()),
        "at": pa.array(np.round(at_s * 1e6).astype(np.int64)).cast(EVENTS.field("at").type),
        "kind": pa.array([kind] * count, pa.string()),
        "item_id": _named(places.item[row], names.item_ids),
        "query": _named(places.query[row], log.texts) if here else pa.nulls(count, pa.string()),
        "slate_id": slate_id if here else pa.nulls(count, pa.string()),
        "surface": _named(places.surface[row], SURFACES) if here else pa.nulls(count, pa.string()),
        "position": position if here else pa.nulls(count, pa.int32()),
        "platform": _platforms(places, row, names),
        "price_micros": pa.array(names.price_micros[places.item[row]], mask=np.full(count, not money)),
        "quantity": pa.array(np.ones(count, np.int32), mask=np.full(count, not money)),
        "rating": pa.nulls(count, pa.float32()) if rating is None else pa.array(rating),
        "propensity": pa.nulls(count, pa.float64()),
        "campaign_id": _named(places.campaign[row], names.campaign_ids) if here else pa.nulls(count, pa.string()),
    }
    return pa.table(columns, schema=EVENTS)


def _platforms(places: Places, row: Index, names: Names) -> pa.Array:
    habit = names.platforms[places.user[row], places.session[row] % names.platforms.shape[1]]
    return _named(habit, names.platform_names)


def _slate_ids(slate: Index, names: Names, prefix: str) -> pa.Array:
    return _numbered(f"{prefix}l", slate, 7) if names.slate_ids is None else _named(slate, names.slate_ids)


def _times(places: Places, row: Index, kind: Index, rng: np.random.Generator) -> NDArray[np.int64]:
    """(E,) microseconds. Places further down come later; what follows a click comes after it."""
    delay = np.array([_DELAY_S[name] for name in _KINDS])[kind]
    reading = np.where(kind == 0, 0.0, 1.2 * places.position[row] + rng.uniform(0, 0.6, len(row)))
    return np.asarray(np.round((places.at_s[row] + delay + reading) * 1e6).astype(np.int64))


def _named(codes: NDArray[np.integer], values: Sequence[str]) -> pa.Array:
    """Strings for codes, null for NONE."""
    indices = pa.array(codes.astype(np.int32), mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(values, pa.string())).dictionary_decode()


def _numbered(prefix: str, numbers: NDArray[np.integer], width: int) -> pa.Array:
    unique, codes = np.unique(numbers, return_inverse=True)
    return _named(codes, [f"{prefix}{number:0{width}d}" for number in unique])
