"""Persons' tokens: the anonymous session of a visitor, and who a shop's server says somebody is."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Annotated, Any, NamedTuple, TypeVar

from fastapi import APIRouter, Request, Response

from deployments.entrance.access import COOKIE, Caller, requires
from deployments.entrance.identity import Identity, PersonTokens, Token
from deployments.entrance.ignored import ignored
from deployments.entrance.limits import Limits
from deployments.entrance.refusals import refusals
from deployments.entrance.shapes import IgnoredOut
from deployments.shopper.event_shapes import EventsOut
from deployments.shopper.people import ANOTHER
from deployments.shopper.person_shapes import ChosenIn, PersonOut, SessionIn, SessionOut
from deployments.shopper.slate_shapes import SlateOut
from recsys.errors import NotFound

Shopper = Annotated[Caller, requires("shopper", "shop")]
Out = TypeVar("Out", SlateOut, EventsOut)
Visitor = Annotated[Caller, requires("shopper")]


class Visit(NamedTuple):
    """A caller who is somebody, and the token that was made for them now."""

    caller: Caller
    made: PersonOut | None


class SessionDesk:
    """Lives as long as the replica."""

    def __init__(self, tokens: PersonTokens, limits: Limits, demo_users: Callable[[], Collection[str]]) -> None:
        """
        Args:
            demo_users: whom visitors of a simulated shop may be; nobody in another one.
        """
        self._tokens, self._limits, self.demo_users = tokens, limits, demo_users

    def open(self, caller: Caller, wish: SessionIn) -> SessionOut:
        """A token: for a shop's server of whom it names, else of a visitor, who goes on in the session that they have.

        A user's token is no reason for another one: only the shop's server knows who is still signed in.

        Raises TooMany.
        """
        if caller.scope == "shop":
            identity = Identity(wish.user_id, wish.session_id or (None if wish.user_id else _new_session()))
            return _answer(self._tokens.issue(identity))
        given = {"user_id": wish.user_id, "session_id": wish.session_id}
        others = [ignored(name, value, ANOTHER) for name, value in given.items() if value is not None]
        known = caller.identity.session_id if caller.identity and not wish.fresh else None
        return _answer(self._tokens.issue(Identity(None, known or self._new(caller))), others)

    def choose(self, user_id: str) -> SessionOut:
        """The token of a user of a simulated shop. Raises NotFound in another shop, and for anybody else."""
        if user_id not in self.demo_users():
            raise NotFound("user_id", "a user whom visitors of this shop may be", user_id)
        return _answer(self._tokens.issue(Identity(user_id, _new_session())))

    def visit(self, caller: Caller) -> Visit:
        """The caller, with an anonymous session where a shopper came without a token. Raises TooMany."""
        if caller.identity is not None or caller.scope == "shop":
            return Visit(caller, None)
        token = self._tokens.issue(Identity(None, self._new(caller)))
        return Visit(replace(caller, identity=token.identity), PersonOut(**_fields(token)))

    def _new(self, caller: Caller) -> str:
        self._limits.admit_new_session(caller)
        return _new_session()


def session_doors(desk: Callable[[], SessionDesk]) -> APIRouter:
    """Doors over a desk."""
    doors = APIRouter(prefix="/v1")

    @doors.post("/sessions", responses=refusals(401, 403, 422, 429))
    async def sessions(body: SessionIn, request: Request, response: Response, caller: Shopper) -> SessionOut:
        """A person's token: of a visitor, or, with a shop's key, of the user it names."""
        made = desk().open(caller, body)
        if caller.scope == "shopper":
            keep(made, request, response)
        return made

    @doors.post("/demo/sessions", responses=refusals(401, 403, 404, 422, 429))
    async def demo_session(body: ChosenIn, request: Request, response: Response, _: Visitor) -> SessionOut:
        """The token of a user of a simulated shop, for whoever looks at it as them."""
        made = desk().choose(body.user_id)
        keep(made, request, response)
        return made

    return doors


def told(answer: Out, made: PersonOut | None, request: Request, response: Response) -> Out:
    """An answer, with whom the server made of a visitor, if it did."""
    if made is not None:
        answer.person = made
        keep(made, request, response)
    return answer


def keep(made: PersonOut, request: Request, response: Response) -> None:
    """Leave the token in a cookie that no script reads and no other site sends."""
    secure, age_s = request.url.scheme == "https", int(made.expires_in_s)
    response.set_cookie(COOKIE, made.token, max_age=age_s, httponly=True, samesite="strict", secure=secure)


def _new_session() -> str:
    return uuid.uuid4().hex


def _answer(token: Token, others: Collection[IgnoredOut] = ()) -> SessionOut:
    return SessionOut(**_fields(token), ignored=list(others))


def _fields(token: Token) -> dict[str, Any]:
    return {
        "token": token.text,
        "user_id": token.identity.user_id,
        "session_id": token.identity.session_id,
        "expires_in_s": round(token.expires_s - time.time(), 3),
    }
