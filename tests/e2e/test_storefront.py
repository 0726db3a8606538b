"""A shopper's way through the shop in a real browser: typeahead, sorting, an item's page, the cart, what changes."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.e2e.test_page import (
    CHROMIUM,
    NAMELESS,
    NARROW,
    WIDE,
    Page,
    a_word,
    browser,
    contrast,
    drawn,
    events,
    ids_in_grid,
    is_for_you,
    page,
    person_of,
    search,
)

__all__ = ["browser", "page"]  # fixtures

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium; install it with: apt-get install chromium"),
]


def settled(page: Page) -> None:
    page.wait_for_selector("#rows:not([aria-busy])", state="attached")


def sent(answer: Any) -> str:
    return answer.request.post_data or ""


def sorted_by(page: Page, sort: str) -> dict[str, Any]:
    with page.expect_response("**/v1/search") as answer:
        page.select_option("#sort", sort)
    return drawn(page, answer.value.json())


def test_what_only_comes_close_stands_under_a_heading_and_can_be_searched_for(page: Page) -> None:
    word, _ = a_word(page)
    slate = search(page, f"{word} qwxzvbkq")
    assert slate["num_matches"] == 0 and page.locator("#summary").inner_text().startswith("Nothing has all")
    assert "“qwxzvbkq” was ignored: no item has it" in page.locator("#unread").inner_text()
    assert not page.locator("#filters").is_visible(), "there is nothing to choose"
    first = page.locator("#grid > li").first
    assert first.get_by_role("heading", name="Close to what you asked for").is_visible()
    with page.expect_response("**/v1/search") as answer:
        page.get_by_role("button", name=f"Search for “{word}”").click()
    found = drawn(page, answer.value.json())
    assert page.locator("#filters").is_visible()
    assert found["num_matches"] > 0 and found["items"][0]["match"] == "all"
    assert page.locator("#grid > li").first.get_by_role("heading").count() == 0


def test_the_panel_says_what_decided_the_order(page: Page) -> None:
    search(page, a_word(page)[0])
    sorted_by(page, "price_asc")
    page.get_by_role("button", name="Why this page").click()
    assert page.get_by_text("Sorted: Price, low to high").is_visible()


def test_a_shopper_searches_with_a_typo_filters_sorts_buys_and_gets_another_home(page: Page) -> None:
    settled(page)
    before = ids_in_grid(page)
    assert page.locator("#summary").inner_text().startswith("You are new here")
    word, mistaken = a_word(page)
    search(page, mistaken)
    brand = page.get_by_role("group", name="Brand").locator("li").first
    name = brand.locator(".value").inner_text()
    with page.expect_response("**/v1/search") as answer:
        brand.locator("input").check()
    drawn(page, answer.value.json())
    slate = sorted_by(page, "price_asc")
    organic = [item for item in slate["items"] if not item["sponsored"]]
    assert [item["price_micros"] for item in organic] == sorted(item["price_micros"] for item in organic)
    assert {item["brand"] for item in organic} == {name}, "the filter holds"
    wanted = next(item for item in organic if item["category"][-1].lower() == word)
    page.locator(f'#grid [data-item="{wanted["item_id"]}"]').click()
    page.wait_for_selector("#item h1")
    assert page.get_by_role("heading", level=1).inner_text() == wanted["title"]
    settled(page)
    page.get_by_role("button", name="Add to cart").click()
    page.click("#open-cart")
    cart = page.get_by_role("dialog", name="Your cart")
    cart.get_by_role("button", name="One more of").click()
    with page.expect_response(
        lambda answer: answer.url.endswith("/v1/events") and '"purchase"' in sent(answer)
    ) as batch:
        cart.get_by_role("button", name="Buy", exact=True).click()
    (purchase,) = [event for event in events(batch) if event["kind"] == "purchase"]
    assert (purchase["item_id"], purchase["quantity"]) == (wanted["item_id"], 2)
    assert (
        purchase["surface"] == "search" and purchase["query"] == mistaken and purchase["slate_id"] == slate["slate_id"]
    )
    confirmed = page.get_by_role("status", name="Your order")
    confirmed.wait_for()
    assert f"2 × {wanted['title']}" in confirmed.inner_text()
    assert page.locator("#cart-count").inner_text() == "0"
    with page.expect_response(is_for_you) as answer:
        page.click("#home")
    drawn(page, answer.value.json())
    settled(page)
    assert page.locator("#summary").inner_text() == "Chosen from what you did here."
    assert ids_in_grid(page) != before
    everywhere = page.locator("#results .card").evaluate_all("cards => cards.map(c => c.dataset.item)")
    assert wanted["item_id"] not in everywhere, "what is bought leaves"
    assert wanted["item_id"] in [(item["reason"] or {}).get("item_id") for item in answer.value.json()["items"]]


def test_the_home_page_has_rows_of_their_own_and_no_item_twice(page: Page) -> None:
    user = page.locator("#user optgroup option").first.get_attribute("value")
    with page.expect_response(lambda a: is_for_you(a) and person_of(a.request) == user) as answer:
        page.select_option("#user", user)
    drawn(page, answer.value.json())
    page.get_by_role("heading", name="Popular").wait_for()
    titles = page.locator("#rows h2").all_inner_texts()
    assert titles[0].startswith(("Because you ", "Similar to ")) and titles[-2:] == ["Newest in the shop", "Popular"]
    below = page.locator("#rows .card").evaluate_all("cards => cards.map(c => c.dataset.item)")
    everything = ids_in_grid(page) + below
    assert len(set(everything)) == len(everything)
    for row in page.locator("#rows .row").all():
        assert row.locator(".card").count() >= 3
        assert row.locator(".sponsored").count() == 0, "nothing that was paid for stands under another reason"
        assert all(row.locator(".card .reason").all_inner_texts())
    page.get_by_role("button", name="Why this page").click()
    panel = page.get_by_role("complementary", name="Why this page")
    assert panel.locator(".part > summary").all_inner_texts() == ["For you", *titles]
    assert panel.locator(".items > li").count() == len(everything), "every item is explained"


def test_a_search_is_completed_by_keyboard(page: Page) -> None:
    word, mistaken = a_word(page)
    box = page.get_by_role("combobox", name="Search the shop")
    for written in (word[:4], mistaken):
        box.fill("")
        with page.expect_response("**/v1/suggest?**"):
            box.type(written)
        page.get_by_role("listbox", name="Suggestions").wait_for()
        assert any(word in text.lower() for text in page.locator("#suggestions [role=option]").all_inner_texts())
    assert box.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    chosen = page.locator(f"#{box.get_attribute('aria-activedescendant')}")
    assert chosen.get_attribute("aria-selected") == "true"
    page.keyboard.press("ArrowUp")
    assert box.get_attribute("aria-activedescendant") is None
    page.keyboard.press("Escape")
    assert not page.locator("#suggestions").is_visible() and box.input_value() == mistaken
    page.keyboard.press("ArrowDown")
    page.locator("#suggestions [role=option]").first.wait_for()
    page.keyboard.press("ArrowDown")
    text = page.locator("#suggestions [aria-selected=true] .words").inner_text()
    with page.expect_response("**/v1/search") as answer:
        page.keyboard.press("Enter")
    assert answer.value.request.post_data_json["query"] == text
    assert drawn(page, answer.value.json())["num_matches"] > 0


def test_a_suggested_item_opens_its_page(page: Page) -> None:
    title = page.locator("#grid .card .name").first.inner_text()
    page.locator("#query").type(title.lower())
    page.locator("#suggestions [role=option]").filter(has_text=title).first.click()
    page.wait_for_selector("#item h1")
    assert page.get_by_role("heading", level=1).inner_text() == title


def test_an_address_says_everything(page: Page) -> None:
    """A search with its filter and order, and an item, open from their addresses, also after a reload."""
    search(page, a_word(page)[0])
    with page.expect_response("**/v1/search") as answer:
        page.get_by_role("group", name="Brand").locator("li input").first.check()
    drawn(page, answer.value.json())
    slate = sorted_by(page, "rating")
    page.reload()
    page.wait_for_selector("#grid .card[data-item]")
    again = page.locator("#grid .card:not(:has(.sponsored))").evaluate_all("cards => cards.map(c => c.dataset.item)")
    organic = [item["item_id"] for item in slate["items"] if not item["sponsored"]]
    assert again == organic and page.input_value("#sort") == "rating"
    assert page.locator("#chips button:not(.read)").count() == 1
    page.locator("#grid .card").first.click()
    page.wait_for_selector("#item h1")
    title, address = page.get_by_role("heading", level=1).inner_text(), page.url
    page.goto(re.sub(r"(https?://[^/]+).*", r"\1", address))
    page.goto(address)
    page.wait_for_selector("#item h1")
    assert page.get_by_role("heading", level=1).inner_text() == title and title in page.title()
    settled(page)
    page.get_by_role("heading", name="More like this").wait_for()
    page.go_back()
    page.wait_for_selector("#grid .card[data-item]")


def test_an_address_that_nobody_wrote_shows_the_shop_or_says_so(page: Page) -> None:
    address = page.url
    page.goto(address + '?q=x&filters={"brands":7,"price":{"min":"a"},"attributes":[1]}&sort=sideways')
    page.wait_for_selector("#grid li:not([aria-hidden])")
    assert page.locator("#chips button:not(.read)").count() == 0 and page.input_value("#sort") == "relevance"
    assert not page.locator("#notice").is_visible()


def test_the_cart_counts_keeps_and_forgets(page: Page) -> None:
    for place in (2, 3):
        page.locator("#grid .card").nth(place).click()
        page.get_by_role("button", name="Add to cart").click()
        page.go_back()
        page.wait_for_selector("#grid .card[data-item]")
    page.reload()
    page.wait_for_selector("#grid .card[data-item]")
    assert page.locator("#cart-count").inner_text() == "2", "a reload keeps it"
    page.click("#open-cart")
    cart = page.get_by_role("dialog", name="Your cart")
    price = re.compile(r"[\d.,]+")

    def amount(text: str) -> float:
        return float(price.search(text).group().replace(",", ""))  # type: ignore[union-attr]

    first, second = (amount(text) for text in cart.locator(".lines .price").all_inner_texts())
    cart.get_by_role("button", name="One more of").first.press("Enter")
    assert amount(cart.locator(".sum strong").inner_text()) == pytest.approx(2 * first + second)
    assert page.evaluate("document.activeElement.dataset.does").startswith("more-"), "the keyboard stays"
    cart.get_by_role("button", name="One less of").first.click()
    cart.get_by_role("button", name="Remove").last.click()
    assert amount(cart.locator(".sum strong").inner_text()) == pytest.approx(first)
    cart.locator(".beside .card").first.wait_for()
    page.keyboard.press("Escape")
    assert not cart.is_visible() and page.locator("#cart-count").inner_text() == "1"
    assert page.evaluate("document.activeElement.id") == "open-cart"


READABLE = """() => {
  const paper = (node) => { for (; node; node = node.parentElement) {
    const colour = getComputedStyle(node).backgroundColor;
    if (!colour.endsWith(', 0)') && !colour.startsWith('color')) return colour;
  } };
  return [...document.querySelectorAll('#results *, .bar *, dialog[open] *, .why *, footer *')]
    .filter(node => [...node.childNodes].some(child => child.nodeType === 3 && child.textContent.trim()))
    .filter(node => node.checkVisibility({ opacityProperty: true }) && !node.closest('svg, :disabled, option'))
    .map(node => [getComputedStyle(node).color, paper(node), node.className])
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_page_fits_its_window_is_named_and_can_be_read(page: Page, size: dict[str, int], scheme: str) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size(size)

    def check(place: str) -> None:
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), place
        assert page.evaluate(NAMELESS) == [], place
        for ink, paper, name in {tuple(one) for one in page.evaluate(READABLE)}:
            assert contrast(ink, paper) >= 4.5, f"WCAG AA: {name} on {place}, {ink} on {paper}"

    settled(page)
    check("home")
    search(page, a_word(page)[0])
    check("search")
    page.locator("#query").type("a")
    page.locator("#suggestions [role=option]").first.wait_for()
    covered = page.locator("#suggestions [role=option]").last.evaluate(
        "node => { const { x, y, width, height } = node.getBoundingClientRect();"
        " return document.elementFromPoint(x + width / 2, y + height / 2).closest('[role=option]') !== node }"
    )
    assert not covered, "nothing lies over the suggestions"
    page.keyboard.press("Escape")
    page.locator("#grid .card").first.click()
    page.wait_for_selector("#item h1")
    settled(page)
    check("item")
    page.get_by_role("button", name="Add to cart").click()
    page.click("#open-cart")
    page.locator("#cart .beside .card").first.wait_for()
    check("cart")


def test_categories_are_pages_with_a_way_back_and_an_order(page: Page) -> None:
    settled(page)
    page.get_by_role("link", name="All categories").click()
    below = page.get_by_role("navigation", name="Categories below").get_by_role("link")
    below.first.wait_for()
    promised = int(re.sub(r"\D", "", below.first.locator(".count").inner_text()))
    name = below.first.inner_text().removesuffix(below.first.locator(".count").inner_text()).strip()
    with page.expect_response("**/v1/browse?path=**") as answer:
        below.first.click()
    drawn(page, answer.value.json())
    page.get_by_role("heading", level=1, name=name).wait_for()
    assert f"{promised}" in page.locator("#summary").inner_text().replace(",", "")
    assert "/browse/" in page.url
    with page.expect_response("**/v1/browse?**") as answer:
        page.select_option("#sort", "price_asc")
    prices = [item["price_micros"] for item in drawn(page, answer.value.json())["items"]]
    assert prices == sorted(prices)
    page.reload()
    page.wait_for_selector("#grid .card[data-item]")
    assert page.input_value("#sort") == "price_asc"
    page.locator("#grid .card").first.click()
    page.wait_for_selector("#item h1")
    page.get_by_role("navigation", name="Category").get_by_role("link").first.click()
    page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="All categories").click()
    page.get_by_role("heading", level=1, name="All categories").wait_for()
