"""A real browser against a fake of the whole origin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.console_visit import BROWSER, DESKTOP, Arrive, Visit
from tests.support.fake_api import FakeApi


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="not run: playwright is not installed")
    with playwright.sync_playwright() as started:
        found = started.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield found
        found.close()


@pytest.fixture
def api() -> Iterator[FakeApi]:
    fake = FakeApi(pace=6)
    fake.start()
    yield fake
    fake.stop()


@pytest.fixture
def arrive(browser: Any, api: FakeApi) -> Iterator[Arrive]:
    """Sign in as a persona: `arrive("reviewer", "/console/review", size=PHONE, language="zh-CN")`."""
    contexts = []

    def signed_in(persona: str, path: str = "/console/", *, size: dict[str, int] = DESKTOP, language: str = "en-GB") -> Visit:
        context = browser.new_context(viewport=size, locale=language, reduced_motion="reduce")
        context.set_default_timeout(20_000)  # of a crowded machine
        contexts.append(context)
        visit = Visit(context.new_page(), f"http://127.0.0.1:{api.port}")
        visit.go(path)
        visit.page.get_by_role("button", name=re.compile("Sign in|登录")).click()
        visit.page.click(f"#{persona}")
        visit.page.wait_for_selector(".side")
        return visit

    yield signed_in
    for context in contexts:
        context.close()
