"""The bench of rejections: its model goes wrong as often as it says, its oracle stays out of the answers, its figures are of what was made."""

from __future__ import annotations

import json
import random

import pytest

from huichang.kernel.models import CallContext
from huichang.materials.copywriting import copy_prompt
from huichang.materials.model import CopyAnswer, MaterialRequest, ReviewConstraint
from infra.bench.feedback import REASONS, Studio, place, request_for, run
from infra.bench.memory import MemoryConstraints
from infra.bench.wayward import DEFECTS, Obedience, WaywardWriter, rate

CONTEXT = CallContext(campaign_id="bench")


def a_request(*constraints: ReviewConstraint) -> MaterialRequest:
    rng = random.Random(1)
    made = request_for(rng, place(rng, DEFECTS[0]), MemoryConstraints())
    return made.model_copy(update={"constraints": constraints})


def test_an_answer_says_nothing_of_what_is_wrong_with_it() -> None:
    writer = WaywardWriter(random.Random(2))
    for _ in range(50):
        answer = writer.ask(copy_prompt(a_request()), CopyAnswer, CONTEXT)
        assert not any(defect.kind in answer.model_dump_json() for defect in DEFECTS)
        assert {item.slot for item in answer.texts} == {"title", "subtitle"}
    assert writer.defects({"title": "what it never wrote"}) == frozenset()


def test_every_habit_is_known_and_heard_where_a_reviewer_names_it() -> None:
    assert {defect.kind for defect in DEFECTS} == REASONS.keys()
    for defect in DEFECTS:
        code, text, checks = REASONS[defect.kind]
        said = [json.dumps(ReviewConstraint.model_validate({"code": code, "text": text, "checks": checks}).told(), ensure_ascii=False)]
        assert rate(defect, said, Obedience()) == pytest.approx(defect.rate * 0.4)
        assert rate(defect, [], Obedience()) == defect.rate
        assert rate(defect, said, Obedience(first=0.0)) == defect.rate
        others = [other for other in DEFECTS if other is not defect and other.heard.search(said[0])]
        assert others == []


def test_a_model_that_obeys_nothing_still_repeats_nothing_that_code_can_check() -> None:
    studio = Studio("both", random.Random(3), Obedience(first=0.0, again=0.0))
    banned = ReviewConstraint.model_validate({"code": "tone", "checks": {"never_say": ("亲们",)}})
    assert not any("pet_name" in studio.make(a_request(banned))[1] for _ in range(120))
    assert studio.fallbacks > 5
    ignored = Studio("prompts", random.Random(3), Obedience(first=0.0, again=0.0))
    assert sum("pet_name" in ignored.make(a_request(banned))[1] for _ in range(120)) > 20


def test_a_small_run() -> None:
    found = run(seed=3, rejections=10, obedience=Obedience())
    assert (found["rejections"], found["later_materials"]) == (10, 60)
    assert found["repeat_rate"]["both"] < found["repeat_rate"]["prompts"] < found["repeat_rate"]["before"]
    assert {kind: figures["code_can_check"] for kind, figures in found["kinds"].items()}["pushy"] is False
