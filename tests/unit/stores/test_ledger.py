"""Money: taken once, and never above the budget, whoever takes it."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from recsys.errors import NotFound, WrongData
from recsys.records import Impression
from recsys.schema import MICROS
from recsys.stores.database import open_database
from recsys.stores.events import EventStore
from recsys.stores.ledger import REVENUE, Charge, Ledger, SoldClick
from recsys.stores.outcomes import Outcomes
from tests.campaigns import fund

NOON = 1_700_000_000.0


@pytest.fixture
def ledger(engine: Engine) -> Ledger:
    ledger = Ledger(engine)
    fund(engine, shoes=100, hats=30)
    return ledger


def test_a_click_is_charged_once(ledger: Ledger) -> None:
    click = ("s1", "i1", "shoes", 40, NOON)
    assert [ledger.charge(*click), ledger.charge(*click)] == ["charged", "repeated"]
    assert ledger.charge("s2", "i1", "shoes", 40, NOON) == "charged"
    assert ledger.remaining() == {"shoes": 20, "hats": 30}
    assert ledger.spent() == {"shoes": 80, "hats": 0}


def test_a_click_that_the_budget_cannot_pay_is_free_for_ever(ledger: Ledger, engine: Engine) -> None:
    assert ledger.charge("s1", "i1", "hats", 31, NOON) == "refused"
    fund(engine, hats=1000)
    assert ledger.charge("s1", "i1", "hats", 31, NOON) == "repeated"
    assert ledger.charge("s2", "i1", "hats", 1000, NOON) == "charged"


def test_a_new_budget_keeps_what_was_spent(ledger: Ledger, engine: Engine) -> None:
    ledger.charge("s1", "i1", "shoes", 90, NOON)
    fund(engine, shoes=50, coats=7)
    assert ledger.remaining() == {"shoes": 0, "hats": 30, "coats": 7}
    assert ledger.spent()["shoes"] == 90


def test_revenue_is_counted_by_day_and_surface(ledger: Ledger, engine: Engine) -> None:
    shown = {"user_id": "u", "position": 0, "propensity": 1.0, "policy": "p", "release": "r", "campaign_id": "shoes"}
    EventStore(engine).append_impressions(
        [
            Impression(slate_id=f"s{n}", item_id="i1", at_s=NOON, surface=surface, **shown)  # type: ignore[arg-type]
            for n, surface in enumerate(["home", "home", "search"])
        ]
    )
    for slate, price, day in (("s0", 40, 0), ("s1", 35, 0), ("s2", 7, 1), ("elsewhere", 3, 1)):
        assert ledger.charge(slate, "i1", "shoes", price, NOON + day * 86_400) == "charged"
    assert ledger.charge("s1", "i1", "hats", 31, NOON) == "refused"
    table = ledger.revenue_by_day()
    day = int(NOON // 86_400)
    assert table.schema == REVENUE
    assert sorted(map(tuple, (row.values() for row in table.to_pylist())), key=str) == sorted(
        [(day, "home", 2, 1, 75), (day + 1, "search", 1, 0, 7), (day + 1, None, 1, 0, 3)], key=str
    )
    assert sum(table["revenue_micros"].to_pylist()) == sum(ledger.spent().values())
    assert ledger.revenue_by_day(NOON + 3600).num_rows == 1


def test_wrong_charges_are_refused(ledger: Ledger) -> None:
    with pytest.raises(NotFound, match="campaign_id"):
        ledger.charge("s1", "i1", "nobody", 1, NOON)
    for price in (0, -5, 2**63):
        with pytest.raises(WrongData, match="price_cpc_micros"):
            ledger.charge("s1", "i1", "shoes", price, NOON)
    assert ledger.spent() == {"shoes": 0, "hats": 0}


def test_batches_of_the_same_clicks_in_any_order_never_end_each_other(ledger: Ledger, engine: Engine) -> None:
    fund(engine, shoes=10_000)

    def send(seed: int) -> list[Charge]:
        rng, told = Random(seed), list[Charge]()
        for _ in range(8):
            clicks = [SoldClick(f"s{slate}", "i", "shoes", 7) for slate in rng.sample(range(30), 12)]
            told += [charge for charge, _ in Outcomes(engine).keep([], clicks, NOON).charges]
        return told

    with ThreadPoolExecutor(4) as pool:
        counts = Counter(outcome for told in pool.map(send, range(4)) for outcome in told)
    assert 7 * counts["charged"] == ledger.spent()["shoes"] <= 7 * 30
    assert counts.total() == 4 * 8 * 12


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    budget=st.integers(0, 2**63 - 1),
    prices=st.lists(st.one_of(st.integers(1, 50), st.integers(1, 2**63 - 1)), max_size=8),
)
def test_the_ledger_adds_up(ledger: Ledger, engine: Engine, budget: int, prices: list[int]) -> None:
    """Whatever is asked: what was taken is the sum of what was charged, and at most the budget."""
    name = f"c{len(ledger.spent())}"
    fund(engine, **{name: budget})
    taken = 0
    for number, price in enumerate(prices):
        outcome = ledger.charge(f"s{number}", "i", name, price, NOON)
        assert outcome == ("charged" if taken + price <= budget else "refused")
        taken += price if outcome == "charged" else 0
    assert ledger.spent()[name] == taken <= budget
    assert ledger.remaining()[name] == budget - taken


NUM_PROCESSES, NUM_CLICKS, NUM_SHARED, PRICE = 4, 60, 20, MICROS // 7


def _click(url: str, process: int) -> list[str]:
    """Some clicks reported by everybody, the rest by this process alone, with no pause."""
    ledger = Ledger(open_database(url))
    slates = [f"shared-{n}" for n in range(NUM_SHARED)] + [f"own-{process}-{n}" for n in range(NUM_CLICKS - NUM_SHARED)]
    return [ledger.charge(slate, "i", "shoes", PRICE, NOON) for slate in slates]


def test_processes_that_charge_at_once_never_pass_the_budget(url: str) -> None:
    engine = open_database(url)
    ledger, payable = Ledger(engine), 101
    fund(engine, shoes=payable * PRICE + PRICE - 1)
    with multiprocessing.get_context("spawn").Pool(NUM_PROCESSES) as pool:
        told = pool.starmap(_click, [(url, n) for n in range(NUM_PROCESSES)], chunksize=1)
    counts = Counter(outcome for outcomes in told for outcome in outcomes)
    assert counts["charged"] == payable
    assert counts["repeated"] == NUM_SHARED * (NUM_PROCESSES - 1)
    assert counts.total() == NUM_PROCESSES * NUM_CLICKS
    assert ledger.spent() == {"shoes": payable * PRICE}
