"""Snapshots' pointers and objects, sizes that are asked for, and rebuilds, on AWS (moto)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from huichang.adapters import aws
from huichang.adapters.dynamodb.table import Table
from huichang.adapters.messaging import Queue
from huichang.adapters.s3 import Bucket
from huichang.adapters.snapshots import ASKED_SECONDS, DELAY, GATHER, AskedSizes, QueuedRebuilds, QueuedTasks, StoredSnapshots
from huichang.delivery.serving.model import Pointer, Size, SnapshotStore
from huichang.delivery.serving.planning import Task
from huichang.kernel.errors import NotFoundError, TransientError
from tests.support.fakes import FakeClock
from tests.support.memory_snapshots import MemorySnapshots
from tests.support.moto_aws import make_bucket, make_table, moto_aws

NOW = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)


@pytest.fixture
def account() -> Iterator[tuple[Table, Bucket]]:
    with moto_aws():
        yield make_table(), make_bucket()


def a_pointer(number: int, placement: str = "home", version: str = "abc") -> Pointer:
    at = "2026-09-01T08:30:00.000Z"
    return Pointer(
        placement=placement,
        number=number,
        version=version,
        key=f"snapshots/{placement}/{version}",
        live="snapshots/venues/x",
        live_at=at,
        history="h",
        built_at=at,
        whole_at=at,
        policy_id="built-in",
        rules="r",
    )


def keeps_its_promises(store: SnapshotStore) -> None:
    """Of every SnapshotStore."""
    assert store.pointer("home") is None
    assert not store.point(a_pointer(2)), "nobody pointed before"
    assert store.point(a_pointer(1))
    assert not store.point(a_pointer(1, version="late")), "another build was first"
    assert store.point(a_pointer(2, version="def"))
    assert not store.point(a_pointer(2, version="late"))
    assert not store.point(a_pointer(4)), "never past one that nobody saw"
    assert store.pointer("home") == a_pointer(2, version="def")
    assert store.pointer("cart") is None
    store.forget("home")
    store.forget("home")
    assert store.pointer("home") is None
    store.put("snapshots/home/abc", b"\x00\xff")
    assert store.get("snapshots/home/abc") == b"\x00\xff"
    with pytest.raises(NotFoundError):
        store.get("snapshots/home/def")


def test_pointers_never_go_back(account: tuple[Table, Bucket]) -> None:
    keeps_its_promises(StoredSnapshots(*account))
    keeps_its_promises(MemorySnapshots())


def test_sizes_are_counted_and_forgotten_two_days_after_the_last_time(account: tuple[Table, Bucket]) -> None:
    clock = FakeClock(NOW)
    asked = AskedSizes(account[0], clock)
    asked.note("home", {Size(None, 6): 3, Size("zh", 4): 1})
    asked.note("cart", {Size(None, 1): 1})
    clock.moment += timedelta(seconds=ASKED_SECONDS - 10)
    asked.note("home", {Size("en", 4): 9})
    assert asked.sizes("home") == [Size("en", 4), Size(None, 6), Size("zh", 4)]
    clock.moment += timedelta(seconds=11)
    assert asked.sizes("home") == [Size("en", 4)], "also before DynamoDB deletes them"


def a_queue() -> tuple[Queue, Any]:
    url = aws.client("sqs").create_queue(QueueName="snapshots")["QueueUrl"]

    def received() -> list[dict[str, Any]]:
        found = []
        while messages := aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in messages:
                found.append(json.loads(message["Body"]))
                aws.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    return Queue(url), received


def test_tasks_are_messages(account: tuple[Table, Bucket]) -> None:
    queue, received = a_queue()
    tasks = [Task(placement=f"p-{i}", live="k", live_at="now", patient=True) for i in range(12)]
    QueuedTasks(queue).send(tasks)
    assert sorted(each["placement"] for each in received()) == sorted(task.placement for task in tasks)


def test_a_hundred_changes_at_once_ask_once_and_a_later_one_again(account: tuple[Table, Bucket], monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[list[str], int]] = []

    class Slow(Queue):
        def send(self, bodies: list[str], delay_seconds: int = 0) -> None:
            sent.append((bodies, delay_seconds))

    clock = FakeClock(NOW)
    rebuilds = QueuedRebuilds(Slow(""), account[0], clock)
    rebuilds.ask("home")
    for _ in range(100):
        rebuilds.ask("")
    assert sent == [(['{"placement":"home"}'], 0), (['{"placement":""}'], DELAY)]
    # Whoever asks after this may have written after the message was read.
    assert GATHER < DELAY
    clock.moment += timedelta(seconds=GATHER)
    rebuilds.ask("")
    assert len(sent) == 3


def test_asking_that_failed_is_repeated(account: tuple[Table, Bucket]) -> None:
    class Away(Queue):
        def send(self, bodies: list[str], delay_seconds: int = 0) -> None:
            raise TransientError("the queue is away")

    rebuilds = QueuedRebuilds(Away(""), account[0], FakeClock(NOW))
    for _ in range(2):
        with pytest.raises(TransientError):
            rebuilds.ask("")
