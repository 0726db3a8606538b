"""What a door leaves out of a request, and says so: one bad part does not refuse the good ones."""

from __future__ import annotations

from collections.abc import Sequence

from deployments.entrance.shapes import IgnoredOut
from recsys.errors import VitrineError

MOST_NAMED = 100
"""Parts that an answer names one by one; of the others it says how many."""
MOST_ECHOED = 100
"""Characters of a value, or of why it was left out, that an answer repeats."""


def ignored(field: str, value: object, why: str) -> IgnoredOut:
    """One part, named."""
    return IgnoredOut(field=_short(field), value=_short(str(value)), why=_short(why, 2 * MOST_ECHOED))


def set_aside(error: VitrineError) -> IgnoredOut:
    """The part that an error is about."""
    said = f"wanted {error.wanted}." + (f" {error.remedy}" if error.remedy else "")
    return ignored(error.field, "" if error.got is None else error.got, said)


def at_most(parts: Sequence[IgnoredOut], field: str) -> list[IgnoredOut]:
    """The first of them, and how many more there are."""
    more = len(parts) - MOST_NAMED
    if more <= 0:
        return list(parts)
    return [*parts[:MOST_NAMED], ignored(field, more, "as many more parts were left out, and are not named here")]


def _short(text: str, most: int = MOST_ECHOED) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
