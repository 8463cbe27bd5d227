"""A campaign's releases in the console: what would change, one button, and the plan."""

from __future__ import annotations

import pytest

from tests.support.console_visit import BROWSER, DESKTOP, Arrive
from tests.support.fake_api import FakeApi

playwright = pytest.importorskip("playwright.sync_api", reason="not run: playwright is not installed")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(BROWSER is None, reason="not run: no Chromium on PATH, so nobody looked at the console"),
]
expect = playwright.expect
expect.set_options(timeout=9000)


def test_a_campaign_is_released_with_one_button_after_a_look(arrive: Arrive, api: FakeApi) -> None:
    campaign_id = max(api.campaigns, key=lambda each: len(api.campaigns[each][0].venue_ids))
    count = len(api.campaigns[campaign_id][0].venue_ids)
    visit = arrive("operator", f"/console/campaigns/{campaign_id}", size=DESKTOP)
    panel = visit.page.locator("section.releases")
    panel.get_by_role("button", name="See what would change").click()
    expect(panel.locator(".release-preview .line")).to_have_count(count)
    expect(panel).to_contain_text("1 venue may not go live")
    expect(panel).to_contain_text("no version of it was approved")
    panel.get_by_role("button", name="Go on without these").click()
    visit.page.get_by_role("button", name="Release them together").click()
    expect(panel).to_contain_text(f"{count - 1} changed, {count - 1} live")
    sent = [body for body in api.sent("POST", f"/campaigns/{campaign_id}/releases") if not body.get("dry_run")]
    assert sent == [{"expect": 0, "leave_out_blocked": True}]
    visit.page.get_by_role("button", name="中文").click()
    expect(panel).to_contain_text("第 1 次：一起发布")
    panel.get_by_role("button", name="定时").click()
    panel.get_by_label("开始（当地时间）").fill("2026-12-12T00:00")
    panel.get_by_role("button", name="保存计划").click()
    expect(panel).to_contain_text("一起上线，之前先等着")
    assert api.release_plans[campaign_id].starts_at == "2026-12-12T00:00:00"
