"""What a rejection leaves behind on the whole line: constraints, receipts, pairs; and who is asked again because of it."""

from __future__ import annotations

from typing import Any

import pytest

from huichang.kernel.errors import ConflictError, InvalidInputError, TransientError
from huichang.kernel.events import MaterialAccepted, MaterialRejected
from huichang.kernel.ids import content_hash
from huichang.line.keys import StepError
from huichang.line.review import MaterialRejection
from huichang.materials.constraints import Level, Scope
from huichang.materials.feedback import line_of
from huichang.materials.model import CopyResult, MaterialRequest, ReviewConstraint
from tests.support.line_fakes import REVIEWER, Line, a_theme, a_venue
from tests.support.memory_constraints import a_constraint, a_place


@pytest.fixture
def line() -> Line:
    line = Line()
    line.select()
    line.stage()
    return line


def sent_back(material_id: str = "hero.copy", level: Level = "component", **said: Any) -> MaterialRejection:
    values = {"code": "tone", "text": "太硬"} | said
    return MaterialRejection(material_id=material_id, constraint=ReviewConstraint.model_validate(values), level=level)


def reject(line: Line, *rejections: MaterialRejection) -> None:
    line.review.reject("v-1", line.venue.staged_version, list(rejections or (sent_back(),)), REVIEWER)


def request_of(line: Line, material_id: str = "hero.copy") -> MaterialRequest:
    return line.documents.get(line.materials.get("v-1", material_id).request_key, MaterialRequest)


def test_a_rejection_is_kept_where_the_reviewer_says(line: Line) -> None:
    texts = line.documents.get(line.materials.get("v-1", "hero.copy").result_key, CopyResult).texts
    reject(line, sent_back(level="industry", slot="title", checks={"never_say": ("熊猫",)}))
    (constraint,) = line.constraints.items.values()
    assert constraint.scope == Scope(level="industry", value="toys")
    assert (constraint.created_by, constraint.kind, constraint.language, constraint.material_id) == ("rita", "copy", "zh", "hero.copy")
    assert constraint.said.rejected_text == {"title": texts["title"]}  # only the text that was meant
    assert constraint.said.constraint_id == constraint.constraint_id
    assert constraint.origin
    assert constraint.origin.template == line.venue.template
    assert constraint.origin.style
    (feedback,) = line.feedback.items.values()
    assert (feedback.constraint_id, feedback.rejected.texts, feedback.accepted) == (constraint.constraint_id, texts, None)
    entry = line.audit.of("v-1")[0]
    assert entry.detail["saw"]["hero.copy"] == content_hash(texts)[:32]
    assert entry.saw == line.venue.staged_version


def test_the_receipt_names_prompt_and_result(line: Line) -> None:
    task = line.materials.get("v-1", "hero.copy")
    reject(line)
    receipt = line.bus.last(MaterialRejected)
    (feedback,) = line.feedback.items.values()
    assert (receipt.rejected, receipt.prompt_key, receipt.constraint_id) == (task.result_key, feedback.prompt_key, feedback.constraint_id)


def test_what_was_made_after_it_and_approved_closes_the_pair(line: Line) -> None:
    reject(line)
    line.stage("review-2")
    reject(line)
    line.stage("review-3")
    line.approve()
    assert all(each.accepted is None for each in line.feedback.items.values())
    line.publish_venue(line.step())
    task = line.materials.get("v-1", "hero.copy")
    accepted = [event for event in line.bus.events if isinstance(event, MaterialAccepted)]
    assert [(each.accepted, each.reason) for each in accepted] == [(task.result_key, "太硬")] * 2
    for feedback in line.feedback.items.values():
        assert feedback.accepted
        assert (feedback.accepted.result_key, feedback.accepted_by) == (task.result_key, "rita")
        told = line_of(feedback)
        assert told["rejected"] != told["accepted"]
        assert told["reason"] == {"code": "tone", "text": "太硬", "rules": [], "slot": ""}
    line.publish_venue(line.step())  # a replay tells nothing twice
    assert line.bus.names.count("MaterialAccepted") == 2


def test_a_request_that_died_after_its_rejection_is_written_down_by_the_next_round(line: Line) -> None:
    line.bus.failures = 1
    with pytest.raises(TransientError):
        reject(line)
    assert (line.venue.status, line.feedback.items) == ("generating", {})
    line.request_materials(line.step("materials-2"))
    assert len(line.feedback.items) == len(line.constraints.items) == 1
    assert line.bus.names.count("MaterialRejected") == 1
    assert [each.text for each in request_of(line).constraints] == ["太硬"]
    line.request_materials(line.step("materials-2"))  # a replay
    assert line.bus.names.count("MaterialRejected") == 1


def test_only_what_was_sent_back_is_paid_for_again(line: Line) -> None:
    """What others said meanwhile, everywhere, makes nothing anew that does not break it."""
    keys = {task.material_id: task.task_key for task in line.materials.of_venue("v-1")}
    reject(line)
    line.constraints.create(a_constraint("cst-else", level="everywhere", said={"checks": {"never_say": ("无人说过",)}}))
    line.request_materials(line.step("materials-2"))
    now = {task.material_id: task.task_key for task in line.materials.of_venue("v-1")}
    assert {material for material in now if now[material] != keys[material]} == {"hero.copy"}
    assert [task.material_id for task, _ in line.queue.sent] == ["hero.copy"]
    assert len(request_of(line).constraints) == 2
    # What is being made keeps the constraints it was asked with.
    line.constraints.create(a_constraint("cst-later", level="everywhere", said={"checks": {"never_say": ("谁也不说",)}}))
    line.request_materials(line.step("materials-2"))
    assert line.materials.get("v-1", "hero.copy").task_key == now["hero.copy"]


def test_what_breaks_a_constraint_that_holds_now_is_made_anew_too(line: Line) -> None:
    floors = {task.material_id for task in line.materials.of_venue("v-1") if task.kind == "copy" and task.component != "hero"}
    assert floors
    reject(line, sent_back(level="venue", checks={"never_say": ("熊猫来了",)}))
    line.request_materials(line.step("materials-2"))
    assert {task.material_id for task, _ in line.queue.sent} == floors | {"hero.copy"}  # the fakes all say 熊猫来了


def test_another_venue_of_the_scope_begins_with_it(line: Line) -> None:
    reject(line, sent_back(level="industry"))
    carried = line.lessons.carried(a_venue("v-2"), "festival", "summer_wave", [request_of(line).model_copy(update={"venue_id": "v-2"})])
    assert [each.text for each in carried[0].constraints] == ["太硬"]
    assert carried[0].rejections == 0
    other = a_venue("v-3", theme=a_theme(industry="home"))
    assert line.lessons.carried(other, "festival", "summer_wave", [request_of(line)])[0].constraints == ()


def test_a_retired_constraint_is_carried_no_more_and_the_rejected_is_still_made_anew(line: Line) -> None:
    before = line.materials.get("v-1", "hero.copy").task_key
    reject(line)
    (constraint,) = line.constraints.items.values()
    line.constraints.change(constraint.model_copy(update={"status": "retired"}))
    line.request_materials(line.step("materials-2"))
    assert request_of(line).constraints == ()
    assert line.materials.get("v-1", "hero.copy").task_key != before


def test_a_contradiction_is_refused_and_nothing_is_changed(line: Line) -> None:
    line.constraints.create(a_constraint("cst-9", level="everywhere", said={"checks": {"must_say": ("包邮",)}}, created_by="lin"))
    with pytest.raises(ConflictError) as caught:
        reject(line, sent_back(checks={"never_say": ("包邮",)}))
    assert caught.value.code == "constraints_contradict"
    assert all(part in caught.value.message for part in ("cst-9", "lin", 'must say "包邮"', 'never say "包邮"'))
    assert (line.venue.status, line.venue.constraints, line.audit.actions) == ("in_review", {}, [])
    assert len(line.constraints.items) == 1


def test_two_rejections_of_one_decision_may_not_contradict_each_other(line: Line) -> None:
    with pytest.raises(ConflictError) as caught:
        reject(line, sent_back(level="venue", checks={"never_say": ("包邮",)}), sent_back("share.copy", checks={"must_say": ("包邮",)}))
    assert "this rejection of hero.copy" in caught.value.message
    assert line.venue.status == "in_review"


def test_the_last_rejection_is_written_down_though_no_round_follows() -> None:
    line = Line(max_rounds=1)
    line.select()
    line.stage()
    line.bus.failures = 1
    with pytest.raises(TransientError):
        reject(line)
    line.fail_venue(line.step(), StepError(Error="PermanentError", Cause="no_rounds_left"))
    assert line.venue.status == "failed"
    assert line.bus.names.count("MaterialRejected") == len(line.feedback.items) == 1


@pytest.mark.parametrize(
    ("rejection", "problem"),
    [
        (sent_back(checks={"min_light": 0.5}), "neither light nor colours"),
        (sent_back("hero.image", checks={"never_say": ("sale",)}), "a picture says nothing"),
        (sent_back(slot="footnote"), "has no text footnote"),
        (sent_back(checks={"max_chars": 2}), "needs at least 4"),
        (sent_back(region={"x": 0, "y": 0, "width": 1, "height": 1}), "neither light nor colours"),
    ],
)
def test_what_this_material_cannot_be_asked(line: Line, rejection: MaterialRejection, problem: str) -> None:
    with pytest.raises(InvalidInputError, match=problem) as caught:
        reject(line, rejection)
    assert caught.value.where.startswith(f"materials.{rejection.material_id}")
    assert line.venue.status == "in_review"


def test_a_scope_that_the_venue_does_not_have() -> None:
    line = Line()
    line.venues.update("v-1", theme=a_theme(industry=None).model_dump())
    line.select()
    line.stage()
    with pytest.raises(InvalidInputError, match="no industry"):
        reject(line, sent_back(level="industry"))
    assert a_place(industry="").shelves() == ("venue#v-1", "template#everyday_goods", "style#bamboo_grove", "everywhere#")
