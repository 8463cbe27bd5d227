"""The embedded cloud for tests: fixtures, and what tests ask of it.

`cloud` deploys the repository's template once per session; `probe_cloud` a small stack with one of everything. Both
end with their processes when the session does.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from infra.local.cloud import REPOSITORY, EmbeddedCloud

PROBE_TEMPLATE = Path(__file__).parent / "templates" / "conformance" / "template.yaml"

# Two test processes share the cores with everything they started; a wait ends when it has found what it waits for.
PATIENCE = 3

T = TypeVar("T")


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    """The repository's own template, in a folder of its own."""
    with EmbeddedCloud(tmp_path_factory.mktemp("cloud"), REPOSITORY / "template.yaml") as running:
        yield running


@pytest.fixture(scope="session")
def probe_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCloud]:
    """The conformance stack, without a model server."""
    with EmbeddedCloud(tmp_path_factory.mktemp("probe"), PROBE_TEMPLATE, model_base_url="none") as running:
        yield running


@pytest.fixture
def probe(probe_cloud: EmbeddedCloud) -> Probe:
    """Short ways to drive the conformance stack."""
    return Probe(probe_cloud)


class Api:
    """The product's HTTP API as one persona (None: anonymous). Answers are httpx responses."""

    def __init__(self, cloud: EmbeddedCloud, persona: str | None) -> None:
        headers = {} if persona is None else {"authorization": f"Bearer {cloud.token(persona)}"}
        self.http = httpx.Client(base_url=cloud.url, headers=headers, timeout=40, trust_env=False)

    def get(self, path: str, **query: Any) -> httpx.Response:
        """GET `path` below the front door."""
        return self.http.get(path, params=query or None)

    def post(self, path: str, body: Any = None) -> httpx.Response:
        """POST JSON."""
        return self.http.post(path, json=body)

    def put(self, path: str, body: Any = None) -> httpx.Response:
        """PUT JSON."""
        return self.http.put(path, json=body)

    def patch(self, path: str, body: Any = None) -> httpx.Response:
        """PATCH JSON."""
        return self.http.patch(path, json=body)

    def delete(self, path: str) -> httpx.Response:
        """DELETE."""
        return self.http.delete(path)


def api(cloud: EmbeddedCloud, persona: str | None = "operator") -> Api:
    """The API as a persona."""
    return Api(cloud, persona)


def eventually(look: Callable[[], T | None], seconds: float = 20.0, what: str = "it") -> T:
    """The first truthy result of `look`, tried until PATIENCE times `seconds` (of a machine at rest) are over; then the
    test fails saying `what` did not come."""
    seconds *= PATIENCE
    end = time.monotonic() + seconds
    pause = 0.02
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            pytest.fail(f"{what} did not come within {seconds:.0f} s")
        time.sleep(pause)
        pause = min(pause * 1.3, 0.25)


@dataclass
class Probe:
    """The conformance stack: its function, its table, and machines made on the spot."""

    cloud: EmbeddedCloud

    def __post_init__(self) -> None:
        self.arn = self.cloud.outputs["ProbeArn"]
        self.states = self.cloud.client("stepfunctions")

    def invoke(self, payload: Mapping[str, Any], function: str = "") -> tuple[Any, str | None]:
        """(answer, FunctionError) of a direct invocation."""
        answer = self.cloud.client("lambda").invoke(FunctionName=function or self.arn, Payload=json.dumps(payload))
        return json.load(answer["Payload"]), answer.get("FunctionError")

    def task(self, payload: Any, **fields: Any) -> dict[str, Any]:
        """A Task state that invokes the probe; ends the machine unless `fields` has Next."""
        parameters = {"FunctionName": fields.pop("function", self.arn), "Payload": payload}
        state = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": parameters, **fields}
        return state if "Next" in fields else {**state, "End": True}

    def waiting(self, key: str, **fields: Any) -> dict[str, Any]:
        """A Task state that hands its token to the probe, which puts it in the table under `key`."""
        payload = {"do": "pass_token", "key": key, "token.$": "$$.Task.Token", **fields.pop("payload", {})}
        return {**self.task(payload, **fields), "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken"}

    def machine(self, states: Mapping[str, Any], start: str | None = None, **fields: Any) -> str:
        """Create a machine; returns its ARN."""
        definition = {"StartAt": start or next(iter(states)), "States": states, **fields}
        created = self.states.create_state_machine(
            name=f"test-{uuid.uuid4().hex[:10]}",
            definition=json.dumps(definition),
            roleArn="arn:aws:iam::000000000000:role/test",
        )
        return str(created["stateMachineArn"])

    def start(self, machine: str, data: Any = None, name: str = "") -> str:
        """Start an execution; returns its ARN."""
        name = name or uuid.uuid4().hex
        started = self.states.start_execution(stateMachineArn=machine, name=name, input=json.dumps(data or {}))
        return str(started["executionArn"])

    def ended(self, execution: str, seconds: float = 20.0) -> dict[str, Any]:
        """The description of an execution once it has ended; `output` is parsed."""

        def look() -> dict[str, Any] | None:
            found: dict[str, Any] = self.states.describe_execution(executionArn=execution)
            return None if found["status"] == "RUNNING" else found

        found = eventually(look, seconds, "the end of the execution")
        if found.get("output"):
            found["output"] = json.loads(found["output"])
        return found

    def run(self, states: Mapping[str, Any], data: Any = None, seconds: float = 20.0, **fields: Any) -> dict[str, Any]:
        """Create, start and await a machine."""
        return self.ended(self.start(self.machine(states, **fields), data), seconds)

    def history(self, execution: str) -> list[dict[str, Any]]:
        """All events of an execution."""
        pages = self.states.get_paginator("get_execution_history").paginate(executionArn=execution)
        return [event for page in pages for event in page["events"]]

    def noted(self, key: str, at_least: int = 1) -> dict[str, Any] | None:
        """{"calls": n, "last": {...}} of what the probe noted under a key, None if it has less than `at_least`
        calls."""
        found = self.cloud.client("dynamodb").get_item(
            TableName=self.cloud.outputs["TableName"], Key={"pk": {"S": key}, "sk": {"S": "note"}}, ConsistentRead=True
        )
        item = found.get("Item")
        if item is None or int(item["calls"]["N"]) < at_least:
            return None
        return {"calls": int(item["calls"]["N"]), "last": json.loads(item["last"]["S"])}

    def calls(self, key: str) -> int:
        """How often the probe noted something under a key."""
        noted = self.noted(key)
        return 0 if noted is None else int(noted["calls"])

    def token(self, key: str, seconds: float = 15.0) -> str:
        """The task token that a waiting state has handed over."""
        note = eventually(lambda: self.noted(key), seconds, "the task token")
        return str(note["last"]["token"])
