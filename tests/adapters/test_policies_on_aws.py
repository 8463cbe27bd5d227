"""What a judgement reads, on AWS (moto): decisions in bounded reads, events one object at a time, and the queue."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from huichang.adapters.aws import client
from huichang.adapters.dynamodb.cells import Shards
from huichang.adapters.dynamodb.delivery import DynamoDelivery
from huichang.adapters.dynamodb.policies import DynamoDecisionSample
from huichang.adapters.dynamodb.table import Table
from huichang.adapters.event_log import S3EventLog
from huichang.adapters.judgements import SqsJudgements
from huichang.adapters.messaging import Queue
from huichang.delivery.events.cells import CellKey, Event
from huichang.delivery.model import Decision, FeedItem
from tests.support.fakes import FakeClock
from tests.support.moto_aws import make_bucket, make_table, moto_aws

NOW = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)
WINDOW = "2026-09-01T08"


@pytest.fixture
def table() -> Iterator[Table]:
    with moto_aws():
        yield make_table()


def a_decision(number: int, placement: str = "home") -> Decision:
    item = FeedItem(venue_id="v-1", position=1, title="t", href="/v/v-1/", propensity=0.123456789, language="zh", explored=True)
    at = f"{WINDOW}:{number // 60:02d}:{number % 60:02d}.000Z"
    return Decision(decision_id=f"d-{number:03d}", placement=placement, at=at, policy="p-1/s-1", items=(item,), candidates=3)


def test_a_window_is_read_up_to_a_number_earliest_first(table: Table) -> None:
    clock = FakeClock(NOW)
    random.seed(1)  # which shard a decision takes
    store, sample = DynamoDelivery(table, clock), DynamoDecisionSample(table, Shards(table, clock))
    for number in range(60):
        store.log_decision(a_decision(number))
    store.log_decision(a_decision(0, "search"))
    assert sample.first("home", WINDOW, 1000) == store.logged("home", WINDOW)
    some = sample.first("home", WINDOW, 20)
    assert len(some) == 20
    assert [each.at for each in some] == sorted(each.at for each in some)
    assert some[0].items[0].propensity == 0.123456789
    assert len(sample.first("home", WINDOW, 2)) == 2
    assert sample.first("home", "2026-09-01T09", 10) == []


def test_events_are_streamed_by_window(table: Table) -> None:
    log = S3EventLog(make_bucket())
    cell = CellKey(window=WINDOW, placement="home", segment="none", position=1, venue_id="v-1")
    events = [
        Event(kind="impression", beacon_id=f"b-{n}", decision_id=f"d-{n}", cell=cell, at="2026-09-01T08:01:00.000Z") for n in range(3)
    ]
    log.keep(events[:2])
    log.keep(events[1:])
    assert sorted(event.beacon_id for event in log.stream(WINDOW)) == ["b-0", "b-1", "b-1", "b-2"]
    assert list(log.stream("2026-09-01T07")) == []


def test_a_judgement_is_asked_for_by_name_and_job(table: Table) -> None:
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="judgements")["QueueUrl"]
    SqsJudgements(Queue(url)).ask("calm-4", "judgement-1")
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"]) == {"policy": "calm-4", "job": "judgement-1"}
