"""Rejections that last, and where they are kept: in a real browser, by mouse, key and finger."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="not run: playwright is not installed")
from playwright.sync_api import expect

from tests.support.console_visit import BROWSER, PHONE, Arrive
from tests.support.fake_api import FakeApi

pytestmark = [pytest.mark.browser, pytest.mark.skipif(BROWSER is None, reason="not run: no Chromium or Chrome on PATH")]


def _until(met: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_rejection_says_where_it_holds_and_what_is_checked(arrive: Arrive, api: FakeApi) -> None:
    page = arrive("reviewer", "/console/review/v-xmas0").page
    expect(page.locator(".material-image img")).to_be_visible()
    page.locator(".material-copy").first.get_by_role("checkbox").check()
    page.keyboard.press("r")
    page.locator(".lasting summary").click()
    page.locator("#reject-scope").select_option("industry")
    expect(page.locator(".lasting")).to_contain_text("Every venue of this industry is held to it.")
    page.get_by_label("Never say").fill("亲们，宝宝们")
    page.get_by_label("No numbers").check()
    page.get_by_role("button", name=re.compile("Wrong tone")).click()
    page.get_by_role("button", name=re.compile("^Send back")).click()
    _until(lambda: bool(api.sent("POST", "/reject")))
    body = api.sent("POST", "/reject")[0]
    assert body["saw"].keys() == {each.task.material_id for each in api.lines["v-xmas0"].materials}
    assert 0 < body["looked_seconds"] < 60
    (sent,) = body["materials"]
    assert (sent["code"], sent["scope"], sent["checks"]) == ("tone", "industry", {"never_say": ["亲们", "宝宝们"], "no_numbers": True})


def test_a_part_of_the_picture_is_marked_by_dragging(arrive: Arrive, api: FakeApi) -> None:
    page = arrive("reviewer", "/console/review/v-xmas0").page
    expect(page.locator(".material-image img")).to_be_visible()
    page.keyboard.press("r")
    sheet = page.locator(".region-sheet")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.6, steps=4)
    page.mouse.up()
    expect(page.locator(".region-sheet .region")).to_be_visible()
    # The same by keys, from where the mouse left it: the sheet has the focus.
    for key in ("ArrowLeft", "ArrowRight", "Shift+ArrowDown", "Shift+ArrowUp"):
        page.keyboard.press(key)
    page.keyboard.press("3")
    _until(lambda: bool(api.sent("POST", "/reject")))
    region = api.sent("POST", "/reject")[0]["materials"][0]["region"]
    assert {name: round(value, 1) for name, value in region.items()} == {"x": 0.2, "y": 0.2, "width": 0.5, "height": 0.4}


def test_constraints_are_listed_with_what_contradicts_them_changed_and_retired(arrive: Arrive, api: FakeApi) -> None:
    page = arrive("reviewer", "/console/constraints").page
    clash = page.locator("#cst-shipping")
    expect(clash.locator(".constraint-clash")).to_contain_text("cst-no-shipping")
    card = page.locator("#cst-friends")
    expect(card).to_contain_text("不要叫顾客亲们")
    card.get_by_role("button", name="Change").click()
    card.get_by_label("Never say").fill("亲们, 宝宝们")
    card.get_by_role("button", name="Save").click()
    expect(page.locator("#cst-friends")).to_contain_text("“宝宝们”")
    stored = api.constraints.store.get("cst-friends")
    assert (stored.revision, stored.said.checks.never_say, stored.changed_by) == (2, ("亲们", "宝宝们"), "周审")
    page.locator("#cst-friends").get_by_role("button", name="Retire").click()
    page.locator("dialog").get_by_role("button", name="Retire").click()
    expect(page.locator("#cst-friends")).to_have_count(0)
    page.get_by_role("button", name="Retired").click()
    expect(page.locator("#cst-friends")).to_be_visible()
    assert [entry.action for entry in api.audit[:2]] == ["retire_constraint", "edit_constraint"]


def test_an_edit_that_somebody_overtook_keeps_what_was_typed(arrive: Arrive, api: FakeApi) -> None:
    page = arrive("reviewer", "/console/constraints").page
    card = page.locator("#cst-friends")
    card.get_by_role("button", name="Change").click()
    card.get_by_label("What should be different").fill("客气一点")
    store: Any = api.constraints.store
    store.change(store.get("cst-friends").model_copy(update={"changed_by": "lin"}))
    card.get_by_role("button", name="Save").click()
    expect(card.locator(".problem")).to_contain_text("Somebody else has changed this constraint.")
    expect(card.get_by_label("What should be different")).to_have_value("客气一点")


def test_several_venues_are_approved_at_once_but_not_what_was_unticked(arrive: Arrive, api: FakeApi) -> None:
    page = arrive("reviewer", "/console/review/v-xmas0").page
    page.get_by_role("button", name="Approve several").click()
    dialog = page.locator("dialog.bulk-dialog")
    expect(dialog.locator(".bulk-entry img").first).to_be_visible()
    ticked = dialog.locator("input:checked")
    count = ticked.count()
    assert count >= 2
    ticked.first.uncheck()
    dialog.get_by_role("button", name=re.compile(r"^Approve \d")).click()
    _until(lambda: len(api.sent("POST", "/approve")) >= count - 1)
    page.wait_for_timeout(300)  # one more would be on its way by now
    assert len(api.sent("POST", "/approve")) == count - 1


def test_a_constraint_is_written_by_hand_and_a_contradiction_is_told(arrive: Arrive, api: FakeApi) -> None:
    page = arrive("reviewer", "/console/constraints", language="zh-CN").page
    page.get_by_role("button", name="写一条约束").click()
    form = page.get_by_role("region", name="写一条约束")
    form.get_by_label("适用范围").select_option("industry")
    # The field of the industries comes after it: kind, language, reason, scope.
    form.locator("select").nth(4).select_option("toys")
    form.get_by_label("必须说").fill("包邮")
    form.get_by_role("button", name="立即生效").click()
    expect(form.locator(".problem")).to_contain_text("必须说“包邮”，又不许说“包邮”")
    expect(form.locator(".problem")).to_contain_text("停用或修改 cst-no-shipping")
    form.get_by_label("必须说").fill("现货")
    form.get_by_role("button", name="立即生效").click()
    expect(page.locator(".constraints .constraint").first).to_contain_text("“现货”")
    made = api.constraints.store.page(status="active").constraints[0]
    assert (made.scope.label(), made.said.checks.must_say, made.created_by) == ("industry toys", ("现货",), "周审")


def test_brand_rules_are_written_tried_and_removed(arrive: Arrive, api: FakeApi) -> None:
    page = arrive("operator", "/console/brands", size=PHONE).page
    page.get_by_role("button", name="Add rules").click()
    form = page.get_by_role("region", name="Add rules")
    form.get_by_label("Words never used").fill("清仓, 甩卖")
    form.get_by_label("The brand's colours").fill("#aa0000, red")
    expect(form.locator(".swatches")).to_contain_text("red is no #rrggbb")
    form.get_by_label("The brand's colours").fill("#aa0000")
    form.get_by_role("button", name="Save").click()
    expect(page.locator(".constraints")).to_contain_text("“清仓”")
    trial = page.get_by_role("region", name="Try words")
    trial.get_by_label("Words to check").fill("年末清仓")
    trial.get_by_role("button", name="Check").click()
    expect(trial).to_contain_text("“清仓”")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.locator(".empty")).to_contain_text("No brand rules")
    assert [entry.action for entry in api.audit[:2]] == ["replace_brand_rules", "replace_brand_rules"]


def test_how_long_a_venue_is_looked_at_is_shown(arrive: Arrive) -> None:
    page = arrive("reviewer", "/console/review/v-xmas0").page
    expect(page.locator(".material-image img")).to_be_visible()
    expect(page.locator(".review-head .meta")).not_to_contain_text("per venue")
    page.keyboard.press("a")
    expect(page.get_by_role("heading", name="圣诞暖家好物")).to_be_visible()
    expect(page.locator(".review-head .meta")).to_contain_text(re.compile(r"median .+ per venue, 1 decided in 7 days"), timeout=20_000)
