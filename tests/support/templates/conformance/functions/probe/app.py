"""Does what its event says. The tests of the embedded cloud look at what comes of it."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

import boto3
from conformance_layer import VALUE


class TransientError(Exception):
    pass


class PermanentError(Exception):
    pass


CALLS = 0


def handler(event: dict[str, Any], context: Any) -> Any:
    global CALLS
    CALLS += 1
    if "requestContext" in event:
        return http(event)
    return ACTIONS[event.get("do", "echo")](event, context)


def http(event: dict[str, Any]) -> dict[str, Any]:
    wish = (event.get("pathParameters") or {}).get("id")
    if wish == "leave":
        os._exit(1)
    if wish == "raise":
        raise KeyError("not for visitors")
    body = {
        "path": event["rawPath"],
        "query": event.get("queryStringParameters"),
        "parameters": event.get("pathParameters"),
        "method": event["requestContext"]["http"]["method"],
        "route": event["routeKey"],
        "stage": event["requestContext"]["stage"],
        "claims": event["requestContext"].get("authorizer", {}).get("jwt", {}).get("claims"),
        "body": event.get("body"),
    }
    headers = {"content-type": "application/json", "x-probe": "yes"}
    return {"statusCode": 200, "headers": headers, "body": json.dumps(body)}


def note(table_key: str, value: dict[str, Any]) -> None:
    """Count and remember in the table: visible to the test, whichever worker did it."""
    boto3.client("dynamodb").update_item(
        TableName=os.environ["TABLE"],
        Key={"pk": {"S": table_key}, "sk": {"S": "note"}},
        UpdateExpression="ADD calls :one SET #l = :last",
        ExpressionAttributeNames={"#l": "last"},
        ExpressionAttributeValues={":one": {"N": "1"}, ":last": {"S": json.dumps(value)}},
    )


def calls(table_key: str) -> int:
    item = (
        boto3.client("dynamodb")
        .get_item(TableName=os.environ["TABLE"], Key={"pk": {"S": table_key}, "sk": {"S": "note"}}, ConsistentRead=True)
        .get("Item", {})
    )
    return int(item.get("calls", {}).get("N", 0))


def echo(event: dict[str, Any], _context: Any) -> Any:
    if "key" in event:
        note(event["key"], event)
    return event


def throw(event: dict[str, Any], _context: Any) -> Any:
    if "key" in event:
        note(event["key"], event)
        if calls(event["key"]) > int(event.get("times", 1_000_000)):
            return {"calls": calls(event["key"])}
    raise {"TransientError": TransientError, "PermanentError": PermanentError, "KeyError": KeyError}[event["name"]](
        event.get("message", "because")
    )


def sleep(event: dict[str, Any], _context: Any) -> Any:
    if "key" in event:
        note(event["key"], event)
    time.sleep(float(event["seconds"]))
    return {"slept": event["seconds"], "pid": os.getpid()}


def sleep_once(event: dict[str, Any], _context: Any) -> Any:
    """Long the first time (so that a test can kill it), short after that."""
    note(event["key"], event)
    if calls(event["key"]) == 1:
        time.sleep(float(event["seconds"]))
    return {"calls": calls(event["key"])}


def process(_event: dict[str, Any], context: Any) -> Any:
    return {"pid": os.getpid(), "calls": CALLS, "remaining": context.get_remaining_time_in_millis()}


def environment(_event: dict[str, Any], context: Any) -> Any:
    return {**os.environ, "layer": VALUE, "arn": context.invoked_function_arn, "python": sys.version}


def leave(event: dict[str, Any], _context: Any) -> Any:
    os._exit(int(event.get("status", 1)))


def invoke(event: dict[str, Any], _context: Any) -> Any:
    answer = boto3.client("lambda").invoke(FunctionName=event["function"], Payload=json.dumps(event["payload"]))
    return json.load(answer["Payload"])


def unserializable(_event: dict[str, Any], _context: Any) -> Any:
    return {"value": object()}


def printing(event: dict[str, Any], _context: Any) -> Any:
    print(event["text"])  # noqa: T201 - the test looks for it in the log
    sys.stderr.write(event["text"] + "\n")
    os.write(1, b"native output\n")
    return "printed"


def long_answer(event: dict[str, Any], _context: Any) -> Any:
    return {"text": "x" * int(event["size"])}


def parallel_sleep(event: dict[str, Any], _context: Any) -> Any:
    """Notes when it ran, so that a test can count how many ran at the same time."""
    started = time.time()
    time.sleep(float(event["seconds"]))
    return {"from": started, "to": time.time(), "pid": os.getpid()}


def pass_token(event: dict[str, Any], _context: Any) -> Any:
    """Gives the task token away: into the table, for the test to answer."""
    note(event["key"], {"token": event["token"]})
    if event.get("then_fail"):
        raise PermanentError("could not pass the token on")
    return "passed"


ACTIONS = {
    "echo": echo,
    "throw": throw,
    "sleep": sleep,
    "sleep_once": sleep_once,
    "process": process,
    "environment": environment,
    "leave": leave,
    "invoke": invoke,
    "unserializable": unserializable,
    "printing": printing,
    "long_answer": long_answer,
    "parallel_sleep": parallel_sleep,
    "pass_token": pass_token,
}


def consume(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Queue consumer: {"fail": true} is a partial failure, {"sleep_once": n} takes n seconds the first time."""
    failed = []
    for record in event["Records"]:
        body = json.loads(record["body"])
        note(body["key"], {"records": len(event["Records"]), "count": record["attributes"]["ApproximateReceiveCount"]})
        if body.get("sleep_once") and calls(body["key"]) == 1:
            time.sleep(body["sleep_once"])
        if body.get("fail"):
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
