"""What `clean` says: every count with its share, and a line of its own for what looks wrong."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from pipelines.cleaning.summary import NO_EVENTS, doubts, summary

ITEMS = {"kept": 95, "reasons": {"title missing": 5}}
EVENTS = {"kept": 60, "reasons": {"crawler": 12, "item unknown": 28}}


def metrics(**more: Any) -> dict[str, Any]:
    return {"tables": {"items": ITEMS, "events": EVENTS}, **more}


def printed(found: dict[str, Any]) -> str:
    console = Console(file=io.StringIO(), width=160)
    console.print(summary(found))
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_every_reason_has_its_share_of_the_table() -> None:
    lines = printed(metrics()).splitlines()
    assert any("item unknown" in line and "28" in line and "28.0 %" in line for line in lines)
    assert any("title missing" in line and "5.0 %" in line for line in lines)


def test_what_was_changed_is_counted_too() -> None:
    lines = printed(metrics(notes=[["items", "title", "stand-in", 9], ["events", "price", "became null", 3]]))
    assert "title: stand-in" in lines and "9.0 %" in lines and "price: became null" in lines


def test_an_artifact_of_before_has_no_notes_and_is_shown() -> None:
    assert "item unknown" in printed(metrics())


def test_a_share_that_looks_wrong_is_said_with_what_to_look_at() -> None:
    (line,) = doubts(metrics(), 0.2)
    assert line.startswith("LOOK: 28.0 % of events went away (item unknown): do items and events write ids alike")
    assert list(doubts(metrics(), 0.5)) == []


def test_a_reason_that_takes_most_of_one_kind_of_event_is_said() -> None:
    kinds = {"click": {"kept": 59, "crawler": 1}, "purchase": {"kept": 1, "crawler": 11}}
    events = {"kept": 60, "reasons": {"crawler": 12}, "kinds": kinds}
    (line,) = doubts({"tables": {"items": ITEMS, "events": events}}, 0.2)
    assert line.startswith("LOOK: 91.7 % of events of the kind purchase went away (crawler): is user_id one person")


def test_a_catalogue_alone_is_told_what_will_come_with_events() -> None:
    assert list(doubts({"tables": {"items": ITEMS, "events": {"kept": 0, "reasons": {}}}}, 0.2)) == [NO_EVENTS]
