"""What a campaign has spent and may spend, and raising the cap: zh and en, desktop and phone."""

from __future__ import annotations

import re
import time

import pytest

from huichang.quotas.model import Quota, Standing
from huichang.venues.model import Failure
from tests.support.console_visit import BROWSER, PHONE, Arrive
from tests.support.fake_api import FakeApi

playwright = pytest.importorskip("playwright.sync_api", reason="not run: playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="not run: no Chromium on PATH, so nobody looked at the console"),
]
expect = playwright.expect
expect.set_options(timeout=9000)
REACHED = {"cap_usd": "3", "spent_usd": "2.91", "reserved_usd": "0", "unclear_usd": "0.05", "reached_at": "2026-09-01T08:00:00.000Z"}


def stop_two(api: FakeApi) -> None:
    api.budgets["c-xmas"] = dict(REACHED)
    for line in [each for each in api.lines.values() if each.venue.campaign_id == "c-xmas"][:2]:
        failure = Failure(
            code="cap_reached", message="the campaign's cap of $3.00 is reached", mend="raise the cap", step="RequestMaterials"
        )
        line.venue = line.venue.model_copy(update={"status": "failed", "failure": failure})


def test_a_cap_that_is_reached_is_told_and_raised(arrive: Arrive, api: FakeApi) -> None:
    stop_two(api)
    visit = arrive("operator", "/console/campaigns/c-xmas", size=PHONE)
    page = visit.page
    panel = page.locator(".budget")
    expect(panel).to_contain_text("The cap of $3.00 is reached")
    expect(panel).to_contain_text("2 venues have stopped")
    expect(panel).to_contain_text("perhaps billed")
    panel.get_by_role("button", name="Change the cap").click()
    amount = panel.get_by_label("New cap in US dollars")
    expect(amount).to_have_value("6")
    amount.fill("a lot")
    panel.get_by_role("button", name="Set the cap").click()
    expect(panel.locator(".field-error")).to_contain_text("Write an amount")
    amount.fill("900")
    panel.get_by_role("button", name="Set the cap").click()
    expect(panel.locator(".field-error")).to_contain_text("Only an admin may set such a cap")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    amount.fill("80")
    amount.press("Enter")
    expect(page.locator("body")).to_contain_text("The cap is raised. 2 go on.")
    expect(panel.locator(".figures")).to_contain_text("$80.00")
    assert api.sent("PATCH", "/budget") == [{"cap_usd": "900"}, {"cap_usd": "80"}]
    visit.quiet("403")


def test_a_campaign_is_let_go_first(arrive: Arrive, api: FakeApi) -> None:
    visit = arrive("operator", "/console/campaigns/c-xmas", language="zh-CN")
    panel = visit.page.locator(".budget")
    panel.get_by_role("button", name="设为优先").click()
    expect(panel.locator(".tag")).to_contain_text("优先")
    assert api.sent("PATCH", "/budget") == [{"rush": True}]
    panel.get_by_text("按天查看").click()
    expect(panel.locator(".plain")).to_contain_text("2026")
    visit.quiet()


def test_a_reviewer_sees_the_budget_and_cannot_change_it(arrive: Arrive, api: FakeApi) -> None:
    visit = arrive("reviewer", "/console/campaigns/c-xmas")
    change = visit.page.locator(".budget").get_by_role("button", name="Change the cap")
    expect(change).to_have_attribute("aria-disabled", "true")
    visit.quiet()


def test_a_campaign_is_begun_with_a_cap_and_a_model_in_trouble_is_told(arrive: Arrive, api: FakeApi) -> None:
    api.standings = [
        Standing(
            model="chat-m", quota=Quota(requests_per_minute=60), circuit="open", why="5 calls in a row failed", opens_at=time.time() + 60
        )
    ]
    visit = arrive("operator", "/console/", size=PHONE)
    page = visit.page
    expect(page.locator(".needs")).to_contain_text("chat-m does not answer")
    page.locator("#sentence").fill("a panda venue")
    page.get_by_role("button", name="More").click()
    cap = page.get_by_label("Spend at most")
    cap.fill("0")
    expect(page.locator("#cap-note")).to_contain_text("With a cap of 0 no model is called")
    cap.fill("some")
    page.get_by_role("button", name="Create venues").click()
    expect(page.locator("#sentence-note")).to_contain_text("Write an amount")
    cap.fill("12,5")
    page.get_by_label("Let it go first").check()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Create venues").click()
    expect(page).to_have_url(re.compile("/console/campaigns/"))
    assert {name: api.sent("POST", "/campaigns")[0].get(name) for name in ("cap_usd", "rush")} == {"cap_usd": "12.5", "rush": True}
    visit.go("/console/limits")
    expect(page.locator(".limit")).to_contain_text("60 requests a minute")
    expect(page.locator(".limit")).to_contain_text("It failed again and again (5 calls in a row failed)")
    visit.quiet()


def test_an_admin_lets_a_campaign_publish_without_a_review(arrive: Arrive, api: FakeApi) -> None:
    line = next(each for each in api.lines.values() if each.venue.status == "published")
    line.venue = line.venue.model_copy(update={"live_unreviewed": True})
    visit = arrive("admin", f"/console/campaigns/{line.venue.campaign_id}")
    page = visit.page
    expect(page.locator(".venue-card", has_text="published unreviewed")).to_have_count(1)
    panel = page.locator(".release")
    panel.get_by_role("button", name="Publish without a review").click()
    page.get_by_role("dialog").get_by_role("button", name="Publish without a review").click()
    expect(panel).to_contain_text("This campaign publishes without a review, as Ada Admin has set it")
    assert api.sent("PATCH", "/review") == [{"unreviewed_pictures": True}]
    panel.get_by_role("button", name="Ask for a review again").click()
    expect(panel).to_contain_text("Every page waits for a person")
    visit.quiet()
