"""How long people look before they decide, and that a decision is about what was shown."""

from __future__ import annotations

from datetime import timedelta

import pytest

from huichang.kernel.errors import ConflictError
from huichang.line.pacing import Decision, pace_of
from huichang.line.review import Looked
from huichang.line.showing import seen_of
from tests.support.line_fakes import REVIEWER, Line
from tests.unit.test_line_review import sent_back


@pytest.fixture
def line() -> Line:
    line = Line()
    line.select()
    line.stage()
    line.clock.pass_time(40)
    return line


def shown(line: Line) -> dict[str, str]:
    return seen_of(line.materials.of_venue("v-1"), line.documents)


def test_the_time_in_front_of_a_venue_is_kept_with_the_decision(line: Line) -> None:
    line.review.approve("v-1", line.venue.staged_version, REVIEWER, looked=Looked(saw=shown(line), seconds=7.25))
    told = line.pace.shown(7)
    assert (told.total.decisions, told.total.median_seconds) == (1, 7.2)
    assert [(each.reviewer, each.approved) for each in told.reviewers] == [("rita", 1)]
    assert [(each.campaign_id, each.median_seconds) for each in told.campaigns] == [("c-1", 7.2)]
    (entry,) = line.audit.of("v-1")
    assert (entry.detail["looked_seconds"], entry.detail["saw_told"], entry.detail["saw"]) == (7.25, True, shown(line))


def test_a_rejection_has_a_time_too_and_one_that_tells_none_counts_without(line: Line) -> None:
    line.review.reject("v-1", line.venue.staged_version, sent_back(), REVIEWER, looked=Looked(seconds=3))
    line.stage("review-2")
    line.review.approve("v-1", line.venue.staged_version, REVIEWER)
    told = line.pace.shown(1).total
    assert (told.decisions, told.approved, told.rejected, told.measured, told.median_seconds) == (2, 1, 1, 1, 3.0)


@pytest.mark.parametrize(("told", "kept"), [(601.0, None), (599.0, 40.0), (0.0, 0.0)])
def test_nobody_looks_longer_than_a_venue_has_waited_or_than_people_look(line: Line, told: float, kept: float | None) -> None:
    """600 s is the documented cut; the venue has waited for 40 s."""
    line.review.approve("v-1", line.venue.staged_version, REVIEWER, looked=Looked(seconds=told))
    found = line.pace.shown(1).total.median_seconds
    assert found == kept if kept is None else found == pytest.approx(kept, abs=1)


def test_a_median_is_not_moved_by_one_long_look() -> None:
    def decision(n: int, seconds: float | None) -> Decision:
        return Decision(
            venue_id=f"v-{n}",
            campaign_id="c",
            version_id="x",
            reviewer="r",
            decision="approved",
            at="2026-09-01T08:00:00.000Z",
            seconds=seconds,
        )

    assert pace_of([decision(n, s) for n, s in enumerate((2, 3, 590, None))]).median_seconds == 3
    assert pace_of([decision(1, 2), decision(2, 3)]).median_seconds == 2.5
    assert pace_of([]).median_seconds is None


def test_only_the_days_that_were_asked_for_count() -> None:
    line = Line()
    keeper, venue = line.pace, line.venue
    for _ in range(3):
        keeper.decided(venue, "x", REVIEWER, "approved", 1)
        line.clock.pass_time(timedelta(days=1).total_seconds())
    assert [keeper.shown(days).total.decisions for days in (1, 2, 3, 4, 31)] == [0, 1, 2, 3, 3]
    assert keeper.shown(31, "c-9").total.decisions == 0


def test_a_material_that_changed_after_it_was_shown_is_not_decided_about(line: Line) -> None:
    before = shown(line)
    task = line.materials.get("v-1", "hero.copy")
    line.materials.tasks["v-1", "hero.copy"] = task.model_copy(update={"result_key": line.materials.get("v-1", "share.copy").result_key})
    version = line.venue.staged_version
    for decide in (
        lambda: line.review.approve("v-1", version, REVIEWER, looked=Looked(saw=before)),
        lambda: line.review.reject("v-1", version, sent_back(), REVIEWER, looked=Looked(saw=before)),
    ):
        with pytest.raises(ConflictError, match=r"hero\.copy changed after it was shown to you; nothing was decided") as caught:
            decide()
        assert caught.value.code == "changed_since_shown"
    assert (line.venue.status, line.audit.entries, line.venue.constraints) == ("in_review", [], {})
    assert line.review.approve("v-1", version, REVIEWER, looked=Looked(saw=shown(line))).status == "approved"


def test_a_material_that_is_gone_is_a_change_and_what_was_not_shown_is_not_said_to_be_seen(line: Line) -> None:
    saw = shown(line)
    with pytest.raises(ConflictError, match=r"hero\.banner"):
        line.review.approve("v-1", line.venue.staged_version, REVIEWER, looked=Looked(saw=saw | {"hero.banner": "abc"}))
    part = {name: saw[name] for name in ("hero.image", "hero.copy")}
    line.review.approve("v-1", line.venue.staged_version, REVIEWER, looked=Looked(saw=part))
    assert line.audit.of("v-1")[0].detail["saw"] == part
