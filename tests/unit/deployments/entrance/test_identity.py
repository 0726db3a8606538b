"""Tokens of persons: what the shop signed, while its time lasts, and nothing else."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import jwt
import pytest

from deployments.entrance.identity import MAX_LENGTH, Identity, PersonsConfig, PersonTokens
from recsys.errors import NotIdentified

KEY = b"k" * 32
PEOPLE = [Identity("u00001"), Identity(None, "s1"), Identity("竹" * 128, "\N{PANDA FACE}" * 128)]


@pytest.fixture
def tokens() -> PersonTokens:
    return PersonTokens(KEY, PersonsConfig())


def signed(key: bytes = KEY, algorithm: str = "HS256", **changed: Any) -> str:
    now = time.time()
    says = {"iss": "vitrine", "sub": "u1", "as": "user", "iat": now, "exp": now + 3600, **changed}
    return jwt.encode({name: value for name, value in says.items() if value is not None}, key, algorithm)


def unsigned() -> str:
    """As `signed`, by the algorithm `none`, which some libraries believe."""
    _, says, _ = signed().split(".")
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).decode().rstrip("=")
    return f"{head}.{says}."


def test_what_the_tests_forge_would_be_taken_if_nothing_were_wrong(tokens: PersonTokens) -> None:
    assert tokens.identify(signed()) == Identity("u1")


@pytest.mark.parametrize("person", PEOPLE)
def test_a_token_says_who_it_was_made_for(tokens: PersonTokens, person: Identity) -> None:
    token = tokens.issue(person)
    assert tokens.identify(token.text) == person and len(token.text) <= MAX_LENGTH
    assert PersonTokens(KEY, PersonsConfig()).identify(token.text) == person, "every replica reads it"


def test_sessions_hold_longer_than_users(tokens: PersonTokens) -> None:
    user, session = tokens.issue(Identity("u1", "s1")), tokens.issue(Identity(None, "s1"))
    assert 3500 < user.expires_s - time.time() < 3700 and session.expires_s - time.time() > 20 * 86_400
    short = PersonTokens(KEY, PersonsConfig(user_token_s=7, session_token_s=9))
    assert short.issue(Identity("u1")).expires_s - time.time() < 8


@pytest.mark.parametrize(
    ("forged", "words"),
    [
        (signed(exp=time.time() - 60), "time is over"),
        (signed(iat=time.time() + 3600, exp=time.time() + 7200), "of the future"),
        (signed(iss="somebody"), "another issuer"),
        (signed(iss=None), "does not say"),
        (signed(exp=None), "does not say"),
        (signed(KEY, "HS256", **{"as": None}), "does not say"),
        (signed(b"x" * 32), "did not sign"),
        (signed(b"k" * 64, "HS512"), "another way"),
        (unsigned(), "another way"),
        (signed()[:-3] + "AAA", "did not sign"),
        (signed() + "A" * MAX_LENGTH, "no token"),
        ("", "no token"),
        ("a.b.c", "no token"),
        ("竹", "no token"),
        (signed(sub=5), "no token"),
    ],
)
def test_anything_else_is_refused_and_says_why_without_the_token(tokens: PersonTokens, forged: str, words: str) -> None:
    with pytest.raises(NotIdentified, match=words) as refused:
        tokens.identify(forged)
    assert refused.value.field == "x-vitrine-person" and (len(forged) < 9 or forged[:9] not in str(refused.value))


def test_a_clock_that_is_a_little_behind_refuses_nobody(tokens: PersonTokens) -> None:
    assert tokens.identify(signed(iat=time.time() + 3, exp=time.time() + 60)) == Identity("u1")
    assert tokens.identify(signed(exp=time.time() - 3)) == Identity("u1")
