"""Who may come in: the only place where keys and tokens are checked.

A door says which scopes open it: `caller: Annotated[Caller, requires("storekeeper")]`. The document of the API and the
table of doors (`docs/doors.md`) are drawn from the same words.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from fastapi import Request, Security
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase

from deployments.entrance.identity import FIELD, Identity, PersonTokens
from deployments.entrance.limits import Limits
from recsys.errors import NotAllowed, NotIdentified
from recsys.records import Scope
from recsys.stores.access_keys import KeyRing

SCHEME = "key"
SOURCE = 32
"""Hexadecimal digits of the hash of an address."""
COOKIE = "vitrine-person"
ABOUT = (
    "`Authorization: Bearer KEY`. A door lists the scopes of which one is needed. On a simulated shop, those of"
    " `shopper` open without a key, as an anonymous session. A person's token goes into `x-vitrine-person`."
)
NOBODY: dict[str, Any] = {"security": [{}]}
"""What the document adds for a door that also answers without a key."""
REMEDY = "Send `Authorization: Bearer KEY`; a key is made by: python -m pipelines keys"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks."""

    scope: Scope
    key_id: str | None
    """None: an anonymous shopper of a simulated shop."""
    identity: Identity | None
    """The person whose token came with the request."""
    address: str | None
    """Network address, as `deployments.entrance.addresses` reads it."""
    source: str | None = None
    """A keyed hash of a shopper's address, which may be kept; "" where it is not known, None where a server asks."""


class Access:
    """The keys and tokens of one replica. Thread-safe."""

    def __init__(
        self, ring: KeyRing, persons: PersonTokens, limits: Limits, source_key: bytes, is_open: Callable[[], bool]
    ) -> None:
        """
        Args:
            source_key: of the hashes of addresses.
            is_open: whether shoppers may come without a key.
        """
        self.persons, self.limits = persons, limits
        self._ring, self._source_key, self._is_open = ring, source_key, is_open

    def caller(
        self, authorization: str | None, person: str | None, address: str | None, cookie: str | None = None
    ) -> Caller | None:
        """Who asks, by the headers of a request; None for nobody that is known. Raises NotIdentified.

        Args:
            person: a token that was meant to be shown.
            cookie: one that a browser brings by itself: a shopper's, and none where it does not hold.
        """
        shown = self.persons.identify(person) if person else None
        if authorization is None:
            return self._shopper(None, shown, cookie, address) if self._is_open() else None
        kind, _, secret = authorization.partition(" ")
        key = self._ring.find(secret.strip()) if kind.lower() == "bearer" else None
        if key is None:
            raise NotIdentified("authorization", "Bearer and a key of this shop", "another or none", REMEDY)
        if key.scope == "shopper":
            return self._shopper(key.key_id, shown, cookie, address)
        return Caller(key.scope, key.key_id, shown, address, None)

    def _shopper(self, key_id: str | None, shown: Identity | None, cookie: str | None, address: str | None) -> Caller:
        return Caller("shopper", key_id, shown or self._remembered(cookie), address, self._source(address))

    def _source(self, address: str | None) -> str:
        return "" if address is None else hmac.digest(self._source_key, address.encode(), "sha256").hex()[:SOURCE]

    def look(self) -> None:
        """Know now what keys there are. Raises Unavailable."""
        self._ring.look()

    def with_token(self, caller: Caller, token: str | None, field: str) -> Caller:
        """The caller as a token in a body names them: beacons cannot send headers. Raises NotIdentified."""
        return caller if token is None else replace(caller, identity=self.persons.identify(token, field))

    def _remembered(self, cookie: str | None) -> Identity | None:
        try:
            return self.persons.identify(cookie) if cookie else None
        except NotIdentified:
            return None


class Requires(SecurityBase):
    """A door's dependency: who asks, where they may. Needs `app.state.access`, which gives the replica's `Access`."""

    scheme_name = SCHEME
    model = HTTPBearer(description=ABOUT)

    def __init__(self, scopes: frozenset[Scope], *, or_nobody: bool) -> None:
        self._scopes, self._or_nobody = scopes, or_nobody

    async def __call__(self, request: Request) -> Caller | None:
        access: Access = request.app.state.access()
        headers = request.headers
        cookie = request.cookies.get(COOKIE)
        caller = access.caller(headers.get("authorization"), headers.get(FIELD), request.state.address, cookie)
        if caller is not None and caller.scope in self._scopes:
            access.limits.admit(caller)
            return caller
        if self._or_nobody:
            return None
        wanted = " or ".join(sorted(self._scopes))
        if caller is None or caller.key_id is None:
            raise NotIdentified("authorization", f"a key of scope {wanted}", "none", REMEDY)
        raise NotAllowed("authorization", f"a key of scope {wanted}", f"one of scope {caller.scope}")


def requires(*scopes: Scope) -> Any:
    """Only callers of one of these scopes. Raises NotIdentified without a key, NotAllowed with another one."""
    return Security(Requires(frozenset(scopes), or_nobody=False), scopes=list(scopes))


def knows(*scopes: Scope) -> Any:
    """Everybody; those of one of these scopes are known to the door, the others are None to it."""
    return Security(Requires(frozenset(scopes), or_nobody=True), scopes=list(scopes))
