"""The countdown in a real browser: it counts to the end, then says so and never below zero; without a script the date alone stands there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from huichang.adapters.browser import ARGUMENTS
from huichang.pages.rendering import render
from tests.support.browser import browser_or_skip, make_page, resolve

pytestmark = pytest.mark.browser
SHIFTED = """() => new Promise((done) => { let sum = 0;
  new PerformanceObserver((list) => { for (const e of list.getEntries()) sum += e.value; }).observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => done(sum), 200); })"""


def test_it_counts_down_then_says_it_is_over_and_without_a_script_only_the_date_stands() -> None:
    from playwright.sync_api import sync_playwright

    document = ""

    def serve(route: Any) -> None:
        if route.request.is_navigation_request():
            route.fulfill(body=document, content_type="text/html; charset=utf-8")
        else:
            found = resolve("/" + route.request.url.split("/", 3)[3])
            route.fulfill(body=found[0], content_type=found[1]) if found else route.fulfill(status=204)

    def ending(after: timedelta) -> str:
        return render(make_page(floors=(6, 6)).model_copy(update={"ends_at": (datetime.now(UTC) + after).isoformat()}), "flash_sale")

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(browser_or_skip()), args=list(ARGUMENTS))
        try:
            for script in (True, False):
                page = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=script).new_page()
                page.route("**/*", serve)
                document = ending(timedelta(days=2, hours=3, minutes=30))
                page.goto("http://venue.test/v/venue-1/")
                assert page.locator("time").is_visible()
                assert page.locator(".clock").is_visible() is script
                assert not page.locator(".is-over").is_visible()
                if not script:
                    continue
                assert page.evaluate(SHIFTED) < 0.01
                left = page.locator("[data-unit]").all_inner_texts()
                assert left[:2] == ["02", "03"]
                assert all(0 <= int(cell) < 60 for cell in left)
                document = ending(timedelta(days=-1))
                page.goto("http://venue.test/v/venue-1/")
                assert page.locator(".is-over").is_visible()
                assert not page.locator(".clock").is_visible()
                assert page.locator("[data-unit]").all_text_contents() == ["00"] * 4
        finally:
            browser.close()
