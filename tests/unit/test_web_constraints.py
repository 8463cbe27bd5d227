"""Constraints and feedback over HTTP: who may, versions, contradictions, the audit trail, pages."""

from __future__ import annotations

from typing import Any

import pytest

from huichang.materials.feedback import Made
from tests.support.memory_constraints import a_constraint, a_feedback
from tests.support.web_api import Api

WANTED = {
    "kind": "copy",
    "language": "zh",
    "scope": {"level": "industry", "value": "toys"},
    "code": "policy",
    "checks": {"never_say": ["亲们"]},
}


@pytest.fixture
def api() -> Api:
    return Api()


def test_one_written_by_hand_is_listed_and_audited(api: Api) -> None:
    made = api("POST", "/api/constraints", role="reviewer", body=WANTED)
    assert made.status == 201
    listed = api("GET", "/api/constraints", role="operator").json
    assert [each["constraint"]["constraint_id"] for each in listed["constraints"]] == [made.json["constraint"]["constraint_id"]]
    assert listed["constraints"][0]["contradicts"] == []
    (entry,) = api.desk.trail.entries
    assert (entry.action, entry.subject, entry.role) == ("create_constraint", made.json["constraint"]["constraint_id"], "reviewer")


@pytest.mark.parametrize(("method", "path"), [("POST", "/api/constraints"), ("PUT", "/api/constraints/cst-1"), ("GET", "/api/feedback")])
def test_only_reviewers_and_admins(api: Api, method: str, path: str) -> None:
    assert api(method, path, role="operator", body=WANTED if method != "GET" else None).status == 403
    assert api(method, path, role="admin", body=WANTED if method != "GET" else None).status != 403


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"scope": {"level": "industry", "value": "moon"}}, "scope.value"),
        ({"scope": {"level": "component", "value": "v-1"}}, "scope.component"),
        ({"scope": {"level": "galaxy"}}, "scope.level"),
        ({"checks": {}}, "text"),
        ({"checks": {"min_light": 0.4}}, "checks"),
        ({"checks": {"never_say": ["包邮"], "must_say": ["包邮"]}}, "checks"),
        ({"checks": {"max_chars": 1}}, "checks"),
        ({"checks": {"never_say": [""]}}, "checks.never_say.0"),
        ({"checks": {"never_say": ["的"]}}, "checks.never_say"),
        ({"checks": {"shout": True}}, "checks.shout"),
        ({"code": "hate_it"}, "code"),
        ({"text": "x" * 301}, "text"),
    ],
)
def test_what_cannot_be_asked_for_says_where(api: Api, changes: dict[str, Any], where: str) -> None:
    answer = api("POST", "/api/constraints", role="reviewer", body=WANTED | changes)
    assert (answer.status, answer.json["where"]) == (400, where)
    assert answer.json["detail"]
    assert api.constraints.items == {}
    assert api.desk.trail.entries == []


def test_an_unknown_venue_is_not_found(api: Api) -> None:
    assert api("POST", "/api/constraints", role="reviewer", body=WANTED | {"scope": {"level": "venue", "value": "v-9"}}).status == 404


def test_a_contradiction_is_a_conflict_that_names_both(api: Api) -> None:
    api.constraints.create(a_constraint("cst-1", level="everywhere", said={"checks": {"must_say": ("包邮",)}}))
    answer = api("POST", "/api/constraints", role="reviewer", body=WANTED | {"checks": {"never_say": ["包邮"]}})
    assert (answer.status, answer.json["code"]) == (409, "constraints_contradict")
    assert "cst-1" in answer.json["detail"]
    assert "cst-1" in answer.json["mend"]
    assert "矛盾" in answer.json["told"]["zh"]
    assert answer.json["told"]["en"] == answer.json["detail"]
    assert "停用或修改 cst-1" in answer.json["todo"]["zh"]
    # One that holds more widely than those it contradicts is not refused; both are flagged in the list.
    api.constraints.create(a_constraint("cst-2", level="venue", said={"checks": {"never_say": ("顺丰",)}}))
    wide = api(
        "POST", "/api/constraints", role="reviewer", body=WANTED | {"scope": {"level": "everywhere"}, "checks": {"must_say": ["顺丰"]}}
    )
    assert wide.status == 201
    flagged = {
        each["constraint"]["constraint_id"]: [other["other"] for other in each["contradicts"]]
        for each in api("GET", "/api/constraints").json["constraints"]
    }
    assert [each["other"] for each in wide.json["contradicts"]] == ["cst-2"]  # who makes it is told at once
    assert flagged["cst-2"] == [wide.json["constraint"]["constraint_id"]]
    assert flagged[wide.json["constraint"]["constraint_id"]] == ["cst-2"]


def test_one_for_a_venue_is_held_against_those_of_its_style_and_template(api: Api) -> None:
    """The scopes differ, and the venue stands in all of them."""
    for number, level in enumerate(("style", "template", "industry"), 1):
        api.constraints.items.clear()
        api.constraints.create(a_constraint(f"cst-{number}", level=level, said={"checks": {"must_say": ("包邮",)}}))  # type: ignore[arg-type]
        body = WANTED | {"scope": {"level": "venue", "value": "v-1"}, "checks": {"never_say": ["包邮"]}}
        answer = api("POST", "/api/constraints", role="reviewer", body=body)
        assert (answer.status, answer.json.get("code")) == (409, "constraints_contradict"), level


def test_an_edit_needs_the_revision_it_saw(api: Api) -> None:
    api.constraints.create(a_constraint("cst-1"))
    first = api("PUT", "/api/constraints/cst-1", role="reviewer", body={"revision": 1, "text": "别叫亲们"})
    assert (
        first.status,
        first.json["constraint"]["revision"],
        first.json["constraint"]["said"]["text"],
        first.json["constraint"]["changed_by"],
    ) == (
        200,
        2,
        "别叫亲们",
        "reviewer@example.com",
    )
    assert first.json["constraint"]["said"]["checks"]["never_say"] == ["亲们"]  # what was left out stays
    late = api("PUT", "/api/constraints/cst-1", role="reviewer", body={"revision": 1, "status": "retired"})
    assert (late.status, late.json["code"]) == (409, "constraint_changed")
    retired = api("PUT", "/api/constraints/cst-1", role="reviewer", body={"revision": 2, "status": "retired"})
    assert (retired.status, retired.json["constraint"]["status"]) == (200, "retired")
    assert api("GET", "/api/constraints", query={"status": "active"}).json["constraints"] == []
    back = api(
        "PUT",
        "/api/constraints/cst-1",
        role="reviewer",
        body={"revision": 3, "status": "active", "scope": {"level": "industry", "value": "toys"}},
    )
    assert (back.json["constraint"]["status"], back.json["constraint"]["scope"]["level"]) == ("active", "industry")
    assert [entry.action for entry in api.desk.trail.entries] == ["edit_constraint", "retire_constraint", "revive_constraint"]
    assert all(len(entry.saw) == 32 for entry in api.desk.trail.entries)
    assert len({entry.saw for entry in api.desk.trail.entries}) == 3
    assert api("PUT", "/api/constraints/cst-9", role="reviewer", body={"revision": 1}).status == 404


def test_feedback_is_paged_and_can_be_pairs_only(api: Api) -> None:
    accepted = Made(result_key="r2", content_hash="h2", texts={"title": "熊猫上新"})
    for number in range(3):
        closed = {"accepted": accepted, "accepted_by": "rita"} if number == 1 else {}
        api.feedback.create(a_feedback(f"fb-{number}", rejected_at=f"2026-09-0{number + 1}T08:00:00.000Z", **closed))
    first = api("GET", "/api/feedback", role="reviewer", query={"limit": "2"}).json
    assert [each["feedback_id"] for each in first["entries"]] == ["fb-2", "fb-1"]
    second = api("GET", "/api/feedback", role="reviewer", query={"limit": "2", "cursor": first["next"]}).json
    assert ([each["feedback_id"] for each in second["entries"]], second["next"]) == (["fb-0"], "")
    (pair,) = api("GET", "/api/feedback", role="reviewer", query={"pairs": "true"}).json["entries"]
    assert (pair["rejected"], pair["accepted"]) == ({"title": "亲们来啦"}, {"title": "熊猫上新"})
    assert pair["prompt"] == [{"role": "system", "content": "you write"}, {"role": "user", "content": "write"}]
    assert api("GET", "/api/feedback", role="reviewer", query={"limit": "0"}).status == 400
    assert api("GET", "/api/feedback", role="reviewer", query={"cursor": "x" * 200}).status == 400


def test_a_rejection_carries_scope_checks_and_place(api: Api) -> None:
    material = {
        "material_id": "hero.image",
        "code": "ugly",
        "scope": "style",
        "region": {"x": 0.5, "y": 0, "width": 0.5, "height": 1},
        "checks": {"min_light": 0.4},
    }
    assert api("POST", "/api/venues/v-1/reject", role="reviewer", body={"version_id": "ver-1", "materials": [material]}).status == 202
    (rejection,) = api.desk.calls[-1][3]
    assert (rejection.level, rejection.constraint.checks.min_light, rejection.constraint.region.x) == ("style", 0.4, 0.5)
    for wrong in ({"scope": "moon"}, {"region": {"x": 0.9, "y": 0, "width": 0.5, "height": 1}}, {"rejected_text": {"title": "made up"}}):
        assert (
            api("POST", "/api/venues/v-1/reject", role="reviewer", body={"version_id": "ver-1", "materials": [material | wrong]}).status
            == 400
        )
