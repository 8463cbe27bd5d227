"""Standings, evidence and looks on AWS (moto), held to what the memory fakes promise."""

from __future__ import annotations

import json
from collections.abc import Iterator

import boto3
import pytest

from huichang.adapters.dynamodb.cells import DynamoCells, Shards
from huichang.adapters.dynamodb.records import DynamoAudit
from huichang.adapters.dynamodb.standing import DynamoStandings
from huichang.adapters.messaging import Queue
from huichang.adapters.standing_shelf import S3EvidenceShelf, SqsLooks
from huichang.delivery.events.cells import CellKey, Counts
from huichang.delivery.events.counting import Change, Mark
from huichang.delivery.standing.judging import JudgePlacement, Looked
from huichang.delivery.standing.model import EvidenceShelf, Freeze, Row, Sheet, Standing, StandingRecords
from huichang.delivery.standing.standings import KeptStandings
from huichang.delivery.verdicts.evidence import Evidence
from huichang.delivery.verdicts.judging import Rule, judge
from huichang.kernel.errors import NotFoundError
from infra.bench.unruled import NoRules
from tests.support.fakes import FakeClock
from tests.support.memory_standing import HOME, MemoryCandidates, MemoryPlacements, MemoryRebuilds, MemoryShelf, MemoryStandings
from tests.support.moto_aws import REGION, make_bucket, make_table, moto_aws

RULE = Rule(margin=0.1)
ROW = Row.of("v-1", judge(Evidence(shown=7), RULE), 90, "2026-09-01T09")
STANDING = Standing(
    placement="home", venue_id="v-1", state="eliminated", at="2026-09-01T08:00:00.000Z", by="verdicts", role="system", row=ROW, rule=RULE
)


@pytest.fixture(params=["memory", "aws"])
def stores(request: pytest.FixtureRequest) -> Iterator[tuple[StandingRecords, EvidenceShelf]]:
    if request.param == "memory":
        yield MemoryStandings(), MemoryShelf()
        return
    with moto_aws():
        yield DynamoStandings(make_table()), S3EvidenceShelf(make_bucket())


def test_a_standing_is_written_over_the_version_it_was_made_from(stores: tuple[StandingRecords, EvidenceShelf]) -> None:
    records, _ = stores
    assert records.of("home") == {}
    assert records.get("home", "v-1") is None
    first = records.put(STANDING)
    assert first == STANDING.model_copy(update={"version": 1})
    assert records.put(STANDING) is None, "somebody was faster"
    second = records.put(first.model_copy(update={"told": True}))
    assert second is not None
    assert records.put(first) is None
    assert records.get("home", "v-1") == records.of("home")["v-1"] == second
    assert records.of("search") == {}
    records.remove(first)
    assert records.of("home") == {"v-1": second}, "it is another version by now"
    records.remove(second)
    assert records.of("home") == {}


def test_a_placement_is_frozen_and_thawed(stores: tuple[StandingRecords, EvidenceShelf]) -> None:
    records, _ = stores
    freeze = Freeze(placement="home", at="2026-09-01T08:00:00.000Z", by="olga", why="the sale")
    records.freeze(freeze)
    assert records.frozen() == {"home": freeze}
    records.thaw("home")
    records.thaw("home")
    assert records.frozen() == {}


def test_evidence_is_kept_over_what_was_read(stores: tuple[StandingRecords, EvidenceShelf]) -> None:
    _, shelf = stores
    assert shelf.evidence("home") is None
    assert shelf.keep_evidence("home", b"one", "")
    assert not shelf.keep_evidence("home", b"two", ""), "there is something by now"
    found = shelf.evidence("home")
    assert found is not None
    assert found[0] == b"one"
    assert shelf.keep_evidence("home", b"two", found[1])
    assert not shelf.keep_evidence("home", b"three", found[1])
    assert (shelf.evidence("home") or (b"", ""))[0] == b"two"


def test_windows_and_sheets_are_kept(stores: tuple[StandingRecords, EvidenceShelf]) -> None:
    _, shelf = stores
    with pytest.raises(NotFoundError):
        shelf.window("home", "2026-09-01T08", "f")
    shelf.keep_window("home", "2026-09-01T08", "f", b"counts")
    assert shelf.window("home", "2026-09-01T08", "f") == b"counts"
    assert shelf.sheet("home") is None
    sheet = Sheet(placement="home", at="2026-09-01T08:00:00.000Z", rule=RULE, slots=3, rows=(ROW,))
    shelf.keep_sheet(sheet)
    assert shelf.sheet("home") == sheet


def test_a_look_is_asked_for_in_a_message() -> None:
    with moto_aws():
        url = boto3.client("sqs", region_name=REGION).create_queue(QueueName="judging")["QueueUrl"]
        SqsLooks(Queue(url)).ask("home", ("2026-09-01T08",))
        (message,) = boto3.client("sqs", region_name=REGION).receive_message(QueueUrl=url)["Messages"]
        assert json.loads(message["Body"]) == {"placement": "home", "windows": ["2026-09-01T08"]}


def test_a_whole_look_on_aws_takes_out_who_is_weak_and_knows_it_at_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    # 27 windows are read, one shard of each says as much.
    monkeypatch.setattr("huichang.adapters.dynamodb.cells.DEFAULT_SHARDS", 1)
    clock = FakeClock()
    with moto_aws():
        table, shelf = make_table(), S3EvidenceShelf(make_bucket())
        cells, records, trail = DynamoCells(table, Shards(table, clock), clock), DynamoStandings(table), DynamoAudit(table, clock)
        for number, (name, clicks) in enumerate((("v-1", 300), ("v-2", 20), ("v-3", 310), ("v-4", 290))):
            cell = CellKey(window="2026-09-01T05", placement="home", segment="none", position=1, venue_id=name, explored=True)
            mark = Mark(key=f"d#{number}")
            cells.write(Change({mark.key: (mark, frozenset({"i"}))}, {cell: Counts(impressions=2000, clicks=clicks)}))
        home = MemoryPlacements(HOME.model_copy(update={"slots": 3}))
        live = MemoryCandidates("v-1", "v-2", "v-3", "v-4")
        look = JudgePlacement(home, live, cells, shelf, records, MemoryRebuilds(), trail, clock, NoRules())
        assert look("home").eliminated == ("v-2",)
        assert look("home") == Looked(placement="home", judged=4)
        assert KeptStandings(records, shelf).eliminated("home") == {"v-2"}
        assert [entry.action for entry in trail.of("v-2")] == ["standing_eliminated"]
