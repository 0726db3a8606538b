"""Held-out steps as the requests that they would have been."""

from __future__ import annotations

from recsys.features.sequences import HeldOut
from recsys.slate import Asked, Draw, Person, Query


def user_queries(held: HeldOut, *, size: int = 20, exclude_history: bool = True) -> list[Query]:
    """What each user would have asked for just before each held-out step, on the home page."""
    return [
        Query(
            Asked("home", size, at_s=float(at_s), ads=False),
            Person(user_id=user_id, history=history),
            Draw(explore=False, exclude=history.index if exclude_history else history.index[:0]),
        )
        for user_id, history, at_s in zip(held.user_ids, held.histories, held.at_s, strict=True)
    ]


def context_queries(held: HeldOut, *, size: int = 20) -> list[Query]:
    """The same from the page of the last item, by somebody unknown."""
    return [
        Query(
            Asked("item", size, context=history.index[-1:], at_s=float(at_s), ads=False),
            draw=Draw(exclude=history.index[-1:], explore=False),
        )
        for history, at_s in zip(held.histories, held.at_s, strict=True)
    ]
