"""Whose word on an address is believed."""

from __future__ import annotations

import pytest

from deployments.config import AppConfig
from deployments.entrance.addresses import address_of
from recsys.errors import WrongConfig

PROXIES = ("10.0.0.0/8", "127.0.0.1", "2001:db8:ffff::/48")


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "address"),
    [
        ("192.0.2.7", [], (), "192.0.2.7"),
        ("192.0.2.7", ["198.51.100.1"], (), "192.0.2.7"),
        ("192.0.2.7", ["198.51.100.1"], PROXIES, "192.0.2.7"),
        ("10.1.1.1", ["198.51.100.1"], PROXIES, "198.51.100.1"),
        ("10.1.1.1", ["198.51.100.1"], (), "10.1.1.1"),
        ("10.1.1.1", ["6.6.6.6, 198.51.100.1, 10.2.2.2"], PROXIES, "198.51.100.1"),
        ("10.1.1.1", ["6.6.6.6", "198.51.100.1"], PROXIES, "198.51.100.1"),
        ("10.1.1.1", [], PROXIES, None),
        ("10.1.1.1", ["198.51.100.1, unknown"], PROXIES, None),
        ("10.1.1.1", ["<script>"], PROXIES, None),
        ("127.0.0.1", ["198.51.100.1"], (), None),
        ("127.0.0.1", ["198.51.100.1"], PROXIES, "198.51.100.1"),
        ("::1", [], (), None),
        ("::ffff:192.0.2.7", [], (), "192.0.2.7"),
        ("2001:db8:0:1:7:7:7:7", [], (), "2001:db8:0:1::/64"),
        ("2001:db8:ffff::1", ["2001:db8:0:2::5"], PROXIES, "2001:db8:0:2::/64"),
        (None, [], PROXIES, None),
    ],
)
def test_an_address_is_what_a_believed_proxy_says_or_the_connections_own(
    peer: str | None, forwarded: list[str], proxies: tuple[str, ...], address: str | None
) -> None:
    headers = [(b"host", b"shop"), *((b"x-forwarded-for", one.encode()) for one in forwarded)]
    scope = {"type": "http", "headers": headers, "client": None if peer is None else (peer, 1)}
    assert address_of(scope, AppConfig.parse({"proxies": proxies}).proxies) == address


def test_a_proxy_that_is_no_address_is_refused() -> None:
    for name in ("nginx", "10.0.0.1/8", ""):
        with pytest.raises(WrongConfig, match=r"AppConfig\.proxies\.0"):
            AppConfig.parse({"proxies": [name]})
