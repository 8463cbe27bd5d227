"""Cells, marks, rates, the event log and signing keys on AWS (moto)."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from huichang.adapters import aws
from huichang.adapters.dynamodb import cells as cells_module
from huichang.adapters.dynamodb import table as table_module
from huichang.adapters.dynamodb.cells import DEFAULT_SHARDS, DynamoCells, Shards
from huichang.adapters.dynamodb.rates import DynamoRates
from huichang.adapters.dynamodb.table import Table
from huichang.adapters.event_log import S3EventLog
from huichang.adapters.s3 import Bucket
from huichang.adapters.signing_keys import SecretKeys, rotate
from huichang.delivery.events.cells import Counts, Event, truth_of
from huichang.delivery.events.counting import Change, CountEvents, Mark
from huichang.kernel.errors import InvalidInputError, PermanentError, TransientError
from tests.support.fakes import FakeClock
from tests.support.memory_delivery import MemoryLog
from tests.support.moto_aws import Failing, client_error, make_bucket, make_table, moto_aws

NOW = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    for module in (table_module, cells_module):
        monkeypatch.setattr(module.time, "sleep", lambda _: None)
    with moto_aws():
        yield make_table()


def on(table: Table) -> DynamoCells:
    clock = FakeClock(NOW)
    return DynamoCells(table, Shards(table, clock), clock, random.Random(1))


def counting(table: Table) -> CountEvents:
    return CountEvents(on(table), MemoryLog(), lambda: [], FakeClock(NOW), sleep=lambda _: None)


def an_event(decision: int, venue: int, kind: str = "impression", **cell: object) -> Event:
    key = {"window": "2026-09-01T08", "placement": "home", "segment": "bulk", "position": venue, "venue_id": f"v-{venue}"}
    value = {"value": 250, "subject": "ab"} if kind == "order" else {}
    return Event.model_validate(
        {
            "kind": kind,
            "beacon_id": f"b-{decision}-{venue}-{kind}",
            "decision_id": f"d-{decision}",
            "cell": key | cell,
            "at": NOW.isoformat(),
        }
        | value
    )


CELL = an_event(1, 1).cell


def change(key: str = "d#d-1", lock: int = 0, tag: str = "i") -> Change:
    return Change({key: (Mark(key=key, lock=lock), frozenset({tag}))}, {CELL: Counts(impressions=1)})


def cancelled(*codes: str) -> Exception:
    return client_error("TransactionCanceledException", CancellationReasons=[{"Code": code} for code in codes])


def test_nothing_that_is_stored_says_who_it_was_and_marks_are_forgotten_after_a_week(table: Table) -> None:
    counting(table).count([an_event(1, 1), an_event(1, 1, "order"), an_event(2, 1, "click")])
    DynamoRates(table, lambda: b"salt", FakeClock(NOW), address_lot=1).of_address("203.0.113.9", 5)
    stored = aws.client("dynamodb").scan(TableName=table.name)["Items"]
    names = {name for item in stored for name in item}
    assert names == {"pk", "sk", "tags", "lock", "expires_at", "impressions", "clicks", "orders", "order_value", "beacons"}
    assert "203.0.113" not in str(stored)
    kept = {item["pk"]["S"].split("#")[0]: int(item.get("expires_at", {"N": "0"})["N"]) for item in stored}
    now = int(NOW.timestamp())
    assert kept == {"SEEN": now + 7 * 86400, "CELL": now + 400 * 86400, "TOTAL": 0, "RATE": now + 7200}
    cells = on(table)
    assert cells.totals("home") == {"v-1": Counts(impressions=2, clicks=2, orders=1, order_value=250)}
    assert cells.correct(CELL, Counts(impressions=2, clicks=2, orders=1, order_value=250), Counts(impressions=1))
    assert cells.totals("home") == {"v-1": Counts(impressions=1)}


def test_a_cell_that_others_write_is_tried_in_another_shard_and_later(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    conflict = cancelled("None", "TransactionConflict", "None")
    cells = on(table)
    for failing, outcome in (
        (Failing(aws.client("dynamodb"), "transact_write_items", conflict), TransientError),
        (Failing(aws.client("dynamodb"), "transact_write_items", client_error("AccessDeniedException")), PermanentError),
    ):
        monkeypatch.setattr(table_module, "client", lambda _, failing=failing: failing)
        with pytest.raises(outcome):
            cells.write(change())
    busy = Failing(aws.client("dynamodb"), "transact_write_items", conflict, times=3)
    monkeypatch.setattr(table_module, "client", lambda _: busy)
    assert cells.write(change())
    assert busy.calls == 4
    assert cells.cells("home", "2026-09-01T08") == {CELL: Counts(impressions=1)}


def test_shards_grow_and_nothing_is_lost(table: Table) -> None:
    shards = Shards(table, FakeClock(NOW))
    told = [an_event(d, 1) for d in range(40)]
    counter = counting(table)
    for event in told[:20]:
        counter.count([event])
    shards.grow("home", 16)
    assert shards.of("home", now=True) == 16
    grown = counting(table)
    for event in told[20:]:
        grown.count([event])
    used = {shard for shard in range(16) if list(table.query(f"CELL#home#2026-09-01T08#{shard}"))}
    assert len(used) > DEFAULT_SHARDS
    assert on(table).cells("home", "2026-09-01T08") == truth_of(told)
    for fewer in (8, 4, 0, -1, 5000):
        with pytest.raises(InvalidInputError):
            shards.grow("home", fewer)


def test_a_flood_is_seen_by_every_process_and_an_ordinary_buyer_costs_no_write(table: Table) -> None:
    clock = FakeClock(NOW)
    one, two = (DynamoRates(table, lambda: b"salt", clock, address_lot=100) for _ in range(2))
    assert one.of_address("203.0.113.1", 20) == 20
    assert aws.client("dynamodb").scan(TableName=table.name)["Count"] == 0
    for _ in range(10):
        one.of_address("203.0.113.9", 50)
    assert two.of_address("203.0.113.9", 100) == 600
    clock.moment += timedelta(hours=1)
    assert two.of_address("203.0.113.9", 50) == 50


def test_the_log_gives_back_what_it_got_by_window_and_the_same_batch_is_one_object() -> None:
    with moto_aws():
        bucket: Bucket = make_bucket()
        log = S3EventLog(bucket)
        first, second = [an_event(d, 1) for d in range(3)], [an_event(9, 1, window="2026-09-01T07")]
        for _ in range(2):
            log.keep([*first, *second])
        log.keep(list(reversed(first)))
        assert Counter(e.beacon_id for e in log.read("2026-09-01T08")) == Counter(e.beacon_id for e in first)
        assert log.read("2026-09-01T07") == second
        assert log.read("2026-09-01T06") == []
        keys = [found["Key"] for found in aws.client("s3").list_objects_v2(Bucket=bucket.name)["Contents"]]
        assert sorted(key.rpartition("/")[0] for key in keys) == ["beacons/2026-09-01/07", "beacons/2026-09-01/08"]


def test_keys_rotate_the_one_before_stays_and_a_repeated_request_changes_nothing() -> None:
    with moto_aws():
        aws.client("secretsmanager").create_secret(Name="decisions", SecretString="first")
        clock = FakeClock(NOW)
        keys = SecretKeys("decisions", clock)
        first = keys.signing()
        assert (first.secret, [key.secret for key in keys.all()]) == (b"first", [b"first"])
        assert rotate("decisions", "r" * 32)
        assert not rotate("decisions", "r" * 32)
        assert keys.signing() == first, "for some minutes the old key signs on"
        fresh = SecretKeys("decisions", clock).signing()
        assert fresh != first
        clock.moment += timedelta(seconds=31)
        assert keys.named(fresh.name) == fresh, "a name nobody knows makes it look again"
        assert keys.named(first.name) == first
        assert rotate("decisions", "s" * 32)
        clock.moment += timedelta(minutes=6)
        assert keys.named(first.name) is None
        assert keys.named(fresh.name) == fresh


def test_keys_that_are_known_serve_while_secrets_manager_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    with moto_aws():
        aws.client("secretsmanager").create_secret(Name="decisions", SecretString="first")
        clock = FakeClock(NOW)
        keys = SecretKeys("decisions", clock)
        away = Failing(aws.client("secretsmanager"), "get_secret_value", client_error("InternalServiceErrorException", 500))
        known = keys.signing()
        monkeypatch.setattr("huichang.adapters.signing_keys.client", lambda _: away)
        clock.moment += timedelta(minutes=6)
        assert keys.signing() == known
        with pytest.raises(TransientError):
            SecretKeys("decisions", clock).signing()
