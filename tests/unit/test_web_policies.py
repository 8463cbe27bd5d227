"""/api/delivery/policies over HTTP: what is no policy is a problem, and nobody passes the gate by the way he asks."""

from __future__ import annotations

import pytest

from infra.bench.policies import run_unsupported
from tests.support.web_api import Api

PATH = "/api/delivery/policies"
CALM = {"settings": {"policy_id": "calm-4", "calm": 4}}


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({"explore": 0}, "settings.explore"),
        ({"explore": 1.5}, "settings.explore"),
        ({"calm": -1}, "settings.calm"),
        ({"draws": 5}, "settings.draws"),
        ({"policy_id": "No Name!"}, "settings.policy_id"),
        ({"reward": {"kind": "applause"}}, "settings.reward.kind"),
        ({"secret": 1}, "settings.secret"),
    ],
)
def test_what_is_no_setting_names_its_field(settings: dict[str, object], where: str) -> None:
    answer = Api()("POST", PATH, body={"settings": {"policy_id": "x"} | settings})
    assert answer.status == 400
    assert where in {error["where"] for error in answer.json["errors"]} | {answer.json["where"]}


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
@pytest.mark.parametrize("name", ["explore", "calm", "segment_events"])
def test_a_number_that_is_none_is_a_problem(name: str, number: str) -> None:
    answer = Api()("POST", PATH, raw=f'{{"settings": {{"policy_id": "x", "{name}": {number}}}}}')
    assert answer.status == 400, answer.text


def test_from_a_proposal_to_what_stands_in_the_way() -> None:
    api = Api()
    made = api("POST", PATH, body=CALM)
    assert (made.status, made.json["candidate"]["state"], made.json["in_the_way"]["code"]) == (201, "proposed", "no_verdict")
    assert api("POST", PATH, body=CALM).json["code"] == "policy_name_taken"
    assert api("POST", f"{PATH}/calm-4/judgements").status == 202
    answer = api("POST", f"{PATH}/calm-4/release", body={})
    assert (answer.status, answer.json["code"], bool(answer.json["told"]["zh"])) == (409, "no_verdict", True)
    answer = api("POST", f"{PATH}/calm-4/release", body={"override": "now"})
    assert (answer.status, answer.json["code"]) == (403, "override_for_admins")
    answer = api("POST", f"{PATH}/calm-4/release", role="admin", body={"override": "now", "expect": 0})
    assert (answer.status, answer.json["override"]) == (201, "now")
    assert [entry.action for entry in api.desk.trail.entries][-1] == "policy_overridden"
    listed = api("GET", PATH, role="reviewer").json
    assert (listed["live"]["number"], listed["states"][0]["override"]) == (1, "now")
    assert api("POST", "/api/delivery/policy-rollback", body={}).json["everywhere"]["policy_id"] == "built-in"
    assert api("POST", f"{PATH}/calm-4/withdraw", body={"why": "no"}).json["candidate"]["state"] == "withdrawn"


def test_the_bench_refuses_what_has_no_support() -> None:
    assert run_unsupported(1, 5) == 1.0
