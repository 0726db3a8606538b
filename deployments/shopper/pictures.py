"""A picture as an answer that browsers and caches may keep, and ask about again without its bytes."""

from __future__ import annotations

import hashlib

from fastapi import Response

KEPT = "public, max-age=3600"
"""An address is an item's, not a picture's: after an hour it is asked whether the picture is still the same."""


def picture_response(png: bytes, known: str | None) -> Response:
    """The picture, or 304 where `known`, the request's If-None-Match, names it."""
    tag = f'"{hashlib.sha256(png).hexdigest()[:32]}"'
    headers = {"cache-control": KEPT, "etag": tag}
    if known is not None and _names(known, tag):
        return Response(status_code=304, headers=headers)
    return Response(png, media_type="image/png", headers=headers)


def _names(known: str, tag: str) -> bool:
    """Weak and strong tags are compared alike (RFC 9110, section 13.1.2)."""
    return known.strip() == "*" or tag in (one.strip().removeprefix("W/") for one in known.split(","))
