"""The shapes of what people did, as it is sent, and of the answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from pydantic import ConfigDict, Field, ValidationError, ValidatorFunctionWrapHandler, field_validator
from pydantic_core import ErrorDetails

from deployments.entrance.ignored import ignored
from deployments.entrance.shapes import Body, Id, IgnoredOut, Micros, Shape, Text
from deployments.shopper.person_shapes import PersonOut
from recsys.ads.tokens import MAX_LENGTH

Kind = Literal["view", "click", "favourite", "cart", "purchase", "review", "return"]


class EventIn(Body):
    """Something a user did. Sending it twice with one event_id counts once."""

    event_id: Id
    user_id: Id | None = None
    """Whose it is, by the word of a shop's server; from anybody else the person's token says it."""
    kind: Kind
    item_id: Id
    session_id: Id | None = None
    slate_id: Id | None = None
    surface: Literal["search", "home", "item", "cart"] | None = None
    query: Text | None = Field(None, max_length=400)
    position: int | None = Field(None, ge=0, le=100_000)
    at: float | None = Field(None, ge=0, le=4_102_444_800, allow_inf_nan=False)
    """Seconds since the epoch; the server's time where absent."""
    platform: Text | None = Field(None, max_length=64)
    price_micros: Micros | None = None
    quantity: int | None = Field(None, ge=1, le=100_000)
    rating: float | None = Field(None, ge=1, le=5)
    ad_token: Text | None = Field(None, max_length=MAX_LENGTH)


class Batch(list[EventIn]):
    """The events of a batch that have the right shape; each knows its place in what was sent."""

    def __init__(self, events: Iterable[EventIn], numbers: Iterable[int], wrong: Iterable[IgnoredOut]) -> None:
        super().__init__(events)
        self.numbers, self.wrong = tuple(numbers), tuple(wrong)


class EventsIn(Body):
    """A batch. What is good of it is kept in one step, the rest is named; it is refused where nothing is good."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"events": [{"event_id": "e1", "user_id": "u00001", "kind": "click", "item_id": "i00001"}]}]
        },
    )
    events: list[EventIn] = Field(min_length=1, max_length=1000)
    person_token: Text | None = Field(None, min_length=1, max_length=6000)
    """The person's token, where it cannot be sent as a header."""

    key: Text | None = Field(None, min_length=1, max_length=400)
    """A key, where it cannot be sent as a header: read from a beacon, which is `text/plain`."""

    @property
    def numbers(self) -> Sequence[int]:
        """Of each event, its place in what was sent."""
        return self.events.numbers if isinstance(self.events, Batch) else range(len(self.events))

    @property
    def wrong(self) -> Sequence[IgnoredOut]:
        """Events of another shape."""
        return self.events.wrong if isinstance(self.events, Batch) else ()

    @field_validator("events", mode="wrap")
    @classmethod
    def _good_ones(cls, given: Any, validated: ValidatorFunctionWrapHandler) -> Batch:
        try:
            events = validated(given)
            return Batch(events, range(len(events)), ())
        except ValidationError as error:
            found = [one for one in error.errors(include_url=False) if one["loc"]]
            wrong = {one["loc"][0]: one for one in reversed(found)}  # the first mistake of each
            if not wrong or len(wrong) == len(given):
                raise
        numbers = [number for number in range(len(given)) if number not in wrong]
        return Batch(validated([given[number] for number in numbers]), numbers, map(_named, wrong.values()))


class EventsOut(Shape):
    """What became of a batch: new events, and events that were known by their event_id."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"accepted": 1, "duplicates": 0, "ignored": [], "person": None}]},
    )
    accepted: int
    duplicates: int
    ignored: list[IgnoredOut]
    """Events, or parts of them, that were left out, and why."""
    person: PersonOut | None = None
    """The session that the server made for a visitor without a token: send its token with what follows."""


def _named(wrong: ErrorDetails) -> IgnoredOut:
    field = ".".join(str(part) for part in ("events", *wrong["loc"]))
    return ignored(field, repr(wrong.get("input")), wrong["msg"].removeprefix("Value error, "))
