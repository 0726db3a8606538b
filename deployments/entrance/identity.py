"""Who a person is: what their token says, and nothing else.

A token is a JWT (RFC 7519) signed by this shop with HMAC-SHA256. It names a user, or the anonymous session of a
visitor; its time is short, because it cannot be taken back.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import jwt
from pydantic import Field

from recsys.config import Config
from recsys.errors import NotIdentified, WrongData

FIELD = "x-vitrine-person"
ALGORITHM = "HS256"
ISSUER = "vitrine"
LEEWAY_S = 5.0
"""How far the clocks of two replicas may be apart."""
REMEMBERED = 5_000
MAX_LENGTH = 6000
"""Characters of a token; longer text is none."""
REMEDY = "Ask /v1/sessions for a new one."
WRONG: tuple[tuple[type[jwt.PyJWTError], str], ...] = (
    (jwt.ExpiredSignatureError, "one whose time is over"),
    (jwt.ImmatureSignatureError, "one of the future"),
    (jwt.InvalidIssuerError, "one of another issuer"),
    (jwt.InvalidAlgorithmError, "one signed in another way"),
    (jwt.InvalidSignatureError, "one that this shop did not sign"),
    (jwt.MissingRequiredClaimError, "one that does not say who and until when"),
    (jwt.PyJWTError, "text that is no token"),
)


class PersonsConfig(Config):
    """How long a person's token holds."""

    user_token_s: float = Field(3600.0, gt=0)
    """Of a user: the shop's server gives out another one while the user is signed in."""
    session_token_s: float = Field(30 * 86_400.0, gt=0)
    """Of an anonymous session: the page renews it in time, and the session goes on."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A user, in a session or none, or the anonymous session of a visitor. One of the two is there."""

    user_id: str | None = None
    session_id: str | None = None

    @property
    def person_id(self) -> str:
        """What events and impressions call this person: a visitor has the session's name."""
        person_id = self.user_id or self.session_id
        assert person_id is not None, "an identity names somebody"
        return person_id


class Token(NamedTuple):
    """What a person shows, and when its time is over, in seconds since the epoch."""

    text: str
    identity: Identity
    expires_s: float


class PersonTokens:
    """Makes and reads the tokens of one shop. Thread-safe. Remembers what the latest said: reading one takes 70 us."""

    def __init__(self, key: bytes, config: PersonsConfig) -> None:
        """
        Args:
            key: `signing_key(engine, "persons")`, which all replicas share.
        """
        self._key, self._config = key, config
        self._remembered = lru_cache(REMEMBERED)(self._read)

    def issue(self, identity: Identity) -> Token:
        """A token for a person. Raises WrongData for ids so long that it would not be taken back."""
        now = time.time()
        lives_s = self._config.user_token_s if identity.user_id else self._config.session_token_s
        says: dict[str, Any] = {"iss": ISSUER, "sub": identity.person_id, "iat": now, "exp": now + lives_s}
        says["as"] = "user" if identity.user_id else "session"
        if identity.user_id and identity.session_id:
            says["session"] = identity.session_id
        text = jwt.encode(says, self._key, ALGORITHM)
        if len(text) > MAX_LENGTH:
            raise WrongData("user_id", "ids of at most 128 characters", len(text))
        return Token(text, identity, says["exp"])

    def identify(self, token: str, field: str = FIELD) -> Identity:
        """Who shows this token. Raises NotIdentified, saying what is wrong with it but not the token.

        Args:
            field: where it stood, for the error.
        """
        try:
            identity, ends_s = self._remembered(token)
            if time.time() > ends_s + LEEWAY_S:
                raise jwt.ExpiredSignatureError
        except jwt.PyJWTError as error:
            wrong = next(words for kind, words in WRONG if isinstance(error, kind))
            raise NotIdentified(field, "a token of this shop", wrong, REMEDY) from None
        return identity

    def _read(self, token: str) -> tuple[Identity, float]:
        """Who it names, and when its time is over."""
        if len(token) > MAX_LENGTH or not token.isascii():
            raise jwt.DecodeError
        says = jwt.decode(
            token,
            self._key,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            leeway=LEEWAY_S,
            options={"require": ["iss", "sub", "iat", "exp", "as"]},
        )
        if says["as"] == "user":
            return Identity(says["sub"], says.get("session")), says["exp"]
        return Identity(None, says["sub"]), says["exp"]
