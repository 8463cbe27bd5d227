"""Nothing goes live that no person has looked at, unless an admin has set its campaign so; and then its page says so."""

from __future__ import annotations

import pytest

from huichang.kernel.errors import ConflictError
from huichang.line.keys import StepError
from huichang.line.releasing import ReleaseDesk, ReviewTerms
from huichang.materials.policy import BrandRules
from huichang.pages.policing import says_unreviewed
from huichang.venues.model import Actor
from tests.support.edits import edits as edited
from tests.support.line_fakes import OPERATOR, REVIEWER, Line
from tests.unit.test_line_review import sent_back

ADMIN = Actor(name="ada", role="admin")


@pytest.fixture
def line() -> Line:
    line = Line()
    line.select()
    return line


def let(line: Line, unreviewed: bool) -> None:
    ReleaseDesk(line.campaigns, line.audit, line.clock).change("c-1", ReviewTerms(unreviewed_pictures=unreviewed), ADMIN)


def page_of(line: Line, version: str) -> str:
    return line.pages.read_version("v-1", version)


def test_without_the_setting_a_page_waits_for_a_person_and_says_nothing(line: Line) -> None:
    venue = line.stage()
    assert venue.status == "in_review"
    assert "data-unreviewed" not in page_of(line, venue.staged_version)
    line.approve()
    line.publish_venue(line.step())
    assert (line.venue.live_unreviewed, line.venue.reviewed_versions) == (False, (venue.staged_version,))


def test_a_campaign_that_an_admin_set_so_publishes_unseen_and_its_page_says_so(line: Line) -> None:
    let(line, True)
    venue = line.stage()
    assert (venue.status, venue.decision, venue.reviewer) == ("approved", "approved", "")
    assert line.tokens.told[-1] == ("review", "review-token", {"decision": "approved", "round": 1})
    line.publish_venue(line.step())
    assert (line.venue.status, line.venue.live_unreviewed, line.venue.reviewed_versions) == ("published", True, ())
    assert "未经人工审核" in line.pages.live["v-1"]
    assert says_unreviewed(line.pages.live["v-1"], "zh")
    setting, release = line.audit.entries
    assert (setting.action, setting.actor, setting.detail) == ("set_unreviewed_pictures", "ada", {"from": False, "to": True})
    assert (release.action, release.actor, release.role, release.saw) == (
        "release_unreviewed",
        "ada",
        "campaign_setting",
        venue.staged_version,
    )
    step = line.venues.step("v-1", "RequestReview")
    assert step
    assert (step.status, step.note) == ("done", "按活动设置，未经人工审核放行")


def test_a_lost_run_is_not_let_through_twice(line: Line) -> None:
    let(line, True)
    line.stage()
    line.request_review(line.step("review-2"))
    assert line.tokens.told[-1][1] == "review-2"
    assert line.audit.actions.count("release_unreviewed") == 1
    step = line.venues.step("v-1", "RequestReview")
    assert step
    assert "未经人工审核" in step.note


def test_a_lost_run_is_asked_about_once_the_setting_is_taken_back(line: Line) -> None:
    let(line, True)
    version = line.stage().staged_version
    let(line, False)
    line.request_review(line.step("review-2"))
    assert line.venue.status == "in_review"
    line.review.approve("v-1", version, REVIEWER)
    line.publish_venue(line.step())
    assert (line.venue.status, line.venue.live_unreviewed, line.venue.reviewed_versions) == ("published", False, (version,))


def test_what_was_staged_before_the_setting_still_waits_for_its_reviewer(line: Line) -> None:
    version = line.stage().staged_version
    let(line, True)
    line.request_review(line.step("review-2"))
    assert line.venue.status == "in_review"
    line.venues.update("v-1", status="approved", approved_version=version)  # as nothing in the line can do
    with pytest.raises(ConflictError, match="does not say so") as caught:
        line.publish_venue(line.step())
    assert caught.value.code == "pictures_unreviewed"
    assert line.pages.live == {}


def test_a_setting_taken_back_stops_what_was_let_through_but_is_not_live_yet(line: Line) -> None:
    let(line, True)
    line.stage()
    let(line, False)
    with pytest.raises(ConflictError, match="any more"):
        line.publish_venue(line.step())
    line.fail_venue(line.step(), StepError(Error="PermanentError", Cause="no person has approved version"))
    failure = line.venue.failure
    assert failure
    assert (failure.code, "送审" in failure.mend) == ("pictures_unreviewed", True)
    with pytest.raises(ConflictError, match="no person has approved"):
        line.review.publish("v-1", OPERATOR)
    assert line.pages.live == {}


def test_nobody_goes_back_to_a_page_that_no_person_saw_once_the_setting_is_off(line: Line) -> None:
    let(line, True)
    unseen = line.stage().staged_version
    line.publish_venue(line.step())
    let(line, False)
    line.edit(edited(excludes=["p-23"]))
    left_out = line.index.items.pop("p-23")
    line.select()
    line.stage("again")
    line.index.items["p-23"] = left_out
    seen = line.approve().approved_version
    line.publish_venue(line.step())
    assert (line.venue.live_version, line.venue.live_unreviewed) == (seen, False)
    assert line.venue.previous_versions == (unseen,)
    with pytest.raises(ConflictError, match="no person has approved"):
        line.review.roll_back("v-1", OPERATOR)
    let(line, True)
    assert line.review.roll_back("v-1", OPERATOR).live_unreviewed


def test_a_page_that_a_person_approved_goes_live_whatever_the_setting_is_later(line: Line) -> None:
    line.stage()
    version = line.approve().approved_version
    let(line, True)
    line.publish_venue(line.step())
    assert (line.venue.live_version, line.venue.live_unreviewed) == (version, False)


def test_versions_from_before_this_was_written_down_were_all_approved_by_a_person(line: Line) -> None:
    line.stage()
    line.approve()
    line.publish_venue(line.step())
    line.venues.update("v-1", reviewed_versions=None, status="retired")
    assert line.review.publish("v-1", OPERATOR).status == "published"


def test_the_gate_and_the_inspection_still_stop_a_page_that_nobody_reviews() -> None:
    line = Line()
    line.select()
    let(line, True)
    line.brands = line.brands.model_copy(update={"brands": (BrandRules(owner="campaign:c-1", forbidden=("未经人工审核",)),)})
    with pytest.raises(Exception, match="brand rules"):
        line.stage()
    assert line.venue.status == "generating"


def test_the_setting_is_told_once(line: Line) -> None:
    let(line, True)
    let(line, True)
    assert line.audit.actions == ["set_unreviewed_pictures"]
    assert line.campaigns.get("c-1").unreviewed_by == "ada"
    let(line, False)
    assert line.campaigns.get("c-1").unreviewed_by == ""


def test_what_goes_live_unseen_was_accepted_by_nobody(line: Line) -> None:
    """Else a model would be tuned towards what no person has preferred."""
    line.stage()
    line.review.reject("v-1", line.venue.staged_version, sent_back(), REVIEWER)
    let(line, True)
    line.stage("review-2")
    line.publish_venue(line.step())
    assert line.venue.live_unreviewed
    (feedback,) = line.feedback.of_venue("v-1")
    assert feedback.accepted is None
    assert "MaterialAccepted" not in line.bus.names


def test_a_reviewer_is_named_where_there_was_one(line: Line) -> None:
    version = line.stage().staged_version
    line.review.approve("v-1", version, REVIEWER)
    line.request_review(line.step("review-2"))
    step = line.venues.step("v-1", "RequestReview")
    assert step
    assert step.note == "此前已由 rita 批准"
