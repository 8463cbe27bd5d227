"""MaterialStore on the state table."""

from __future__ import annotations

from typing import Any

from huichang.adapters.dynamodb.table import Item, Table, body_of
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import NotFoundError, PermanentError
from huichang.materials.model import TRANSITIONS, MaterialStatus, MaterialTask


class DynamoMaterials:
    """pk VENUE#<id>, sk MATERIAL#<material>; open work on gsi2 MATERIAL-OPEN by last change."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    @staticmethod
    def _item(task: MaterialTask) -> Item:
        item: Item = {
            "pk": f"VENUE#{task.venue_id}",
            "sk": f"MATERIAL#{task.material_id}",
            "task_key": task.task_key,
            "status": task.status,
            "attempts": task.attempts,
            "body": task.model_dump_json(),
        }
        # `timed_out` too: a sweep that dies between timing out and asking again must not leave a task nobody looks at.
        if task.status in ("requested", "running", "timed_out"):
            item |= {"gsi2pk": "MATERIAL-OPEN", "gsi2sk": task.updated_at}
        return item

    def create(self, task: MaterialTask) -> bool:
        """See MaterialStore. A task with another key (other facts, other constraints) replaces the one that stands there."""
        return self._table.put(
            self._item(task),
            condition="attribute_not_exists(pk) OR task_key <> :key",
            values={":key": task.task_key},
        )

    def get(self, venue_id: str, material_id: str) -> MaterialTask:
        """See MaterialStore."""
        item = self._table.get(f"VENUE#{venue_id}", f"MATERIAL#{material_id}")
        if item is None:
            raise NotFoundError(f"venue {venue_id} has no material {material_id}", where="material_id")
        return body_of(item, MaterialTask)

    def of_venue(self, venue_id: str) -> list[MaterialTask]:
        """See MaterialStore."""
        return [body_of(item, MaterialTask) for item in self._table.query(f"VENUE#{venue_id}", prefix="MATERIAL#")]

    def remove(self, task: MaterialTask) -> None:
        """Drop a task that the page no longer has (fewer floors after an edit)."""
        self._table.delete(f"VENUE#{task.venue_id}", f"MATERIAL#{task.material_id}")

    def move(self, task: MaterialTask, to: MaterialStatus, **changes: Any) -> MaterialTask | None:
        """See MaterialStore. Raises PermanentError for a transition that the state machine does not have."""
        if to not in TRANSITIONS[task.status]:
            raise PermanentError(f"a material cannot go from {task.status} to {to}", where=task.material_id)
        moved = MaterialTask.model_validate(task.model_dump() | changes | {"status": to, "updated_at": iso(self._clock.now())})
        won = self._table.put(
            self._item(moved),
            condition="#status = :status AND task_key = :key AND attempts = :attempts",
            names={"#status": "status"},
            values={":status": task.status, ":key": task.task_key, ":attempts": task.attempts},
        )
        return moved if won else None

    def stale(self, before: str, limit: int = 200) -> list[MaterialTask]:
        """See MaterialStore."""
        return [body_of(item, MaterialTask) for item in self._table.query("MATERIAL-OPEN", index="gsi2", before=before, limit=limit)]
