"""Who is shown: the slots of items under two releases on the same requests, and shifts that nobody asked for.

Learning from a day of honest shoppers moves many items a little. One item that is suddenly on every page was bought or
forged its way there, or is a fault: the release waits until somebody has looked. Both answer as they would serve.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from pydantic import Field

from recsys.config import Config


class ExposureConfig(Config):
    """How far an item may move by itself between two releases."""

    most_rise: float = Field(0.2, gt=0)
    """By how much the part of requests in whose answers an item stands may rise, beside what may be chance."""
    errors: float = Field(3.0, ge=0)
    """Standard errors that may be chance: thousands of items are looked at."""
    named: int = Field(5, ge=1)
    """Items that a complaint names, those that moved most first."""


class Shift(NamedTuple):
    """An item that is shown far more than before, as parts of the requests, and its place among all by that."""

    item_id: str
    was: float
    now: float
    place_was: int
    place_now: int

    def __str__(self) -> str:
        return (
            f"{self.item_id}: {self.was:.1%} -> {self.now:.1%} of answers, place {self.place_was} -> {self.place_now}"
        )


class Exposure:
    """In how many answers of one release each item stood."""

    def __init__(self) -> None:
        self.answers = 0
        self._slots: Counter[str] = Counter()

    def add(self, item_ids: Iterable[str]) -> None:
        """One answer."""
        self.answers += 1
        self._slots.update(set(item_ids))

    def part(self, item_id: str) -> float:
        """Of the answers, those with the item."""
        return self._slots[item_id] / self.answers if self.answers else 0.0

    def place(self, item_id: str) -> int:
        """1 for what is shown most; what is never shown stands behind all that is."""
        slots = self._slots[item_id]
        return 1 + sum(other > slots for other in self._slots.values())

    def item_ids(self) -> Iterable[str]:
        return self._slots


def shifts(new: Exposure, live: Exposure, known: Iterable[str], config: ExposureConfig) -> list[Shift]:
    """Items whose exposure rose more than it may, those that rose most first.

    Args:
        known: items that both releases have; what is new in the catalogue was put there to be shown.
    """
    found = []
    for item_id in set(new.item_ids()) & set(known):
        was, now = live.part(item_id), new.part(item_id)
        chance = config.errors * ((was * (1 - was) + now * (1 - now)) / max(new.answers, 1)) ** 0.5
        if now - was > config.most_rise + chance:
            found.append(Shift(item_id, was, now, live.place(item_id), new.place(item_id)))
    return sorted(found, key=lambda shift: (shift.was - shift.now, shift.item_id))
