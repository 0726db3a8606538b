"""Bounds by key, person and address: what passes, what does not, and who is not held for others."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

import pytest

from deployments.entrance.identity import Identity
from deployments.entrance.limits import Counters, Limits, LimitsConfig
from recsys.errors import TooMany
from recsys.records import Scope


@dataclass(frozen=True)
class Caller:
    scope: Scope = "shopper"
    key_id: str | None = None
    identity: Identity | None = None
    address: str | None = "192.0.2.1"


def tight(**rates: float) -> Limits:
    """Only these bounds, over windows so long that none ends in a test."""
    off = {name: 0.0 for name in LimitsConfig.model_fields if name.endswith("_per_s")}
    return Limits(LimitsConfig.parse({**off, **rates, "window_s": 100}))


def passed(limits: Limits, caller: Caller, tries: int = 50) -> int:
    for number in range(tries):
        try:
            limits.admit(caller)
        except TooMany:
            return number
    return tries


def test_a_person_is_bounded_over_all_addresses_and_nobody_else_is() -> None:
    limits = tight(person_per_s=0.1)
    one, other = Identity("u1"), Identity("u2")
    assert passed(limits, Caller(identity=one)) == 10
    assert passed(limits, Caller(identity=one, address="192.0.2.2")) == 0
    assert passed(limits, Caller(identity=other), 10) == 10
    assert passed(limits, Caller(identity=Identity(None, "u3")), 10) == 10


def test_an_address_is_bounded_over_all_persons() -> None:
    limits = tight(address_per_s=0.1)
    people = [Caller(identity=Identity(None, f"s{number}")) for number in range(50)]
    assert sum(passed(limits, person, 1) for person in people) == 10
    assert passed(limits, Caller(address="192.0.2.2"), 10) == 10


def test_who_comes_from_nowhere_known_is_bounded_as_a_person_only() -> None:
    limits = tight(address_per_s=0.01, address_sessions_per_s=0.01, person_per_s=0.1)
    assert passed(limits, Caller(address=None)) == 50
    assert passed(limits, Caller(identity=Identity("u1"), address=None)) == 10
    for _ in range(50):
        limits.admit_new_session(Caller(address=None))


def test_keys_are_bounded_each_by_its_kind() -> None:
    limits = tight(crowd_key_per_s=0.3, staff_key_per_s=0.1)
    assert passed(limits, Caller("shopper", "a")) == 30 and passed(limits, Caller("shop", "b")) == 30
    assert passed(limits, Caller("operator", "c")) == 10 and passed(limits, Caller("operator", "d"), 10) == 10


def test_a_shops_server_is_held_by_its_key_alone() -> None:
    limits = tight(address_per_s=0.01, person_per_s=0.01, crowd_key_per_s=0.2)
    assert passed(limits, Caller("shop", "key", Identity("u1"))) == 20


def test_events_count_one_by_one() -> None:
    limits = tight(person_events_per_s=1)
    one = Caller(identity=Identity("u1"))
    limits.admit_events(one, 40)
    limits.admit_events(one, 60)
    with pytest.raises(TooMany, match="person_events"):
        limits.admit_events(one, 1)
    limits.admit_events(Caller(identity=Identity("u2")), 100)
    limits.admit_events(Caller("shop", "key", Identity("u1")), 1000)


def test_new_sessions_of_an_address_are_bounded() -> None:
    limits = tight(address_sessions_per_s=0.02)
    limits.admit_new_session(Caller())
    limits.admit_new_session(Caller())
    with pytest.raises(TooMany):
        limits.admit_new_session(Caller())
    limits.admit_new_session(Caller("shop", "key"))
    limits.admit_new_session(Caller(address="192.0.2.2"))


def test_a_refusal_says_what_bound_and_when_to_ask_again() -> None:
    limits = Limits(LimitsConfig(window_s=2, person_per_s=1))
    caller = Caller(identity=Identity("u1"))
    assert passed(limits, caller) == 2
    with pytest.raises(TooMany, match=r"limits.person: wanted at most 2 in 2 s") as refused:
        limits.admit(caller)
    assert 1 <= refused.value.retry_after_s <= 2
    time.sleep(refused.value.retry_after_s)
    assert passed(limits, caller) == 2


def test_defaults_let_a_lively_visit_pass() -> None:
    limits = Limits(LimitsConfig())
    caller = Caller(identity=Identity(None, "s1"))
    assert passed(limits, caller, 60) == 60, "ten pages of six slates within seconds"
    assert passed(Limits(LimitsConfig()), Caller("shop", "key"), 5000) == 5000


def test_what_is_counted_is_bounded_and_what_is_over_is_forgotten() -> None:
    counters = Counters(most=100)
    for number in range(1000):
        counters.incr(f"k{number}", 60)
    assert counters.reset() == 100
    for number in range(50):
        counters.incr(f"old{number}", 0.0)
    for number in range(60):
        counters.incr(f"new{number}", 60)
    assert counters.reset() == 60


def test_threads_lose_no_count() -> None:
    counters = Counters()
    threads = [threading.Thread(target=lambda: [counters.incr("k", 60) for _ in range(5000)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counters.get("k") == 20_000
