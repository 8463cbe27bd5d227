"""Constraints and feedback over dicts: for benches and tests, held to DynamoDB's contract (tests/contract/test_constraints.py)."""

from __future__ import annotations

from collections.abc import Sequence

from huichang.kernel.errors import ConflictError, NotFoundError
from huichang.materials.constraints import Constraint, ConstraintPage, Status
from huichang.materials.feedback import Feedback, FeedbackPage


class MemoryConstraints:
    """ConstraintStore in memory."""

    def __init__(self, *constraints: Constraint) -> None:
        self.items = {constraint.constraint_id: constraint for constraint in constraints}

    def create(self, constraint: Constraint) -> bool:
        """See the port."""
        return self.items.setdefault(constraint.constraint_id, constraint) is constraint

    def get(self, constraint_id: str) -> Constraint:
        """See the port."""
        if constraint_id not in self.items:
            raise NotFoundError(f"there is no constraint {constraint_id}", where="constraint_id")
        return self.items[constraint_id]

    def change(self, constraint: Constraint) -> Constraint:
        """See the port."""
        before = self.get(constraint.constraint_id)
        if before.revision != constraint.revision:
            raise ConflictError("somebody has saved it meanwhile", where="revision", mend="load it again", code="constraint_changed")
        self.items[constraint.constraint_id] = constraint.model_copy(update={"revision": before.revision + 1})
        return self.items[constraint.constraint_id]

    def on_shelves(self, shelves: Sequence[str]) -> list[Constraint]:
        """See the port."""
        return [each for each in self.items.values() if each.status == "active" and each.scope.shelf in shelves]

    def page(self, *, status: Status | None = None, cursor: str = "", limit: int = 100) -> ConstraintPage:
        """See the port."""
        found = [each for each in self.items.values() if status in (None, each.status)]
        found.sort(key=lambda each: f"{each.created_at}#{each.constraint_id}", reverse=True)
        left = [each for each in found if not cursor or f"{each.created_at}#{each.constraint_id}" < cursor]
        shown = tuple(left[:limit])
        return ConstraintPage(constraints=shown, next=f"{shown[-1].created_at}#{shown[-1].constraint_id}" if len(left) > limit else "")


class MemoryFeedback:
    """FeedbackStore in memory."""

    def __init__(self, *entries: Feedback) -> None:
        self.items = {entry.feedback_id: entry for entry in entries}

    def create(self, feedback: Feedback) -> bool:
        """See the port."""
        return self.items.setdefault(feedback.feedback_id, feedback) is feedback

    def exists(self, venue_id: str, feedback_id: str) -> bool:
        """See the port."""
        return feedback_id in self.items and self.items[feedback_id].venue_id == venue_id

    def of_venue(self, venue_id: str) -> list[Feedback]:
        """See the port."""
        return [each for each in self.items.values() if each.venue_id == venue_id]

    def accept(self, feedback: Feedback) -> bool:
        """See the port."""
        if feedback.feedback_id not in self.items:
            raise NotFoundError(f"there is no feedback {feedback.feedback_id}", where="feedback_id")
        stored = self.items[feedback.feedback_id]
        if stored.accepted is not None:
            return False
        said = {name: getattr(feedback, name) for name in ("accepted", "accepted_by", "accepted_at")}
        self.items[feedback.feedback_id] = stored.model_copy(update=said)
        return True

    def page(self, *, cursor: str = "", limit: int = 50) -> FeedbackPage:
        """See the port."""
        found = sorted(self.items.values(), key=lambda each: f"{each.rejected_at}#{each.feedback_id}", reverse=True)
        left = [each for each in found if not cursor or f"{each.rejected_at}#{each.feedback_id}" < cursor]
        shown = tuple(left[:limit])
        return FeedbackPage(entries=shown, next=f"{shown[-1].rejected_at}#{shown[-1].feedback_id}" if len(left) > limit else "")
