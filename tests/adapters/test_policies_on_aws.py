"""What a judgement reads, on AWS (moto): decisions in bounded reads, events one object at a time, and the queue."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from huichang.adapters.aws import client
from huichang.adapters.dynamodb.cells import DynamoCells, Shards
from huichang.adapters.dynamodb.delivery import DynamoDelivery
from huichang.adapters.dynamodb.policies import DynamoDecisionSample, DynamoPolicies
from huichang.adapters.dynamodb.table import Table
from huichang.adapters.event_log import S3EventLog
from huichang.adapters.judgements import SqsJudgements
from huichang.adapters.messaging import Queue
from huichang.delivery.events.cells import CellKey, Event, Kind
from huichang.delivery.events.counting import EVENTS, CountEvents
from huichang.delivery.model import Decision, FeedItem
from huichang.delivery.release.judging import Judge
from huichang.delivery.release.model import Candidate
from huichang.delivery.serving.ports import PolicySettings
from huichang.line.policies import JudgePolicies
from infra.bench.policy_worlds import Rules, ShippedPlacements
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


def test_a_judgement_from_the_message_to_the_record(table: Table) -> None:
    """Everything behind `judge_policy` on real adapters: what is logged is found, joined and told."""
    clock, bucket = FakeClock(NOW), make_bucket()
    shards = Shards(table, clock)
    delivery, log, store = DynamoDelivery(table, clock), S3EventLog(bucket), DynamoPolicies(table, bucket)
    cells = DynamoCells(table, shards, clock)
    counter = CountEvents(cells, log, delivery.live, clock, sleep=lambda _: None)
    events = []
    for hour in ("2026-09-01T04", "2026-09-01T05", "2026-09-01T06"):
        for number in range(30):
            venue, decision = f"v-{number % 3}", f"d-{hour}-{number}"
            at = f"{hour}:{number:02d}:00.000Z"
            item = FeedItem(venue_id=venue, position=1, title="t", href="/", propensity=1 / 3, language="zh", explored=number % 2 == 0)
            delivery.log_decision(
                Decision(decision_id=decision, placement="home", at=at, policy="built-in/s-1", items=(item,), candidates=3)
            )
            cell = CellKey(window=hour, placement="home", segment="none", position=1, venue_id=venue, explored=item.explored)
            kinds: tuple[Kind, ...] = ("impression", "click") if number % 3 == 0 else ("impression",)
            events += [Event(kind=kind, beacon_id=f"b-{decision}-{kind}", decision_id=decision, cell=cell, at=at) for kind in kinds]
    counter([EVENTS.dump_json(tuple(events)).decode()])
    settings = PolicySettings(policy_id="calm-4", calm=4, draws=32)
    asked = Candidate(
        settings=settings,
        placement="home",
        proposed_by="lin",
        proposed_at="",
        state="judging",
        job="j-1",
        asked_at="2026-09-01T08:30:00.000Z",
    )
    store.propose(asked)
    judge = Judge(DynamoDecisionSample(table, shards), log, cells, delivery.live, ShippedPlacements(), Rules())
    work = JudgePolicies(store, judge)
    verdict = work("calm-4", "j-1")
    assert verdict is not None
    assert (verdict.data.decisions, verdict.data.first, verdict.data.last) == (90, "2026-09-01T06", "2026-09-01T06")
    assert (verdict.data.rows, verdict.data.rewards, verdict.data.learnt_from) == (30, 10, "2026-09-01T04")
    assert verdict.answer in ("cannot_tell", "ship")
    kept = store.get("calm-4")
    assert kept.state == "judged"
    assert kept.verdict == verdict.note()
    assert store.verdict("calm-4", verdict.verdict_id) == verdict
    assert work("calm-4", "j-1") is None
