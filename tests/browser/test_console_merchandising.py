"""Merchandising in a real browser: rules, what they would move, contradictions, history and undo."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from tests.support.console_visit import BROWSER, PHONE, Arrive
from tests.support.fake_api import FakeApi, ProblemError

playwright = pytest.importorskip("playwright.sync_api", reason="not run: playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="not run: no Chromium on PATH, so nobody looked at the console"),
]
expect = playwright.expect
expect.set_options(timeout=9000)
GOODS = "/console/venues/v-xmas0/products"


def rows(page: Any) -> Any:
    return page.locator(".products-tab > .product-list > .product")


def sent(api: FakeApi, method: str, end: str) -> Any:
    for _ in range(90):
        if found := api.sent(method, end):
            return found[-1]
        time.sleep(0.1)
    raise AssertionError(f"no {method} …{end} was sent")


def short(body: Any) -> list[str]:
    return [f"{rule['action']} {rule['scope']} {rule['value']}" for rule in body["rules"]]


def test_edits_are_previewed_kept_over_a_reload_and_sent_as_a_whole(arrive: Arrive, api: FakeApi) -> None:
    visit = arrive("operator", GOODS)
    page = visit.page
    expect(rows(page)).to_have_count(24)
    rows(page).nth(2).get_by_role("button", name=re.compile("^Pin")).click()
    rows(page).nth(0).get_by_role("button", name=re.compile("^Exclude")).click()
    rows(page).nth(4).get_by_role("button", name=re.compile("^Boost")).click()
    moves = page.get_by_role("region", name="What this would move")
    expect(moves).to_contain_text("products 24 → 23")
    expect(moves.get_by_role("region", name="Leave")).to_contain_text("1")
    expect(moves.get_by_role("region", name="Up")).to_contain_text("3 → 1")
    expect(page.locator(".edit-bar")).to_contain_text("3 rules, not saved yet +0 −1 ↑1 ↓0")
    assert api.sent("PUT", "/edits") == []
    page.reload()
    expect(page.locator(".edit-bar")).to_contain_text("3 rules, not saved yet +0 −1 ↑1 ↓0")
    page.get_by_role("button", name="Save and rebuild").click()
    expect(page.locator(".meta")).to_contain_text("run 2")
    body = sent(api, "PUT", "/edits")
    assert short(body) == ["pin product bear-1-2", "exclude product panda-1-0", "boost product lamp-1-4"]
    assert (body["version"], body["allow_thin"], body["accept_conflicts"]) == (0, False, False)
    expect(page.locator(".edit-bar")).to_have_count(0)
    visit.quiet()


def test_a_rule_about_many_goods_with_a_window(arrive: Arrive, api: FakeApi) -> None:
    visit = arrive("operator", GOODS)
    page = visit.page
    page.get_by_role("button", name="By brand, merchant, category, attribute").click()
    page.get_by_role("button", name="Add this rule").click()
    expect(page.locator(".field-error")).to_have_text("Write a name")
    page.get_by_label("About").select_option("attribute")
    page.get_by_label("Attribute", exact=True).fill("material")
    page.get_by_label("Value (empty: any)").fill("plush")
    page.get_by_label("How much").select_option("3")
    page.get_by_label("From (optional)").fill("2026-11-10T20:00")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Add this rule").press("Enter")
    expect(page.locator(".edit-rules")).to_contain_text("Boost +3 · attribute material = plush · from")
    rule = sent(api, "POST", "/edits/preview")["rules"][0]
    assert (rule["scope"], rule["attribute"], rule["value"], rule["level"]) == ("attribute", "material", "plush", 3)
    assert re.fullmatch(r"2026-11-10T20:00:00[+-]\d\d:\d\d", rule["starts_at"])
    expect(page.get_by_role("region", name="What this would move")).to_contain_text("a time window opens later")
    page.get_by_role("button", name=re.compile("^Take rule back")).click()
    expect(page.locator(".edit-bar")).to_have_count(0)
    visit.quiet()


def test_a_contradiction_is_shown_and_must_be_accepted(arrive: Arrive, api: FakeApi) -> None:
    page = arrive("operator", GOODS).page
    rows(page).nth(2).get_by_role("button", name=re.compile("^Pin")).click()
    page.get_by_role("button", name="By brand, merchant, category, attribute").click()
    page.get_by_label("What").select_option("exclude")
    page.get_by_label("About").select_option("product")
    page.get_by_label("Name or id").fill("bear-1-2")
    page.get_by_role("button", name="Add this rule").click()
    expect(page.locator(".conflicts")).to_contain_text("the exclusion wins")
    expect(page.locator(".edit-rules .troubled")).to_have_count(2)
    save = page.get_by_role("button", name=re.compile("^Save and rebuild"))
    save.click(force=True)  # it is disabled in words, so that it can say why
    expect(page.locator(".toasts")).to_contain_text("Look at 1 contradiction first")
    assert api.sent("PUT", "/edits") == []
    page.get_by_label("I have seen the contradictions; precedence decides").check()
    save.click()
    assert sent(api, "PUT", "/edits")["accept_conflicts"] is True


def test_an_edit_that_leaves_nothing_cannot_be_saved(arrive: Arrive, api: FakeApi) -> None:
    page = arrive("operator", GOODS).page
    page.get_by_role("button", name="By brand, merchant, category, attribute").click()
    page.get_by_label("What").select_option("exclude")
    page.get_by_label("About").select_option("category")
    page.get_by_label("Name or id").fill("everything")
    page.get_by_role("button", name="Add this rule").click()
    expect(page.locator(".moves-panel .problem")).to_contain_text("leave 0 of 24 products")
    page.get_by_role("button", name=re.compile("^Save and rebuild")).click(force=True)
    expect(page.locator(".toasts")).to_contain_text("No product would be left")
    assert api.sent("PUT", "/edits") == []


def test_somebody_elses_save_is_shown_and_mine_is_not_lost(arrive: Arrive, api: FakeApi) -> None:
    visit = arrive("operator", GOODS)
    page = visit.page
    rows(page).nth(2).get_by_role("button", name=re.compile("^Pin")).click()
    expect(page.locator(".edit-bar")).to_contain_text("1 rule, not saved yet")
    api.broken["PUT /api/venues/v-xmas0/edits"] = ProblemError(409, "edits_changed", "wang has saved version 1", "load them again")
    page.get_by_role("button", name="Save and rebuild").click()
    expect(page.locator(".toasts")).to_contain_text("Somebody else saved edits first")
    expect(page.locator(".edit-bar")).to_contain_text("1 rule, not saved yet")


def test_history_and_undo(arrive: Arrive, api: FakeApi) -> None:
    visit = arrive("operator", GOODS)
    page = visit.page
    rows(page).nth(2).get_by_role("button", name=re.compile("^Pin")).click()
    page.get_by_role("button", name="Save and rebuild").click()
    expect(page.locator(".meta")).to_contain_text("run 2")
    expect(rows(page)).to_have_count(24, timeout=20_000)
    page.get_by_text("Earlier edits").click()
    expect(page.locator(".versions")).to_contain_text("version 1林运")
    page.get_by_role("button", name="Undo the last save").click()
    page.get_by_role("dialog").get_by_role("button", name="Undo").click()
    assert sent(api, "POST", "/edits/undo") == {"version": 1}
    expect(page.locator(".meta")).to_contain_text("run 3")


def test_why_a_product_is_not_there_and_bringing_it_in(arrive: Arrive, api: FakeApi) -> None:
    page = arrive("operator", GOODS, size=PHONE, language="zh-CN").page
    page.get_by_text("找商品，问为什么").click()
    page.get_by_placeholder("搜索商品库").fill("熊猫")
    page.get_by_role("button", name="搜索", exact=True).click()
    found = page.locator(".add-body .product").first
    found.get_by_role("button", name="为什么在或不在会场？").click()
    expect(found.locator(".why-not")).to_contain_text("页面已满，排名更靠后（第 118 位） 想展示就提升或置顶它")
    found.get_by_role("button", name=re.compile("^置顶")).click()
    expect(page.locator(".edit-bar")).to_contain_text("1 条规则，还没有保存")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_whoever_may_not_edit_sees_everything_and_changes_nothing(arrive: Arrive, api: FakeApi) -> None:
    page = arrive("reviewer", GOODS).page
    rows(page).nth(2).get_by_role("button", name=re.compile("^Pin")).click(force=True)
    expect(page.locator(".toasts")).to_contain_text("Needs the Operator role")
    expect(page.locator(".edit-bar")).to_have_count(0)
