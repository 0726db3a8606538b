"""From which network address a request comes, as far as somebody says so who is believed."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from functools import lru_cache

from starlette.types import Scope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
FORWARDED = b"x-forwarded-for"
IPV6_NETWORK = 64
"""Bits of an IPv6 address that one connection to the internet has; the rest it may choose."""


def address_of(scope: Scope, proxies: Sequence[Network]) -> str | None:
    """Who counts as one client: an IPv4 address, or the network of an IPv6 one. None where that is not known.

    `X-Forwarded-For` is read from its end, each word of it only where a proxy said it; who is not named as one says
    nothing. This machine itself is nobody: it is the proxy before the shop, or its owner.

    Args:
        proxies: whose word is believed.
    """
    peer = (scope.get("client") or ("",))[0]
    said = b",".join(value for name, value in scope["headers"] if name == FORWARDED) if proxies else b""
    for name in (peer, *reversed(said.decode("latin-1").split(","))):
        address = _parsed(name.strip())
        if address is None:
            return None
        if not any(address in network for network in proxies):
            return None if address.is_loopback else _client(address)
    return None


@lru_cache(10_000)
def _parsed(name: str) -> Address | None:
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache(10_000)
def _client(address: Address) -> str:
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(ipaddress.ip_network((address, IPV6_NETWORK), strict=False))
