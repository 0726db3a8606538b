"""From which pages a browser may ask: the shop's own, and those of origins that a setting names.

A page elsewhere can send requests in a visitor's name, and with a name server of its own even seem to be this host (DNS
rebinding). So whatever changes something must be meant for a host of this shop, and come from an allowed origin where a
browser says from where it comes. Programs that are no browsers say no origin.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from deployments.entrance.refusals import forbidden
from recsys.config import Config

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
METHODS = ("GET", "POST")
LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
HEADERS = ("authorization", "content-type", "x-request-id", "x-vitrine-person")
ANY = "*"


class OriginsConfig(Config):
    """Who may ask from where."""

    hosts: tuple[str, ...] = ()
    """Names by which this shop is called (shop.example.com), without port, beside 127.0.0.1, localhost and the address
    that it listens on; `*` for any. A request that changes something and is meant for another host gets 403."""
    pages: tuple[str, ...] = ()
    """Origins of other pages that may ask (https://www.example.com): they get CORS headers. Others get 403."""


class Origins:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, config: Callable[[], OriginsConfig]) -> None:
        self._app, self._config = app, config
        self._cors: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        config, headers = self._config(), Headers(scope=scope)
        origin, host = headers.get("origin"), headers.get("host", "")
        if scope["method"] not in SAFE:
            server = (scope.get("server") or ("",))[0]
            if not _is_ours(host, server, config):
                refusal = forbidden("host", "a host of this shop", host, "Name it in origins.hosts.")
                await refusal(scope, receive, send)
                return
            if origin is not None and origin not in config.pages and urlsplit(origin).netloc != host:
                refusal = forbidden("origin", "this shop or an origin in origins.pages", origin)
                await refusal(scope, receive, send)
                return
        app = self._app if origin is None or not config.pages else self._sharing(config)
        await app(scope, receive, send)

    def _sharing(self, config: OriginsConfig) -> ASGIApp:
        """The same with CORS headers for the pages of the settings, which do not change while a replica lives."""
        self._cors = self._cors or CORSMiddleware(self._app, config.pages, METHODS, HEADERS)
        return self._cors


def _is_ours(host: str, server: str, config: OriginsConfig) -> bool:
    name = _name_of(host)
    return name in LOCAL or name == server or name in config.hosts or ANY in config.hosts


def _name_of(host: str) -> str:
    """Without the port.

    >>> _name_of("Shop.example:8000"), _name_of("[::1]:8000"), _name_of("127.0.0.1"), _name_of("[")
    ('shop.example', '::1', '127.0.0.1', '')
    """
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
