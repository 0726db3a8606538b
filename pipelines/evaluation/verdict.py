"""Whether what is served is better than what was, or than what is simple: in people, in money, and with which doubt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from pipelines.evaluation.differences import Word, difference, word
from pipelines.evaluation.figures import maps
from recsys.metrics.intervals import Interval
from recsys.metrics.ranking import recall_at_k

PER = 1000
"""Requests of which everything is told."""
TWO_SIDED = 1.96
"""Standard errors on either side in which 95 of 100 means lie."""

ONE_LIST = "People choose the same items whatever list they see; who does not find theirs chooses nothing else."
GATE = "What was live answered the gate's requests, held out for validation, when this release took its place."
NO_MONEY = "No held-out choice was a purchase with a known price: nothing is said in money."

ADVICE: Mapping[tuple[bool, Word], str] = {
    (True, "better"): "Keep it.",
    (True, "worse"): "Go back: `python -m pipelines release rollback=true`.",
    (True, "even"): "Nothing to do: neither a loss nor a gain is proven.",
    (True, "unknown"): "Wait for more people in the log before you judge.",
    (False, "better"): "Serve it: the simple list finds less.",
    (False, "worse"): "Do not serve it yet: the simple list finds more. `Stage by stage` shows what loses it.",
    (False, "even"): "More people in the log would narrow the doubt; until then the simple list is as good.",
    (False, "unknown"): "Wait for more people in the log before you judge.",
}
"""What to do: (whether it is compared with what was live, the word) -> advice."""


def verdict(cases: pa.Table, worth: Mapping[str, Any] | None, gate: Mapping[str, Any] | None) -> dict[str, Any]:
    """A comparison with what was live before, where the gate made one, and with each simple list.

    Args:
        cases: one row a test user, of `judge_part`.
        worth: of a choice, of `worth_of_choice`.
        gate: of the release's manifest.

    Returns:
        `word`, `text` and `advice` are of the first comparison: the live one, or else the best of the simple ones.
    """
    found = [*_with_live(gate), *_with_simple(cases)]
    rows = [{**one, **_money(one, worth)} for one in found]
    assumed = [ONE_LIST, _valued(worth), *([GATE] if any(one["live"] for one in rows) else [])]
    if not rows:
        text = "Nothing can be said: no user has a step to be tested on."
        return {"word": "unknown", "text": text, "advice": "", "comparisons": [], "assumed": assumed, "worth": worth}
    first = rows[0]
    advice = ADVICE[first["live"], first["word"]]
    return {
        "word": first["word"],
        "text": sentence(first),
        "advice": advice,
        "comparisons": rows,
        "assumed": assumed,
        "worth": worth,
    }


def sentence(one: Mapping[str, Any]) -> str:
    """One comparison as a shop owner would say it."""
    name = f"what was live before ({one['with']})" if one["live"] else one["with"]
    begin = {
        "better": f"Better than {name}",
        "worse": f"Worse than {name}",
        "even": f"No difference from {name} that could not be chance",
        "unknown": f"Too few people to tell it from {name}",
    }[one["word"]]
    people = f"{_signed(one['more_found'])} of {PER:,} requests find what the person chose next among the first ten"
    doubt = f"95 % sure between {_signed(one['more_found_interval'][0])} and {_signed(one['more_found_interval'][1])}"
    money = ""
    if one["money"] is not None:
        low, high = (_priced(value, one["currency"]) for value in one["money_interval"])
        money = f" In money: {_priced(one['money'], one['currency'])} per {PER:,} requests ({low} to {high})."
    was, now = one["found_with"], one["found_served"]
    return f"{begin}: {people} ({now:,.0f} against {was:,.0f}; {doubt}, {one['requests']:,} people asked).{money}"


def _with_live(gate: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """What the gate found when this release took another's place; one that was forced may have found nothing."""
    if gate is None or not gate.get("new", {}).get("requests"):
        return []
    now, was, error = gate["new"]["recall_at_10"], gate["was"]["recall_at_10"], gate["new"]["recall_error"]
    interval = Interval(now - was, now - was - TWO_SIDED * error, now - was + TWO_SIDED * error)
    return [_row(gate["live"], now, was, interval, gate["new"]["requests"], live=True)]


def _with_simple(cases: pa.Table) -> list[dict[str, Any]]:
    """The best of the simple lists first."""
    found = {name: recall_at_k(ranks, 10) for name, ranks in maps(cases, "ranks").items()}
    if not found:
        return []
    served, people = found.pop("served"), cases["user_id"].to_pylist()
    rows = []
    for name, recall in sorted(found.items(), key=lambda pair: -pair[1].mean()):
        *interval, _ = difference(served, recall, people)
        rows.append(_row(name, served.mean(), recall.mean(), Interval(*interval), len(people), live=False))
    return rows


def _row(name: str, now: float, was: float, interval: Interval, requests: int, *, live: bool) -> dict[str, Any]:
    return {
        "with": name,
        "live": live,
        "word": word(interval, requests),
        "requests": requests,
        "found_served": PER * float(now),
        "found_with": PER * float(was),
        "more_found": PER * interval.mean,
        "more_found_interval": [PER * interval.low, PER * interval.high],
    }


def _money(one: Mapping[str, Any], worth: Mapping[str, Any] | None) -> dict[str, Any]:
    if worth is None:
        return {"money": None, "money_interval": None, "currency": None}
    each = worth["per_choice"]
    low, high = one["more_found_interval"]
    return {
        "money": each * one["more_found"],
        "money_interval": [each * low, each * high],
        "currency": worth["currency"],
    }


def _valued(worth: Mapping[str, Any] | None) -> str:
    if worth is None:
        return NO_MONEY
    left = f" {worth['left_out']:,} purchases without a price in {worth['currency']} are left out." * (
        worth["left_out"] > 0
    )
    return (
        f"What is found is worth what held-out choices were: {worth['bought']:,} of {worth['choices']:,} were bought, "
        f"at {worth['mean_price']:,.2f} {worth['currency']} on average, so {worth['per_choice']:,.2f} each. The "
        f"interval holds the doubt of what is found, not that of this price.{left}"
    )


def _signed(value: float) -> str:
    return f"{abs(value):,.0f} {'more' if value >= 0 else 'fewer'}"


def _priced(value: float, currency: str) -> str:
    return f"{abs(value):,.2f} {currency} {'more' if value >= 0 else 'less'}"
