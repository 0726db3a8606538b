"""Ids of requests: the caller's own, where it may stand in a header, an answer and a log."""

from __future__ import annotations

import re
import uuid

from starlette.types import Scope

HEADER = b"x-request-id"
ID = re.compile(rb"[!-~]{1,128}")


def is_id(value: bytes) -> bool:
    """One word of printable ASCII, at most 128 signs.

    >>> is_id(b"mine-1"), is_id(b"two words"), is_id(b"a" * 129), is_id(b"")
    (True, False, False, False)
    """
    return ID.fullmatch(value) is not None


def request_id_of(scope: Scope) -> str:
    """The caller's, or a new one."""
    given = dict(scope["headers"]).get(HEADER, b"")
    return given.decode("ascii") if is_id(given) else uuid.uuid4().hex
