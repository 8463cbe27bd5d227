"""The page editor in a real browser: the real use case and renderer behind it, over fakes of the stores."""

from __future__ import annotations

from typing import Any

import pytest

from huichang.pages.model import Region
from tests.support.console_visit import BROWSER, PHONE, Arrive
from tests.support.fake_api import FakeApi
from tests.support.fake_editor import EditedShop
from tests.support.line_fakes import REVIEWER

playwright = pytest.importorskip("playwright.sync_api", reason="not run: playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="not run: no Chromium on PATH, so nobody looked at the console"),
]
expect = playwright.expect
expect.set_options(timeout=9000)
EDITOR = "/console/venues/v-1/edit"


def shop_of(api: FakeApi) -> EditedShop:
    api.edited = EditedShop()
    return api.edited


def titles(page: Any) -> list[str]:
    return [each.input_value() for each in page.locator(".editor-floor-head input").all()]


def test_floors_and_goods_move_by_keys_and_by_pointer_and_are_undone(arrive: Arrive, api: FakeApi) -> None:
    before = [each.title for each in shop_of(api).draft.floors]
    visit = arrive("operator", EDITOR)
    page = visit.page
    grips = page.get_by_role("button", name="Move floor:")
    expect(grips).to_have_count(len(before))
    grips.nth(0).press("ArrowDown")
    expect(page.locator(".editor-floor-head input").nth(0)).to_have_value(before[1])
    expect(grips.nth(1)).to_be_focused()
    page.keyboard.press("Control+z")
    expect(page.locator(".editor-floor-head input").nth(0)).to_have_value(before[0])
    page.keyboard.press("Control+Shift+z")
    expect(page.locator(".editor-floor-head input").nth(0)).to_have_value(before[1])
    page.get_by_role("button", name="Undo").click()
    page.locator(".editor-floor").nth(1).evaluate("each => each.scrollIntoView({ block: 'center' })")
    start, end = grips.nth(0).bounding_box(), page.locator(".editor-floor").nth(1).bounding_box()
    page.mouse.move(start["x"] + 8, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(end["x"] + 60, end["y"] + end["height"] - 6, steps=4)
    page.mouse.up()
    expect(page.locator(".editor-floor-head input").nth(0)).to_have_value(before[1])
    assert titles(page)[:2] == [before[1], before[0]]
    page.locator(".editor-floor-more summary").nth(0).click()
    goods = page.locator(".editor-floor").nth(0).locator(".editor-good")
    first = goods.nth(0).get_attribute("data-good")
    goods.nth(0).locator(".grip").press("ArrowDown")
    expect(goods.nth(1)).to_have_attribute("data-good", first)
    goods.nth(1).locator("select").select_option("1")
    expect(page.locator(".editor-floor").nth(1).locator(f"[data-good='{first}']")).to_have_count(1)
    visit.quiet()


def test_what_is_typed_is_drawn_checked_kept_and_saved(arrive: Arrive, api: FakeApi) -> None:
    shop = shop_of(api)
    visit = arrive("operator", EDITOR, language="zh-CN")
    page = visit.page
    title = page.locator("#t-hero-title")
    expect(title).to_have_value(shop.draft.texts["hero"]["title"])
    title.fill("全网第一的熊猫")
    expect(page.locator(".typed mark").first).to_be_visible()
    expect(page.locator(".editor-state")).to_contain_text("不能保存")
    save = page.get_by_role("button", name="保存并送审")
    expect(save).to_have_attribute("aria-disabled", "true")
    title.fill("竹林里的朋友")
    expect(page.locator(".typed")).to_have_count(0)
    expect(page.frame_locator("iframe").locator("h1")).to_contain_text("竹林里的朋友")
    page.reload()
    expect(title).to_have_value("竹林里的朋友")  # nothing that was typed is lost with a tab
    save.click()
    expect(page.locator(".editor-state")).to_contain_text("已保存")
    assert shop.line.venue.by_hand.texts["hero"]["title"] == "竹林里的朋友"
    assert [each.action for each in shop.line.audit.entries].count("edit_page") == 1
    visit.quiet()


def test_two_people_at_once_are_merged_and_nothing_is_lost(arrive: Arrive, api: FakeApi) -> None:
    shop = shop_of(api)
    visit = arrive("operator", EDITOR)
    page = visit.page
    page.locator("#t-hero-title").fill("竹林里的朋友")
    base = shop.draft
    theirs = base.model_copy(update={"texts": {**base.texts, "share": {"text": "来看看这些熊猫"}}})
    with api.lock:
        shop.editor.save("v-1", base, theirs, REVIEWER)
    page.get_by_role("button", name="Save for review").click()
    expect(page.locator(".editor-conflict")).to_contain_text("Nothing you typed is lost")
    expect(page.locator(".editor-conflict")).to_contain_text("来看看这些熊猫")
    page.get_by_role("button", name="Merge both").click()
    expect(page.locator("#t-hero-title")).to_have_value("竹林里的朋友")
    expect(page.locator("#t-share-text")).to_have_value("来看看这些熊猫")
    page.get_by_role("button", name="Save for review").click()
    expect(page.locator(".editor-state")).to_contain_text("Saved")
    assert (shop.line.venue.by_hand.texts["hero"]["title"], shop.line.venue.by_hand.texts["share"]["text"]) == (
        "竹林里的朋友",
        "来看看这些熊猫",
    )
    visit.quiet("409")


def test_locked_parts_cannot_be_typed_into_and_a_phone_has_room(arrive: Arrive, api: FakeApi) -> None:
    regions = (Region(name="headline", locked=True, holds=("hero.title",)), Region(name="rhythm", locked=True, holds=("floors",)))
    api.edited = EditedShop(regions=regions)
    visit = arrive("operator", EDITOR, size=PHONE)
    page = visit.page
    expect(page.locator("#t-hero-title")).to_be_disabled()
    expect(page.locator(".editor-floor .grip")).to_have_count(0)
    expect(page.locator(".editor-reserves")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("iframe")).to_be_visible()
    visit.quiet()


def test_other_words_are_asked_for_shown_with_their_verdict_and_taken_as_an_edit(arrive: Arrive, api: FakeApi) -> None:
    before = shop_of(api).draft.texts["hero"]["title"]
    visit = arrive("operator", EDITOR, size=PHONE, language="zh-CN")
    page = visit.page
    page.get_by_role("button", name="请模型换个说法：标题").click()
    said = page.locator(".words-said")
    expect(said.nth(1)).to_be_visible()
    expect(page.locator(".words-judged").first).to_contain_text("通过")
    wanted = said.nth(0).inner_text()
    page.locator(".other-words").get_by_role("button", name="用这个").first.click()
    title = page.locator("#t-hero-title")
    expect(title).to_have_value(wanted)
    page.keyboard.press("Control+z")
    expect(title).to_have_value(before)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    visit.quiet()
