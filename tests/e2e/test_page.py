"""The page in a real browser: what a shopper does, and what the shop learns from it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import jwt
import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="pip install playwright")

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((path for path in map(shutil.which, NAMES) if path), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WIDE, NARROW = {"width": 1280, "height": 860}, {"width": 390, "height": 844}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium; install it with: apt-get install chromium"),
]

Page = Any  # of Playwright, which carries its own types only where it is installed


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def page(browser: Any, shop_url: str) -> Iterator[Page]:
    """The open shop, seen by a new visitor. What the browser complains of, or asks of other hosts, fails the test."""
    context = browser.new_context(viewport=WIDE)
    context.set_default_timeout(15_000)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("request", lambda sent: None if sent.url.startswith(shop_url) else complaints.append(sent.url))
    opened.goto(shop_url)
    opened.wait_for_selector("#grid .card[data-item]")
    yield opened
    context.close()
    assert complaints == []


def search(page: Page, words: str) -> dict[str, Any]:
    """Type, press Enter, and wait until the answer is drawn."""
    with page.expect_response("**/v1/search") as answer:
        page.fill("#query", words)
        page.press("#query", "Enter")
    return drawn(page, answer.value.json())


def drawn(page: Page, slate: dict[str, Any]) -> dict[str, Any]:
    ids = [item["item_id"] for item in slate["items"]]
    page.wait_for_function(
        "ids => JSON.stringify([...document.querySelectorAll('#grid .card')].map(c => c.dataset.item)) === ids",
        arg=str(ids).replace("'", '"').replace(", ", ","),
    )
    return slate


def events(batch: Any) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = batch.value.request.post_data_json["events"]
    assert batch.value.json()["accepted"] + batch.value.json()["duplicates"] == len(sent)
    return sent


def is_for_you(answer: Any) -> bool:
    """Whether this is the answer behind the grid of the home page, not one of a row below it."""
    asked = answer.request.post_data_json if answer.url.endswith("/v1/recommend") else {}
    return asked.get("surface") == "home" and not {"sort", "personal"} & asked.keys()


def person_of(request: Any) -> str:
    """Whose token the page sent with a request."""
    token: str = request.headers.get("x-vitrine-person") or request.post_data_json["person_token"]
    return str(jwt.decode(token, options={"verify_signature": False})["sub"])


def ids_in_grid(page: Page) -> list[str]:
    ids: list[str] = page.locator("#grid .card").evaluate_all("cards => cards.map(c => c.dataset.item)")
    return ids


def a_word(page: Page) -> tuple[str, str]:
    """A kind of thing that this shop sells, and the same word with a typing mistake."""
    items = page.request.post(page.url + "v1/recommend", data={"size": 50}).json()["items"]
    leaves = {item["category"][-1] for item in items if item["category"][-1].isalpha()}
    word = max(sorted(leaves), key=len).lower()
    middle = len(word) // 2
    return word, word[:middle] + word[middle + 1] + word[middle] + word[middle + 2 :]


def test_a_visitor_sees_items_with_reasons(page: Page) -> None:
    cards = page.locator("#grid .card")
    assert cards.count() >= 10
    assert all(cards.locator(".reason, .sponsored").all_inner_texts())
    assert cards.locator(".reason").count() >= cards.count() / 2, "a reason is absent only where none is true"
    for card in cards.all()[:10]:
        assert card.locator(".name").inner_text()
        picture = card.locator("img.tile")
        picture.scroll_into_view_if_needed()
        page.wait_for_function("image => image.complete && image.naturalWidth === 192", arg=picture.element_handle())


def test_a_picture_that_does_not_come_gives_way_to_a_drawing(page: Page) -> None:
    page.route("**/v1/items/*/image", lambda route: route.fulfill(body="no picture", content_type="image/png"))
    page.reload()
    page.wait_for_selector("#grid .card svg.tile")
    page.locator("#grid .card:has(svg.tile)").first.click()
    page.wait_for_selector("#item svg.tile")


def test_search_forgives_a_typing_mistake(page: Page) -> None:
    word, mistaken = a_word(page)

    def found(words: str) -> list[bool]:
        return [item["category"][-1].lower() == word for item in search(page, words)["items"] if not item["sponsored"]]

    meant, typed = found(word), found(mistaken)
    assert typed[0], "the first result is what was meant"
    assert sum(typed) >= sum(meant) / 2
    assert page.locator("#title").inner_text() == f"“{mistaken}”"
    assert f"q={mistaken}" in page.url


def test_back_returns_to_where_one_was(page: Page) -> None:
    word, _ = a_word(page)
    before = ids_in_grid(page)
    search(page, word)
    page.go_back()
    page.wait_for_function("document.querySelector('#title').textContent === 'For you'")
    assert page.input_value("#query") == ""
    assert ids_in_grid(page) == before
    page.go_forward()
    page.wait_for_function("word => document.querySelector('#title').textContent === `“${word}”`", arg=word)


def test_a_facet_keeps_what_it_promised(page: Page) -> None:
    search(page, a_word(page)[0])
    brand = page.get_by_role("group", name="Brand")
    option = brand.locator("li").first
    name, promised = option.locator(".value").inner_text(), option.locator(".count").inner_text()
    with page.expect_response("**/v1/search") as answer:
        option.locator("input").check()
    slate = drawn(page, answer.value.json())
    assert {item["brand"] for item in slate["items"] if not item["sponsored"]} == {name}
    assert str(slate["num_matches"]) == promised
    with page.expect_response("**/v1/search") as answer:
        page.get_by_role("button", name=f"Remove filter {name}").click()
    assert drawn(page, answer.value.json())["num_matches"] > int(promised)


def test_sponsored_items_are_labelled_and_no_others(page: Page) -> None:
    slate = search(page, a_word(page)[0])
    labelled = page.locator("#grid .card:has(.sponsored)").evaluate_all("cards => cards.map(c => c.dataset.item)")
    assert labelled == [item["item_id"] for item in slate["items"] if item["sponsored"]]


def test_a_click_on_a_sponsored_item_carries_its_proof(page: Page) -> None:
    card = page.locator("#grid .card:has(.sponsored)").first
    item_id = card.get_attribute("data-item")
    with page.expect_response("**/v1/events") as batch:
        card.click()
    click = next(event for event in events(batch) if event["kind"] == "click")
    assert click["item_id"] == item_id
    assert page.locator("#item .sponsored").is_visible(), "also on its own page"
    assert click["ad_token"].startswith("v1.")


def test_more_continues_the_slate(page: Page) -> None:
    before = page.locator("#grid .card").count()
    with page.expect_response(is_for_you):
        page.get_by_role("button", name="Show more").click()
    page.wait_for_function("before => document.querySelectorAll('#grid .card').length > before", arg=before)
    shown = page.locator("#grid .card").evaluate_all("cards => cards.map(c => c.dataset.item)")
    assert len(set(shown)) == len(shown)


def test_looking_at_an_item_tells_the_shop_and_shows_what_goes_with_it(page: Page) -> None:
    card = page.locator("#grid .card").nth(2)
    item_id, title = card.get_attribute("data-item"), card.locator(".name").inner_text()
    with page.expect_response("**/v1/events", timeout=15_000) as batch:
        card.click()
    click = next(event for event in events(batch) if event["kind"] == "click")
    assert (click["item_id"], click["position"], click["surface"]) == (item_id, 2, "home")
    assert click["slate_id"]
    assert page.url.endswith(f"/item/{item_id}")
    assert page.get_by_role("heading", level=1).inner_text() == title
    page.wait_for_selector("#rows .card")
    with page.expect_response("**/v1/events") as batch:
        page.get_by_role("button", name="Add to cart").click()
    assert "cart" in [event["kind"] for event in events(batch)]
    page.wait_for_function("document.querySelector('#cart-count').textContent === '1'")


def test_what_was_on_the_screen_is_a_view(page: Page) -> None:
    with page.expect_response("**/v1/events", timeout=15_000) as batch:
        page.wait_for_timeout(800)
    views = events(batch)
    assert {event["kind"] for event in views} == {"view"}
    shown = page.locator("#results .card").evaluate_all("cards => cards.map(c => c.dataset.item)")
    assert {event["item_id"] for event in views} <= set(shown)
    assert len(views) < len(shown), "what is below the fold was not seen"


def test_why_this_page_answers_for_every_item(page: Page) -> None:
    slate = search(page, a_word(page)[0])
    page.get_by_role("button", name="Why this page").click()
    panel = page.get_by_role("complementary", name="Why this page")
    assert panel.locator(".items > li").count() == len(slate["items"])
    told = panel.inner_text()
    assert f"Looked for “{slate['understood']['text']}”" in told
    assert "p_ctr" not in told and slate["request_id"] not in told, "figures come second"
    for item, said in zip(slate["items"], panel.locator(".items > li").all(), strict=True):
        words = said.inner_text()
        assert "of 100 people would click it" in words
        assert ("pays" in words and "if it is clicked" in words and "won because" in words) == item["sponsored"]
        assert ("Found by " in words) == bool(item["sources"])
    figures = panel.locator(".items > li").first.locator("summary")
    figures.focus()
    page.keyboard.press("Enter")
    first = panel.locator(".items > li").first.inner_text()
    assert "p_ctr" in first and "chance of a purchase, once it is clicked" in first
    panel.locator(".identity summary").click()
    stages = {
        row.locator(".stage").inner_text(): row.locator(".ms").inner_text() for row in panel.locator(".times li").all()
    }
    assert {"Recall", "Ads", "Ranking", "Total"} <= stages.keys()
    assert all(time.endswith(" ms") for time in stages.values())
    assert slate["request_id"] in panel.inner_text() and slate["release"] in panel.inner_text()
    assert page.evaluate("document.querySelectorAll('.why [title]').length") == 0, "nothing is said by hovering alone"
    figures.focus()
    page.keyboard.press("Escape")
    assert not panel.is_visible() and page.evaluate("document.activeElement.id") == "toggle-why"


def test_another_user_gets_another_page(page: Page) -> None:
    before = page.locator("#grid .card").evaluate_all("cards => cards.map(c => c.dataset.item)")
    user = page.locator("#user optgroup option").first.get_attribute("value")
    with page.expect_response(lambda answer: is_for_you(answer) and person_of(answer.request) == user) as answer:
        page.select_option("#user", user)
    slate = drawn(page, answer.value.json())
    assert [item["item_id"] for item in slate["items"]] != before


def test_the_keyboard_is_enough(page: Page) -> None:
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "query"
    page.keyboard.type(a_word(page)[0])
    with page.expect_response("**/v1/search") as answer:
        page.keyboard.press("Enter")
    drawn(page, answer.value.json())
    first = page.locator("#grid .card").first.get_attribute("data-item")
    page.locator("#grid .card").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#item h1")
    page.go_back()
    page.wait_for_selector("#grid .card")
    assert page.evaluate("document.activeElement.dataset.item") == first, "the keyboard is where it was"


NAMELESS = """() => [...document.querySelectorAll('button, input, select, summary, a')]
    .filter(node => node.checkVisibility())
    .filter(node => ![node.ariaLabel, node.labels?.[0]?.textContent, node.textContent].some(name => name?.trim()))
    .map(node => node.outerHTML)"""


def test_every_control_has_a_name(page: Page) -> None:
    search(page, a_word(page)[0])
    page.get_by_role("button", name="Why this page").click()
    assert page.evaluate(NAMELESS) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_it_fits_the_window_and_can_be_read(page: Page, size: dict[str, int], scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(size)
    for words in ("", a_word(page)[0]):
        if words:
            search(page, words)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    ink, paper = (page.evaluate(f"getComputedStyle(document.body).{name}") for name in ("color", "backgroundColor"))
    assert contrast(ink, paper) >= 7, "WCAG AAA for text"
    if size is NARROW:
        page.get_by_role("button", name="Filters").click()
        assert page.get_by_role("group", name="Price").is_visible()
        page.get_by_role("button", name="Done").click()
        assert not page.get_by_role("group", name="Price").is_visible()


def contrast(*colours: str) -> float:
    """Contrast of two rgb() colours (WCAG 2.2, section 1.4.3)."""

    def luminance(colour: str) -> float:
        parts = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted(map(luminance, colours))
    return (high + 0.05) / (low + 0.05)
