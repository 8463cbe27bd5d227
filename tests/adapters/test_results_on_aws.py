"""Packed days, notes of recounts and names on AWS (moto); a recount makes results add up again."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest

from huichang.adapters.dynamodb.campaigns import DynamoCampaigns, DynamoVenues
from huichang.adapters.dynamodb.cells import DynamoCells, Shards
from huichang.adapters.dynamodb.delivery import DynamoDelivery
from huichang.adapters.dynamodb.table import Table
from huichang.adapters.results import StoredDays, StoredNames
from huichang.adapters.s3 import Bucket
from huichang.delivery.events.cells import Event, window_of
from huichang.delivery.events.counting import CountEvents
from huichang.delivery.events.recounting import Recount
from huichang.delivery.results.answering import ResultsDesk
from huichang.delivery.results.model import Ask, hours_between
from huichang.delivery.results.rollups import Rollups
from huichang.kernel.clock import iso
from tests.support.fakes import FakeClock
from tests.support.line_fakes import a_campaign
from tests.support.memory_delivery import MemoryLog, live_venue
from tests.support.memory_results import MemoryHappened, ShippedPlacements
from tests.support.moto_aws import make_bucket, make_table, moto_aws
from tests.support.web_api import venue

CLOCK = FakeClock()
THEN = CLOCK.now() - timedelta(days=4)


@pytest.fixture
def stores(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Table, Bucket]]:
    monkeypatch.setattr("huichang.adapters.dynamodb.cells.DEFAULT_SHARDS", 1)
    monkeypatch.setattr("huichang.delivery.events.recounting.PLACEMENTS", {"home": None})
    # moto's clients are not made for many threads at once.
    monkeypatch.setattr("huichang.delivery.results.rollups.READERS", 1)
    monkeypatch.setattr("huichang.adapters.results._READERS", 1)
    with moto_aws():
        yield make_table(), make_bucket()


def an_event(number: int) -> Event:
    cell = {"window": window_of(THEN), "placement": "home", "segment": "bulk", "position": 1, "venue_id": "v-1"}
    return Event.model_validate(
        {"kind": "click", "beacon_id": f"b-{number}", "decision_id": f"d-{number}", "cell": cell, "at": THEN.isoformat()}
    )


def test_a_shelf_keeps_days_and_notes(stores: tuple[Table, Bucket]) -> None:
    table, bucket = stores
    shelf = StoredDays(bucket, table, Shards(table, CLOCK), CLOCK)
    assert shelf.get([("home", "2026-08-01")]) == {}
    assert shelf.get([]) == {}
    shelf.put("home", "2026-08-01", b"first")
    shelf.put("home", "2026-08-01", b"second")
    assert shelf.get([("home", "2026-08-01"), ("home", "2026-08-02")]) == {("home", "2026-08-01"): b"second"}
    shelf.note_mended("home", "2026-08-01", "2026-08-05T00:00:00.000Z")
    shelf.note_mended("search", "2026-07-01", "2026-08-05T00:00:00.000Z")
    assert shelf.mended("2026-08-01") == {("home", "2026-08-01"): "2026-08-05T00:00:00.000Z"}
    assert not shelf.ever_counted("home")


def test_names_are_those_of_records(stores: tuple[Table, Bucket]) -> None:
    table, _ = stores
    DynamoVenues(table, CLOCK).create(venue("v-1"))
    DynamoCampaigns(table, CLOCK).create(a_campaign(campaign_id="c-1"))
    DynamoDelivery(table, CLOCK).put_live(live_venue("v-1", published_at="2026-08-30T08:00:00.000Z"))
    names = StoredNames(table)
    (found,) = names.venues({"v-1", "v-gone"}).values()
    assert (found.venue_id, found.campaign_id, found.name, found.released_at) == (
        "v-1", "c-1", "熊猫玩偶会场", "2026-08-30T08:00:00.000Z"
    )  # fmt: skip
    assert set(names.campaigns({"c-1", "c-gone"})) == {"c-1"}


def test_results_are_read_once_and_again_after_a_recount(stores: tuple[Table, Bucket]) -> None:
    table, bucket = stores
    shards, log = Shards(table, CLOCK), MemoryLog()
    cells = DynamoCells(table, shards, CLOCK, random.Random(1))
    counter = CountEvents(cells, MemoryLog(), lambda: [], CLOCK)
    counter.count([an_event(number) for number in range(3)])
    shelf, names = StoredDays(bucket, table, shards, CLOCK), StoredNames(table)
    desk = ResultsDesk(Rollups(cells, shelf, names, CLOCK), names, MemoryHappened(), ShippedPlacements(), CLOCK, "CNY")
    day = THEN.strftime("%Y-%m-%d")
    first, end = hours_between(day, day, CLOCK.now())
    ask = Ask(by="segment", placement="home", first=first, end=end)
    assert desk(ask).rows[0].counts.clicks == 3
    assert desk(ask).settled
    log.keep([an_event(number) for number in range(5)])
    recount = Recount(cells, log, counter, CLOCK, told=lambda placement, of: shelf.note_mended(placement, of, iso(CLOCK.now())))
    assert recount(day, mend=False).differences
    assert desk(ask).rows[0].counts.clicks == 3
    assert recount(day, mend=True).counted_late == 2
    assert desk(ask).rows[0].counts.clicks == 5
