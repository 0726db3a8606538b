"""Each kind of page looked at by axe-core, by day and night, wide and narrow: nothing that shuts somebody out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.e2e.test_page import CHROMIUM, NARROW, WIDE, Page, a_word, browser, search

__all__ = ["browser"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium; install it with: apt-get install chromium"),
]

GRAVE = ("serious", "critical")
OPTIONS = {"resultTypes": ["violations"]}


@pytest.fixture(scope="module")
def page(browser: Any, shop_url: str) -> Iterator[Page]:
    """The shop, seen by one visitor who goes from page to page."""
    context = browser.new_context(viewport=WIDE, reduced_motion="reduce")
    context.set_default_timeout(15_000)
    opened = context.new_page()
    opened.goto(shop_url)
    yield opened
    context.close()


def home(page: Page) -> None:
    page.click("#home")


def results(page: Page) -> None:
    search(page, a_word(page)[0])


def panel(page: Page) -> None:
    """Why this page, with the figures of an item opened."""
    page.click("#toggle-why")
    page.locator(".why .numbers summary").first.click()


def category(page: Page) -> None:
    page.click("#home")
    page.get_by_role("link", name="All categories").click()
    page.get_by_role("navigation", name="Categories below").get_by_role("link").first.click()
    page.get_by_role("navigation", name="Breadcrumb").wait_for()


def item(page: Page) -> None:
    page.locator("#grid .card").first.click()
    page.wait_for_selector("#item h1")


def cart(page: Page) -> None:
    page.get_by_role("button", name="Add to cart").click()
    page.click("#open-cart")
    page.locator("#cart .beside .card").first.wait_for()


def documents(page: Page) -> None:
    page.goto(page.url.partition("/item/")[0] + "/docs")
    page.locator("#doors summary").first.click()
    page.locator("#doors .curl").first.wait_for()


@pytest.mark.parametrize("go", [home, results, panel, category, item, cart, documents])
def test_nothing_grave_is_found(page: Page, go: Callable[[Page], None]) -> None:
    """The pages in the order of a visit."""
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(WIDE)
    go(page)
    page.wait_for_selector("[aria-busy]", state="detached")
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page, options=OPTIONS)
            assert found.response["passes"], "it looked"
            grave = [one for one in found.response["violations"] if one["impact"] in GRAVE]
            said = [(one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in grave]
            assert not said, (go.__name__, size["width"], scheme, said)
    if go is panel:
        page.set_viewport_size(WIDE)
        page.click("#toggle-why")
