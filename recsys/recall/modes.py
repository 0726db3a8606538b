"""What a request starts from: by this the sources are weighed."""

from __future__ import annotations

from typing import Literal, get_args

from recsys.slate import Query

Mode = Literal["user", "context", "search", "cold"]
MODES: tuple[Mode, ...] = get_args(Mode)


def mode_of(query: Query) -> Mode:
    """Words, else the items of the page or cart, else the user's past, else nothing."""
    if query.asked.text:
        return "search"
    if len(query.asked.context):
        return "context"
    return "user" if len(query.person.history) else "cold"
