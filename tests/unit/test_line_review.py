"""What people decide about a venue: each decision once, on the version that was seen, in the audit trail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from huichang.kernel.errors import ConflictError, InvalidInputError, NotFoundError, TransientError
from huichang.kernel.events import MaterialRejected, VenuePublished, VenueRolledBack
from huichang.line.keys import StepError
from huichang.line.review import MaterialRejection
from huichang.materials.model import MaterialRequest, ReviewConstraint
from tests.support.edits import edits as edited
from tests.support.line_fakes import OPERATOR, REVIEWER, Line


@pytest.fixture
def line() -> Line:
    """A venue in review."""
    line = Line()
    line.select()
    line.stage()
    return line


def sent_back(material_id: str = "hero.copy", text: str = "太硬") -> list[MaterialRejection]:
    return [MaterialRejection(material_id=material_id, constraint=ReviewConstraint(code="tone", text=text))]


def told(line: Line, purpose: str = "review") -> list[tuple[str, dict[str, Any]]]:
    return [(token, said) for of, token, said in line.tokens.told if of == purpose]


def publish(line: Line) -> str:
    """Approve and publish what is staged."""
    version = line.approve().approved_version
    line.publish_venue(line.step())
    return version


def stage_again(line: Line, excluded: str) -> None:
    """An edit, and the line up to the next review."""
    line.edit(edited(excludes=[excluded]))
    left_out = line.index.items.pop(excluded)
    line.select()
    line.stage(f"token without {excluded}")
    line.index.items[excluded] = left_out


# --- approve ----------------------------------------------------------------------------------------------------------


def test_an_approval_is_recorded_and_wakes_the_machine(line: Line) -> None:
    version = line.venue.staged_version
    venue = line.review.approve("v-1", version, REVIEWER, "好看")
    assert (venue.status, venue.approved_version, venue.reviewer, venue.review_note) == ("approved", version, "rita", "好看")
    assert told(line) == [("review-token", {"decision": "approved", "round": 1})]
    (entry,) = line.audit.of("v-1")
    assert (entry.action, entry.actor, entry.role, entry.saw) == ("approve", "rita", "reviewer", version)
    record = line.venues.step("v-1", "RequestReview")
    assert record
    assert (record.status, record.note) == ("done", "由 rita 批准")


def test_only_the_staged_version_can_be_approved(line: Line) -> None:
    with pytest.raises(ConflictError, match="another version was staged") as caught:
        line.review.approve("v-1", "the one before", REVIEWER)
    assert line.venue.staged_version in caught.value.mend
    assert (line.venue.status, line.audit.entries, told(line)) == ("in_review", [], [])


def test_a_venue_is_decided_about_once(line: Line) -> None:
    version = line.approve().staged_version
    with pytest.raises(ConflictError, match="not in review"):
        line.review.approve("v-1", version, REVIEWER)
    with pytest.raises(ConflictError, match="not in review"):
        line.review.reject("v-1", version, sent_back(), REVIEWER)
    assert line.audit.actions == ["approve"]
    assert len(told(line)) == 1


def test_of_two_reviewers_at_once_one_decides(line: Line) -> None:
    version = line.venue.staged_version
    update = line.venues.update

    def other_first(*arguments: Any, **changes: Any) -> Any:
        line.venues.update = update  # type: ignore[method-assign]
        line.review.reject("v-1", version, sent_back(), REVIEWER)
        return update(*arguments, **changes)

    line.venues.update = other_first  # type: ignore[method-assign]
    with pytest.raises(ConflictError):
        line.review.approve("v-1", version, OPERATOR)
    assert line.venue.status == "generating"
    assert line.audit.actions == ["reject"]


@pytest.mark.parametrize("decide", ["approve", "reject"])
def test_a_decision_that_did_not_reach_the_machine_is_repeated_by_the_sweep(line: Line, decide: str) -> None:
    """Step Functions throttled, or the function died, between the record and the answer."""
    version = line.venue.staged_version
    line.tokens.failures = 1
    review: Callable[[], Any] = {
        "approve": lambda: line.review.approve("v-1", version, REVIEWER),
        "reject": lambda: line.review.reject("v-1", version, sent_back(), REVIEWER),
    }[decide]
    with pytest.raises(TransientError):
        review()
    assert told(line) == []
    line.clock.pass_time(30)
    assert line.runs.sweep(line.collect, line.desk, line.due_edits, line.ledger)["reminded"] == 1
    expected = {"decision": "approved", "round": 1} if decide == "approve" else {"decision": "rejected", "round": 2}
    assert told(line) == [("review-token", expected)]
    assert line.runs.sweep(line.collect, line.desk, line.due_edits, line.ledger)["reminded"] == 0


# --- reject -----------------------------------------------------------------------------------------------------------


def test_a_rejection_becomes_a_constraint_a_receipt_and_another_round(line: Line) -> None:
    version = line.venue.staged_version
    task = line.materials.get("v-1", "hero.copy")
    venue = line.review.reject("v-1", version, sent_back(), REVIEWER, "再来")
    assert (venue.status, venue.round, venue.reviewer, venue.review_note) == ("generating", 2, "rita", "再来")
    (constraint,) = venue.constraints["hero.copy"]
    assert (constraint.code, constraint.text) == ("tone", "太硬")
    assert constraint.rejected_text["title"].startswith("熊猫来了")
    receipt = line.bus.last(MaterialRejected)
    assert (receipt.material_id, receipt.task_key, receipt.reason_code, receipt.reason) == ("hero.copy", task.task_key, "tone", "太硬")
    assert line.materials.get("v-1", "hero.copy").status == "rejected"
    assert told(line) == [("review-token", {"decision": "rejected", "round": 2})]
    (entry,) = line.audit.of("v-1")
    assert (entry.action, entry.saw) == ("reject", version)
    assert entry.detail["materials"][0]["material_id"] == "hero.copy"


def test_only_what_was_sent_back_is_made_again_with_the_reason_in_its_request(line: Line) -> None:
    first = line.venue.staged_version
    ready = {task.material_id: task.result_key for task in line.materials.of_venue("v-1")}
    line.review.reject("v-1", first, sent_back(), REVIEWER)
    line.request_materials(line.step("materials-2"))
    ((task, _),) = line.queue.sent
    assert (task.material_id, task.round) == ("hero.copy", 2)
    request = line.documents.get(task.request_key, MaterialRequest)
    assert [constraint.text for constraint in request.constraints] == ["太硬"]
    line.make()
    assert [token for token, _ in told(line, "materials")] == ["materials-token", "materials-2"]
    line.render_page(line.step())
    assert line.venue.staged_version != first
    now = {task.material_id: task.result_key for task in line.materials.of_venue("v-1")}
    assert {material for material in now if now[material] != ready[material]} == {"hero.copy"}


def test_reasons_pile_up_over_the_rounds(line: Line) -> None:
    line.review.reject("v-1", line.venue.staged_version, sent_back(text="太硬"), REVIEWER)
    line.stage("review-2")
    line.review.reject("v-1", line.venue.staged_version, sent_back(text="还是太硬"), REVIEWER)
    assert [constraint.text for constraint in line.venue.constraints["hero.copy"]] == ["太硬", "还是太硬"]
    assert line.venue.round == 3


def test_a_picture_can_be_sent_back(line: Line) -> None:
    line.review.reject("v-1", line.venue.staged_version, sent_back("hero.image", "太暗"), REVIEWER)
    line.request_materials(line.step("materials-2"))
    ((task, _),) = line.queue.take()
    assert task.material_id == "hero.image"
    assert line.documents.get(task.request_key, MaterialRequest).constraints[0].rejected_text == {}


@pytest.mark.parametrize(
    ("rejections", "problem"),
    [([], "no material was named"), (sent_back("cellar.copy"), "this page has no material cellar.copy")],
)
def test_what_cannot_be_sent_back(line: Line, rejections: list[MaterialRejection], problem: str) -> None:
    with pytest.raises(InvalidInputError, match=problem) as caught:
        line.review.reject("v-1", line.venue.staged_version, rejections, REVIEWER)
    assert caught.value.mend
    assert (line.venue.status, line.venue.constraints, line.bus.names.count("MaterialRejected")) == ("in_review", {}, 0)


def test_after_the_last_round_the_venue_ends_with_that_as_its_reason(line: Line) -> None:
    for number in (2, 3):
        line.review.reject("v-1", line.venue.staged_version, sent_back(), REVIEWER)
        line.stage(f"review-{number}")
    venue = line.review.reject("v-1", line.venue.staged_version, sent_back(), REVIEWER)
    assert told(line)[-1] == ("review-3", {"decision": "no_rounds_left", "round": 3})
    assert venue.round == 3
    line.fail_venue(line.step(), StepError(Error="PermanentError", Cause="a decision this machine does not know"))
    failure = line.venue.failure
    assert failure
    assert failure.code == "no_rounds_left"
    assert "3 rounds" in failure.message
    assert failure.mend


def test_a_venue_that_ran_out_of_rounds_begins_anew_after_an_edit() -> None:
    line = Line(max_rounds=2)
    line.select()
    for number in (1, 2):
        line.stage(f"review-{number}")
        line.review.reject("v-1", line.venue.staged_version, sent_back(), REVIEWER)
    assert line.venue.decision == "no_rounds_left"
    line.fail_venue(line.step(), StepError(Error="PermanentError", Cause="x"))
    venue = line.edit(edited())
    assert (venue.run, venue.round, venue.status, venue.decision, venue.failure) == (2, 1, "planned", "", None)
    line.fail_venue(line.step(), StepError(Error="PermanentError", Cause="the index is gone"))
    failure = line.venue.failure
    assert failure
    assert failure.message == "the index is gone"


# --- publish, roll back, retire ---------------------------------------------------------------------------------------


def test_an_approved_venue_is_published_into_delivery(line: Line) -> None:
    version = publish(line)
    venue = line.venue
    assert (venue.status, venue.live_version, venue.previous_versions) == ("published", version, ())
    assert line.pages.live["v-1"] == line.pages.read_version("v-1", version)
    live = line.delivery.items["v-1"]
    assert live.href == "/v/v-1/"
    assert live.title.startswith("熊猫来了")
    assert line.bus.names.count("VenuePublished") == 1
    line.publish_venue(line.step())  # a replay
    assert line.bus.names.count("VenuePublished") == 1
    assert line.venue.previous_versions == ()


def test_publishing_that_died_half_way_is_completed(line: Line) -> None:
    line.approve()
    line.delivery.failures = 1
    with pytest.raises(TransientError):
        line.publish_venue(line.step())
    line.publish_venue(line.step())
    assert line.venue.status == "published"
    assert "v-1" in line.delivery.items


def test_nothing_is_published_without_an_approval(line: Line) -> None:
    with pytest.raises(ConflictError, match="nothing was approved"):
        line.publish_venue(line.step())
    with pytest.raises(ConflictError):
        line.review.publish("v-1", OPERATOR)
    assert line.pages.live == {}


def test_the_version_before_comes_back_and_is_told(line: Line) -> None:
    first = publish(line)
    stage_again(line, "p-23")
    second = publish(line)
    assert line.venue.previous_versions == (first,)
    rolled = line.review.roll_back("v-1", OPERATOR)
    assert (rolled.live_version, rolled.previous_versions) == (first, (second,))
    assert line.pages.live["v-1"] == line.pages.read_version("v-1", first)
    assert line.bus.last(VenueRolledBack).version_id == first
    entry = line.audit.of("v-1")[0]
    assert (entry.action, entry.saw, entry.detail) == ("roll_back", first, {"from": second})
    assert line.review.roll_back("v-1", OPERATOR).live_version == second


def test_any_version_that_was_live_can_be_named(line: Line) -> None:
    first = publish(line)
    stage_again(line, "p-23")
    second = publish(line)
    stage_again(line, "p-22")
    third = publish(line)
    assert line.venue.previous_versions == (first, second)
    rolled = line.review.roll_back("v-1", OPERATOR, first)
    assert (rolled.live_version, rolled.previous_versions) == (first, (second, third))
    with pytest.raises(InvalidInputError, match="was never live here") as caught:
        line.review.roll_back("v-1", OPERATOR, "stranger")
    assert second in caught.value.mend


def test_there_must_be_something_to_go_back_to(line: Line) -> None:
    with pytest.raises(ConflictError):
        line.review.roll_back("v-1", OPERATOR)
    publish(line)
    with pytest.raises(ConflictError, match="no earlier version") as caught:
        line.review.roll_back("v-1", OPERATOR)
    assert "retire" in caught.value.mend


def test_retired_and_brought_back(line: Line) -> None:
    version = publish(line)
    assert line.review.retire("v-1", OPERATOR).status == "retired"
    assert (line.pages.live, line.delivery.items) == ({}, {})
    assert line.pages.read_version("v-1", version)
    assert line.review.publish("v-1", OPERATOR).status == "published"
    assert "v-1" in line.pages.live
    assert line.bus.last(VenuePublished).version_id == version
    assert line.audit.actions == ["approve", "retire", "publish"]


def test_a_retirement_that_died_half_way_is_completed_by_repeating_it(line: Line) -> None:
    publish(line)
    line.delivery.failures = 1
    with pytest.raises(TransientError):
        line.review.retire("v-1", OPERATOR)
    assert line.delivery.items
    assert line.review.retire("v-1", OPERATOR).status == "retired"
    assert (line.pages.live, line.delivery.items) == ({}, {})


def test_only_a_published_venue_is_retired(line: Line) -> None:
    with pytest.raises(ConflictError):
        line.review.retire("v-1", OPERATOR)


@pytest.mark.parametrize("status", ["planned", "selecting", "generating", "staged", "in_review"])
def test_publishing_by_hand_does_not_cut_into_a_run(line: Line, status: str) -> None:
    """It would take the venue out of the status that the waiting reviewer's decision needs."""
    publish(line)
    line.venues.update("v-1", status=status)
    with pytest.raises(ConflictError, match="on its way"):
        line.review.publish("v-1", OPERATOR)
    assert line.venue.status == status


@pytest.mark.parametrize(
    "act",
    [
        lambda review: review.approve("v-9", "x", REVIEWER),
        lambda review: review.reject("v-9", "x", sent_back(), REVIEWER),
        lambda review: review.publish("v-9", OPERATOR),
        lambda review: review.roll_back("v-9", OPERATOR),
        lambda review: review.retire("v-9", OPERATOR),
    ],
)
def test_an_unknown_venue_is_not_found(line: Line, act: Callable[[Any], Any]) -> None:
    with pytest.raises(NotFoundError):
        act(line.review)
    assert line.audit.entries == []
