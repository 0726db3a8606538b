"""Prices and quantities that nobody means."""

from __future__ import annotations

from typing import Any

import pytest

from recsys.errors import WrongData
from recsys.feedback.reason import ReasonConfig, require_reason
from recsys.records import Event

CONFIG = ReasonConfig(most_quantity=100, most_price_ratio=10, most_price_micros=5_000_000)
OWN = 1_000_000


def bought(**said: Any) -> Event:
    return Event(event_id="e", user_id="u", kind="purchase", item_id="i", at_s=1.0, **said)


@pytest.mark.parametrize(
    ("said", "own", "field"),
    [
        ({}, OWN, None),
        ({"quantity": 100, "price_micros": 10_000_000}, OWN, None),
        ({"quantity": 101}, OWN, "quantity"),
        ({"price_micros": 10_000_001}, OWN, "price_micros"),
        ({"price_micros": 0}, OWN, None),
        ({"price_micros": 5_000_000}, 0, None),
        ({"price_micros": 5_000_001}, 0, "price_micros"),
    ],
)
def test_beyond_reason_is_refused_by_its_field(said: dict[str, Any], own: int, field: str | None) -> None:
    if field is None:
        require_reason(bought(**said), own, CONFIG, "events.0")
    else:
        with pytest.raises(WrongData, match=rf"events\.0\.{field}"):
            require_reason(bought(**said), own, CONFIG, "events.0")
