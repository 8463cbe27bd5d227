"""Queues, the event bus and the state machines."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Literal

from botocore.exceptions import ClientError

from huichang.adapters.aws import client, error_code, translated
from huichang.delivery.events.cells import Event
from huichang.delivery.events.counting import EVENTS
from huichang.kernel.errors import TransientError
from huichang.kernel.events import DomainEvent
from huichang.materials.model import MaterialTask

MAX_DELAY_SECONDS = 900  # SQS allows no more


class Queue:
    """One SQS queue."""

    def __init__(self, url: str) -> None:
        self.url = url

    def send(self, bodies: list[str], delay_seconds: int = 0) -> None:
        """Send in batches of ten; raises TransientError if one was not taken (sending all again is harmless)."""
        for start in range(0, len(bodies), 10):
            entries = [
                {"Id": str(number), "MessageBody": body, "DelaySeconds": min(delay_seconds, MAX_DELAY_SECONDS)}
                for number, body in enumerate(bodies[start : start + 10])
            ]
            with translated(f"queue {self.url}"):
                answer = client("sqs").send_message_batch(QueueUrl=self.url, Entries=entries)
            if answer.get("Failed"):
                raise TransientError(f"{len(answer['Failed'])} messages were not taken", where=self.url)


def receive_again(queue_arn: str, receipt: str, seconds: int) -> None:
    """Let a received message appear again after `seconds` instead of after its whole visibility timeout."""
    with translated(f"queue {queue_arn}"):
        url = client("sqs").get_queue_url(QueueName=queue_arn.rsplit(":", 1)[-1])["QueueUrl"]
        client("sqs").change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=seconds)


def send_again(queue_arn: str, body: str, seconds: float) -> None:
    """Put a copy of a received message on its queue, to be seen in so many seconds (whole ones, rounded up)."""
    with translated(f"queue {queue_arn}"):
        url = client("sqs").get_queue_url(QueueName=queue_arn.rsplit(":", 1)[-1])["QueueUrl"]
        client("sqs").send_message(QueueUrl=url, MessageBody=body, DelaySeconds=min(math.ceil(seconds), MAX_DELAY_SECONDS))


class SqsMaterials:
    """MaterialQueue: references to tasks, copy and pictures apart."""

    def __init__(self, copy_queue: Queue, image_queue: Queue) -> None:
        self._queues = {"copy": copy_queue, "image": image_queue}

    def send(self, tasks: list[MaterialTask], delay_seconds: int = 0) -> None:
        """See MaterialQueue."""
        for kind, queue in self._queues.items():
            bodies = [
                json.dumps({"venue_id": t.venue_id, "material_id": t.material_id, "task_key": t.task_key}) for t in tasks if t.kind == kind
            ]
            queue.send(bodies, delay_seconds)


class SqsBeacons:
    """BeaconQueue."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def send(self, events: Sequence[Event]) -> None:
        """See BeaconQueue. What was sent together is one message: at most 50 events of some 400 bytes."""
        self._queue.send([EVENTS.dump_json(tuple(events)).decode()])


class EventBridgeBus:
    """EventBus on EventBridge."""

    def __init__(self, name: str) -> None:
        self._name = name

    def publish(self, *events: DomainEvent) -> None:
        """See EventBus."""
        for start in range(0, len(events), 10):
            entries = [
                {
                    "EventBusName": self._name,
                    "Source": "huichang",
                    "DetailType": event.name,
                    "Detail": json.dumps({"schema": event.version, **event.model_dump(mode="json")}),
                }
                for event in events[start : start + 10]
            ]
            with translated(f"bus {self._name}"):
                answer = client("events").put_events(Entries=entries)
            if answer.get("FailedEntryCount"):
                raise TransientError("the bus did not take all events", where=self._name)


class StepFunctionsMachines:
    """Machines. Executions are named after what they run, so that a second start finds the first one."""

    def __init__(self, campaign_arn: str, venue_arn: str) -> None:
        self._campaign = campaign_arn
        self._venue = venue_arn

    def start_campaign(self, campaign_id: str, run: int = 1) -> str:
        """See Machines."""
        return self._start(self._campaign, f"{campaign_id}-run-{run}", {"campaign_id": campaign_id})

    def start_venue(self, venue_id: str, campaign_id: str, run: int, round: int = 1) -> str:  # noqa: A002
        """See Machines."""
        payload = {"campaign_id": campaign_id, "venue_id": venue_id, "run": run, "round": round}
        return self._start(self._venue, f"{venue_id}-run-{run}", payload)

    def venue_execution(self, venue_id: str, run: int) -> str:
        """ARN of this run's execution, whether or not it was started."""
        return f"{self._venue.replace(':stateMachine:', ':execution:')}:{venue_id}-run-{run}"

    def _start(self, machine: str, name: str, payload: dict[str, object]) -> str:
        with translated(f"machine {machine}"):
            try:
                answer = client("stepfunctions").start_execution(stateMachineArn=machine, name=name, input=json.dumps(payload))
                return str(answer["executionArn"])
            except ClientError as error:
                if error_code(error) != "ExecutionAlreadyExists":
                    raise
        return f"{machine.replace(':stateMachine:', ':execution:')}:{name}"

    def stop(self, execution: str, reason: str) -> None:
        """Stop an execution; nothing happens if it has ended."""
        with translated(f"execution {execution}"):
            try:
                client("stepfunctions").stop_execution(executionArn=execution, error="Superseded", cause=reason)
            except ClientError as error:
                if error_code(error) not in ("ExecutionDoesNotExist", "ValidationException"):
                    raise

    def status(self, execution: str) -> Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "MISSING"]:
        """See Machines."""
        with translated(f"execution {execution}"):
            try:
                answer = client("stepfunctions").describe_execution(executionArn=execution)
            except ClientError as error:
                if error_code(error) == "ExecutionDoesNotExist":
                    return "MISSING"
                raise
        status: Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"] = answer["status"]
        return status
