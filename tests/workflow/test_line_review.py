"""What reviewers and operators decide: sending back, publishing again, rolling back, retiring; and who may."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from huichang.materials.copywriting import copy_prompt
from huichang.materials.model import MaterialRequest
from tests.support.cloud import eventually
from tests.support.line import Line, good


class Ear:
    """Everything on the event bus since it was made."""

    def __init__(self, line: Line) -> None:
        self._sqs, self._events = line.cloud.client("sqs"), line.cloud.client("events")
        self._bus, self._name = line.cloud.outputs["EventBusName"], f"ear-{uuid.uuid4().hex[:8]}"
        self._url = self._sqs.create_queue(QueueName=self._name)["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        pattern = json.dumps({"source": ["huichang"]})
        self._events.put_rule(Name=self._name, EventBusName=self._bus, EventPattern=pattern)
        self._events.put_targets(Rule=self._name, EventBusName=self._bus, Targets=[{"Id": "ear", "Arn": arn}])
        self.heard: list[tuple[str, dict[str, Any]]] = []

    def listen(self, kind: str, seconds: float = 10) -> list[dict[str, Any]]:
        """Events of this kind, at least one."""

        def look() -> list[dict[str, Any]]:
            for message in self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages", []):
                event = json.loads(message["Body"])
                self.heard.append((event["detail-type"], event["detail"]))
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
            return [detail for name, detail in self.heard if name == kind]

        return eventually(look, seconds, f"the event {kind}")

    def close(self) -> None:
        self._events.remove_targets(Rule=self._name, EventBusName=self._bus, Ids=["ear"])
        self._events.delete_rule(Name=self._name, EventBusName=self._bus)
        self._sqs.delete_queue(QueueUrl=self._url)


@pytest.fixture
def ear(line: Line) -> Iterator[Ear]:
    listening = Ear(line)
    yield listening
    listening.close()


def test_what_was_rejected_is_made_again_with_the_reason_in_the_prompt_and_lasts(healthy: Line, ear: Ear) -> None:
    line = healthy
    staged = line.in_review("帮我生成一个积木会场")
    venue_id, before = staged["venue"]["venue_id"], line.tasks(staged["venue"]["venue_id"])
    results = {material["task"]["material_id"]: material["result"] for material in staged["materials"]}
    reason = "语气太生硬，请写得亲切一点"
    line.reject(venue_id, "hero.copy", reason)
    again = line.until(venue_id, "in_review", seconds=40)
    assert again["venue"]["round"] == 2
    assert again["venue"]["staged_version"] != staged["venue"]["staged_version"]

    after = line.tasks(venue_id)
    assert set(after) == set(before)
    changed = {name for name in after if after[name]["task_key"] != before[name]["task_key"]}
    assert changed == {"hero.copy"}
    for name in set(after) - changed:
        assert (after[name]["result_key"], after[name]["attempts"]) == (before[name]["result_key"], before[name]["attempts"]), name
    request = MaterialRequest.model_validate(line.document(after["hero.copy"]["request_key"]))
    prompt = copy_prompt(request).user
    assert reason in prompt
    old_title = results["hero.copy"]["texts"]["title"]
    assert old_title in prompt, "what was rejected is shown to the model"
    new_texts = {material["task"]["material_id"]: material["result"] for material in again["materials"]}["hero.copy"]["texts"]
    assert new_texts["title"] != old_title
    (rejected,) = ear.listen("MaterialRejected")
    assert (rejected["material_id"], rejected["reason"], rejected["reason_code"]) == ("hero.copy", reason, "tone")
    assert rejected["task_key"] == before["hero.copy"]["task_key"]
    assert rejected["rejected"] == before["hero.copy"]["result_key"]

    # The picture too, with a part marked; and what contradicts a constraint changes nothing.
    picture = {
        "material_id": "hero.image",
        "code": "ugly",
        "text": "太暗",
        "scope": "venue",
        "region": {"x": 0.5, "y": 0, "width": 0.5, "height": 1},
    }
    body = {"version_id": again["venue"]["staged_version"], "materials": [picture]}
    impossible = line.reviewer.post(
        f"/api/venues/{venue_id}/reject", {**body, "materials": [{**picture, "checks": {"min_light": 0.9, "max_light": 0.1}}]}
    )
    assert (impossible.status_code, impossible.json()["code"]) == (400, "constraint_impossible")
    assert good(line.reviewer.post(f"/api/venues/{venue_id}/reject", body))["round"] == 3
    third = line.until(venue_id, "in_review", seconds=40)
    pictures = [{m["task"]["material_id"]: m for m in detail["materials"]}["hero.image"] for detail in (again, third)]
    assert pictures[1]["task"]["status"] == "ready", pictures[1]["task"]["error"]
    assert pictures[0]["result"]["media_key"] != pictures[1]["result"]["media_key"]
    assert {name for name, task in line.tasks(venue_id).items() if task["task_key"] != after[name]["task_key"]} == {"hero.image"}

    line.approve(venue_id)
    live = line.until(venue_id, "published")
    assert new_texts["title"] in line.page(live["live_url"]).text
    assert [entry["action"] for entry in line.audit(venue_id)] == ["approve", "reject", "reject"]
    kept = [each["constraint"] for each in good(line.operator.get("/api/constraints"))["constraints"]]
    assert [(each["scope"]["level"], each["kind"]) for each in kept if each["scope"]["value"] == venue_id] == [
        ("venue", "image"),
        ("component", "copy"),
    ]
    assert len(ear.listen("MaterialAccepted", 20)) >= 1

    def pairs() -> list[dict[str, Any]]:
        entries = good(line.reviewer.get("/api/feedback", pairs="true"))["entries"]
        return [entry for entry in entries if entry["venue_id"] == venue_id] if len(entries) >= 2 else []

    found = {entry["kind"]: entry for entry in eventually(pairs, 20, "both pairs")}
    assert found["copy"]["accepted"] == new_texts
    assert found["copy"]["rejected"] == results["hero.copy"]["texts"]
    assert found["copy"]["prompt"][0]["role"] == "system"
    assert (found["image"]["rejected"], found["image"]["accepted"]) == tuple(each["result"]["media_key"] for each in pictures)


def test_exhausted_rounds_end_the_venue_with_that_reason(healthy: Line) -> None:
    line = healthy
    venue_id = line.in_review("帮我生成一个瑜伽垫会场")["venue"]["venue_id"]
    for round_number in range(1, 6):
        detail = line.until(venue_id, "in_review", seconds=30)
        assert detail["venue"]["round"] == round_number
        line.reject(venue_id, "share.copy", f"no, not like this ({round_number})", "other")
    failure = line.until(venue_id, "failed", seconds=30)["venue"]["failure"]
    assert failure["code"] == "no_rounds_left"
    assert failure["mend"]
    assert line.page(f"/v/{venue_id}/").status_code in (403, 404, 410)


def test_edit_publishes_a_second_version_and_rolling_back_brings_the_first(healthy: Line) -> None:
    line = healthy
    first = line.published("帮我生成一个保温杯会场")
    venue_id, one = first["venue"]["venue_id"], first["venue"]["live_version"]
    gone = line.products(venue_id)["products"][0]["product_id"]
    address = first["live_url"]
    assert gone in line.page(address).text
    edited = line.operator.put(f"/api/venues/{venue_id}/edits", {"version": 0, "rules": [{"action": "exclude", "value": gone}]})
    assert edited.status_code == 202, edited.text
    staged = line.until(venue_id, "in_review", seconds=40)
    assert staged["venue"]["run"] == 2
    assert gone in line.page(address).text, "the live page stays until the new one is approved"
    line.approve(venue_id)
    eventually(lambda: line.detail(venue_id)["venue"]["status"] == "published", 20, "the second version")
    second = line.detail(venue_id)["venue"]
    assert (second["live_version"] != one, second["previous_versions"]) == (True, [one])
    assert gone not in line.page(address).text

    rolled = good(line.operator.post(f"/api/venues/{venue_id}/rollback"))
    assert rolled["live_version"] == one
    assert gone in line.page(address).text
    assert line.operator.post(f"/api/venues/{venue_id}/rollback", {"version_id": "v-never"}).status_code == 400
    line.retire(venue_id)
    assert line.page(address).status_code in (403, 404, 410)
    again = good(line.operator.post(f"/api/venues/{venue_id}/publish"))
    assert again["status"] == "published"
    assert line.page(address).status_code == 200
    line.retire(venue_id)
    actions = [entry["action"] for entry in line.audit(venue_id)]
    assert actions == ["retire", "publish", "retire", "roll_back", "approve", "edit", "approve"]


def test_roles(healthy: Line) -> None:
    line = healthy
    staged = line.in_review("帮我生成一个熊猫玩偶会场")["venue"]
    address, body = f"/api/venues/{staged['venue_id']}", {"version_id": staged["staged_version"]}
    rejection = {**body, "materials": [{"material_id": "hero.copy", "code": "tone"}]}
    for post, reject in (("approve", body), ("reject", rejection)):
        assert line.operator.post(f"{address}/{post}", reject).status_code == 403
        assert line.anonymous.post(f"{address}/{post}", reject).status_code == 401
    forbidden = line.operator.post(f"{address}/approve", body)
    assert forbidden.headers["content-type"] == "application/problem+json"
    assert line.detail(staged["venue_id"])["venue"]["status"] == "in_review"
    for path in ("/api/campaigns", "/api/venues", address, f"{address}/products", "/api/audit", "/api/trends"):
        assert line.anonymous.get(path).status_code == 401, path
    assert line.reviewer.get("/api/audit").status_code == 403
    assert line.reviewer.post("/api/campaigns", {"sentence": "熊猫会场"}).status_code == 403
    assert line.reviewer.post(f"{address}/retire").status_code == 403
    assert line.anonymous.http.get("/api/venues", headers={"authorization": "Bearer not.a.token"}).status_code == 401
    for path in ("/api/config", "/api/feed?placement=home&slots=1"):
        assert line.anonymous.get(path).status_code == 200, path
    stale = line.reviewer.post(f"{address}/approve", {"version_id": "another"})
    assert (stale.status_code, stale.json()["where"]) == (409, "version_id")

    line.approve(staged["venue_id"])
    detail = line.until(staged["venue_id"], "published")
    assert line.page(detail["live_url"]).status_code == 200
