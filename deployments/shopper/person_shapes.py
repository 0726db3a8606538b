"""The shapes of who somebody is: asked for, and answered with a token."""

from __future__ import annotations

from pydantic import ConfigDict

from deployments.entrance.shapes import Body, Id, IgnoredOut, Shape


class SessionIn(Body):
    """Whose token is wanted."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{}, {"user_id": "u00001", "session_id": "s1"}, {"fresh": True}]}
    )
    user_id: Id | None = None
    """A user who is signed in, by the word of a shop's server."""
    session_id: Id | None = None
    """The session they are in, by the word of a shop's server; what they did in it before belongs to the user."""
    fresh: bool = False
    """Whether a visitor begins another session, also where there is one."""


class ChosenIn(Body):
    """Whom to look at a simulated shop as."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"user_id": "u00001"}]})
    user_id: Id


class PersonOut(Shape):
    """Somebody, and the token that says so."""

    token: str
    """For the header `x-vitrine-person`, or for `person_token` among events."""
    user_id: str | None
    """None for a visitor."""
    session_id: str | None
    expires_in_s: float
    """How long the token holds."""


class SessionOut(PersonOut):
    """A token that was asked for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"token": "eyJ...", "user_id": None, "session_id": "0f2d6a1c", "expires_in_s": 2592000.0, "ignored": []}
            ]
        },
    )
    ignored: list[IgnoredOut]
    """Parts of the request that were left out, and why."""
