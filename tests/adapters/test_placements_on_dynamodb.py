"""PlacementShelf: one contract, held by the table and by the memory that other tests use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from huichang.adapters import aws
from huichang.adapters.dynamodb.placements import DynamoPlacements
from huichang.adapters.dynamodb.table import Table
from huichang.delivery.placements.keeping import PlacementShelf
from huichang.delivery.placements.model import Eligibility, Placement
from huichang.delivery.placements.shipped import PLACEMENTS
from huichang.kernel.errors import ConflictError, InvalidInputError, NotFoundError, TransientError
from huichang.kernel.language import both
from tests.support.memory_placements import MemoryPlacements
from tests.support.moto_aws import Failing, client_error, make_table, moto_aws

AT = "2026-09-01T08:00:00.000Z"
SPOT = Placement(
    name="spot",
    kind="private",
    what=both("某处", "a spot"),
    eligible=Eligibility(industries=("toys",), languages=("zh",), regions=("CN",), merchants=("m-1",), buyers=("bulk",)),
    busy=(0.5,) * 24,
)


@pytest.fixture(scope="module")
def table() -> Iterator[Table]:
    with moto_aws():
        yield make_table()


@pytest.fixture(params=["table", "memory"])
def shelf(request: pytest.FixtureRequest, table: Table) -> Iterator[PlacementShelf]:
    if request.param == "memory":
        yield MemoryPlacements()
        return
    yield DynamoPlacements(table)
    for item in list(table.query("PLACEMENTS")):
        table.delete("PLACEMENTS", item["sk"])


def at_version(placement: Placement, version: int, **changes: Any) -> Placement:
    return placement.model_copy(update={"version": version} | changes)


def test_at_first_they_are_as_they_ship(shelf: PlacementShelf) -> None:
    assert {placement.name: placement for placement in shelf.all()} == PLACEMENTS
    assert [placement.name for placement in shelf.all()] == sorted(PLACEMENTS)
    assert (shelf.get("home"), shelf.get("spot"), shelf.ever()) == (PLACEMENTS["home"], None, frozenset())
    assert all(record.shipped and not record.at for record in shelf.records())


def test_what_is_put_is_read_back_whole_over_what_ships(shelf: PlacementShelf) -> None:
    added = shelf.put(SPOT, "林运", AT)
    changed = shelf.put(at_version(PLACEMENTS["home"], 0, slots=6), "周", AT)
    assert (added.placement, added.shipped, added.by, added.at) == (at_version(SPOT, 1), False, "林运", AT)
    assert (changed.placement.slots, changed.shipped, changed.changes) == (6, True, ("slots",))
    assert shelf.get("spot") == added.placement
    assert {record.placement.name: record for record in shelf.records()}["home"] == changed
    assert len(shelf.all()) == len(PLACEMENTS) + 1
    assert shelf.ever() == {"spot", "home"}


def test_only_the_newest_can_be_changed(shelf: PlacementShelf) -> None:
    shelf.put(SPOT, "林运", AT)
    shelf.put(at_version(SPOT, 1, slots=3), "周", AT)
    assert shelf.put(at_version(SPOT, 1, slots=3), "周", AT).placement == at_version(SPOT, 2, slots=3)  # sent twice
    for stale in (at_version(SPOT, 0, slots=4), at_version(SPOT, 1, slots=4), at_version(SPOT, 7)):
        with pytest.raises(ConflictError, match="周 made version 2"):
            shelf.put(stale, "林运", AT)
    with pytest.raises(ConflictError, match="never changed"):
        shelf.put(at_version(PLACEMENTS["home"], 3), "林运", AT)


def test_removing_lets_the_shipped_one_come_back_and_versions_go_on(shelf: PlacementShelf) -> None:
    shelf.put(at_version(PLACEMENTS["home"], 0, slots=6), "林运", AT)
    shelf.put(SPOT, "林运", AT)
    assert shelf.remove("home", 1, "周", AT).placement == at_version(PLACEMENTS["home"], 2)
    shelf.remove("spot", 1, "周", AT)
    assert (shelf.get("home"), shelf.get("spot")) == (at_version(PLACEMENTS["home"], 2), None)
    assert shelf.ever() == {"spot", "home"}
    with pytest.raises(ConflictError, match="周 removed it"):
        shelf.put(at_version(SPOT, 1), "林运", AT)
    with pytest.raises(InvalidInputError):
        shelf.remove("home", 2, "周", AT)
    for name in ("spot", "moon"):
        with pytest.raises(NotFoundError):
            shelf.remove(name, 2, "周", AT)
    assert shelf.put(SPOT, "林运", AT).placement.version == 3


def test_one_that_is_written_between_reading_and_writing_is_not_overwritten(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = DynamoPlacements(table)
    shelf.put(at_version(SPOT, 0, name="raced"), "林运", AT)
    read = shelf._stored

    def and_then_somebody_writes(name: str) -> Any:
        before = read(name)
        monkeypatch.setattr(shelf, "_stored", read)
        DynamoPlacements(table).put(at_version(SPOT, 1, name="raced", slots=2), "周", AT)
        return before

    monkeypatch.setattr(shelf, "_stored", and_then_somebody_writes)
    with pytest.raises(ConflictError, match="周 made version 2"):
        shelf.put(at_version(SPOT, 1, name="raced", slots=9), "林运", AT)


def test_a_table_that_is_away_is_a_transient_error(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = (("query", "all"), ("get_item", "get"), ("query", "ever"))
    error = client_error("ProvisionedThroughputExceededException")
    real = aws.client("dynamodb")
    for call, asked in calls:
        away = Failing(real, call, error)
        monkeypatch.setattr("huichang.adapters.dynamodb.table.client", lambda _, away=away: away)
        shelf = DynamoPlacements(table)
        with pytest.raises(TransientError):
            getattr(shelf, asked)(*(["home"] if asked == "get" else []))
