"""One contract, every material store: in memory (tests) and on DynamoDB. A change holds only from the state it starts from, and is written
down with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from huichang.adapters.dynamodb.materials import DynamoMaterials
from huichang.adapters.dynamodb.table import Table
from huichang.kernel.clock import iso
from huichang.kernel.errors import NotFoundError, PermanentError
from huichang.materials.model import TRANSITIONS, MaterialStatus, MaterialStore, MaterialTask
from tests.support.line_fakes import START, FakeMaterials, TickingClock
from tests.support.moto_aws import make_table, moto_aws


@pytest.fixture(scope="module")
def table() -> Iterator[Table]:
    with moto_aws():
        yield make_table()


class Places:
    """A store, its clock, and a venue of its own."""

    number = 0

    def __init__(self, store: MaterialStore, clock: TickingClock) -> None:
        Places.number += 1
        self.venue = f"v-{Places.number}"
        self.store, self.clock = store, clock

    def a_task(self, material_id: str = "hero.copy", **changes: Any) -> MaterialTask:
        values: dict[str, Any] = {
            "venue_id": self.venue,
            "campaign_id": "c-1",
            "material_id": material_id,
            "task_key": "k1",
            "component": "hero",
            "kind": "copy",
            "status": "requested",
            "round": 1,
            "request_key": "materials/v-1/k1/request",
            "created_at": iso(START),
            "updated_at": iso(START),
        }
        return MaterialTask.model_validate(values | changes)

    def put(self, material_id: str = "hero.copy", **changes: Any) -> MaterialTask:
        made = self.store.create(self.a_task(material_id, **changes))
        assert made is not None
        return made

    def now(self, material_id: str = "hero.copy") -> MaterialTask:
        return self.store.get(self.venue, material_id)

    def mine(self, tasks: list[MaterialTask]) -> list[str]:
        """The index is everybody's: ids of this venue's."""
        return [task.material_id for task in tasks if task.venue_id == self.venue]

    def history(self, material_id: str = "hero.copy") -> list[tuple[str, str, str]]:
        return [(move.task_key, move.before, move.after) for move in self.store.moves(self.venue, material_id)]


@pytest.fixture(params=["memory", "dynamodb"])
def places(request: pytest.FixtureRequest) -> Places:
    clock = TickingClock()
    if request.param == "memory":
        return Places(FakeMaterials(clock), clock)
    return Places(DynamoMaterials(request.getfixturevalue("table"), clock), clock)


def test_a_task_is_created_once_per_key(places: Places) -> None:
    made = places.put()
    assert (made.version, made.supersedes) == (1, "")
    assert places.store.create(places.a_task(round=2)) is None
    assert places.now() == made
    assert places.history() == [("k1", "", "requested")]


@pytest.mark.parametrize("status", [status for status in TRANSITIONS if status != "superseded"])
def test_a_task_with_another_key_supersedes_the_one_that_stands_there_whatever_it_is(places: Places, status: MaterialStatus) -> None:
    places.put(status=status, result_key="old")
    fresh = places.put(task_key="k2", round=2)
    assert places.now() == fresh
    assert (fresh.status, fresh.supersedes, fresh.result_key, fresh.version) == ("requested", "k1", "", 3)
    assert len(places.store.of_venue(places.venue)) == 1
    assert places.history() == [("k1", "", status), ("k1", status, "superseded"), ("k2", "", "requested")]
    ended = places.store.moves(places.venue, "hero.copy")[1]
    assert (ended.by, ended.result_key) == ("k2", "old")


def test_a_place_that_the_page_gave_up_and_takes_again(places: Places) -> None:
    gone = places.store.move(places.put(), "superseded")
    assert gone is not None
    assert places.store.of_venue(places.venue) == []
    assert places.now().status == "superseded"
    again = places.put()
    assert (again.status, again.version, again.supersedes) == ("requested", 3, "")
    assert places.history() == [("k1", "", "requested"), ("k1", "requested", "superseded"), ("k1", "", "requested")]


def test_what_was_asked_for_before_may_be_asked_for_again(places: Places) -> None:
    for key in ("k1", "k2", "k1"):
        assert places.put(task_key=key).task_key == key
    assert [after for _, _, after in places.history()].count("superseded") == 2
    assert places.now().supersedes == "k2"


def test_tasks_of_one_page_only(places: Places) -> None:
    places.put("hero.copy")
    places.put("hero.image", kind="image")
    places.put("hero.copy", venue_id=f"{places.venue}0")
    assert sorted(task.material_id for task in places.store.of_venue(places.venue)) == ["hero.copy", "hero.image"]
    with pytest.raises(NotFoundError, match="has no material"):
        places.store.get(places.venue, "floor-1.copy")


def test_a_move_is_won_once_and_written_down_once(places: Places) -> None:
    asked = places.put()
    running = places.store.move(asked, "running", attempts=1)
    assert running is not None
    assert (running.status, running.attempts, running.version) == ("running", 1, 2)
    assert running.updated_at > iso(START)
    assert places.store.move(asked, "running", attempts=1) is None  # the second message
    assert places.now() == running
    assert places.history() == [("k1", "", "requested"), ("k1", "requested", "running")]


def test_the_same_status_and_attempt_at_another_time_is_not_the_same_state(places: Places) -> None:
    """running (1) -> waits for its turn -> running (1): the first runner's word is void."""
    first = places.store.move(places.put(), "running", attempts=1)
    assert first
    waiting = places.store.move(first, "requested", attempts=0, error="later")
    assert waiting
    second = places.store.move(waiting, "running", attempts=1)
    assert second
    assert (first.status, first.attempts, first.task_key) == (second.status, second.attempts, second.task_key)
    assert places.store.move(first, "failed", error="mine") is None
    assert places.now() == second
    assert [move.why for move in places.store.moves(places.venue, "hero.copy")] == ["", "", "later", "later"]


def test_a_move_of_a_task_that_is_gone_is_lost(places: Places) -> None:
    assert places.store.move(places.a_task(version=1), "running") is None
    assert places.store.of_venue(places.venue) == []


@pytest.mark.parametrize(
    ("start", "to"),
    [("ready", "running"), ("ready", "requested"), ("rejected", "ready"), ("failed", "running"), ("superseded", "requested")],
)
def test_the_state_machine_refuses_other_transitions(places: Places, start: MaterialStatus, to: MaterialStatus) -> None:
    task = places.put(status=start)
    with pytest.raises(PermanentError, match=f"cannot go from {start} to {to}"):
        places.store.move(task, to)
    assert places.now() == task


def test_stale_finds_open_work_longest_silent_first(places: Places) -> None:
    ages: tuple[tuple[MaterialStatus, int], ...] = (
        ("running", 3), ("requested", 1), ("timed_out", 2), ("ready", 0), ("failed", 0), ("rejected", 0), ("requested", 9),
    )  # fmt: skip
    for status, minute in ages:
        places.put(f"{status}-{minute}.copy", status=status, updated_at=f"2026-08-01T08:0{minute}:00.000Z")
    waits = "2026-08-01T08:00:00.000Z"
    places.put("waits.copy", updated_at=waits, due_at="2026-08-01T08:10:00.000Z")
    found = places.store.stale("2026-08-01T08:05:00.000Z")
    assert places.mine(found) == ["requested-1.copy", "timed_out-2.copy", "running-3.copy"]
    assert places.mine(places.store.stale("2026-08-01T08:11:00.000Z"))[-1] == "waits.copy"
    assert len(places.store.stale("2026-08-01T08:05:00.000Z", limit=1)) == 1
    assert places.mine(places.store.ahead("2026-08-01T08:05:00.000Z")) == ["requested-9.copy", "waits.copy"]


def test_finished_work_is_never_stale(places: Places) -> None:
    running = places.store.move(places.put(), "running", attempts=1)
    assert running
    assert places.mine(places.store.stale("2027")) == ["hero.copy"]
    assert places.store.move(running, "ready", result_key="r")
    assert places.mine(places.store.stale("2027")) == []


def test_a_sign_of_life_is_no_move(places: Places) -> None:
    running = places.store.move(places.put(), "running", attempts=1)
    assert running
    places.clock.pass_time(100)
    assert places.store.touch(running)
    heard = places.now()
    assert heard.heard_at > running.updated_at
    assert (heard.version, heard.updated_at) == (running.version, running.updated_at)
    assert places.mine(places.store.stale(heard.heard_at)) == []
    done = places.store.move(running, "ready", result_key="r")  # by who has not read what it touched
    assert done is not None
    assert (done.status, places.now().heard_at) == ("ready", "")
    assert not places.store.touch(running)
    assert places.history()[-1] == ("k1", "running", "ready")


def test_a_suspicion_ends_with_a_sign_of_life_and_with_a_move(places: Places) -> None:
    running = places.store.move(places.put(), "running", attempts=1)
    assert running
    assert places.store.suspect(running)
    assert places.now().suspected_at
    assert places.store.touch(running)
    assert places.now().suspected_at == ""
    assert not places.store.suspect(running)  # it was heard of since this was read
    assert places.store.suspect(places.now())
    late = places.store.move(places.now(), "timed_out", error="no sign of life")
    assert late is not None
    assert places.now() == late
    assert late.suspected_at == ""
    assert not places.store.suspect(running)
    assert not places.store.touch(running)


def test_a_task_from_before_moves_were_counted_can_be_moved(table: Table) -> None:
    clock = TickingClock()
    places = Places(DynamoMaterials(table, clock), clock)
    old = places.a_task(status="running", attempts=1)
    body = old.model_dump_json(exclude={"version", "supersedes", "heard_at", "suspected_at"})
    table.put(
        {"pk": f"VENUE#{places.venue}", "sk": "MATERIAL#hero.copy", "status": "running", "task_key": "k1", "attempts": 1, "body": body}
    )
    read = places.now()
    assert places.store.touch(read)
    done = places.store.move(read, "ready", result_key="r")
    assert done is not None
    assert done.version == 1
    assert places.store.move(read, "failed") is None
