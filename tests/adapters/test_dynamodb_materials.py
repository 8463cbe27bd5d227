"""Material tasks on the state table: every change is conditional on what it starts from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from huichang.adapters.dynamodb.materials import DynamoMaterials
from huichang.kernel.clock import iso
from huichang.kernel.errors import NotFoundError, PermanentError
from huichang.materials.model import MaterialStatus, MaterialTask
from tests.support.line_fakes import START, TickingClock
from tests.support.moto_aws import make_table, moto_aws


@pytest.fixture
def store() -> Iterator[DynamoMaterials]:
    with moto_aws():
        yield DynamoMaterials(make_table(), TickingClock())


def a_task(material_id: str = "hero.copy", **changes: Any) -> MaterialTask:
    values: dict[str, Any] = {
        "venue_id": "v-1",
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


def test_a_task_is_created_once_per_key(store: DynamoMaterials) -> None:
    assert store.create(a_task())
    assert not store.create(a_task(round=2))
    assert store.get("v-1", "hero.copy") == a_task()


def test_a_task_with_another_key_takes_its_place(store: DynamoMaterials) -> None:
    store.create(a_task(status="ready", result_key="old"))
    assert store.create(a_task(task_key="k2", round=2))
    assert store.get("v-1", "hero.copy") == a_task(task_key="k2", round=2)
    assert len(store.of_venue("v-1")) == 1


def test_tasks_of_one_page_only(store: DynamoMaterials) -> None:
    store.create(a_task("hero.copy"))
    store.create(a_task("hero.image", kind="image"))
    store.create(a_task("hero.copy", venue_id="v-10"))
    assert sorted(t.material_id for t in store.of_venue("v-1")) == ["hero.copy", "hero.image"]
    store.remove(a_task("hero.image"))
    store.remove(a_task("hero.image"))
    assert [t.material_id for t in store.of_venue("v-1")] == ["hero.copy"]
    with pytest.raises(NotFoundError, match="venue v-1 has no material"):
        store.get("v-1", "hero.image")


def test_a_move_is_won_once(store: DynamoMaterials) -> None:
    store.create(a_task())
    running = store.move(a_task(), "running", attempts=1)
    assert running is not None
    assert (running.status, running.attempts) == ("running", 1)
    assert running.updated_at > iso(START)
    assert store.move(a_task(), "running", attempts=1) is None  # the second message
    assert store.get("v-1", "hero.copy") == running


@pytest.mark.parametrize(
    "stale_view",
    [
        {"status": "requested", "attempts": 1},  # somebody moved it
        {"status": "running", "attempts": 2},  # another attempt
        {"status": "running", "attempts": 1, "task_key": "k0"},  # superseded by other facts
    ],
)
def test_a_move_needs_status_key_and_attempt(store: DynamoMaterials, stale_view: dict[str, Any]) -> None:
    now = a_task(status="running", attempts=1)
    store.create(now)
    assert store.move(a_task(**stale_view), "failed", error="x") is None
    assert store.get("v-1", "hero.copy") == now


def test_a_move_of_a_task_that_is_gone_is_lost(store: DynamoMaterials) -> None:
    assert store.move(a_task(), "running") is None
    assert store.of_venue("v-1") == []


@pytest.mark.parametrize(("start", "to"), [("ready", "running"), ("ready", "requested"), ("rejected", "ready"), ("failed", "running")])
def test_the_state_machine_refuses_other_transitions(store: DynamoMaterials, start: MaterialStatus, to: MaterialStatus) -> None:
    task = a_task(status=start)
    store.create(task)
    with pytest.raises(PermanentError, match=f"cannot go from {start} to {to}"):
        store.move(task, to)
    assert store.get("v-1", "hero.copy") == task


def test_stale_finds_open_work_longest_unchanged_first(store: DynamoMaterials) -> None:
    ages: tuple[tuple[MaterialStatus, int], ...] = (
        ("running", 3), ("requested", 1), ("timed_out", 2), ("ready", 0), ("failed", 0), ("rejected", 0), ("requested", 9),
    )  # fmt: skip
    for status, minute in ages:
        store.create(a_task(f"{status}-{minute}.copy", status=status, updated_at=f"2026-09-01T08:0{minute}:00.000Z"))
    before = "2026-09-01T08:05:00.000Z"
    assert [t.material_id for t in store.stale(before)] == ["requested-1.copy", "timed_out-2.copy", "running-3.copy"]
    assert [t.material_id for t in store.stale(before, limit=1)] == ["requested-1.copy"]


def test_finished_work_is_never_stale(store: DynamoMaterials) -> None:
    store.create(a_task())
    running = store.move(a_task(), "running", attempts=1)
    assert running
    assert len(store.stale("2027")) == 1
    assert store.move(running, "ready", result_key="r")
    assert store.stale("2027") == []
