"""Headers that tell browsers to be strict, on every answer."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

CSP = b"content-security-policy"
COOKIE = b"set-cookie"
STRICT: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)
NOTHING = (CSP, b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'")
"""The policy of what is no page. A page brings its own."""


class Shield:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def shielded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = shielding(message["headers"], secure=scope.get("scheme") == "https")
            await send(message)

        await self._app(scope, receive, shielded)


def shielding(headers: list[tuple[bytes, bytes]], *, secure: bool) -> list[tuple[bytes, bytes]]:
    """With what is missing.

    Args:
        secure: whether the answer goes over https, so that its cookies must never go over anything else.
    """
    kept = [(name, _guarded(value, secure) if name == COOKIE else value) for name, value in headers]
    policy = () if any(name == CSP for name, _ in headers) else (NOTHING,)
    return [*kept, *STRICT, *policy]


def _guarded(cookie: bytes, secure: bool) -> bytes:
    """No script reads it, and no page elsewhere has it sent.

    >>> _guarded(b"a=b; Path=/", True)
    b'a=b; Path=/; HttpOnly; SameSite=Lax; Secure'
    """
    said = cookie.lower()
    wanted = [b"HttpOnly", b"SameSite=Lax", *([b"Secure"] if secure else [])]
    return b"; ".join([cookie, *(one for one in wanted if one.partition(b"=")[0].lower() not in said)])
