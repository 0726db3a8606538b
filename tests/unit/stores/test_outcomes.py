"""Events and charges: together or not at all, each once."""

from __future__ import annotations

import pytest
from sqlalchemy.engine import Engine

from recsys.errors import NotFound
from recsys.records import Event
from recsys.stores.events import EventStore
from recsys.stores.ledger import Ledger, SoldClick
from recsys.stores.outcomes import Kept, Outcomes
from tests.campaigns import fund

NOON = 1_700_000_000.0


def an_event(number: int) -> Event:
    return Event(event_id=f"e{number}", user_id="u", kind="click", item_id="i1", at_s=NOON + number)


@pytest.fixture
def outcomes(engine: Engine) -> Outcomes:
    fund(engine, shoes=50)
    return Outcomes(engine)


def test_a_batch_sent_twice_is_kept_and_charged_once(outcomes: Outcomes, engine: Engine) -> None:
    clicks = [SoldClick("s1", "i1", "shoes", 40), SoldClick("s2", "i1", "shoes", 40)]
    assert outcomes.keep([an_event(1), an_event(2)], clicks, NOON) == Kept(2, 0, (("charged", 40), ("refused", 40)))
    assert outcomes.keep([an_event(1), an_event(2)], clicks, NOON) == Kept(0, 2, (("repeated", 40), ("repeated", 40)))
    assert Ledger(engine).spent() == {"shoes": 40}


def test_a_batch_with_a_click_on_no_campaign_leaves_nothing(outcomes: Outcomes, engine: Engine) -> None:
    clicks = [SoldClick("s1", "i1", "shoes", 40), SoldClick("s1", "i1", "unknown", 40)]
    with pytest.raises(NotFound, match="campaign_id"):
        outcomes.keep([an_event(1)], clicks, NOON)
    assert Ledger(engine).spent() == {"shoes": 0}
    assert EventStore(engine).read_events().num_rows == 0
