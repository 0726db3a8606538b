"""What `clean` says to people: what was kept, set aside or changed, with reasons and shares, and what looks wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.table import Table

from recsys.datasets.notes import Note

KEPT = "kept"
"""Among the reasons of `kinds`: of no reason."""
NO_EVENTS = (
    "events: none. Search, similar items and new arrivals are made of the catalogue alone; popularity, taste, what is "
    "chosen together, words that shoppers use, ranking by clicks and the report's figures come with events."
)
LOOK_AT = {
    "crawler": "is user_id one person, or what many share? rules.bot_clicks_an_hour says what nobody does",
    "item unknown": "do items and events write ids alike (zeros, prefixes, variants and their parents)?",
    "kind unknown": "mapping.events.kinds says which of the shop's words means what",
    "time impossible": "mapping.events.time says what times count, or how they are written",
    "time missing": "is mapping.events.columns.at the column of times, and can its values be read?",
    "title missing": "is mapping.items.columns.title the column of names?",
    "price without currency": "mapping.items.currency is that of all prices",
    "price impossible": "mapping.items.money says whether prices are units, cents or micros",
    "item_id repeated": "is item_id the id of a variant, or has the file a row a picture? A log of sales may repeat it",
    "event_id repeated": "is event_id the id of an order or of a session, not of a row?",
    "event repeated": "was a file handed in twice, or are the times too coarse to tell events apart?",
    "image of no item": "do items name pictures as the table of pictures does?",
}
"""Reason -> what is most often behind it, where it takes much."""


def summary(metrics: Mapping[str, Any]) -> Table:
    """Rows kept and set aside by table and reason, with shares of the table, and what was changed in those kept.

    Args:
        metrics: of a `clean` artifact.
    """
    out = Table("table", "kept", "quarantined", "share", "reason", title=None, header_style="bold")
    for name, counts in metrics["tables"].items():
        total, away = _total(counts), sum(counts["reasons"].values())
        out.add_row(name, f"{counts['kept']:,}", f"{away:,}", _percent(away, total), "")
        for reason, count in sorted(counts["reasons"].items(), key=lambda pair: -pair[1]):
            out.add_row("", "", f"{count:,}", _percent(count, total), reason)
        for note in notes_of(metrics):
            if note.table == name:
                share = _percent(note.number, total) if note.number <= total else ""
                out.add_row("", f"{note.number:,}", "", share, f"{note.field}: {note.text}")
    return out


def doubts(metrics: Mapping[str, Any], share: float) -> Iterator[str]:
    """A line for each reason that takes more than a share of a table, or more than half of one kind of event."""
    for table, counts in metrics["tables"].items():
        total = _total(counts)
        loud = {reason: count for reason, count in counts["reasons"].items() if count > share * total}
        for reason, count in loud.items():
            yield _line(f"{_percent(count, total)} of {table}", reason)
        for kind, parts in counts.get("kinds", {}).items():
            of_kind = sum(parts.values())
            for reason, count in parts.items():
                if reason not in (KEPT, *loud) and count * 2 > of_kind:
                    yield _line(f"{_percent(count, of_kind)} of {table} of the kind {kind}", reason)
    if not _total(metrics["tables"]["events"]):
        yield NO_EVENTS


def note_lines(notes: Iterable[Note]) -> Iterator[str]:
    """A line for each thing that was noted of one file."""
    return (f"{note.number:>14,} {note.field}: {note.text}" for note in notes)


def notes_of(metrics: Mapping[str, Any]) -> Sequence[Note]:
    """What reading and cleaning noted; artifacts of before have none."""
    return [Note(*one) for one in metrics.get("notes", [])]


def _line(much: str, reason: str) -> str:
    asked = LOOK_AT.get(reason, "quarantine/ of the artifact has the rows")
    return f"LOOK: {much} went away ({reason}): {asked}"


def _total(counts: Mapping[str, Any]) -> int:
    return int(counts["kept"] + sum(counts["reasons"].values()))


def _percent(count: int, total: int) -> str:
    if not count:
        return ""
    return "< .1 %" if 1000 * count < total else f"{100 * count / total:.1f} %"
