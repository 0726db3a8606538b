"""Plain records that stores and everybody else hand each other: rows of the log, scopes of keys.

No SQL here: what is learned from them does not know how they are stored. Changes of items are in `recsys.changes`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args

from recsys.errors import WrongData
from recsys.schema import FEEDBACK_KINDS, KINDS, LAST_S, SURFACES

US = 1_000_000
INT32 = 2**31 - 1
INT64 = 2**63 - 1
LIMITS = {"position": INT32, "quantity": INT32, "price_micros": INT64, "price_cpc_micros": INT64}

Scope = Literal["shopper", "shop", "storekeeper", "advertiser", "operator", "officer"]
"""Whose door a key opens: a page or front end, a shop's server, and four kinds of staff."""
SCOPES: tuple[Scope, ...] = get_args(Scope)
Speaker = Literal["shop", "shopper"]
SPEAKERS: tuple[str, ...] = get_args(Speaker)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something a user did with an item, as the client says. `at_s`: seconds since the epoch, by the client's clock.

    `said_by`: whose key brought it. `source`: a keyed hash of the network address it came from, never the address.
    """

    event_id: str
    user_id: str
    kind: str
    item_id: str
    at_s: float
    session_id: str | None = None
    query: str | None = None
    slate_id: str | None = None
    surface: str | None = None
    position: int | None = None
    platform: str | None = None
    price_micros: int | None = None
    quantity: int | None = None
    rating: float | None = None
    said_by: Speaker = "shop"
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Impression:
    """One item of a slate, as the server served it. A visitor without an account has the session's id as user_id.

    `source`: of whom it was served to, as of an Event; None where a shop's server asked for it.
    """

    slate_id: str
    item_id: str
    user_id: str
    at_s: float
    surface: str
    position: int
    propensity: float
    policy: str
    release: str
    session_id: str | None = None
    query: str | None = None
    p_ctr: float | None = None
    campaign_id: str | None = None
    price_cpc_micros: int | None = None
    source: str | None = None


def event_row(event: Event) -> dict[str, Any]:
    """Columns of the `events` table. Raises WrongData naming the field no database could keep."""
    if event.kind not in KINDS or event.kind == "impression":
        raise WrongData("event.kind", f"one of {', '.join(KINDS[1:])}", event.kind)
    if event.said_by not in SPEAKERS:
        raise WrongData("event.said_by", f"one of {', '.join(SPEAKERS)}", event.said_by)
    return {**_row(event, "event"), "feedback": event.kind in FEEDBACK_KINDS}


def impression_row(impression: Impression) -> dict[str, Any]:
    """Columns of the `impressions` table. Raises WrongData."""
    if not 0.0 <= impression.propensity <= 1.0:
        raise WrongData("impression.propensity", "a probability", impression.propensity)
    return _row(impression, "impression")


def microseconds(at_s: float, field: str) -> int:
    """Whole microseconds since the epoch. Raises WrongData outside 1970 to 9999."""
    if not 0.0 <= at_s <= LAST_S:  # also refuses nan
        raise WrongData(field, "seconds since the epoch, until the year 9999", at_s)
    return round(at_s * US)


def is_storable(text: str) -> bool:
    """PostgreSQL keeps no NUL, and half a surrogate pair is not text anywhere."""
    return "\0" not in text and (text.isascii() or not any("\ud800" <= char <= "\udfff" for char in text))


_NAMES = {kind: tuple(field.name for field in fields(kind)) for kind in (Event, Impression)}


def _row(record: Event | Impression, name: str) -> dict[str, Any]:
    values = {field: getattr(record, field) for field in _NAMES[type(record)]}  # `asdict` also copies
    for field, value in values.items():
        if value is None:
            continue
        if isinstance(value, str):
            if not is_storable(value):
                raise WrongData(f"{name}.{field}", "text without NUL or lone surrogates", value)
        elif isinstance(value, float) and not math.isfinite(value) and field != "at_s":
            raise WrongData(f"{name}.{field}", "a finite number", value)
        elif field in LIMITS and not 0 <= value <= LIMITS[field]:
            raise WrongData(f"{name}.{field}", f"a whole number from 0 to {LIMITS[field]}", value)
    if values["surface"] is not None and values["surface"] not in SURFACES:
        raise WrongData(f"{name}.surface", f"one of {', '.join(SURFACES)}", values["surface"])
    values["at_us"] = microseconds(values.pop("at_s"), f"{name}.at_s")
    return values
