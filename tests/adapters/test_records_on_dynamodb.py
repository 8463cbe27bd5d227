"""Trends, call leases, task tokens, audit, delivery counters and imports on the state table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from huichang.adapters import aws
from huichang.adapters.dynamodb import records as records_module
from huichang.adapters.dynamodb import table as table_module
from huichang.adapters.dynamodb.calls import StoredCalls
from huichang.adapters.dynamodb.cells import DEFAULT_SHARDS
from huichang.adapters.dynamodb.delivery import DynamoDelivery
from huichang.adapters.dynamodb.imports import DynamoImports
from huichang.adapters.dynamodb.pacing import DynamoDecisions
from huichang.adapters.dynamodb.records import DynamoAudit, DynamoTokens, DynamoTrends
from huichang.adapters.dynamodb.table import Table
from huichang.adapters.s3 import S3CallAnswers
from huichang.catalog.importing import ImportCheckpoint
from huichang.catalog.imports import ImportFile, ImportRecord
from huichang.delivery.model import Decision, FeedItem, LiveVenue
from huichang.kernel.errors import NotFoundError, TransientError
from huichang.line.pacing import Decision as ReviewDecision
from huichang.trends.trend import Trend, Verdict
from huichang.venues.model import AuditEntry
from tests.support.line_fakes import TickingClock
from tests.support.moto_aws import Failing, client_error, make_bucket, make_table, moto_aws


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    monkeypatch.setattr("huichang.adapters.dynamodb.table.time.sleep", lambda _: None)
    with moto_aws():
        yield make_table()


# --- trends -----------------------------------------------------------------------------------------------------------


def a_trend(title: str, heat: float = 1.0) -> Trend:
    return Trend(source="feed", title=title, kind="event", heat=heat, observed_on=date(2026, 9, 1), language="zh")


def test_trends_are_upserted_by_source_and_title(table: Table) -> None:
    trends = DynamoTrends(table)
    assert trends.put_many([a_trend("熊猫", 5), a_trend("月饼", 9), a_trend("熊猫", 5)]) == 2
    assert trends.put_many([a_trend("熊猫", 5), a_trend("月饼", 9)]) == 0
    assert trends.put_many([a_trend("熊猫", 12), a_trend("露营", 1)]) == 2
    assert [(t.title, t.heat) for t in trends.all()] == [("熊猫", 12), ("月饼", 9), ("露营", 1)]


def a_dropped(title: str, heat: float = 1.0) -> Trend:
    return a_trend(title, heat).model_copy(update={"verdict": Verdict(drop="celebrity")})


def test_dropped_trends_are_kept_apart_and_move_when_the_rules_change(table: Table) -> None:
    trends = DynamoTrends(table)
    assert trends.put_many([a_trend("露营", 5), a_dropped("红毯", 9)]) == 2
    assert [t.title for t in trends.all()] == ["露营"]
    assert [(t.title, t.verdict) for t in trends.dropped("celebrity", 5)] == [("红毯", Verdict(drop="celebrity"))]
    assert trends.put_many([a_trend("红毯", 9), a_dropped("露营", 5)]) == 2
    assert [t.title for t in trends.all()] == ["红毯"]
    assert [t.title for t in trends.dropped("celebrity", 5)] == ["露营"]
    assert trends.dropped_counts() == {"celebrity": 1}


def test_counts_follow_every_move_and_the_hottest_come_first(table: Table) -> None:
    trends = DynamoTrends(table)
    waiting = a_trend("软糕").model_copy(update={"verdict": Verdict(drop="unsorted")})
    trends.put_many([*(a_dropped(f"d{n}", n * 10) for n in range(40)), waiting])
    trends.put_many([a_dropped("d3", 30)])
    assert trends.dropped_counts() == {"celebrity": 40, "unsorted": 1}
    assert [t.heat for t in trends.dropped("celebrity", 3)] == [390, 380, 370]
    assert [t.title for t in trends.waiting()] == ["软糕"]
    trends.put_many([a_trend("d39", 390), waiting.model_copy(update={"verdict": Verdict(drop="no_product")})])
    assert trends.dropped_counts() == {"celebrity": 39, "no_product": 1}
    assert [t.title for t in trends.all()] == ["d39"]


def test_what_was_seen_adds_up_and_a_replay_changes_nothing(table: Table) -> None:
    trends = DynamoTrends(table)
    later = a_trend("熊猫", 3).model_copy(update={"observed_on": date(2026, 9, 4), "days": (date(2026, 9, 4),)})
    assert trends.put_many([a_trend("熊猫", 5)]) == 1
    assert trends.put_many([later]) == 1
    assert trends.put_many([a_trend("熊猫", 5), later, a_trend("熊猫", 5)]) == 0
    (seen,) = trends.all()
    assert (seen.heat, seen.peak_heat, seen.observed_on, seen.days_seen) == (3, 5, date(2026, 9, 4), 2)


def test_two_imports_at_once_lose_no_observation(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    trends = DynamoTrends(table)
    trends.put_many([a_trend("熊猫", 5)])
    later = a_trend("熊猫", 3).model_copy(update={"observed_on": date(2026, 9, 4), "days": (date(2026, 9, 4),)})
    read = table.get_many
    races = iter([later])

    def raced(keys: Any) -> Any:
        found = read(keys)
        for other in races:  # somebody else writes between our reading and our writing, once
            DynamoTrends(Table(table.name)).put_many([other])
        return found

    monkeypatch.setattr(table, "get_many", raced)
    monkeypatch.setattr("huichang.adapters.dynamodb.records.time.sleep", lambda _: None)
    assert trends.put_many([a_trend("熊猫", 8)]) == 1
    (seen,) = trends.all()
    assert (seen.heat, seen.peak_heat, seen.days_seen) == (3, 8, 2)


def test_trends_that_everybody_writes_say_so(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huichang.adapters.dynamodb.records.time.sleep", lambda _: None)
    monkeypatch.setattr(table, "transact", lambda _: ["ConditionalCheckFailed"])
    with pytest.raises(TransientError, match="too many at once"):
        DynamoTrends(table).put_many([a_trend("熊猫", 5)])


def test_more_trends_than_one_batch(table: Table) -> None:
    trends = DynamoTrends(table)
    assert trends.put_many([a_trend(f"t{n:02d}", n) for n in range(60)]) == 60
    assert [t.heat for t in trends.all()] == list(range(59, -1, -1))


# --- leases on model calls --------------------------------------------------------------------------------------------


def test_one_worker_makes_a_call_and_the_others_find_its_answer(table: Table) -> None:
    clock = TickingClock()
    calls = StoredCalls(table, S3CallAnswers(make_bucket()), clock)
    assert calls.answer("k") is None
    assert calls.claim("k", 60)
    assert not calls.claim("k", 60)
    assert calls.claim("other", 60)
    calls.store("k", b"\x00answer")
    assert calls.answer("k") == b"\x00answer"
    assert calls.claim("k", 60)  # free again; whoever claims looks for the answer first


def test_a_lease_ends_when_its_worker_dies_or_gives_it_back(table: Table) -> None:
    clock = TickingClock()
    calls = StoredCalls(table, S3CallAnswers(make_bucket()), clock)
    assert calls.claim("k", 60)
    clock.pass_time(59)
    assert not calls.claim("k", 60)
    clock.pass_time(2)
    assert calls.claim("k", 60)
    calls.release("k")
    assert calls.claim("k", 60)
    calls.release("never claimed")


def test_a_lease_from_before_the_clock_was_set_back_is_nobodys(table: Table) -> None:
    clock = TickingClock()
    calls = StoredCalls(table, S3CallAnswers(make_bucket()), clock)
    assert calls.claim("k", 60)
    clock.pass_time(-30)  # two machines' clocks may differ by so much
    assert not calls.claim("k", 60)
    clock.pass_time(-7200)
    assert calls.claim("k", 60)
    assert not calls.claim("k", 60)


# --- task tokens ------------------------------------------------------------------------------------------------------


class FakeStepFunctions:
    """Knows which tokens wait."""

    def __init__(self, *waiting: str) -> None:
        self.waiting = set(waiting)
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.meanwhile: Any = None

    def send_task_success(self, taskToken: str, **said: Any) -> None:  # noqa: N803
        self._answer(taskToken, said)

    def send_task_failure(self, taskToken: str, **said: Any) -> None:  # noqa: N803
        self._answer(taskToken, said)

    def _answer(self, token: str, said: dict[str, Any]) -> None:
        if self.meanwhile:
            self.meanwhile()
        if token not in self.waiting:
            raise client_error("TaskTimedOut")
        self.waiting.discard(token)
        self.told.append((token, said))


@pytest.fixture
def machines(monkeypatch: pytest.MonkeyPatch) -> FakeStepFunctions:
    fake = FakeStepFunctions("t1", "t2")
    monkeypatch.setattr(records_module, "client", lambda _: fake)
    return fake


def test_a_kept_token_is_answered_once(table: Table, machines: FakeStepFunctions) -> None:
    tokens = DynamoTokens(table)
    tokens.keep("v-1", "materials", "t1")
    assert tokens.waits("v-1", "materials")
    assert tokens.succeed("v-1", "materials", {"ready": 3})
    assert not tokens.succeed("v-1", "materials", {"ready": 3})
    assert not tokens.waits("v-1", "materials")
    assert machines.told == [("t1", {"output": '{"ready": 3}'})]


def test_purposes_and_venues_do_not_mix(table: Table, machines: FakeStepFunctions) -> None:
    tokens = DynamoTokens(table)
    tokens.keep("v-1", "materials", "t1")
    assert not tokens.succeed("v-1", "review", {})
    assert not tokens.succeed("v-2", "materials", {})
    assert tokens.fail("v-1", "materials", "PermanentError", "x" * 40_000)
    ((token, said),) = machines.told
    assert (token, said["error"], len(said["cause"])) == ("t1", "PermanentError", 32_000)  # AWS takes 32,768 at most


def test_a_newer_token_replaces_the_older(table: Table, machines: FakeStepFunctions) -> None:
    tokens = DynamoTokens(table)
    tokens.keep("v-1", "review", "t1")
    tokens.keep("v-1", "review", "t2")
    assert tokens.succeed("v-1", "review", {})
    assert [token for token, _ in machines.told] == ["t2"]


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_a_token_nobody_waits_for_is_harmless(table: Table, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    gone = Failing(object(), "send_task_success", client_error(code))
    monkeypatch.setattr(records_module, "client", lambda _: gone)
    tokens = DynamoTokens(table)
    tokens.keep("v-1", "materials", "old")
    assert not tokens.succeed("v-1", "materials", {})
    assert not tokens.waits("v-1", "materials")


def test_a_token_whose_answer_was_throttled_is_kept(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeStepFunctions("t1")
    busy = Failing(fake, "send_task_success", client_error("ThrottlingException"), times=1)
    monkeypatch.setattr(records_module, "client", lambda _: busy)
    tokens = DynamoTokens(table)
    tokens.keep("v-1", "review", "t1")
    with pytest.raises(TransientError):
        tokens.succeed("v-1", "review", {"decision": "approved"})
    assert tokens.succeed("v-1", "review", {"decision": "approved"})


def test_answering_an_old_token_does_not_lose_the_new_one(table: Table, machines: FakeStepFunctions) -> None:
    """A late message read the old token; the state of the next run keeps its own before the old one is answered."""
    tokens = DynamoTokens(table)
    tokens.keep("v-1", "materials", "gone")
    machines.meanwhile = lambda: tokens.keep("v-1", "materials", "t2")
    assert not tokens.succeed("v-1", "materials", {})
    machines.meanwhile = None
    assert tokens.succeed("v-1", "materials", {})
    assert [token for token, _ in machines.told] == ["t2"]


# --- audit ------------------------------------------------------------------------------------------------------------


def an_entry(at: str, subject: str = "v-1", action: str = "approve") -> AuditEntry:
    return AuditEntry(at=at, actor="rita", role="reviewer", action=action, subject=subject, saw="abc", detail={"note": "好"})


def test_the_audit_trail_by_subject_and_as_a_whole(table: Table) -> None:
    audit = DynamoAudit(table, TickingClock(datetime(2026, 9, 1, tzinfo=UTC)))
    first, second = an_entry("2026-08-31T23:59:00.000Z"), an_entry("2026-09-01T00:00:01.000Z", action="publish")
    other = an_entry("2026-09-01T00:00:02.000Z", subject="c-1")
    for entry in (first, second, other):
        audit.record(entry)
    assert audit.of("v-1") == [second, first]
    assert audit.of("v-1", limit=1) == [second]
    assert audit.recent() == [other, second, first]
    assert audit.recent(2) == [other, second]


def test_two_decisions_in_one_millisecond_are_both_kept(table: Table) -> None:
    audit = DynamoAudit(table, TickingClock())
    at = "2026-09-01T08:00:00.000Z"
    audit.record(an_entry(at, action="reject"))
    audit.record(an_entry(at, action="approve"))
    assert sorted(entry.action for entry in audit.of("v-1")) == ["approve", "reject"]


def test_in_january_the_month_before_is_december(table: Table) -> None:
    audit = DynamoAudit(table, TickingClock(datetime(2027, 1, 1, tzinfo=UTC)))
    old = an_entry("2026-12-31T23:00:00.000Z")
    audit.record(old)
    audit.record(an_entry("2026-11-30T23:00:00.000Z"))
    assert audit.recent() == [old]


# --- delivery ---------------------------------------------------------------------------------------------------------


def a_live_venue(venue_id: str, title: str = "熊猫") -> LiveVenue:
    return LiveVenue(venue_id=venue_id, title=title, href=f"/v/{venue_id}/", language="zh", published_at="2026-09-01")


def test_live_venues_come_and_go(table: Table) -> None:
    delivery = DynamoDelivery(table, TickingClock())
    delivery.put_live(a_live_venue("v-2"))
    delivery.put_live(a_live_venue("v-1"))
    delivery.put_live(a_live_venue("v-1", "新熊猫"))
    assert delivery.live() == [a_live_venue("v-1", "新熊猫"), a_live_venue("v-2")]
    delivery.remove_live("v-1")
    delivery.remove_live("v-1")
    assert delivery.live() == [a_live_venue("v-2")]


def test_a_decision_is_one_small_item_without_an_index_and_is_read_back_by_placement_and_window(table: Table) -> None:
    clock = TickingClock()
    delivery = DynamoDelivery(table, clock)
    at = "2026-09-01T08:00:00.000Z"

    def item(position: int) -> FeedItem:
        image = "img-2" if position == 1 else ""
        return FeedItem(
            venue_id=f"v-00009k3m2x7abcd{position}", position=position, title="熊猫玩偶会场" * 3, href="/v/x/", picture="/media/x.webp",
            propensity=1 / (position + 6), language="zh", explored=position == 1, image=image, token="t" * 120,
        )  # fmt: skip

    for number in range(8):
        items = tuple(item(position) for position in range(1, 7))
        delivery.log_decision(
            Decision(decision_id=f"d-{number}", placement="home", at=at, policy="thompson", items=items, candidates=9, segment="bulk")
        )
    logged = delivery.logged("home", "2026-09-01T08")
    assert [decision.decision_id for decision in logged] == [f"d-{number}" for number in range(8)]
    first = logged[0].items[0]
    assert (logged[0].segment, first.propensity, first.explored, first.image) == ("bulk", 1 / 7, True, "img-2")
    assert delivery.logged("cart", "2026-09-01T08") == []
    stored = [raw for shard in range(DEFAULT_SHARDS) for raw in table.query(f"DECISIONS#home#2026-09-01T08#{shard}")]
    assert {raw["expires_at"] for raw in stored} == {int(clock.moment.timestamp()) + 90 * 86400}
    assert max(len(json.dumps(raw)) for raw in stored) < 1024, "one write unit"
    assert not any("gsi1pk" in raw for raw in stored)


# --- imports ----------------------------------------------------------------------------------------------------------


def an_import() -> ImportRecord:
    return ImportRecord(
        import_id="i-1",
        catalogue="sample",
        status="reading",
        requested_by="op",
        created_at="2026-09-01",
        updated_at="2026-09-01",
        files=(ImportFile(role="main", filename="x.csv", bytes=3, sha256="0" * 64),),
        mapping_key="imports/i-1/mapping.yaml",
        checkpoint=ImportCheckpoint(line=5, rows=4, accepted=4, done=True),
    )


def indexed(more: int) -> Any:
    return lambda record: record.model_copy(update={"indexed": record.indexed + more})


def test_a_chunk_is_counted_once_and_the_last_one_settles_the_import(table: Table) -> None:
    imports = DynamoImports(table, TickingClock())
    imports.create(an_import())
    assert imports.count("i-1", "0000000003", indexed(2))
    assert imports.get("i-1").status == "indexing"
    assert not imports.count("i-1", "0000000003", indexed(2))
    assert imports.count("i-1", "0000000005", indexed(2))
    record = imports.get("i-1")
    assert (record.indexed, record.status) == (4, "done")
    assert record.updated_at > "2026-09-01T"


def test_a_count_that_fails_leaves_no_mark(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mark without its count would leave the import unfinished for ever."""
    imports = DynamoImports(table, TickingClock())
    imports.create(an_import())
    throttled = Failing(aws.client("dynamodb"), "transact_write_items", client_error("ThrottlingException"), times=1)
    monkeypatch.setattr(table_module, "client", lambda _: throttled)
    with pytest.raises(TransientError):
        imports.count("i-1", "0000000003", indexed(2))
    assert imports.count("i-1", "0000000003", indexed(2))
    assert imports.get("i-1").indexed == 2


def test_an_import_is_created_once_and_changed_in_place(table: Table) -> None:
    imports = DynamoImports(table, TickingClock())
    imports.create(an_import())
    imports.create(an_import().model_copy(update={"catalogue": "other"}))
    assert imports.get("i-1").catalogue == "sample"
    changed = imports.change("i-1", lambda record: record.model_copy(update={"failure": "x", "status": "failed"}))
    assert imports.get("i-1") == changed
    with pytest.raises(NotFoundError):
        imports.get("i-9")


# --- how long people look ---------------------------------------------------------------------------------------------


def test_review_decisions_are_kept_by_day_and_once(table: Table) -> None:
    store = DynamoDecisions(table)

    def decided(venue_id: str, at: str, seconds: float | None = 2.5) -> ReviewDecision:
        return ReviewDecision(
            venue_id=venue_id, campaign_id="c", version_id="x", reviewer="rita", decision="approved", at=at, seconds=seconds
        )

    late, early = decided("v-2", "2026-09-01T23:59:59.999Z", None), decided("v-1", "2026-09-01T00:00:00.000Z")
    for each in (late, early, early, decided("v-3", "2026-09-02T00:00:00.000Z")):
        store.keep(each)
    assert store.of_day(date(2026, 9, 1)) == [early, late]
    assert store.of_day(date(2026, 8, 31)) == []
