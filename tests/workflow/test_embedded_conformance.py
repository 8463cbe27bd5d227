"""The embedded cloud behaves as AWS does where the emulator alone would not. Each test fails without its fix."""

from __future__ import annotations

import itertools
import json
import os
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from botocore.exceptions import ClientError

from infra.local.cloud import EmbeddedCloud
from tests.support.cloud import Probe, eventually


@pytest.fixture
def key() -> str:
    return f"key-{uuid.uuid4().hex}"


# --- Lambda -----------------------------------------------------------------------------------------------------------


def test_exception_class_name_is_the_error_type_and_the_worker_stays_warm(probe: Probe) -> None:
    before, _ = probe.invoke({"do": "process"})
    answer, error = probe.invoke({"do": "throw", "name": "TransientError", "message": "later"})
    after, _ = probe.invoke({"do": "process"})
    assert error == "Unhandled"
    assert (answer["errorType"], answer["errorMessage"]) == ("TransientError", "later")
    assert answer["stackTrace"]
    assert after["pid"] == before["pid"]
    assert after["calls"] == before["calls"] + 2


def test_a_process_that_ends_is_exit_error_and_a_new_one_serves_next(probe: Probe) -> None:
    before, _ = probe.invoke({"do": "process"})
    answer, error = probe.invoke({"do": "leave", "status": 3})
    after, _ = probe.invoke({"do": "process"})
    assert error == "Unhandled"
    assert answer["errorType"] == "Runtime.ExitError"
    assert "exit status 3" in answer["errorMessage"]
    assert after["pid"] != before["pid"]


def test_kill_minus_nine_in_the_middle_is_exit_error(probe: Probe) -> None:
    with ThreadPoolExecutor() as pool:
        pending = pool.submit(probe.invoke, {"do": "sleep", "seconds": 30})
        killed = probe.cloud.kill_a_worker("probe")
        answer, error = pending.result(timeout=10)
    assert error == "Unhandled"
    assert answer["errorType"] == "Runtime.ExitError"
    assert "killed" in answer["errorMessage"]
    assert killed not in [worker["pid"] for worker in probe.cloud.workers()]


def test_timeout_is_sandbox_timedout_and_ends_the_process(probe: Probe) -> None:
    brief = probe.cloud.outputs["BriefArn"]
    before, _ = probe.invoke({"do": "process"}, brief)
    answer, error = probe.invoke({"do": "sleep", "seconds": 30}, brief)
    assert error == "Unhandled"
    assert answer["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 1.00 seconds" in answer["errorMessage"]
    eventually(lambda: not _exists(before["pid"]), 3, "the end of the process")
    assert 0 < before["remaining"] <= 1000


def test_import_error_and_unmarshallable_answer_have_their_names(probe: Probe) -> None:
    broken, _ = probe.invoke({}, probe.cloud.outputs["BrokenArn"])
    odd, _ = probe.invoke({"do": "unserializable"})
    assert broken["errorType"] == "Runtime.ImportModuleError"
    assert odd["errorType"] == "Runtime.MarshalError"


def test_environment_is_the_templates_and_the_layer_is_importable(probe: Probe) -> None:
    found, _ = probe.invoke({"do": "environment"})
    outputs = probe.cloud.outputs
    assert found["GREETING"] == "hello"
    assert found["TABLE"] == outputs["TableName"]
    assert found["QUEUE_URL"] == outputs["QueueUrl"]
    assert found["QUEUE_ARN"].startswith("arn:aws:sqs:us-east-1:000000000000:")
    assert found["BUS_ARN"] == f"arn:aws:events:us-east-1:000000000000:event-bus/{outputs['BusName']}/suffix"
    assert found["WHERE"] == "here"
    assert found["MACHINE"] == outputs["GreetArn"]
    assert found["layer"] == "from the layer"
    assert found["AWS_REGION"] == "us-east-1"
    assert found["OMP_NUM_THREADS"] == "1"
    assert found["AWS_LAMBDA_FUNCTION_NAME"] == "huichang-probe"
    assert "GATEWAY_PORT" not in found, "the emulator's own settings are none of a function's business"


def test_prints_go_to_the_log_and_large_answers_arrive_whole(probe: Probe) -> None:
    mark = uuid.uuid4().hex
    answer, error = probe.invoke({"do": "printing", "text": mark})
    large, _ = probe.invoke({"do": "long_answer", "size": 3_000_000})
    log = (probe.cloud.state_dir / "logs" / "lambda" / "huichang-probe.log").read_text()
    assert (answer, error) == ("printed", None)
    assert log.count(mark) == 2
    assert "native output" in log
    assert len(large["text"]) == 3_000_000


def test_at_most_six_handlers_run_at_a_time(probe: Probe) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = [a for a, _ in pool.map(lambda _: probe.invoke({"do": "parallel_sleep", "seconds": 0.3}), range(20))]
    moments = sorted(itertools.chain(*(((a["from"], 1), (a["to"], -1)) for a in answers)))
    assert max(itertools.accumulate(step for _, step in moments)) <= 6
    assert len({answer["pid"] for answer in answers}) <= 6


def test_functions_that_invoke_functions_do_not_deadlock_on_the_cap(probe: Probe) -> None:
    nested = {"do": "invoke", "function": probe.arn, "payload": {"do": "sleep", "seconds": 0.2}}
    started = time.monotonic()
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: probe.invoke(nested), range(12)))
    assert all(error is None and answer["slept"] == 0.2 for answer, error in answers)
    assert time.monotonic() - started < 15


# --- HTTP API and edge ------------------------------------------------------------------------------------------------


def test_openapi_body_gives_routes_with_parameters(probe: Probe) -> None:
    item = httpx.get(f"{probe.cloud.url}/api/items/a%20b", params={"q": "熊猫"})
    assert item.status_code == 200
    assert item.headers["x-probe"] == "yes"
    found = item.json()
    assert found["parameters"] == {"id": "a b"}
    assert found["query"] == {"q": "熊猫"}
    assert (found["route"], found["stage"]) == ("GET /api/items/{id}", "$default")
    deep = httpx.post(f"{probe.cloud.url}/api/files/a/b/c.txt", json={"x": 1}).json()
    assert deep["parameters"] == {"proxy": "a/b/c.txt"}
    assert (deep["method"], json.loads(deep["body"])) == ("POST", {"x": 1})
    assert httpx.get(f"{probe.cloud.url}/api/nothing").status_code == 404


def test_a_failing_function_is_a_plain_500_without_its_stack(probe: Probe) -> None:
    answer = httpx.get(f"{probe.cloud.url}/api/items/leave")
    assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})
    raised = httpx.get(f"{probe.cloud.url}/api/items/raise")
    assert (raised.status_code, raised.json()) == (500, {"message": "Internal Server Error"})


def test_gateway_checks_tokens_of_the_local_issuer(probe: Probe) -> None:
    url = f"{probe.cloud.url}/api/closed"
    token = probe.cloud.token("reviewer")
    assert httpx.get(url).status_code == 401
    assert httpx.get(url, headers={"authorization": f"Bearer {token[:-6]}AAAAAA"}).status_code == 401
    answer = httpx.get(url, headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    claims = answer.json()["claims"]
    assert claims["token_use"] == "access"
    assert claims["cognito:groups"] == "[reviewer]"
    assert claims["iss"] == f"{probe.cloud.url}/oidc"


def test_edge_serves_pages_as_the_distribution_would(probe: Probe) -> None:
    s3, bucket = probe.cloud.client("s3"), probe.cloud.outputs["PagesBucket"]
    html, kind = "<h1>会场</h1>".encode(), "text/html; charset=utf-8"
    s3.put_object(Bucket=bucket, Key="public/media/one.html", Body=html, ContentType=kind)
    s3.put_object(Bucket=bucket, Key="public/media/a.png", Body=bytes(range(256)), ContentType="image/png")
    s3.put_object(Bucket=bucket, Key="staged/secret.html", Body=b"not yet")
    page = httpx.get(f"{probe.cloud.url}/media/one.html")
    assert (page.status_code, page.text) == (200, "<h1>会场</h1>")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "x-amz-request-id" not in page.headers
    assert httpx.get(f"{probe.cloud.url}/media/a.png").content == bytes(range(256))
    assert httpx.get(f"{probe.cloud.url}/media/one.html", headers={"if-none-match": page.headers["etag"]}).status_code == 304
    assert httpx.get(f"{probe.cloud.url}/media/a.png", headers={"range": "bytes=0-9"}).content == bytes(range(10))
    for missing in ("/v/two/", "/../staged/secret.html", "/%2e%2e/staged/secret.html", "/..%2fstaged/secret.html"):
        assert _raw_status(probe.cloud, missing) == 403, missing
    assert httpx.post(f"{probe.cloud.url}/media/one.html").status_code == 403


# --- Step Functions: errors and retries -------------------------------------------------------------------------------


def test_retry_and_catch_match_the_class_name(probe: Probe, key: str) -> None:
    retry = [{"ErrorEquals": ["TransientError"], "IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": 3}]
    again = probe.run({"A": probe.task({"do": "throw", "name": "TransientError", "key": key, "times": 2}, Retry=retry)})
    assert again["status"] == "SUCCEEDED"
    assert again["output"]["Payload"] == {"calls": 3}
    catch = [{"ErrorEquals": ["PermanentError"], "ResultPath": "$.error", "Next": "Caught"}]
    caught = probe.run(
        {
            "A": probe.task({"do": "throw", "name": "PermanentError", "message": "no"}, Retry=retry, Catch=catch),
            "Caught": {"Type": "Succeed"},
        }
    )
    cause = json.loads(caught["output"]["error"]["Cause"])
    assert caught["output"]["error"]["Error"] == "PermanentError"
    assert (cause["errorType"], cause["errorMessage"]) == ("PermanentError", "no")


def test_killed_worker_and_timeout_can_be_retried_by_name(probe: Probe, key: str) -> None:
    retry = [{"ErrorEquals": ["Runtime.ExitError", "Sandbox.Timedout"], "IntervalSeconds": 1, "MaxAttempts": 2}]
    machine = probe.machine({"A": probe.task({"do": "sleep_once", "seconds": 8, "key": key}, Retry=retry)})
    execution = probe.start(machine)
    eventually(lambda: probe.noted(key), 10, "the first attempt")
    probe.cloud.kill_a_worker("probe")
    assert probe.ended(execution)["output"]["Payload"] == {"calls": 2}
    late = f"{key}-late"
    brief = probe.cloud.outputs["BriefArn"]
    timed = probe.run({"A": probe.task({"do": "sleep_once", "seconds": 8, "key": late}, function=brief, Retry=retry)})
    assert timed["output"]["Payload"] == {"calls": 2}


def test_max_delay_caps_the_wait_between_attempts(probe: Probe, key: str) -> None:
    retry = [
        {
            "ErrorEquals": ["TransientError"],
            "IntervalSeconds": 1,
            "BackoffRate": 10,
            "MaxAttempts": 3,
            "MaxDelaySeconds": 1.2,
            "JitterStrategy": "FULL",
        }
    ]
    started = time.monotonic()
    ended = probe.run({"A": probe.task({"do": "throw", "name": "TransientError", "key": key, "times": 3}, Retry=retry)})
    assert ended["status"] == "SUCCEEDED"
    assert time.monotonic() - started < 6, "without the cap the waits are 1 + 10 + 60 s"


def test_wildcards_do_not_catch_a_runtime_error(probe: Probe) -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
    lost = probe.run({"A": probe.task({"value.$": "$.nowhere"}, Catch=catch), "Caught": {"Type": "Succeed"}})
    assert (lost["status"], lost["error"]) == ("FAILED", "States.Runtime")
    large = probe.run({"A": probe.task({"do": "long_answer", "size": 300_000}, Catch=catch), "Caught": {"Type": "Succeed"}})
    assert (large["status"], large["error"]) == ("FAILED", "States.DataLimitExceeded")


def test_is_present_asks_for_the_path_and_not_for_a_value(probe: Probe) -> None:
    choose = {
        "A": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.a", "IsPresent": True, "Next": "There"}],
            "Default": "Gone",
        },
        "There": {"Type": "Pass", "Result": "there", "End": True},
        "Gone": {"Type": "Pass", "Result": "gone", "End": True},
    }
    machine = probe.machine(choose)
    assert probe.ended(probe.start(machine, {"a": None}))["output"] == "there"
    assert probe.ended(probe.start(machine, {"b": 1}))["output"] == "gone"


@pytest.mark.parametrize(
    "states",
    [
        {"A": {"Type": "Pass", "Next": "Nowhere"}},
        {"A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": True, "Next": "Nowhere"}]}},
        {"A": {"Type": "Pass"}},
        {"A": {"Type": "Map", "ItemProcessor": {"StartAt": "X", "States": {}}, "End": True}},
        {"A": {"Type": "Pass", "Assign": {"x": 1}, "End": True}},
    ],
)
def test_a_definition_that_cannot_run_is_refused(probe: Probe, states: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="InvalidDefinition"):
        probe.machine(states)


# --- Step Functions: time ---------------------------------------------------------------------------------------------


def test_machine_timeout_ends_the_execution(probe: Probe) -> None:
    started = time.monotonic()
    ended = probe.run({"A": {"Type": "Wait", "Seconds": 30, "End": True}}, TimeoutSeconds=1)
    assert ended["status"] == "TIMED_OUT"
    assert time.monotonic() - started < 5


def test_task_timeout_is_states_timeout(probe: Probe) -> None:
    catch = [{"ErrorEquals": ["States.Timeout"], "Next": "Late"}]
    ended = probe.run(
        {
            "A": probe.task({"do": "sleep", "seconds": 3}, TimeoutSeconds=1, Catch=catch),
            "Late": {"Type": "Pass", "Result": "late", "End": True},
        }
    )
    assert ended["output"] == "late"


def test_missing_heartbeat_ends_the_task_and_a_heartbeat_keeps_it(probe: Probe, key: str) -> None:
    machine = probe.machine({"A": probe.waiting(key, HeartbeatSeconds=1, TimeoutSeconds=30)})
    execution = probe.start(machine)
    token = probe.token(key)
    for _ in range(4):
        time.sleep(0.5)
        probe.states.send_task_heartbeat(taskToken=token)
    assert probe.states.describe_execution(executionArn=execution)["status"] == "RUNNING"
    ended = probe.ended(execution, 5)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.HeartbeatTimeout")


# --- Step Functions: task tokens --------------------------------------------------------------------------------------


def test_token_brings_the_answer_back_once(probe: Probe, key: str) -> None:
    execution = probe.start(probe.machine({"A": probe.waiting(key)}))
    token = probe.token(key)
    with pytest.raises(ClientError, match="InvalidOutput"):
        probe.states.send_task_success(taskToken=token, output="no json")
    probe.states.send_task_success(taskToken=token, output='{"decision": "approved"}')
    with pytest.raises(ClientError, match="TaskTimedOut"):
        probe.states.send_task_success(taskToken=token, output="{}")
    assert probe.ended(execution)["output"] == {"decision": "approved"}


def test_function_that_cannot_pass_the_token_on_fails_the_task(probe: Probe, key: str) -> None:
    started = time.monotonic()
    ended = probe.run({"A": probe.waiting(key, payload={"then_fail": True}, TimeoutSeconds=60)})
    assert (ended["status"], ended["error"]) == ("FAILED", "PermanentError")
    assert time.monotonic() - started < 10


def test_token_that_is_never_answered_times_out(probe: Probe, key: str) -> None:
    ended = probe.run({"A": probe.waiting(key, TimeoutSeconds=1)})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Timeout")


def test_parallel_branches_have_their_own_tokens(probe: Probe, key: str) -> None:
    branches = [{"StartAt": f"B{n}", "States": {f"B{n}": probe.waiting(f"{key}-{n}")}} for n in range(3)]
    execution = probe.start(probe.machine({"P": {"Type": "Parallel", "Branches": branches, "End": True}}))
    tokens = [probe.token(f"{key}-{n}") for n in range(3)]
    assert len(set(tokens)) == 3
    for number, token in enumerate(tokens):
        probe.states.send_task_success(taskToken=token, output=json.dumps({"branch": number}))
    assert probe.ended(execution)["output"] == [{"branch": 0}, {"branch": 1}, {"branch": 2}]


def test_parallel_branches_have_their_own_context(probe: Probe, key: str) -> None:
    """The second attempt of one branch comes while its sibling is in another state."""
    retry = [{"ErrorEquals": ["TransientError"], "IntervalSeconds": 2, "MaxAttempts": 1}]
    payload = {"do": "throw", "name": "TransientError", "key": key, "times": 1, "state.$": "$$.State.Name"}
    later = {"Type": "Wait", "Seconds": 2, "End": True}
    sibling = {"Wait": {"Type": "Wait", "Seconds": 1, "Next": "Later"}, "Later": later}
    branches = [
        {"StartAt": "Mine", "States": {"Mine": probe.task(payload, Retry=retry)}},
        {"StartAt": "Wait", "States": sibling},
    ]
    ended = probe.run({"P": {"Type": "Parallel", "Branches": branches, "End": True}})
    assert ended["status"] == "SUCCEEDED"
    noted = probe.noted(key, at_least=2)
    assert noted is not None
    assert noted["last"]["state"] == "Mine"


# --- Step Functions: branches, items, children ------------------------------------------------------------------------


def test_failed_branch_stops_its_siblings_and_is_in_the_history(probe: Probe) -> None:
    fails = {"Bad": probe.task({"do": "throw", "name": "PermanentError"})}
    waits = {"Slow": {"Type": "Wait", "Seconds": 30, "End": True}}
    catch = [{"ErrorEquals": ["PermanentError"], "ResultPath": "$.error", "Next": "Caught"}]
    branches = [{"StartAt": "Slow", "States": waits}, {"StartAt": "Bad", "States": fails}]
    machine = probe.machine(
        {
            "P": {"Type": "Parallel", "Branches": branches, "Catch": catch, "Next": "Caught"},
            "Caught": {"Type": "Succeed"},
        }
    )
    started = time.monotonic()
    execution = probe.start(machine)
    assert probe.ended(execution)["output"]["error"]["Error"] == "PermanentError"
    assert time.monotonic() - started < 10
    entered = [event.get("stateEnteredEventDetails", {}).get("name") for event in probe.history(execution)]
    assert {"P", "Slow", "Bad", "Caught"} <= set(entered)


def test_failed_item_of_an_inline_map_stops_the_others(probe: Probe) -> None:
    processor = {
        "StartAt": "Pick",
        "States": {
            "Pick": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.n", "NumericEquals": 2, "Next": "Bad"}],
                "Default": "Slow",
            },
            "Bad": {"Type": "Fail", "Error": "Item", "Cause": "two"},
            "Slow": {"Type": "Wait", "Seconds": 30, "End": True},
        },
    }
    started = time.monotonic()
    ended = probe.run({"M": {"Type": "Map", "ItemProcessor": processor, "End": True}}, [{"n": n} for n in range(4)])
    assert (ended["status"], ended["error"]) == ("FAILED", "Item")
    assert time.monotonic() - started < 10


def _child(probe: Probe) -> str:
    pick = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.fail", "BooleanEquals": True, "Next": "Bad"}],
        "Default": "Good",
    }
    return probe.machine(
        {
            "Pick": pick,
            "Bad": {"Type": "Fail", "Error": "VenueFailed", "Cause": "in its record"},
            "Good": probe.task({"do": "echo", "venue.$": "$.venue"}, ResultSelector={"venue.$": "$.Payload.venue"}),
        }
    )


def _campaign(child: str, **fields: Any) -> dict[str, Any]:
    run = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Parameters": {
            "StateMachineArn": child,
            "Name.$": "States.Format('{}-run-{}', $.venue, $.run)",
            "Input": {"venue.$": "$.venue", "fail.$": "$.fail"},
        },
        "ResultSelector": {"venue.$": "$.Output.venue", "status.$": "$.Status"},
        "End": True,
    }
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Run",
        "States": {"Run": run},
    }
    selector = {"venue.$": "$$.Map.Item.Value.id", "fail.$": "$$.Map.Item.Value.fail", "run.$": "$.run"}
    return {
        "M": {
            "Type": "Map",
            "ItemsPath": "$.venues",
            "ItemSelector": selector,
            "MaxConcurrency": 4,
            "ItemProcessor": processor,
            "End": True,
            **fields,
        }
    }


def test_nested_execution_inside_a_distributed_map(probe: Probe, key: str) -> None:
    child = _child(probe)
    venues = [{"id": f"{key}-{n}", "fail": False} for n in range(6)]
    ended = probe.run(_campaign(child), {"run": "1", "venues": venues})
    assert [entry["venue"] for entry in ended["output"]] == [venue["id"] for venue in venues]
    names = {e["name"] for e in probe.states.list_executions(stateMachineArn=child)["executions"]}
    assert names == {f"{venue['id']}-run-1" for venue in venues}
    maps = probe.states.list_map_runs(executionArn=ended["executionArn"])["mapRuns"]
    assert probe.states.describe_map_run(mapRunArn=maps[0]["mapRunArn"])["itemCounts"]["succeeded"] == 6


def test_failed_child_is_task_failed_with_its_description(probe: Probe, key: str) -> None:
    child = _child(probe)
    venues = [{"id": f"{key}-{n}", "fail": n == 1} for n in range(3)]
    machine = probe.machine(_campaign(child))
    ended = probe.ended(probe.start(machine, {"run": "1", "venues": venues}))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.ExceedToleratedFailureThreshold")
    tolerant = probe.run(_campaign(child, ToleratedFailurePercentage=100), {"run": "2", "venues": venues})
    assert tolerant["status"] == "SUCCEEDED"
    caught = probe.run(
        {
            "Run": {
                "Type": "Task",
                "Resource": "arn:aws:states:::states:startExecution.sync:2",
                "Parameters": {"StateMachineArn": child, "Name": f"{key}-alone", "Input": {"venue": "x", "fail": True}},
                "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "Caught"}],
                "End": True,
            },
            "Caught": {"Type": "Succeed"},
        }
    )
    cause = json.loads(caught["output"]["Cause"])
    assert caught["output"]["Error"] == "States.TaskFailed"
    assert (cause["Status"], cause["Error"], cause["Name"]) == ("FAILED", "VenueFailed", f"{key}-alone")


def test_stop_reaches_the_children(probe: Probe, key: str) -> None:
    child = probe.machine({"Slow": {"Type": "Wait", "Seconds": 60, "End": True}})
    execution = probe.start(probe.machine(_campaign(child)), {"run": "1", "venues": [{"id": key, "fail": False}]})

    def running() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = probe.states.list_executions(stateMachineArn=child)["executions"]
        return found

    name = eventually(running, 10, "the child")[0]["executionArn"]
    probe.states.stop_execution(executionArn=execution, error="Stopped", cause="by the test")
    assert probe.ended(execution, 2)["status"] == "ABORTED"
    assert probe.ended(name, 5)["status"] == "ABORTED"


def test_starting_twice_is_idempotent_only_for_the_same_input(probe: Probe, key: str) -> None:
    machine = probe.machine({"A": {"Type": "Wait", "Seconds": 2, "End": True}})
    first = probe.start(machine, {"a": 1, "b": 2}, key)
    assert probe.start(machine, {"b": 2, "a": 1}, key) == first
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        probe.start(machine, {"a": 2}, key)
    assert probe.ended(first)["status"] == "SUCCEEDED"
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        probe.start(machine, {"a": 1, "b": 2}, key)


def test_machine_of_the_template_with_substitutions(probe: Probe) -> None:
    execution = probe.start(probe.cloud.outputs["GreetArn"])
    assert probe.ended(execution)["output"] == {"greeting": "hello"}


# --- SQS --------------------------------------------------------------------------------------------------------------


def _send(probe: Probe, queue: str, **body: Any) -> None:
    probe.cloud.client("sqs").send_message(QueueUrl=probe.cloud.outputs[queue], MessageBody=json.dumps(body))


def test_partial_failure_comes_back_and_ends_in_the_dead_letter_queue(probe: Probe, key: str) -> None:
    _send(probe, "QueueUrl", key=f"{key}-bad", fail=True)
    _send(probe, "QueueUrl", key=f"{key}-good")
    eventually(lambda: probe.noted(f"{key}-bad", at_least=3), 15, "the third attempt")
    assert probe.calls(f"{key}-good") == 1

    def dead() -> str | None:
        found = probe.cloud.client("sqs").receive_message(QueueUrl=probe.cloud.outputs["DlqUrl"], WaitTimeSeconds=1)
        return next((m["Body"] for m in found.get("Messages", []) if key in m["Body"]), None)

    assert json.loads(eventually(dead, 10, "the dead letter"))["fail"] is True


def test_message_of_a_killed_worker_comes_back(probe: Probe, key: str) -> None:
    _send(probe, "QueueUrl", key=key, sleep_once=8)
    eventually(lambda: probe.noted(key), 10, "the first attempt")
    probe.cloud.kill_a_worker("consumer")
    noted = eventually(lambda: probe.noted(key, at_least=2), 10, "the second attempt")
    assert int(noted["last"]["count"]) >= 2


def test_batching_window_collects_messages(probe: Probe, key: str) -> None:
    for _ in range(15):
        _send(probe, "WindowQueueUrl", key=key)
    noted = eventually(lambda: probe.noted(key, at_least=15), 10, "all messages")
    assert noted["last"]["records"] == 15, "one batch above ten messages, as a window allows"


# --- EventBridge ------------------------------------------------------------------------------------------------------


def test_rule_of_a_custom_bus_leads_to_a_queue(probe: Probe, key: str) -> None:
    outputs = probe.cloud.outputs
    event = {"EventBusName": outputs["BusName"], "Source": "huichang", "Detail": json.dumps({"key": key})}
    entries = [{**event, "DetailType": kind} for kind in ("MaterialReady", "SomethingElse")]
    assert probe.cloud.client("events").put_events(Entries=entries)["FailedEntryCount"] == 0
    sqs = probe.cloud.client("sqs")
    found = sqs.receive_message(QueueUrl=outputs["EventQueueUrl"], WaitTimeSeconds=3, MaxNumberOfMessages=10)
    bodies = [json.loads(message["Body"]) for message in found["Messages"]]
    assert [body["detail-type"] for body in bodies] == ["MaterialReady"]
    assert bodies[0]["detail"] == {"key": key}


def _schedule(probe: Probe, name: str, expression: str, payload: dict[str, Any], **fields: Any) -> None:
    probe.cloud.client("scheduler").create_schedule(
        Name=name,
        GroupName=probe.cloud.outputs["ScheduleGroup"],
        ScheduleExpression=expression,
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": probe.arn, "RoleArn": "arn:aws:iam::000000000000:role/test", "Input": json.dumps(payload)},
        **fields,
    )


def test_one_time_schedule_in_a_time_zone_fires_once_and_goes(probe: Probe, key: str) -> None:
    moment = (datetime.now(UTC) + timedelta(seconds=2)).astimezone(ZoneInfo("Asia/Shanghai"))
    _schedule(
        probe,
        key,
        f"at({moment:%Y-%m-%dT%H:%M:%S})",
        {"do": "echo", "key": key, "when": "<aws.scheduler.scheduled-time>"},
        ScheduleExpressionTimezone="Asia/Shanghai",
        ActionAfterCompletion="DELETE",
    )
    noted = eventually(lambda: probe.noted(key), 15, "the scheduled call")
    assert noted["last"]["when"] == f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    with pytest.raises(ClientError, match="ResourceNotFound"):
        probe.cloud.client("scheduler").get_schedule(Name=key, GroupName=probe.cloud.outputs["ScheduleGroup"])
    time.sleep(1.5)
    assert probe.calls(key) == 1


# --- DynamoDB: what the product relies on -----------------------------------------------------------------------------


def test_conditions_transactions_and_indexes_of_dynamodb(probe: Probe, key: str) -> None:
    table, db = probe.cloud.outputs["TableName"], probe.cloud.client("dynamodb")
    item = {"pk": {"S": key}, "sk": {"S": "1"}, "gsi1pk": {"S": f"g-{key}"}, "gsi1sk": {"S": "a"}, "n": {"N": "1"}}
    db.put_item(TableName=table, Item=item, ConditionExpression="attribute_not_exists(pk)")
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        db.put_item(TableName=table, Item=item, ConditionExpression="attribute_not_exists(pk)")
    failing = {
        "Update": {
            "TableName": table,
            "Key": {"pk": {"S": key}, "sk": {"S": "1"}},
            "UpdateExpression": "SET n = n + :one",
            "ConditionExpression": "n = :zero",
            "ExpressionAttributeValues": {":one": {"N": "1"}, ":zero": {"N": "0"}},
        }
    }
    other = {"Put": {"TableName": table, "Item": {"pk": {"S": key}, "sk": {"S": "2"}}}}
    with pytest.raises(ClientError, match="TransactionCanceled") as caught:
        db.transact_write_items(TransactItems=[other, failing])
    reasons = [reason["Code"] for reason in caught.value.response["CancellationReasons"]]
    assert reasons == ["None", "ConditionalCheckFailed"]
    assert "Item" not in db.get_item(TableName=table, Key={"pk": {"S": key}, "sk": {"S": "2"}})
    found = db.query(
        TableName=table,
        IndexName="gsi1",
        KeyConditionExpression="gsi1pk = :g AND begins_with(gsi1sk, :a)",
        ExpressionAttributeValues={":g": {"S": f"g-{key}"}, ":a": {"S": "a"}},
    )
    assert [entry["pk"]["S"] for entry in found["Items"]] == [key]
    ttl = db.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    assert (ttl["TimeToLiveStatus"], ttl["AttributeName"]) == ("ENABLED", "expires_at")


def test_concurrent_updates_are_not_lost(probe: Probe, key: str) -> None:
    table, db = probe.cloud.outputs["TableName"], probe.cloud.client("dynamodb")

    def add(_: int) -> None:
        db.update_item(
            TableName=table,
            Key={"pk": {"S": key}, "sk": {"S": "n"}},
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(60)))
    assert db.get_item(TableName=table, Key={"pk": {"S": key}, "sk": {"S": "n"}})["Item"]["n"]["N"] == "60"


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _raw_status(cloud: EmbeddedCloud, path: str) -> int:
    """The status of a path sent as it is: HTTP libraries resolve dots themselves."""
    import http.client

    host = cloud.url.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=10)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status
