"""The console in a real browser, against a fake of the whole origin."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.console_visit import BROWSER, PHONE, Arrive
from tests.support.fake_api import FakeApi, ProblemError, seen_of

playwright = pytest.importorskip("playwright.sync_api", reason="not run: playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="not run: no Chromium on PATH, so nobody looked at the console"),
]
expect = playwright.expect
expect.set_options(timeout=9000)
EVERY_SCREEN = [
    "/console/",
    "/console/constraints",
    "/console/campaigns",
    "/console/campaigns/c-xmas",
    "/console/campaigns/c-hostile",
    "/console/campaigns/c-long",
    "/console/venues",
    "/console/venues/v-panda2",
    "/console/venues/v-panda2/products",
    "/console/venues/v-panda2/materials",
    "/console/venues/v-panda2/inspection",
    "/console/venues/v-panda2/cost",
    "/console/venues/v-dress0/audit",
    "/console/venues/v-xmas5",
    "/console/review/v-panda2",
    "/console/trends",
    "/console/schedules",
    "/console/imports/imp-1",
    "/console/audit",
]


def test_signing_in_with_pkce_returns_to_the_place_asked_for(arrive: Arrive) -> None:
    visit = arrive("reviewer", "/console/venues/v-dress0/products")
    expect(visit.page.get_by_role("heading", name="秋冬低价女装")).to_be_visible()
    expect(visit.page.locator(".me")).to_contain_text("周审")
    expect(visit.page.get_by_role("tab", name=re.compile("Products"))).to_have_attribute("aria-selected", "true")
    assert visit.page.url.endswith("/console/venues/v-dress0/products")
    visit.quiet()


def test_a_callback_that_this_tab_did_not_start_signs_nobody_in(browser: Any, api: FakeApi) -> None:
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{api.port}/console/callback?code=stolen&state=guess")
    expect(page.locator(".gate .problem")).to_be_visible()
    assert page.evaluate("sessionStorage.getItem('hc.session')") is None
    page.close()


def test_home_says_what_needs_me(arrive: Arrive) -> None:
    visit = arrive("reviewer")
    needs = visit.page.locator(".needs")
    expect(needs).to_contain_text("4 venues wait for review")
    expect(needs).to_contain_text("Panda plush season")
    expect(needs).to_contain_text("放宽价格到 45 元")
    expect(visit.page.locator(".festivals")).to_contain_text("buyers stock up now")
    expect(visit.page.locator(".offline")).to_be_visible()


def test_a_live_page_that_runs_out_is_told_where_operators_look(arrive: Arrive, api: FakeApi) -> None:
    line = next(each for each in api.lines.values() if each.venue.status == "published")
    line.venue = line.venue.model_copy(update={"stock_low": 1, "promotion": "2026-1212"})
    visit = arrive("operator")
    expect(visit.page.locator(".needs")).to_contain_text(f"{line.venue.theme.name} is running out of goods")
    expect(visit.page.locator(".needs")).to_contain_text("only 1 product left to buy")
    visit.go(f"/console/campaigns/{line.venue.campaign_id}")
    expect(visit.page.locator(".venue-card", has_text=line.venue.theme.name)).to_contain_text("only 1 product left to buy")
    visit.go(f"/console/venues/{line.venue.venue_id}")
    expect(visit.page.locator(".note")).to_contain_text("Too little of what buyers see")
    expect(visit.page.locator(".meta")).to_contain_text("2026-1212")


def test_a_sentence_becomes_venues_that_move_by_themselves(arrive: Arrive, api: FakeApi) -> None:
    clock = [time.time()]  # moved on by hand: a slow machine must not miss a state that lasts a second
    api.now = lambda: clock[0]
    visit = arrive("operator")
    page = visit.page
    page.fill("#sentence", "帮我生成一个熊猫玩偶会场")
    page.select_option(".sentence-row select", "toys")
    page.fill(".sentence-row input[type=number]", "2")
    page.press("#sentence", "Enter")
    expect(page.get_by_role("heading", name="帮我生成一个熊猫玩偶会场")).to_be_visible()
    assert api.sent("POST", "/campaigns") == [{"sentence": "帮我生成一个熊猫玩偶会场", "industry": "toys", "venues": 2}]
    clock[0] += 2.5 / api.pace
    expect(page.locator(".chips")).to_contain_text("包邮")
    expect(page.locator(".venue-card")).to_have_count(2)
    clock[0] += 6 / api.pace
    expect(page.locator(".venue-card").first).to_contain_text("Making materials")
    clock[0] += 20 / api.pace
    expect(page.locator(".venue-card").first).to_contain_text("Waiting for review")
    expect(page.get_by_text("手工玻璃风铃")).to_be_visible()
    page.get_by_role("link", name="熊猫玩偶温暖季").click()
    expect(page.locator(".step-waiting")).to_contain_text("Review")
    expect(page.locator(".step-skipped")).to_contain_text("Recruit merchants")
    visit.quiet()


def test_a_lost_answer_sends_the_same_key_again_and_makes_one_campaign(arrive: Arrive, api: FakeApi) -> None:
    visit = arrive("operator")
    page = visit.page
    before = len(api.campaigns)
    keys = []
    dropped = False

    def lose_the_first(route: Any) -> None:
        nonlocal dropped
        if route.request.method != "POST":
            route.continue_()
            return
        keys.append(route.request.headers["idempotency-key"])
        if dropped:
            route.continue_()
            return
        dropped = True
        route.fetch()  # it arrives, its answer does not
        route.abort()

    page.route("**/api/campaigns", lose_the_first)
    page.fill("#sentence", "圣诞杯子会场")
    page.press("#sentence", "Enter")
    expect(page.locator(".sentence-note.wrong")).to_contain_text("cannot be reached")
    page.press("#sentence", "Enter")
    expect(page.get_by_role("heading", name="圣诞杯子会场")).to_be_visible()
    assert len(set(keys)) == 1
    assert len(api.campaigns) == before + 1


def test_a_refused_sentence_says_what_and_what_to_do(arrive: Arrive, api: FakeApi) -> None:
    visit = arrive("operator")
    page = visit.page
    page.get_by_role("button", name="Create venues").click()
    expect(page.locator(".sentence-note")).to_contain_text("Write a sentence")
    page.fill("#sentence", "🙂🙂")
    page.press("#sentence", "Enter")
    expect(page.locator(".sentence-note")).to_contain_text("the sentence has no words")
    expect(page.locator(".sentence-note")).to_contain_text("帮我生成一个熊猫玩偶会场")
    expect(page.locator("#sentence")).to_have_value("🙂🙂")


def test_approving_by_key_is_held_and_then_sent(arrive: Arrive, api: FakeApi) -> None:
    visit = arrive("reviewer", "/console/review/v-xmas0")
    page = visit.page
    expect(page.locator(".material-image img")).to_be_visible()
    version = api.lines["v-xmas0"].venue.staged_version
    page.keyboard.press("a")
    expect(page.get_by_role("heading", name="圣诞暖家好物")).to_be_visible()
    expect(page.locator(".toast")).to_contain_text("圣诞萌趣玩具 approved")
    assert api.sent("POST", "/approve") == []
    expect(page.locator(".toast")).to_have_count(0)
    page.wait_for_function("document.querySelectorAll('.toast').length === 0")
    _until(lambda: api.lines["v-xmas0"].venue.status in ("approved", "published"))
    (sent,) = api.sent("POST", "/approve")
    assert (sent["version_id"], sent["looked_seconds"] < 60) == (version, True)
    assert sent["saw"] == {each.task.material_id: seen_of(each) for each in api.lines["v-xmas0"].materials}
    assert api.audit[0].action == "approve"
    visit.quiet()


def test_undo_takes_an_approval_back_before_anybody_hears_of_it(arrive: Arrive, api: FakeApi) -> None:
    visit = arrive("reviewer", "/console/review/v-xmas0")
    page = visit.page
    expect(page.locator(".review-bar")).to_be_visible()
    page.keyboard.press("a")
    expect(page.get_by_role("heading", name="圣诞暖家好物")).to_be_visible()
    page.keyboard.press("z")
    expect(page.get_by_role("heading", name="圣诞萌趣玩具")).to_be_visible()
    page.wait_for_timeout(5600)
    assert api.sent("POST", "/approve") == []
    assert api.lines["v-xmas0"].venue.status == "in_review"


def test_a_decision_survives_leaving_the_screen_and_closing_the_tab(arrive: Arrive, api: FakeApi) -> None:
    visit = arrive("reviewer", "/console/review/v-xmas0")
    expect(visit.page.locator(".review-bar")).to_be_visible()
    visit.page.keyboard.press("a")
    visit.page.get_by_role("link", name="Trends").click()
    expect(visit.page.get_by_role("heading", name="Trends")).to_be_visible()
    assert api.sent("POST", "/approve") == []
    visit.page.close(run_before_unload=False)
    visit_two = arrive("reviewer", "/console/review/v-xmas2")
    expect(visit_two.page.locator(".review-bar")).to_be_visible()
    visit_two.page.keyboard.press("a")
    visit_two.page.goto("about:blank")
    _until(lambda: len(api.sent("POST", "/v-xmas2/approve")) == 1)


def test_rejecting_by_key_sends_the_first_picture_and_the_reason(arrive: Arrive, api: FakeApi) -> None:
    visit = arrive("reviewer", "/console/review/v-xmas0")
    page = visit.page
    expect(page.locator(".material-image img")).to_be_visible()
    page.keyboard.press("r")
    expect(page.locator(".reject-panel")).to_contain_text("Hero · picture")
    page.keyboard.press("3")
    expect(page.locator(".toast")).to_contain_text("Ugly")
    expect(page.get_by_role("heading", name="圣诞暖家好物")).to_be_visible()
    _until(lambda: bool(api.sent("POST", "/reject")))
    assert api.sent("POST", "/reject")[0]["materials"] == [{"material_id": "hero-image", "code": "ugly"}]
    _until(lambda: api.lines["v-xmas0"].venue.round == 2)
    assert api.lines["v-xmas0"].venue.constraints["hero-image"][0].code == "ugly"


def test_rejecting_chosen_texts_with_words(arrive: Arrive, api: FakeApi) -> None:
    visit = arrive("reviewer", "/console/review/v-xmas0")
    page = visit.page
    page.locator(".material-copy", has_text="Floor 1").get_by_label("Send back").check()
    page.locator(".material-copy", has_text="Share").get_by_label("Send back").check()
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("r")
    page.keyboard.press("8")
    expect(page.locator(".reject-panel [role=alert]")).to_contain_text("what should change")
    expect(page.locator("#reject-text")).to_be_focused()
    page.keyboard.type("写得更亲切 3 分")  # a digit that is typed chooses nothing
    page.keyboard.press("Enter")
    _until(lambda: bool(api.sent("POST", "/reject")))
    sent = api.sent("POST", "/reject")[0]["materials"]
    assert sent == [{"material_id": f"{name}-copy", "code": "other", "text": "写得更亲切 3 分"} for name in ("floor-1", "share")]


def test_j_and_k_walk_and_question_mark_shows_the_keys(arrive: Arrive) -> None:
    visit = arrive("reviewer", "/console/review")
    page = visit.page
    first = page.locator("h1").inner_text()
    page.keyboard.press("j")
    expect(page.locator("h1")).not_to_have_text(first)
    page.keyboard.press("k")
    expect(page.locator("h1")).to_have_text(first)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Take back the last decision")
    page.keyboard.press("a")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".toast")).to_have_count(0)


def test_the_next_venue_is_loaded_before_it_is_asked_for(arrive: Arrive, api: FakeApi) -> None:
    visit = arrive("reviewer", "/console/review/v-panda2")
    expect(visit.page.locator(".review-bar")).to_be_visible()
    _until(lambda: ("GET", "/api/venues/v-xmas0", None) in api.requests)


def test_a_venue_with_blockers_cannot_be_approved(arrive: Arrive, api: FakeApi) -> None:
    visit = arrive("reviewer", "/console/review/v-xmas-blocked")
    page = visit.page
    expect(page.locator(".review-bar")).to_contain_text("it cannot be released")
    page.keyboard.press("a")
    expect(page.locator(".toast")).to_contain_text("cannot be released")
    expect(page.locator("h1")).to_have_text("圣诞餐桌")


def test_an_outdated_approval_says_what_happened(arrive: Arrive, api: FakeApi) -> None:
    visit = arrive("reviewer", "/console/review/v-xmas0")
    page = visit.page
    expect(page.locator(".review-bar")).to_be_visible()
    page.keyboard.press("a")
    with api.lock:
        line = api.lines["v-xmas0"]
        line.venue = line.venue.model_copy(update={"staged_version": "another"})
    expect(page.locator(".toast.bad")).to_contain_text("another version was staged meanwhile")
    expect(page.locator(".toast.bad")).to_contain_text("look at the new one first")


def test_pixels_that_nobody_looked_at_never_read_as_passed(arrive: Arrive) -> None:
    visit = arrive("designer", "/console/venues/v-xmas0/inspection")
    line = visit.page.locator(".check-line", has_text="Pixels")
    expect(line).to_contain_text("Pixels: not run")
    expect(line).not_to_contain_text("passed")
    expect(line.locator("svg")).not_to_have_class(re.compile("tone-good"))


def test_roles_see_what_they_may_not_do_and_why(arrive: Arrive, api: FakeApi) -> None:
    visit = arrive("designer", "/console/venues/v-dress0")
    page = visit.page
    retire = page.get_by_role("button", name=re.compile("^Retire"))
    expect(retire).to_have_attribute("aria-disabled", "true")
    retire.click(force=True)  # playwright takes aria-disabled for unclickable; people do not
    expect(page.locator(".toast")).to_contain_text("Needs the Operator role")
    assert api.sent("POST", "/retire") == []
    visit.go("/console/audit")
    expect(page.locator(".empty")).to_contain_text("Needs the Administrator role")
    assert not [path for _, path, _ in api.requests if path == "/api/audit"]


def test_retire_asks_first_and_publish_brings_it_back(arrive: Arrive, api: FakeApi) -> None:
    visit = arrive("operator", "/console/venues/v-dress0")
    page = visit.page
    page.get_by_role("button", name="Retire").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert api.sent("POST", "/retire") == []
    page.get_by_role("button", name="Retire").click()
    page.get_by_role("dialog").get_by_role("button", name="Retire").click()
    expect(page.locator(".head .state")).to_have_text("Retired")
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    expect(page.locator(".head .state")).to_have_text("Published")


def test_rolling_back_names_the_version(arrive: Arrive, api: FakeApi) -> None:
    visit = arrive("operator", "/console/venues/v-dress0")
    earlier = api.lines["v-dress0"].venue.previous_versions
    visit.page.get_by_role("button", name="Roll back").click()
    visit.page.get_by_role("radio").nth(1).check()
    visit.page.get_by_role("dialog").get_by_role("button", name="Roll back").click()
    _until(lambda: bool(api.sent("POST", "/rollback")))
    assert api.sent("POST", "/rollback") == [{"version_id": earlier[0]}]


def test_floors_are_explained_and_arranged(arrive: Arrive, api: FakeApi) -> None:
    visit = arrive("operator", "/console/venues/v-xmas0/products")
    page = visit.page
    panel = page.locator(".panel", has=page.locator(".floor-ways"))
    expect(panel).to_contain_text("Divided by the attribute")
    expect(panel).to_contain_text("Runner-up: leaf category 0.74")
    panel.locator(".floor-ways summary").click()
    rows = panel.locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("chosen")
    expect(rows.nth(2)).to_contain_text("does not divide")
    style = page.locator(".panel", has=page.get_by_role("heading", name="Style", exact=True))
    expect(style).to_contain_text("Bamboo grove v1")
    expect(style).to_contain_text("100% of the products are Panda plush")
    expect(style).to_contain_text("Next best: Balloon play 1")
    panel.get_by_role("button", name="Arrange").click()
    editor = page.locator(".floor-edit")
    first, second = (editor.get_by_role("textbox").nth(n).input_value() for n in (0, 1))
    editor.get_by_role("textbox").nth(0).fill("Best first")
    editor.get_by_role("button", name="Down: Best first").click()
    editor.locator("summary").nth(0).click()
    moved = editor.locator(".floor-goods").nth(0).locator("select").nth(0)
    moved.select_option("1")
    page.get_by_role("button", name="Save floors").click()
    expect(page.locator(".meta")).to_contain_text("run 2")
    (sent,) = api.sent("PUT", "/floors")
    assert sent["plan_id"] == "plan-1"
    assert [floor["title"] for floor in sent["floors"]][:2] == [second, "Best first"]
    assert [len(floor["product_ids"]) for floor in sent["floors"]] == [5, 7, 6, 6]
    assert first not in [floor["title"] for floor in sent["floors"]]


def test_schedules_are_made_and_deleted(arrive: Arrive, api: FakeApi) -> None:
    visit = arrive("operator", "/console/schedules")
    page = visit.page
    expect(page.locator(".rows")).to_contain_text("Every Monday at 09:00")
    page.get_by_role("button", name="New schedule").click()
    page.get_by_label("Name").fill("bad name")
    page.get_by_role("button", name="Save schedule").click()
    expect(page.locator(".field-error")).to_have_count(3)
    page.get_by_label("Name").fill("new-year")
    page.get_by_label("Sentence").fill("元旦茶具会场")
    page.get_by_label("When").select_option("weekly")
    page.get_by_label("Time zone").fill("Asia/Shanghai")
    page.get_by_role("button", name="Save schedule").click()
    expect(page.locator(".rows")).to_contain_text("元旦茶具会场")
    assert api.schedules["new-year"].cron == "0 9 ? * MON *"
    page.get_by_role("button", name="Delete: new-year").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator(".rows")).not_to_contain_text("元旦茶具会场")
    assert "new-year" not in api.schedules


def test_a_festival_is_scheduled_or_written_about_with_one_click(arrive: Arrive, api: FakeApi) -> None:
    visit = arrive("operator", "/console/trends")
    page = visit.page
    coming = page.get_by_role("region", name="Coming up")
    expect(coming.get_by_text("1 theme has stock · short of 圣诞袜")).to_be_visible()
    expect(coming.get_by_text("a day of mourning, promote nothing")).to_be_visible()
    coming.get_by_role("button", name="Schedule: Christmas").click()
    page.get_by_role("dialog").get_by_role("button", name="Schedule").click()
    _until(lambda: any(name.startswith("christmas-") for name in api.schedules))
    plan = next(plan for name, plan in api.schedules.items() if name.startswith("christmas-"))
    assert (plan.request.venues, plan.request.sentence) == (1, "圣诞节大促，做1个会场：玩偶")
    page.get_by_role("button", name="Which trends cannot be promoted, and why").click()
    expect(page.get_by_role("region", name="Trends no venue can follow from")).to_be_visible()
    coming.get_by_role("button", name="Create: 圣诞节玩偶").click()
    expect(page.locator("#sentence")).to_have_value("帮我做一个圣诞节玩偶会场")
    visit.quiet()


def test_the_language_changes_everywhere_at_once_and_stays(arrive: Arrive) -> None:
    visit = arrive("admin", "/console/campaigns/c-xmas")
    page = visit.page
    expect(page.get_by_text("How it was understood")).to_be_visible()
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_text("这样理解的")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.locator(".navigation")).to_contain_text("审核")
    expect(page.locator("time").first).to_contain_text("前")
    assert "会场" in page.title()
    page.reload()
    expect(page.get_by_text("这样理解的")).to_be_visible()
    visit.quiet()


def test_a_session_that_ends_keeps_the_place_and_the_draft(arrive: Arrive, api: FakeApi) -> None:
    visit = arrive("operator")
    page = visit.page
    page.fill("#sentence", "写到一半的句子")
    api.expire_tokens()
    expect(page.locator(".banner.bad")).to_contain_text("Your sign-in has ended", timeout=16000)
    page.get_by_role("button", name="Sign in again").click()
    page.click("#operator")
    expect(page.locator("#sentence")).to_have_value("写到一半的句子")
    assert page.url.endswith("/console/")


def test_a_lost_api_is_told_and_found_again(arrive: Arrive, api: FakeApi) -> None:
    visit = arrive("operator", "/console/venues/v-xmas3")
    page = visit.page
    expect(page.locator(".step-running")).to_be_visible()
    api.broken["GET /api/venues/v-xmas3"] = ProblemError(503, "try_again", "busy")
    expect(page.locator(".banner")).to_contain_text("Reconnecting by itself")
    expect(page.locator(".step-running")).to_be_visible()
    api.broken.clear()
    page.get_by_role("button", name="Retry now").click()
    expect(page.locator(".banner")).to_have_count(0)


def test_signing_out_forgets_the_token(arrive: Arrive) -> None:
    visit = arrive("operator")
    visit.page.get_by_role("button", name="Sign out").click()
    expect(visit.page.get_by_role("button", name="Sign in")).to_be_visible()
    assert visit.page.evaluate("sessionStorage.getItem('hc.session')") is None


def test_a_preview_cannot_reach_the_console(arrive: Arrive) -> None:
    visit = arrive("designer", "/console/venues/v-dress0")
    frame = visit.page.locator(".device-phone iframe")
    expect(frame).to_have_attribute("src", re.compile("^/preview/"))
    assert "allow-same-origin" not in frame.get_attribute("sandbox")
    expect(visit.page.frame_locator(".device-phone iframe").get_by_role("heading")).to_have_text("秋冬低价女装")
    visit.quiet()


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_every_screen_fits_a_phone_and_hostile_data_stays_text(arrive: Arrive, language: str) -> None:
    visit = arrive("admin", size=PHONE, language=language)
    for path in EVERY_SCREEN:
        visit.go(path)
        visit.page.wait_for_selector("h1, .problem")
        visit.page.wait_for_load_state("networkidle") if path == "/console/trends" else visit.page.wait_for_timeout(350)
        wide = visit.page.evaluate("document.scrollingElement.scrollWidth")
        assert wide <= PHONE["width"], f"{path} scrolls sideways: {wide} px"
        assert visit.page.evaluate("window.pwned") is None, path
        assert visit.page.locator("main img[src=x], main script").count() == 0
        missing = re.findall(
            r"\b[a-z_]+\.[a-z_]+\.(?:what|todo|means)\b|\{\w+\}(?!\})",
            visit.page.locator("main").inner_text().replace("{7*7}", ""),
        )
        assert missing == [], f"{path} shows a key instead of words: {missing}"
    visit.quiet()


def test_everything_on_a_venue_can_be_reached_with_the_tab_key(arrive: Arrive) -> None:
    visit = arrive("operator", "/console/venues/v-dress0")
    page = visit.page
    expect(page.get_by_role("tab", name="Preview")).to_be_visible()
    page.locator(".skip").focus()
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate("(({innerText, ariaLabel}) => (innerText || ariaLabel || '').trim().split('\\n')[0])(document.activeElement)")
        )
        assert page.evaluate(
            "['IFRAME', 'BODY'].includes(document.activeElement.nodeName)"
            " || getComputedStyle(document.activeElement).outlineStyle !== 'none'"
        )
    assert {"Home", "Review", "Roll back", "Retire", "Preview", "Reload"} <= reached
    page.get_by_role("tab", name="Preview").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name=re.compile("Products"))).to_be_focused()


def _until(true: Callable[[], bool], seconds: float = 9.0) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.05)


def test_a_brief_is_corrected_as_chips_by_keyboard_and_planned_again(arrive: Arrive, api: FakeApi) -> None:
    visit = arrive("operator", "/console/campaigns/c-xmas", size=PHONE)
    page = visit.page
    chips = page.get_by_role("group", name="How it was understood")
    first = chips.get_by_role("button", name=re.compile("Change Goods")).first
    expect(first).to_be_visible()
    first.focus()
    page.keyboard.press("Enter")
    page.keyboard.type("panda lamps")
    page.keyboard.press("Enter")
    expect(chips.get_by_role("button", name="Change Goods: panda lamps")).to_be_focused()
    chips.get_by_role("button", name="Add Term").press("Enter")
    page.keyboard.type("under 50")
    page.keyboard.press("Enter")
    chips.get_by_role("button", name=re.compile("Change Tone|Add Tone")).first.press("Enter")
    page.keyboard.type("thrown away")
    page.keyboard.press("Escape")
    expect(chips).not_to_contain_text("thrown away")
    chips.get_by_role("button", name=re.compile("Change When")).press("Enter")
    chips.get_by_label("From", exact=True).fill("2031-10-01")
    chips.get_by_label("To", exact=True).fill("2031-10-07")
    page.get_by_role("button", name="Done").click()
    chips.get_by_role("button", name="Add Promotion").press("Enter")
    page.keyboard.type("2026-1212")
    page.keyboard.press("Enter")
    expect(chips.get_by_role("button", name="Change Promotion: 2026-1212")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "wider than a phone"
    page.get_by_role("button", name="Plan again with this").click()
    expect(page.get_by_role("heading", name=re.compile("Earlier plans"))).to_be_visible()
    expect(page.locator(".earlier")).to_contain_text("Plan 1")
    (sent,) = api.sent("PATCH", "/brief")
    assert sent["plan"] == 1
    assert set(sent["brief"]) == {"subjects", "constraints", "window", "promotion"}
    assert sent["brief"]["promotion"] == "2026-1212"
    assert sent["brief"]["subjects"][0] == "panda lamps"
    assert sent["brief"]["constraints"][-1] == "under 50"
    assert (sent["brief"]["window"]["start"], sent["brief"]["window"]["end"]) == ("2031-10-01", "2031-10-07")
    visit.quiet()


def test_who_may_not_correct_a_brief_sees_it_all_the_same(arrive: Arrive) -> None:
    visit = arrive("reviewer", "/console/campaigns/c-xmas", language="zh-CN")
    understood = visit.page.get_by_role("region", name="这样理解的")
    expect(understood.locator(".chip").first).to_be_visible()
    expect(understood.get_by_role("button")).to_have_count(0)
    visit.quiet()
