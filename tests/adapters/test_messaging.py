"""Queues, the event bus and the machines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from huichang.adapters import aws, messaging
from huichang.adapters.messaging import EventBridgeBus, Queue, SqsBeacons, SqsMaterials, StepFunctionsMachines
from huichang.delivery.events.cells import CellKey, Event
from huichang.delivery.events.counting import EVENTS
from huichang.kernel.errors import PermanentError, TransientError
from huichang.kernel.events import MaterialFailed, MaterialReady, VenuePublished
from huichang.materials.model import MaterialReference, MaterialTask
from tests.support.moto_aws import REGION, Failing, client_error, load_template, moto_aws

AT = "2026-09-01T08:00:00.000Z"


@pytest.fixture(autouse=True)
def _account() -> Iterator[None]:
    with moto_aws():
        yield


def make_queue(name: str = "work") -> Queue:
    return Queue(boto3.client("sqs").create_queue(QueueName=name)["QueueUrl"])


def received(queue: Queue) -> list[str]:
    bodies: list[str] = []
    while True:
        answer = boto3.client("sqs").receive_message(QueueUrl=queue.url, MaxNumberOfMessages=10, WaitTimeSeconds=0)
        if "Messages" not in answer:
            return bodies
        bodies += [message["Body"] for message in answer["Messages"]]


def spied(monkeypatch: pytest.MonkeyPatch, service: str, call: str, answer: Any = None) -> list[dict[str, Any]]:
    """Arguments of every call; with `answer` nothing is sent."""
    real = aws.client(service)
    seen: list[dict[str, Any]] = []

    class Spy:
        def __getattr__(self, name: str) -> Any:
            def called(**arguments: Any) -> Any:
                if name == call:
                    seen.append(arguments)
                    if answer is not None:
                        return answer
                return getattr(real, name)(**arguments)

            return called

    monkeypatch.setattr(messaging, "client", lambda _: Spy())
    return seen


@pytest.mark.parametrize(("count", "batches"), [(0, []), (1, [1]), (10, [10]), (23, [10, 10, 3])])
def test_messages_go_in_batches_of_ten(monkeypatch: pytest.MonkeyPatch, count: int, batches: list[int]) -> None:
    queue = make_queue()
    seen = spied(monkeypatch, "sqs", "send_message_batch")
    bodies = [f"m{n}" for n in range(count)]
    queue.send(bodies)
    assert [len(call["Entries"]) for call in seen] == batches
    monkeypatch.undo()
    assert sorted(received(queue)) == sorted(bodies)


@pytest.mark.parametrize(("asked", "sent"), [(0, 0), (270, 270), (900, 900), (901, 900), (86_400, 900)])
def test_the_delay_is_what_sqs_allows(monkeypatch: pytest.MonkeyPatch, asked: int, sent: int) -> None:
    queue = make_queue()
    seen = spied(monkeypatch, "sqs", "send_message_batch")
    queue.send(["x"], asked)
    assert seen[0]["Entries"][0]["DelaySeconds"] == sent


def test_a_message_that_was_not_taken_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    queue = make_queue()
    spied(monkeypatch, "sqs", "send_message_batch", {"Successful": [], "Failed": [{"Id": "0"}, {"Id": "1"}]})
    with pytest.raises(TransientError, match="2 messages were not taken"):
        queue.send(["a", "b"])


def test_errors_of_the_queue_are_translated(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PermanentError):
        Queue("https://sqs.eu-west-1.amazonaws.com/123456789012/nobody").send(["x"])
    busy = Failing(object(), "send_message_batch", client_error("RequestThrottled", 503))
    monkeypatch.setattr(messaging, "client", lambda _: busy)
    with pytest.raises(TransientError):
        make_queue().send(["x"])


def a_task(material_id: str, kind: str) -> MaterialTask:
    values = {
        "venue_id": "v-1", "campaign_id": "c-1", "material_id": material_id, "task_key": f"k-{material_id}", "component": "hero",
        "kind": kind, "status": "requested", "round": 1, "request_key": "r", "created_at": AT, "updated_at": AT,
    }  # fmt: skip
    return MaterialTask.model_validate(values)


def test_copy_and_pictures_go_to_their_own_queues_as_references() -> None:
    copy_queue, image_queue = make_queue("copy"), make_queue("image")
    SqsMaterials(copy_queue, image_queue).send([a_task("hero.copy", "copy"), a_task("hero.image", "image"), a_task("share.copy", "copy")])
    copies = [MaterialReference.model_validate_json(body) for body in received(copy_queue)]
    assert sorted(reference.material_id for reference in copies) == ["hero.copy", "share.copy"]
    (picture,) = received(image_queue)
    assert json.loads(picture) == {"venue_id": "v-1", "material_id": "hero.image", "task_key": "k-hero.image"}


def test_beacons_arrive_as_they_were() -> None:
    queue = make_queue()
    cell = CellKey(window="2026-09-01T08", placement="home", segment="none", position=1, venue_id="v-1")
    events = tuple(Event(kind="click", beacon_id=f"beacon-{n:03d}", decision_id="d-1", cell=cell, at=AT) for n in range(50))
    SqsBeacons(queue).send(events)
    (body,) = received(queue)
    assert EVENTS.validate_json(body) == events
    assert len(body) < 25_000


# --- bus --------------------------------------------------------------------------------------------------------------


def test_events_are_worded_as_the_templates_rule_filters_them(monkeypatch: pytest.MonkeyPatch) -> None:
    boto3.client("events").create_event_bus(Name="huichang")
    seen = spied(monkeypatch, "events", "put_events")
    EventBridgeBus("huichang").publish(
        MaterialReady(campaign_id="c-1", venue_id="v-1", at=AT, material_id="hero.copy", task_key="k"),
        VenuePublished(campaign_id="c-1", venue_id="v-1", at=AT, version_id="x"),
        MaterialFailed(campaign_id="c-1", venue_id="v-2", at=AT, material_id="hero.copy", task_key="k", reason="x"),
    )
    (entries,) = [call["Entries"] for call in seen]
    assert {entry["EventBusName"] for entry in entries} == {"huichang"}
    pattern = load_template()["Resources"]["MaterialEventsToQueue"]["Properties"]["EventPattern"]
    let_through = [
        json.loads(entry["Detail"])
        for entry in entries
        if entry["Source"] in pattern["source"] and entry["DetailType"] in pattern["detail-type"]
    ]
    # What functions/collect_material reads is the venue of each.
    assert [detail["venue_id"] for detail in let_through] == ["v-1", "v-2"]
    assert {detail["schema"] for detail in let_through} == {1}


def test_events_go_in_batches_of_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = spied(monkeypatch, "events", "put_events", {"FailedEntryCount": 0})
    EventBridgeBus("huichang").publish(*[VenuePublished(campaign_id="c-1", at=AT, version_id=str(n)) for n in range(21)])
    assert [len(call["Entries"]) for call in seen] == [10, 10, 1]
    EventBridgeBus("huichang").publish()
    assert len(seen) == 3


def test_a_bus_that_did_not_take_all_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    spied(monkeypatch, "events", "put_events", {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]})
    with pytest.raises(TransientError):
        EventBridgeBus("huichang").publish(VenuePublished(campaign_id="c-1", at=AT, version_id="x"))


# --- machines ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def machines() -> StepFunctionsMachines:
    definition = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
    client = boto3.client("stepfunctions")
    role = "arn:aws:iam::123456789012:role/machine"
    arns = [
        client.create_state_machine(name=f"huichang-{name}", definition=definition, roleArn=role)["stateMachineArn"]
        for name in ("campaign", "venue")
    ]
    return StepFunctionsMachines(*arns)


def test_a_second_start_finds_the_first(machines: StepFunctionsMachines) -> None:
    first = machines.start_venue("v-1", "c-1", run=2, round=3)
    assert machines.start_venue("v-1", "c-1", run=2, round=3) == first
    assert machines.start_venue("v-1", "c-1", run=2, round=4) == first  # another input under the same name: AWS refuses
    assert first == machines.venue_execution("v-1", 2)
    assert first == f"arn:aws:states:{REGION}:123456789012:execution:huichang-venue:v-1-run-2"
    described = boto3.client("stepfunctions").describe_execution(executionArn=first)
    assert json.loads(described["input"]) == {"campaign_id": "c-1", "venue_id": "v-1", "run": 2, "round": 3}


def test_campaign_runs_have_their_own_names(machines: StepFunctionsMachines) -> None:
    first, second = machines.start_campaign("c-1"), machines.start_campaign("c-1", 2)
    assert [arn.rsplit(":", 1)[1] for arn in (first, second)] == ["c-1-run-1", "c-1-run-2"]


def test_status_and_stop(machines: StepFunctionsMachines) -> None:
    execution = machines.start_venue("v-1", "c-1", run=1)
    assert machines.status(execution) == "RUNNING"
    machines.stop(execution, "edited by op")
    assert machines.status(execution) == "ABORTED"
    machines.stop(execution, "again")
    missing = machines.venue_execution("v-1", 7)
    assert machines.status(missing) == "MISSING"
    machines.stop(missing, "it never ran")


@pytest.mark.parametrize(("code", "kind"), [("ThrottlingException", TransientError), ("AccessDeniedException", PermanentError)])
def test_errors_of_the_machines_are_translated(
    machines: StepFunctionsMachines, monkeypatch: pytest.MonkeyPatch, code: str, kind: type[Exception]
) -> None:
    for call, use in (
        ("start_execution", lambda: machines.start_venue("v-1", "c-1", 1)),
        ("describe_execution", lambda: machines.status("arn")),
        ("stop_execution", lambda: machines.stop("arn", "x")),
    ):
        failing = Failing(object(), call, client_error(code))
        monkeypatch.setattr(messaging, "client", lambda _, failing=failing: failing)
        with pytest.raises(kind):
            use()
