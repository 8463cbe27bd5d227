"""MaterialStore on the state table."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from huichang.adapters.dynamodb.table import Item, Table, body_of, encode
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import NotFoundError, TransientError
from huichang.materials.model import OPEN, MaterialMove, MaterialStatus, MaterialTask, move_of, moved, succeeding

_TRIES = 12
_KEPT_SECONDS = 400 * 86400


class DynamoMaterials:
    """pk VENUE#<id>, sk MATERIAL#<material>: the task; open ones on gsi2 MATERIAL-OPEN by the moment from which they are silent.
    sk MATERIAL-MOVE#<material>#<version>: one item for each move, written in the task's own transaction.

    Signs of life and suspicions are attributes beside the body: they change without a move.
    """

    def __init__(self, table: Table, clock: Clock, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._table = table
        self._clock = clock
        self._sleep = sleep

    @staticmethod
    def _item(task: MaterialTask) -> Item:
        item: Item = {
            "pk": f"VENUE#{task.venue_id}",
            "sk": f"MATERIAL#{task.material_id}",
            "task_key": task.task_key,
            "status": task.status,
            "attempts": task.attempts,
            "version": task.version,
            "body": task.model_dump_json(),
        }
        if task.status in OPEN:
            item |= {"gsi2pk": "MATERIAL-OPEN", "gsi2sk": max(task.updated_at, task.due_at)}
        return item

    @staticmethod
    def _task(item: Item) -> MaterialTask:
        beside: dict[str, Any] = {name: item[name] for name in ("heard_at", "suspected_at") if name in item}
        return body_of(item, MaterialTask).model_copy(update=beside)

    def _move_item(self, task: MaterialTask, move: MaterialMove) -> Item:
        return {
            "pk": f"VENUE#{task.venue_id}",
            "sk": f"MATERIAL-MOVE#{task.material_id}#{move.version:08d}",
            "body": move.model_dump_json(exclude_defaults=True),
            "expires_at": int(self._clock.now().timestamp()) + _KEPT_SECONDS,
        }

    def create(self, task: MaterialTask) -> MaterialTask | None:
        """See MaterialStore."""
        for attempt in range(_TRIES):
            item = self._table.get(f"VENUE#{task.venue_id}", f"MATERIAL#{task.material_id}")
            before = self._task(item) if item else None
            if before and before.task_key == task.task_key and before.status != "superseded":
                return None
            fresh, moves = succeeding(before, task, iso(self._clock.now()))
            if self._write(before, fresh, moves):
                return fresh
            self._pause(attempt)
        raise TransientError("the material is being moved by too many at once", where=task.material_id)

    def get(self, venue_id: str, material_id: str) -> MaterialTask:
        """See MaterialStore."""
        item = self._table.get(f"VENUE#{venue_id}", f"MATERIAL#{material_id}")
        if item is None:
            raise NotFoundError(f"venue {venue_id} has no material {material_id}", where="material_id")
        return self._task(item)

    def of_venue(self, venue_id: str) -> list[MaterialTask]:
        """See MaterialStore."""
        tasks = [self._task(item) for item in self._table.query(f"VENUE#{venue_id}", prefix="MATERIAL#")]
        return [task for task in tasks if task.status != "superseded"]

    def moves(self, venue_id: str, material_id: str) -> list[MaterialMove]:
        """See MaterialStore."""
        return [body_of(item, MaterialMove) for item in self._table.query(f"VENUE#{venue_id}", prefix=f"MATERIAL-MOVE#{material_id}#")]

    def move(self, task: MaterialTask, to: MaterialStatus, **changes: Any) -> MaterialTask | None:
        """See MaterialStore."""
        after = moved(task, to, iso(self._clock.now()), **changes)
        return after if self._write(task, after, [move_of(task, after)]) else None

    def touch(self, task: MaterialTask) -> bool:
        """See MaterialStore."""
        now = iso(self._clock.now())
        unmoved, names, values = self._unmoved(task)
        return self._table.update(
            f"VENUE#{task.venue_id}",
            f"MATERIAL#{task.material_id}",
            "SET heard_at = :now, gsi2sk = :now REMOVE suspected_at",
            condition=unmoved,
            names=names,
            values=values | {":now": now},
        )

    def suspect(self, task: MaterialTask) -> bool:
        """See MaterialStore."""
        unmoved, names, values = self._unmoved(task)
        heard = "heard_at = :heard" if task.heard_at else "attribute_not_exists(heard_at)"
        values |= {":heard": task.heard_at} if task.heard_at else {}
        return self._table.update(
            f"VENUE#{task.venue_id}",
            f"MATERIAL#{task.material_id}",
            "SET suspected_at = :now",
            condition=f"{unmoved} AND {heard}",
            names=names,
            values=values | {":now": iso(self._clock.now())},
        )

    def stale(self, before: str, limit: int = 500) -> list[MaterialTask]:
        """See MaterialStore."""
        return [self._task(item) for item in self._table.query("MATERIAL-OPEN", index="gsi2", before=before, limit=limit)]

    def ahead(self, after: str, limit: int = 500) -> list[MaterialTask]:
        """See MaterialStore."""
        return [self._task(item) for item in self._table.query("MATERIAL-OPEN", index="gsi2", after=after, limit=limit)]

    @staticmethod
    def _unmoved(task: MaterialTask) -> tuple[str, dict[str, str], Item]:
        """The condition under which nobody has moved the task since it was read."""
        names = {"#version": "version"}
        if task.version == 0:  # written before moves were counted
            return "attribute_exists(pk) AND attribute_not_exists(#version)", names, {}
        return "#version = :version", names, {":version": task.version}

    def _write(self, before: MaterialTask | None, after: MaterialTask, moves: list[MaterialMove]) -> bool:
        """The task and what happened to it, or nothing. A transaction that the network made the SDK send twice counts once."""
        put: dict[str, Any] = {"TableName": self._table.name, "Item": encode(self._item(after))}
        if before is None:
            put["ConditionExpression"] = "attribute_not_exists(pk)"
        else:
            put["ConditionExpression"], put["ExpressionAttributeNames"], values = self._unmoved(before)
            if values:
                put["ExpressionAttributeValues"] = encode(values)
        logged = [{"Put": {"TableName": self._table.name, "Item": encode(self._move_item(after, move))}} for move in moves]
        for attempt in range(_TRIES):
            reasons = self._table.transact([{"Put": put}, *logged])
            if not reasons:
                return True
            if reasons[0] == "ConditionalCheckFailed":
                return False
            self._pause(attempt)  # a heartbeat or another mover was in the way
        raise TransientError("the material is being moved by too many at once", where=after.material_id)

    def _pause(self, attempt: int) -> None:
        self._sleep(random.uniform(0, 0.02 * 2 ** min(attempt, 5)))
