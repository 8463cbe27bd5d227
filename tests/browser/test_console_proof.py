"""The console's Proof tab: what a release is made of, and the page rebuilt while one looks."""

from __future__ import annotations

import pytest

from tests.support.console_visit import Arrive

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect


def test_a_release_is_proved_by_rebuilding_it(arrive: Arrive) -> None:
    visit = arrive("operator", "/console/venues/v-dress0/proof")
    tab = visit.page.get_by_role("tabpanel")
    expect(tab).to_contain_text("熊猫热")
    expect(tab).to_contain_text("周审")
    tab.get_by_role("button", name="Rebuild and compare").click()
    report = tab.get_by_role("status")
    expect(report).to_contain_text("130 hashes compared")
    expect(report).to_contain_text("template/festival")
    visit.quiet()
