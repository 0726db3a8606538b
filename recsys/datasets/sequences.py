"""What data sets of ordered item lists have in common: an order without a clock, and texts that need care."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from recsys.errors import WrongData
from recsys.schema import EVENTS, ITEMS, USERS, Tables, conform, with_clock

NO_BRAND = {"", "unknown", "n/a", "none", "nan"}
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--.*?-->", re.DOTALL)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")  # half of a character, as cut texts in JSON have


@dataclass(frozen=True)
class Description:
    """What a data set says of an item."""

    title: str = ""
    description: str = ""
    category: tuple[str, ...] = ()
    brand: str | None = None


def sequence_tables(items: Mapping[str, Description], histories: Mapping[str, Sequence[str]], source: str) -> Tables:
    """Canonical tables of users who each wrote about items in a known order, at unknown times.

    The events are reviews: that is what such sets are made of. A review says that the user had the item, but neither
    when it was bought nor for how much, so calling it a purchase would invent both. Times are ordinal: one second a
    step from the epoch, the first step of every user at zero. Events of items that are not described are there too, for
    `clean` to judge.
    """
    lengths = np.array([len(history) for history in histories.values()], np.int64)
    if lengths.sum() == 0:
        raise WrongData(source, "at least one user with an item", "none")
    users = list(histories)
    item_ids = [item_id for history in histories.values() for item_id in history]
    user = np.repeat(np.arange(len(users)), lengths)
    step = np.arange(len(user)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    user_ids = pa.array(users, pa.string()).take(pa.array(user))
    events = pa.table(
        {
            "event_id": [f"{users[u]}-{s}" for u, s in zip(user.tolist(), step.tolist(), strict=True)],
            "user_id": user_ids,
            "at": pa.array(step * 1_000_000, pa.int64()).cast(EVENTS.field("at").type),
            "kind": ["review"] * len(user),
            "item_id": item_ids,
        }
    )
    return Tables(items_table(items), with_clock(conform(events, "events"), "ordinal"), users_table(users))


def items_table(items: Mapping[str, Description]) -> pa.Table:
    """The canonical `items`; an item without a title is called by its brand and category, or by its id."""
    columns = {
        "item_id": list(items),
        "title": [said.title or _stand_in(item_id, said) for item_id, said in items.items()],
        "description": [said.description for said in items.values()],
        "category": [list(said.category) for said in items.values()],
        "brand": [said.brand for said in items.values()],
        "in_stock": [True] * len(items),
        "attributes": pa.array([[]] * len(items), ITEMS.field("attributes").type),
    }
    return conform(
        pa.table({name: pa.array(values, ITEMS.field(name).type) for name, values in columns.items()}), "items"
    )


def users_table(user_ids: Sequence[str]) -> pa.Table:
    """The canonical `users`, of whom nothing is known but that they exist."""
    count = len(user_ids)
    return pa.table([user_ids, pa.nulls(count, USERS.field("created_at").type), [[]] * count], schema=USERS)


def tidy(said: object) -> str:
    """Text without HTML and with single spaces, from a text, a number or a list of these; empty for anything else."""
    if isinstance(said, (list, tuple)):
        return " ".join(text for part in said if (text := tidy(part)))
    if isinstance(said, (int, float)) and not isinstance(said, bool) and math.isfinite(said):
        return str(said)
    if not isinstance(said, str):
        return ""
    text = html.unescape(_LONE_SURROGATE.sub("\ufffd", said))
    return " ".join(_TAG.sub(" ", text).split())


def brand_of(text: object) -> str | None:
    """A brand's name, or None for the words that sets use for having none."""
    name = tidy(text)
    return None if name.casefold() in NO_BRAND else name


def _stand_in(item_id: str, said: Description) -> str:
    parts = [said.brand or "", said.category[-1] if said.category else ""]
    return " ".join(part for part in parts if part) or f"Item {item_id}"
