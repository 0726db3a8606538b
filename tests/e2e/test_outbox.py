"""A shop that does not answer, in a real browser: nothing is thanked for before it is true, and nothing is lost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.test_page import CHROMIUM, FLAGS, WIDE, Page, browser

__all__ = ["FLAGS", "browser"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium; install it with: apt-get install chromium"),
]


class Door:
    """The door of events, which may be shut; what came through it is remembered."""

    def __init__(self, page: Page) -> None:
        self.tried: list[dict[str, Any]] = []
        self.kept: list[dict[str, Any]] = []
        self.shut: int | None = None
        """A status; 0 for no answer at all."""
        page.route("**/v1/events", self._pass)

    def _pass(self, route: Any) -> None:
        events = route.request.post_data_json["events"]
        self.tried += events
        if self.shut == 0:
            route.abort()
        elif self.shut:
            route.fulfill(status=self.shut, json={"error": {"field": "store", "message": "store: wanted an answer."}})
        else:
            self.kept += events
            route.continue_()

    def of(self, kind: str, *, kept: bool = True) -> list[dict[str, Any]]:
        return [event for event in (self.kept if kept else self.tried) if event["kind"] == kind]


@pytest.fixture
def page(browser: Any, shop_url: str) -> Any:
    context = browser.new_context(viewport=WIDE)
    context.set_default_timeout(15_000)
    opened = context.new_page()
    opened.goto(shop_url)
    opened.wait_for_selector("#grid .card[data-item]")
    yield opened
    context.close()


def an_item_in_the_cart(page: Page) -> str:
    page.locator("#grid .card").nth(2).click()
    page.wait_for_selector("#item h1")
    page.get_by_role("button", name="Add to cart").click()
    title: str = page.get_by_role("heading", level=1).inner_text()
    return title


@pytest.mark.parametrize("shut", [0, 500])
def test_a_purchase_that_the_shop_did_not_take_is_not_thanked_for_and_not_lost(page: Page, shut: int) -> None:
    title, door = an_item_in_the_cart(page), Door(page)
    door.shut = shut
    page.click("#open-cart")
    cart = page.get_by_role("dialog", name="Your cart")
    cart.get_by_role("button", name="Buy", exact=True).click()
    cart.get_by_role("alert").filter(has_text="Not bought yet").wait_for()
    assert title in cart.get_by_role("alert").inner_text()
    assert "Thank you" not in page.locator("body").inner_text()
    assert page.locator("#cart-count").inner_text() == "1", "the cart is as it was"
    page.reload()
    page.wait_for_selector("#grid .card[data-item], #item h1")
    assert page.locator("#cart-count").inner_text() == "1"
    page.click("#open-cart")
    cart.get_by_role("alert").filter(has_text="Not bought yet").wait_for()
    assert cart.get_by_role("button", name="Buy", exact=True).count() == 0, "nothing is bought twice"
    door.shut = None
    cart.get_by_role("button", name="Try again").click()
    confirmed = page.get_by_role("status", name="Your order")
    confirmed.wait_for()
    assert f"1 × {title}" in confirmed.inner_text() and "Thank you" in confirmed.inner_text()
    assert page.locator("#cart-count").inner_text() == "0" and not cart.is_visible()
    (bought,) = door.of("purchase")
    assert {event["event_id"] for event in door.of("purchase", kept=False)} == {bought["event_id"]}, "one id"
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('vitrine-unsent:'))") == []


def test_an_order_is_sent_when_there_is_a_connection_again(page: Page) -> None:
    door = Door(page)
    page.locator("#grid .card").nth(2).click()
    page.wait_for_selector("#item h1")
    door.shut = 0
    page.get_by_role("button", name="Buy now").click()
    page.get_by_role("alert").filter(has_text="Not bought yet").wait_for()
    page.keyboard.press("Escape")
    door.shut = None
    page.evaluate("dispatchEvent(new Event('online'))")
    page.get_by_role("status", name="Your order").wait_for()
    assert len(door.of("purchase")) == 1


def test_an_order_that_is_refused_says_so(page: Page) -> None:
    title, door = an_item_in_the_cart(page), Door(page)
    door.shut = 404
    page.click("#open-cart")
    cart = page.get_by_role("dialog", name="Your cart")
    cart.get_by_role("button", name="Buy", exact=True).click()
    cart.get_by_role("alert").filter(has_text=f"did not take “{title}”").wait_for()
    assert page.locator("#cart-count").inner_text() == "1"
    assert cart.get_by_role("button", name="Buy", exact=True).is_visible()


def test_likes_and_clicks_wait_on_the_device_and_the_page_says_so(page: Page) -> None:
    door = Door(page)
    door.shut = 0
    page.locator("#grid .card").nth(1).click()
    page.wait_for_selector("#item h1")
    page.get_by_role("button", name="Like").click()
    unsent = page.locator("#unsent")
    unsent.filter(has_text="kept on this device").wait_for()
    page.reload()
    door.shut = None
    page.wait_for_selector("#item h1")
    page.wait_for_function("() => Object.keys(localStorage).every(key => !key.startsWith('vitrine-unsent:'))")
    for kind in ("click", "favourite"):
        assert len({event["event_id"] for event in door.of(kind)}) == 1, kind
    assert not unsent.is_visible()


def test_a_search_without_a_shop_is_said_in_plain_words_and_can_be_tried_again(page: Page) -> None:
    page.route("**/v1/search", lambda route: route.abort())
    page.fill("#query", "bamboo")
    page.press("#query", "Enter")
    notice = page.get_by_role("alert").filter(has_text="The shop cannot be reached.")
    notice.wait_for()
    page.unroute("**/v1/search")
    with page.expect_response("**/v1/search"):
        notice.get_by_role("button", name="Try again").click()
