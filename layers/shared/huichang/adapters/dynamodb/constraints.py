"""ConstraintStore on the state table."""

from __future__ import annotations

from collections.abc import Sequence

from huichang.adapters.dynamodb.table import Item, Table, body_of
from huichang.kernel.errors import ConflictError, NotFoundError, TransientError
from huichang.materials.constraints import Constraint, ConstraintPage, Status


class DynamoConstraints:
    """pk CONSTRAINT#<id>, sk META: the record; all on gsi2 by time, those of a status on gsi1.

    pk CONSTRAINTS#<shelf>, sk <id>: the active ones again, by where they hold, because an index cannot be read consistently and a
    rejection must be obeyed by the very next round. Both are written in one transaction.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    @staticmethod
    def _key(constraint: Constraint) -> str:
        return f"{constraint.created_at}#{constraint.constraint_id}"

    def _record(self, constraint: Constraint) -> Item:
        return {
            "pk": f"CONSTRAINT#{constraint.constraint_id}",
            "sk": "META",
            "gsi1pk": f"CONSTRAINTS-{constraint.status.upper()}",
            "gsi1sk": self._key(constraint),
            "gsi2pk": "CONSTRAINTS",
            "gsi2sk": self._key(constraint),
            "body": constraint.model_dump_json(),
            "lock": constraint.revision,
        }

    @staticmethod
    def _on_shelf(constraint: Constraint) -> Item:
        return {
            "pk": f"CONSTRAINTS#{constraint.scope.shelf}",
            "sk": constraint.constraint_id,
            "body": constraint.model_dump_json(),
            "lock": constraint.revision,
        }

    def create(self, constraint: Constraint) -> bool:
        """See ConstraintStore."""
        writes = [{"Put": self._table.new(self._record(constraint))}]
        if constraint.status == "active":
            writes.append({"Put": self._table.new(self._on_shelf(constraint))})
        reasons = self._table.transact(writes)
        if "TransactionConflict" in reasons and "ConditionalCheckFailed" not in reasons:
            raise TransientError("somebody writes the same constraint right now", where=constraint.constraint_id)
        return not reasons

    def get(self, constraint_id: str) -> Constraint:
        """See ConstraintStore."""
        return body_of(self._item(constraint_id), Constraint)

    def _item(self, constraint_id: str) -> Item:
        item = self._table.get(f"CONSTRAINT#{constraint_id}", "META")
        if item is None:
            raise NotFoundError(f"there is no constraint {constraint_id}", where="constraint_id")
        return item

    def change(self, constraint: Constraint) -> Constraint:
        """See ConstraintStore."""
        item = self._item(constraint.constraint_id)
        before = body_of(item, Constraint)
        if before.revision != constraint.revision:
            raise _changed(constraint, before)
        after = constraint.model_copy(update={"revision": before.revision + 1})
        writes = [self._table.replacing(item, self._record(after))]
        was = self._table.get(f"CONSTRAINTS#{before.scope.shelf}", before.constraint_id)
        now = self._on_shelf(after) if after.status == "active" else None
        if now is not None and (was is None or was["pk"] == now["pk"]):
            writes.append(self._table.replacing(was, now))
        else:
            writes += [self._table.removing(was)] if was else []
            writes += [self._table.replacing(None, now)] if now else []
        if self._table.transact(writes):
            raise _changed(constraint, self.get(constraint.constraint_id))
        return after

    def on_shelves(self, shelves: Sequence[str]) -> list[Constraint]:
        """See ConstraintStore."""
        return [body_of(item, Constraint) for shelf in dict.fromkeys(shelves) for item in self._table.query(f"CONSTRAINTS#{shelf}")]

    def page(self, *, status: Status | None = None, cursor: str = "", limit: int = 100) -> ConstraintPage:
        """See ConstraintStore."""
        index, pk = ("gsi1", f"CONSTRAINTS-{status.upper()}") if status else ("gsi2", "CONSTRAINTS")
        items = list(self._table.query(pk, index=index, newest_first=True, before=cursor, limit=limit + 1))
        found = tuple(body_of(item, Constraint) for item in items[:limit])
        return ConstraintPage(constraints=found, next=self._key(found[-1]) if len(items) > limit else "")


def _changed(constraint: Constraint, stored: Constraint) -> ConflictError:
    by = stored.changed_by or stored.created_by
    return ConflictError(
        f"you started from revision {constraint.revision} of the constraint; {by} has saved revision {stored.revision}",
        where="revision",
        mend="load it again, look at what changed, and save once more",
        code="constraint_changed",
    )
