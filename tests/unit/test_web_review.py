"""Decisions over HTTP: what was looked at and for how long, the pace, and who may let a campaign publish without a review."""

from __future__ import annotations

import pytest

from huichang.kernel.errors import ConflictError
from huichang.line.review import Looked
from tests.support.web_api import Api


@pytest.fixture
def api() -> Api:
    return Api()


def test_a_decision_says_what_was_looked_at_and_how_long(api: Api) -> None:
    body = {"version_id": "ver-1", "saw": {"hero.copy": "abc"}, "looked_seconds": 4.2}
    assert api("POST", "/api/venues/v-1/approve", body=body, role="reviewer").status == 202
    assert api.desk.calls[-1][-1] == Looked(saw={"hero.copy": "abc"}, seconds=4.2)
    more = {"materials": [{"material_id": "hero.copy", "code": "tone"}]}
    assert api("POST", "/api/venues/v-1/reject", body=body | more, role="reviewer").status == 202
    assert api.desk.calls[-1][-1] == Looked(saw={"hero.copy": "abc"}, seconds=4.2)


@pytest.mark.parametrize(
    ("more", "where"), [({"looked_seconds": -1}, "looked_seconds"), ({"saw": {"x": "y" * 81}}, "saw.x"), ({"saw": ["x"]}, "saw")]
)
def test_what_cannot_have_been_looked_at_is_named(api: Api, more: dict[str, object], where: str) -> None:
    answer = api("POST", "/api/venues/v-1/approve", body={"version_id": "ver-1"} | more, role="reviewer")
    assert (answer.status, answer.json["where"]) == (400, where)
    assert api.desk.calls == []


def test_something_that_changed_since_is_a_problem_with_its_reason(api: Api) -> None:
    api.desk.fails = ConflictError(
        "hero.image changed after it was shown to you", where="saw", mend="look again", code="changed_since_shown"
    )
    answer = api("POST", "/api/venues/v-1/approve", body={"version_id": "ver-1", "saw": {}}, role="reviewer")
    assert (answer.status, answer.json["code"], answer.json["mend"]) == (409, "changed_since_shown", "look again")


def test_only_an_admin_lets_a_campaign_publish_without_a_review(api: Api) -> None:
    made = api("POST", "/api/campaigns", body={"sentence": "熊猫玩偶"}, role="operator").json["campaign_id"]
    path = f"/api/campaigns/{made}/review"
    for role in ("operator", "reviewer", "designer"):
        assert api("PATCH", path, body={"unreviewed_pictures": True}, role=role).status == 403
    assert not api.campaigns.get(made).unreviewed_pictures
    answer = api("PATCH", path, body={"unreviewed_pictures": True}, role="admin")
    assert (answer.status, answer.json["unreviewed_pictures"]) == (200, True)
    assert api.desk.trail.entries[-1].action == "set_unreviewed_pictures"
    assert api("PATCH", path, body={}, role="admin").json["where"] == "unreviewed_pictures"
    assert api("PATCH", "/api/campaigns/c-none/review", body={"unreviewed_pictures": True}, role="admin").status == 404
    asked = api("POST", "/api/campaigns", body={"sentence": "熊猫玩偶", "unreviewed_pictures": True}, role="operator")
    assert (asked.status, asked.json["where"]) == (400, "unreviewed_pictures")


def test_the_pace_is_told_for_up_to_a_month(api: Api) -> None:
    answer = api("GET", "/api/review/pace", role="operator")
    assert answer.json["total"] == {"decisions": 0, "approved": 0, "rejected": 0, "measured": 0, "median_seconds": None}
    assert (answer.json["days"], answer.json["idle_seconds"]) == (7, 600.0)
    assert api("GET", "/api/review/pace", query={"days": "32"}, role="operator").status == 400
