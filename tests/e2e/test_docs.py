"""The document of the API in a real browser: every door, tried, from this host alone."""

from __future__ import annotations

import shutil

import pytest

from tests.serving import Served

sync_api = pytest.importorskip("playwright.sync_api", reason="pip install playwright")

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next((path for path in map(shutil.which, NAMES) if path), None)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium; install it with: apt-get install chromium"),
]


def test_a_door_is_tried_from_its_document(served: Served) -> None:
    shop_url = served.url
    complaints: list[str] = []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.on("request", lambda sent: None if sent.url.startswith(shop_url) else complaints.append(sent.url))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{shop_url}/docs")
        page.get_by_label("Key to try with").wait_for()
        doors = page.locator("#doors > details")
        doors.nth(3).wait_for()
        assert page.locator("#doors .curl").count() == doors.count(), "an example for each"
        assert f'curl -sS "{shop_url}/v1/search"' in (page.locator("#doors .curl").first.text_content() or "")
        for door in ("POST /v1/search", "POST /v1/events", "GET /v1/items/{item_id}", "GET /readyz"):
            details = page.locator("#doors details", has=page.get_by_text(door, exact=True))
            details.locator("summary").click()
            details.get_by_role("button", name="Send").click()
            details.get_by_role("status").filter(has_text="200").wait_for()
        details = page.locator("#doors details", has=page.get_by_text("PATCH /v1/items/{item_id}", exact=True))
        details.locator("summary").click()
        for key, said in (("", "401"), (served.keys.secrets["storekeeper"], "revision")):
            page.get_by_label("Key to try with").fill(key)
            details.get_by_role("button", name="Send").click()
            details.get_by_role("status").filter(has_text=said).wait_for()
        browser.close()
    assert complaints == []
