"""One contract, every cell store: in memory (tests) and on DynamoDB."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from huichang.adapters.dynamodb.cells import DynamoCells, Shards
from huichang.delivery.events.cells import CellKey, Counts, Event, truth_of
from huichang.delivery.events.counting import CellStore, Change, CountEvents, Mark
from tests.support.fakes import FakeClock
from tests.support.memory_delivery import MemoryCells, MemoryLog
from tests.support.moto_aws import make_table, moto_aws

NOW = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)
WINDOW = "2026-09-01T08"


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Iterator[CellStore]:
    if request.param == "memory":
        yield MemoryCells()
        return
    with moto_aws():
        table, clock = make_table(), FakeClock(NOW)
        yield DynamoCells(table, Shards(table, clock), clock, random.Random(1))


def cell(**changes: object) -> CellKey:
    key = {"window": WINDOW, "placement": "home", "segment": "bulk", "position": 1, "venue_id": "v-1"}
    return CellKey.model_validate(key | changes)


def change(lock: int = 0, tag: str = "i", counts: Counts = Counts(impressions=1)) -> Change:  # noqa: B008 - frozen
    return Change({"d#d-1": (Mark(key="d#d-1", lock=lock), frozenset({tag}))}, {cell(): counts})


def test_every_part_of_a_cell_tells_it_apart(store: CellStore) -> None:
    others = [
        {"segment": "none"},
        {"position": 12},
        {"venue_id": "v-2"},
        {"image": "img-2"},
        {"explored": True},
        {"window": "2026-09-01T07"},
        {"placement": "cart"},
    ]
    told = [
        Event(kind="click", beacon_id=f"b-{n}", decision_id=f"d-{n}", cell=cell(**changes), at=NOW.isoformat())
        for n, changes in enumerate([{}, *others])
    ]
    assert CountEvents(store, MemoryLog(), lambda: [], FakeClock(NOW)).count([*told, *told]) == (len(told), 0)
    found = store.cells("home", WINDOW) | store.cells("home", "2026-09-01T07") | store.cells("cart", WINDOW)
    assert found == truth_of(told)
    assert len(found) == 8
    assert store.cells("search", WINDOW) == {}


def test_a_mark_that_others_wrote_writes_nothing(store: CellStore) -> None:
    assert store.write(change())
    assert not store.write(change(tag="k"))
    assert store.cells("home", WINDOW) == {cell(): Counts(impressions=1)}
    assert store.marks(["d#d-1", "d#other"]) == {"d#d-1": Mark(key="d#d-1", tags=frozenset({"i"}), lock=1)}
    assert store.write(change(lock=1, tag="o", counts=Counts(orders=1, order_value=10**9)))
    assert store.cells("home", WINDOW) == {cell(): Counts(impressions=1, orders=1, order_value=10**9)}


def test_a_cell_is_corrected_if_it_is_as_it_was_read(store: CellStore) -> None:
    assert store.write(change(counts=Counts(impressions=6)))
    assert not store.correct(cell(), Counts(impressions=5), Counts(impressions=4))
    assert store.correct(cell(), Counts(impressions=6), Counts(impressions=4, clicks=1))
    assert store.cells("home", WINDOW) == {cell(): Counts(impressions=4, clicks=1)}
    assert store.correct(cell(position=9), Counts(), Counts(impressions=2))
    assert store.cells("home", WINDOW)[cell(position=9)] == Counts(impressions=2)
