"""The first sight of each kind of page over a slow line: when its first items show, and whether what shows moves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.e2e.test_page import CHROMIUM, NARROW, WIDE, Page, a_word, browser, drawn, is_for_you, person_of

__all__ = ["browser"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium; install it with: apt-get install chromium"),
]

SLOW_4G = {"offline": False, "latency": 400, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
SOON_MS = 2000
MOST_SHIFT = 0.1
WATCH = """
window.seen = { shift: 0, moved: [], item: null };
new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
  if (entry.hadRecentInput) return;
  seen.shift += entry.value;
  seen.moved.push(...entry.sources.map(({ node }) => node?.id || node?.className || node?.nodeName));
})).observe({ type: 'layout-shift', buffered: true });
new MutationObserver(() => {
  if (seen.item === null && document.querySelector('#grid .card[data-item], #item h1')) {
    seen.item = Infinity; // being drawn
    requestAnimationFrame(() => setTimeout(() => (seen.item = performance.now())));
  }
}).observe(document, { childList: true, subtree: true });
"""
FIRST = """() => Number.isFinite(seen.item) && seen.item !== null
    && seen.item - performance.getEntriesByType('navigation')[0].responseStart"""


@pytest.fixture(scope="module", params=[WIDE, NARROW], ids=["wide", "narrow"])
def places(request: pytest.FixtureRequest, browser: Any, shop_url: str) -> Iterator[tuple[Page, dict[str, str]]]:
    """A browser on a slow line, and an address of each kind of page."""
    context = browser.new_context(viewport=request.param)
    page = context.new_page()
    page.goto(shop_url)
    page.wait_for_selector("#grid .card[data-item]")
    item = page.locator("#grid .card").first.get_attribute("data-item")
    category = page.request.get(f"{shop_url}/v1/browse").json()["children"][0]["path"][0]
    word = a_word(page)[0]
    context.close()
    context = browser.new_context(viewport=request.param)
    context.set_default_timeout(15_000)
    context.add_init_script(WATCH)
    page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.setCacheDisabled", {"cacheDisabled": True})
    line.send("Network.emulateNetworkConditions", SLOW_4G)
    yield (
        page,
        {
            "home": f"{shop_url}/",
            "bare": f"{shop_url}/?bare=1",
            "search": f"{shop_url}/?q={word}",
            "filtered": f"{shop_url}/?q={word}&filters=" + quote(json.dumps({"price_max_micros": 10**11})),
            "category": f"{shop_url}/browse/{quote(category, safe='')}",
            "item": f"{shop_url}/item/{quote(item, safe='')}",
        },
    )
    context.close()


def without_data(route: Any) -> None:
    """The document as somebody gets it whose browser does not say that they look at it."""
    answer = route.fetch(headers={**route.request.headers, "sec-fetch-dest": "empty"})
    route.fulfill(response=answer)


def test_what_was_meant_for_somebody_else_is_not_shown(browser: Any, shop_url: str) -> None:
    """A user of the demo whose cookie is over: the document is a visitor's."""
    context = browser.new_context(viewport=WIDE)
    page = context.new_page()
    page.goto(shop_url)
    user = page.locator("#user optgroup option").first.get_attribute("value")
    with page.expect_response(is_for_you):
        page.select_option("#user", user)
    context.clear_cookies()
    with page.expect_response(lambda answer: is_for_you(answer) and person_of(answer.request) == user) as answer:
        page.reload()
    drawn(page, answer.value.json())
    assert page.input_value("#user") == user
    context.close()


@pytest.mark.parametrize("kind", ["home", "bare", "search", "filtered", "category", "item"])
def test_first_items_show_soon_and_nothing_moves(places: tuple[Page, dict[str, str]], kind: str) -> None:
    page, addresses = places
    if kind == "bare":
        page.route(lambda url: url == addresses[kind], without_data)
    page.goto(addresses[kind], wait_until="commit")
    page.wait_for_function(FIRST)
    first_ms = page.evaluate(FIRST)
    page.wait_for_selector("#rows:not([aria-busy])", state="attached")
    page.wait_for_timeout(300)
    seen = page.evaluate("seen")
    assert page.locator("#first").count() == (kind != "bare")
    assert first_ms <= SOON_MS
    assert seen["shift"] < MOST_SHIFT, seen["moved"]
