"""What machines report in codes, read by people: findings, notes of the steps, contradictions; and the floor library."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.console_visit import BROWSER, DESKTOP, PHONE, Arrive
from tests.support.fake_api import FakeApi

playwright = pytest.importorskip("playwright.sync_api", reason="not run: playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="not run: no Chromium on PATH, so nobody looked at the console"),
]
expect = playwright.expect
expect.set_options(timeout=9000)


def in_chinese(page: Any) -> None:
    page.get_by_role("button", name="中文").click()


def test_contradictions_of_the_rules_and_the_template_are_told_in_words(arrive: Arrive) -> None:
    page = arrive("operator", "/console/venues/v-xmas0/products").page
    rules = page.locator(".panel", has=page.get_by_role("heading", name="Rules"))
    expect(rules.locator(".tone-bad")).to_contain_text("Contradiction:")
    expect(rules.locator(".tone-bad svg")).to_have_count(1)
    expect(page.locator(".panel", has=page.get_by_role("heading", name="Template"))).to_contain_text(
        "Runner-up: Everyday goods 2 · goods that shops reorder"
    )
    in_chinese(page)
    expect(page.locator(".panel", has=page.get_by_role("heading", name="模板"))).to_contain_text("次选：源头货架 2 · 店铺常补的货")
    expect(page.locator(".panel .tone-bad").first).to_contain_text("矛盾：")


def test_findings_are_told_by_their_rule_in_the_readers_language(arrive: Arrive, api: FakeApi) -> None:
    venue_id = next(name for name, line in api.lines.items() if line.hostile)
    page = arrive("operator", f"/console/venues/{venue_id}/inspection").page
    expect(page.locator(".findings")).to_contain_text("The title is too long")
    expect(page.locator(".findings")).to_contain_text("Floor 1 · Title")
    in_chinese(page)
    expect(page.locator(".findings")).to_contain_text("标题太长")
    expect(page.locator(".findings")).to_contain_text("楼层 1 · 标题")
    expect(page.locator(".findings code").first).to_be_hidden()  # the English measurement is there for who asks


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_kept_floors_are_named_anew_and_retired(arrive: Arrive, api: FakeApi, size: Any) -> None:
    visit = arrive("operator", "/console/floors", size=size)
    page = visit.page
    entry = page.locator(".library-entry")
    expect(entry).to_contain_text("In use")
    entry.get_by_role("button", name="Rename").click()
    entry.get_by_label("Name of floor 1").fill("")
    nameless = entry.get_by_role("button", name="Save the names (Every floor needs a name.)")
    expect(nameless).to_have_attribute("aria-disabled", "true")
    nameless.press("Enter")
    assert api.sent("PUT", "/floor-library/k-1") == []
    entry.get_by_label("Name of floor 1").fill("派对裙装")
    entry.get_by_role("button", name="Save the names").click()
    expect(entry.locator(".floor-list")).to_contain_text("派对裙装")
    assert api.sent("PUT", "/floor-library/k-1") == [{"revision": 1, "titles": ["派对裙装", "保暖针织"]}]
    entry.get_by_role("button", name="Retire").click()
    page.get_by_role("dialog").get_by_role("button", name="Retire").click()
    expect(entry.locator(".state")).to_contain_text("Retired")
    assert api.sent("PUT", "/floor-library/k-1")[-1] == {"revision": 2, "status": "retired"}
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    visit.quiet()


def test_an_empty_library_says_how_it_fills(arrive: Arrive, api: FakeApi) -> None:
    api.kept.clear()
    page = arrive("reviewer", "/console/floors").page
    expect(page.locator(".empty")).to_contain_text("The floor library is empty")
