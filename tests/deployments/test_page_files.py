"""Files of the page and long answers: kept by browsers, packed for the way."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from deployments.config import AppConfig
from deployments.front import SMALLEST
from deployments.gateway import Gateway
from deployments.page_files import STATE, WEB, state_of
from tests.serving import doors_of


@pytest.fixture(scope="module")
def gateway(small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Gateway:
    store = f"sqlite:///{tmp_path_factory.mktemp('files') / 'store.sqlite'}"
    return Gateway(AppConfig.parse({"workspace": str(small_shop), "topology": "fused", "store_url": store}))


@pytest.fixture
async def shop(gateway: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    async with doors_of(gateway) as client:
        yield client


async def test_a_file_is_kept_for_ever_at_the_address_of_its_state(shop: httpx.AsyncClient) -> None:
    page = await shop.get("/")
    addresses = re.findall(r'"(/web/[^"]+)"', page.text)
    assert addresses and page.headers["cache-control"] == "no-cache"
    for address in [*addresses, f"/web/{STATE}/cart.js"]:
        file = await shop.get(address)
        assert file.status_code == 200 and address.startswith(f"/web/{STATE}/")
        assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert file.content == (WEB / address.rpartition("/")[2]).read_bytes()


async def test_a_file_without_a_state_or_with_an_older_one_is_asked_for_by_its_tag(shop: httpx.AsyncClient) -> None:
    for address in ("/web/app.js", f"/web/{'0' * 16}/app.js"):
        file = await shop.get(address)
        assert file.status_code == 200 and file.headers["cache-control"] == "no-cache"
        again = await shop.get(address, headers={"if-none-match": file.headers["etag"]})
        assert again.status_code == 304 and again.content == b""
    assert (await shop.get(f"/web/{STATE}/nothing.js")).status_code == 404
    assert (await shop.get(f"/web/{STATE}/%2e%2e/page.py")).status_code == 404


def test_a_state_changes_with_what_is_in_a_file_and_with_its_name(tmp_path: Path) -> None:
    states = set()
    for name, text in (("a.js", "x"), ("a.js", "y"), ("b.js", "y")):
        for path in tmp_path.iterdir():
            path.unlink()
        (tmp_path / name).write_text(text, "utf-8")
        states.add(state_of(tmp_path))
    assert len(states) == 3


async def test_long_answers_are_packed_and_short_ones_are_not(shop: httpx.AsyncClient) -> None:
    asked = {"size": 24}
    plain = await shop.post("/v1/recommend", json=asked, headers={"accept-encoding": "identity"})
    packed = await shop.post("/v1/recommend", json=asked, headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers and packed.headers["content-encoding"] == "gzip"
    assert len(packed.json()["items"]) == 24 and "accept-encoding" in packed.headers["vary"].lower()
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 3
    short = await shop.get("/v1/shop", headers={"accept-encoding": "gzip"})
    assert len(short.content) < SMALLEST and "content-encoding" not in short.headers
