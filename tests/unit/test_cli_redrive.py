"""`huichang redrive`: dead letters are shown, and put back where they came from; none is lost on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.support.cli import Cli
from tests.support.moto_aws import moto_aws


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return Cli(tmp_path)


@pytest.fixture
def sqs() -> Iterator[Any]:
    """Two queues with dead letters of the stack, and one of another."""
    with moto_aws():
        client = boto3.client("sqs")
        for name in ("huichang-CopyQueue", "huichang-ImageQueue", "other-CopyQueue"):
            dead = client.create_queue(QueueName=name.replace("Queue", "Dlq"))["QueueUrl"]
            arn = client.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
            policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 5})
            client.create_queue(QueueName=name, Attributes={"RedrivePolicy": policy})
        yield client


def bury(sqs: Any, name: str, *bodies: str) -> None:
    for body in bodies:
        sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"], MessageBody=body)


def bodies(sqs: Any, name: str) -> list[str]:
    url, found = sqs.get_queue_url(QueueName=name)["QueueUrl"], []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        found += [message["Body"] for message in messages]
    return sorted(found)


def test_they_are_shown_and_left_where_they_are(cli: Cli, sqs: Any) -> None:
    bury(sqs, "huichang-CopyDlq", "a", "b")
    ran = cli("redrive", "--json")
    assert ran.code == 0, ran.err
    shown = {each["queue"]: (each["dead"], sorted(each["samples"])) for each in json.loads(ran.out)["queues"]}
    assert shown == {"huichang-CopyQueue": (2, ["a", "b"]), "huichang-ImageQueue": (0, [])}
    assert "huichang-CopyQueue" in cli("redrive").out
    assert bodies(sqs, "huichang-CopyDlq") == ["a", "b"]


def test_they_go_back_to_the_queue_they_came_from(cli: Cli, sqs: Any) -> None:
    many = [f"m{number:02d}" for number in range(23)]
    bury(sqs, "huichang-CopyDlq", *many)
    bury(sqs, "huichang-ImageDlq", "picture")
    ran = cli("redrive", "copy")
    assert (ran.code, ran.out) == (0, "23 back on huichang-CopyQueue\n")
    assert bodies(sqs, "huichang-CopyQueue") == many
    assert bodies(sqs, "huichang-CopyDlq") == []
    assert bodies(sqs, "huichang-ImageDlq") == ["picture"]


def test_all_of_them(cli: Cli, sqs: Any) -> None:
    bury(sqs, "huichang-CopyDlq", "a")
    bury(sqs, "other-CopyDlq", "not ours")
    assert json.loads(cli("redrive", "all", "--json").out) == {"moved": {"huichang-CopyQueue": 1, "huichang-ImageQueue": 0}}
    assert bodies(sqs, "other-CopyDlq") == ["not ours"]


def test_what_is_asked_wrongly_is_said(cli: Cli, sqs: Any, tmp_path: Path) -> None:
    ran = cli("redrive", "beacons")
    assert ran.code == 2
    assert "huichang-CopyQueue" in ran.err
    assert cli("redrive", "--stack", "nobody").code == 2
    ran = cli("redrive", "--state", str(tmp_path / "nothing"))
    assert ran.code == 3
    assert "infra.local up" in ran.err
