"""Releases that come by themselves: in the campaign's own time, once, also when the tick is late or dies."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from pydantic import ValidationError

from huichang.kernel.errors import InvalidInputError
from huichang.kernel.zones import moment_of
from huichang.line.keeping import KeepReleases
from huichang.line.leaving import Farewell
from huichang.line.release_schedule import NOTHING
from huichang.pages.release_plans import PlanTerms
from huichang.themes.model import Window
from tests.support.line_fakes import OPERATOR
from tests.support.shown_campaign import Shown

NEW_YORK = "America/New_York"


@pytest.fixture
def shown() -> Shown:
    shown = Shown(2)
    shown.line.clock.moment = datetime(2026, 12, 1, tzinfo=UTC)
    return shown


def plan(shown: Shown, **terms: str) -> None:
    shown.line.release_schedule.change("c-1", PlanTerms.model_validate(terms), OPERATOR)


def tick(shown: Shown, moment: datetime) -> int:
    shown.line.clock.moment = moment
    return shown.line.release_schedule.tick()


@pytest.mark.parametrize(
    ("local", "zone", "last", "utc"),
    [
        ("2026-12-12T00:00:00", "Asia/Shanghai", False, "2026-12-11T16:00:00"),
        ("2026-07-04T00:00:00", NEW_YORK, False, "2026-07-04T04:00:00"),
        # The clocks pass 01:30 twice: a promotion begins at the first and ends at the second.
        ("2026-11-01T01:30:00", NEW_YORK, False, "2026-11-01T05:30:00"),
        ("2026-11-01T01:30:00", NEW_YORK, True, "2026-11-01T06:30:00"),
        # They leave out 02:30: it is the moment at which they are moved.
        ("2026-03-08T02:30:00", NEW_YORK, False, "2026-03-08T07:00:00"),
        ("2026-03-08T02:30:00", NEW_YORK, True, "2026-03-08T07:00:00"),
    ],
)
def test_a_local_time_is_one_moment(local: str, zone: str, last: bool, utc: str) -> None:
    assert moment_of(local, zone, last=last) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "terms",
    [
        {"timezone": "Mars/Olympus"},
        {"starts_at": "2026-02-30T00:00:00"},
        {"starts_at": "tomorrow"},
        {"starts_at": "2026-12-13T00:00:00", "ends_at": "2026-12-12T00:00:00"},
    ],
)
def test_a_plan_that_cannot_be_is_refused(terms: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        PlanTerms.model_validate(terms)


def test_a_campaign_is_released_at_its_start_and_retired_at_its_end(shown: Shown) -> None:
    plan(shown, starts_at="2026-12-12T00:00:00", ends_at="2026-12-13T00:00:00")
    assert tick(shown, datetime(2026, 12, 11, 15, 59, tzinfo=UTC)) == 0
    assert shown.buyers_see == {}
    assert tick(shown, datetime(2026, 12, 11, 16, 0, tzinfo=UTC)) == 1
    assert shown.buyers_see == {"v-1": 1, "v-2": 1}
    assert tick(shown, datetime(2026, 12, 11, 16, 1, tzinfo=UTC)) == 0
    assert tick(shown, datetime(2026, 12, 12, 16, 0, tzinfo=UTC)) == 1
    assert shown.buyers_see == {}
    assert tick(shown, datetime(2026, 12, 12, 16, 1, tzinfo=UTC)) == 0
    history = shown.line.campaign_releases.history("c-1")
    assert [(made.kind, made.by) for made in history] == [("retire", "schedule:releases"), ("release", "schedule:releases")]
    assert "2026-12-12T00:00:00 Asia/Shanghai" in history[1].note


def test_a_late_tick_catches_up_and_one_after_everything_releases_nothing(shown: Shown) -> None:
    plan(shown, starts_at="2026-12-12T00:00:00", ends_at="2026-12-13T00:00:00")
    assert tick(shown, datetime(2026, 12, 12, 9, tzinfo=UTC)) == 1
    assert shown.buyers_see == {"v-1": 1, "v-2": 1}
    other = Shown(2)
    other.line.clock.moment = datetime(2026, 12, 1, tzinfo=UTC)
    plan(other, starts_at="2026-12-12T00:00:00", ends_at="2026-12-13T00:00:00")
    assert tick(other, datetime(2026, 12, 20, tzinfo=UTC)) == 0
    assert other.line.plans.items["c-1"].retired == NOTHING
    assert tick(other, datetime(2026, 12, 20, 1, tzinfo=UTC)) == 0
    assert other.line.campaign_releases.history("c-1") == []


def test_a_tick_that_died_after_the_release_makes_no_second_one(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    plan(shown, starts_at="2026-12-12T00:00:00")
    with monkeypatch.context() as patch:
        patch.setattr(shown.line.plans, "put", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            tick(shown, datetime(2026, 12, 12, tzinfo=UTC))
    assert shown.buyers_see == {"v-1": 1, "v-2": 1}
    assert tick(shown, datetime(2026, 12, 12, 0, 1, tzinfo=UTC)) == 0
    assert (len(shown.line.release_store.items), shown.line.plans.items["c-1"].released) == (1, NOTHING)


def test_what_stands_in_the_way_is_kept_and_told_once_and_tried_again(shown: Shown) -> None:
    plan(shown, starts_at="2026-12-12T00:00:00")
    reviewed = shown.line.venues.get("v-2").reviewed_versions
    shown.line.venues.update("v-2", reviewed_versions=())
    start = datetime(2026, 12, 12, tzinfo=UTC)
    for minute in range(3):
        assert tick(shown, start + timedelta(minutes=minute)) == 0
    assert shown.buyers_see == {}
    assert "没有人审核通过" in shown.line.plans.items["c-1"].trouble["zh"]
    assert shown.line.audit.actions.count("release_kept_back") == 1
    shown.line.venues.update("v-2", reviewed_versions=reviewed)
    assert tick(shown, start + timedelta(minutes=9)) == 1
    assert (shown.buyers_see, shown.line.plans.items["c-1"].trouble) == ({"v-1": 1, "v-2": 1}, {})


def test_a_plan_may_leave_out_what_stands_in_the_way(shown: Shown) -> None:
    plan(shown, starts_at="2026-12-12T00:00:00", on_trouble="leave_out")
    shown.line.venues.update("v-2", reviewed_versions=())
    assert tick(shown, datetime(2026, 12, 12, tzinfo=UTC)) == 1
    assert shown.buyers_see == {"v-1": 1}


def test_an_approved_page_waits_for_the_start_and_the_sweep_leaves_it_alone(shown: Shown) -> None:
    plan(shown, starts_at="2026-12-12T00:00:00")
    assert shown.line.publish_venue(shown.line.step()) == {"path": ""}
    assert (shown.line.venue.status, shown.line.venue.held, shown.buyers_see) == ("approved", True, {})
    record = shown.line.venues.step("v-1", "PublishVenue")
    assert (record.status, record.told[0]["en"]) == ("done", "waits for its campaign's release at 2026-12-12 00:00:00 Asia/Shanghai")
    shown.line.machines.executions[shown.line.machines.venue_execution("v-1", 1)] = "SUCCEEDED"
    assert shown.line.runs._look_after(shown.line.venue, shown.line.collect) == ""
    assert shown.line.venue.status == "approved"
    tick(shown, datetime(2026, 12, 12, tzinfo=UTC))
    assert (shown.line.venue.status, shown.line.venue.held) == ("published", False)
    shown.edition("v-2", 2)
    shown.line.publish_venue(shown.line.step(venue_id="v-2"))
    assert shown.buyers_see["v-2"] == 2, "after the start nothing waits"


def test_the_campaigns_own_days_are_suggested_and_an_end_that_is_over_is_refused(shown: Shown) -> None:
    brief = shown.line.campaigns.get("c-1").brief
    assert brief is not None
    window = Window(start=date(2026, 12, 12), end=date(2026, 12, 14))
    shown.line.campaigns.update("c-1", brief=brief.model_copy(update={"window": window}).model_dump())
    found = shown.line.release_schedule.shown("c-1")
    assert found.suggested == PlanTerms(starts_at="2026-12-12T00:00:00", ends_at="2026-12-15T00:00:00")
    with pytest.raises(InvalidInputError, match="is over"):
        plan(shown, ends_at="2026-11-11T00:00:00")


def test_the_tick_keeps_what_is_told_at_addresses_that_are_over(shown: Shown) -> None:
    line = shown.line
    farewell = Farewell(line.delivery, line.pages, ["toys", "home"])
    keep = KeepReleases(line.release_schedule, line.releases, line.releases.edge, farewell, line.clock)
    plan(shown, starts_at="2026-12-12T00:00:00")
    line.clock.moment = datetime(2026, 12, 12, tzinfo=UTC)
    assert keep() == {"settled": 0, "released": 1, "mended": 0, "gone_pages": 8}
    assert keep() == {"settled": 0, "released": 0, "mended": 0, "gone_pages": 0}
    html, status = line.pages.gone["toys/zh"]
    assert status == 410
    assert 'href="/v/v-1/"' in html
    assert "这场活动已经结束" in html
    assert "<script" not in html
    assert line.pages.gone["unknown/en"][1] == 404
    line.campaign_releases.apply("c-1", "retire", OPERATOR)
    assert keep()["gone_pages"] == 8
    assert "现在没有正在进行的会场" in line.pages.gone["toys/zh"][0]


def test_pages_made_after_a_plan_say_its_end_in_its_zone_and_the_campaigns_zone_is_suggested(shown: Shown) -> None:
    line = shown.line
    campaign = line.campaigns.get("c-1")
    line.campaigns.items["c-1"] = campaign.model_copy(update={"request": campaign.request.model_copy(update={"timezone": NEW_YORK})})
    assert line.campaigns.get("c-1").zone == NEW_YORK
    plan(shown, ends_at="2026-12-15T00:00:00", timezone="Europe/Paris")
    kept = line.campaigns.get("c-1")
    assert (kept.zone, kept.ends_at) == ("Europe/Paris", "2026-12-15T00:00:00+01:00")
    plan(shown, timezone="Europe/Paris")
    assert line.campaigns.get("c-1").ends_at == ""
