"""Files of the page and long answers: kept by browsers, packed for the way."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from deployments.config import AppConfig
from deployments.front import SMALLEST
from deployments.gateway import Gateway
from deployments.page_files import STATE, WEB, WHOLE, state_of
from deployments.page_script import joined


@pytest.fixture(scope="module")
def gateway(small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Gateway:
    store = f"sqlite:///{tmp_path_factory.mktemp('files') / 'store.sqlite'}"
    return Gateway(AppConfig.parse({"workspace": str(small_shop), "topology": "fused", "store_url": store}))


async def test_a_file_is_kept_for_ever_at_the_address_of_its_state(shop: httpx.AsyncClient) -> None:
    page = await shop.get("/")
    addresses = re.findall(r'"(/web/[^"]+)"', page.text)
    assert addresses and page.headers["cache-control"] == "no-cache"
    for address in [*addresses, f"/web/{STATE}/cart.js"]:
        file = await shop.get(address)
        assert file.status_code == 200 and address.startswith(f"/web/{STATE}/")
        assert file.headers["cache-control"] == "public, max-age=31536000, immutable"
        name = address.rpartition("/")[2]
        assert file.text == (joined(WEB, "app") if name == WHOLE else (WEB / name).read_text("utf-8"))
    assert f"/web/{STATE}/{WHOLE}" in addresses


async def test_a_file_without_a_state_or_with_an_older_one_is_asked_for_by_its_tag(shop: httpx.AsyncClient) -> None:
    for address in ("/web/app.js", f"/web/{'0' * 16}/app.js", f"/web/{WHOLE}"):
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
    assert state_of(tmp_path, "made of it") not in states


@pytest.mark.parametrize(("accepted", "way"), [("gzip", "gzip"), ("gzip, br", "br"), ("br;q=0, gzip", "gzip")])
async def test_long_answers_are_packed_and_short_ones_are_not(shop: httpx.AsyncClient, accepted: str, way: str) -> None:
    asked = {"size": 24}
    plain = await shop.post("/v1/recommend", json=asked, headers={"accept-encoding": "identity"})
    packed = await shop.post("/v1/recommend", json=asked, headers={"accept-encoding": accepted})
    assert "content-encoding" not in plain.headers and packed.headers["content-encoding"] == way
    assert len(packed.json()["items"]) == 24 and "accept-encoding" in packed.headers["vary"].lower()
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 3
    short = await shop.get("/v1/shop", headers={"accept-encoding": accepted})
    assert len(short.content) < SMALLEST and "content-encoding" not in short.headers
    file = await shop.get(f"/web/{STATE}/{WHOLE}", headers={"accept-encoding": accepted})
    assert file.headers["content-encoding"] == way and file.text == joined(WEB, "app")


async def test_a_picture_is_packed_already(shop: httpx.AsyncClient, gateway: Gateway) -> None:
    item_id = gateway.shop.catalogue.item_ids[0]
    picture = await shop.get(f"/v1/items/{item_id}/image", headers={"accept-encoding": "br, gzip"})
    assert picture.content.startswith(b"\x89PNG") and "content-encoding" not in picture.headers
