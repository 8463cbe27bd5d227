"""Constraints and feedback over dicts, held to the same contracts as DynamoDB's (tests/contract/test_constraints.py, test_feedback.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from huichang.kernel.errors import ConflictError, NotFoundError
from huichang.materials.constraints import Constraint, ConstraintPage, Place, Scope, Status
from huichang.materials.feedback import Feedback, FeedbackPage
from huichang.materials.model import ReviewConstraint


class MemoryConstraints:
    """ConstraintStore in memory."""

    def __init__(self, *constraints: Constraint) -> None:
        self.items = {constraint.constraint_id: constraint for constraint in constraints}

    def create(self, constraint: Constraint) -> bool:
        return self.items.setdefault(constraint.constraint_id, constraint) is constraint

    def get(self, constraint_id: str) -> Constraint:
        if constraint_id not in self.items:
            raise NotFoundError(f"there is no constraint {constraint_id}", where="constraint_id")
        return self.items[constraint_id]

    def change(self, constraint: Constraint) -> Constraint:
        before = self.get(constraint.constraint_id)
        if before.revision != constraint.revision:
            raise ConflictError("somebody has saved it meanwhile", where="revision", mend="load it again", code="constraint_changed")
        self.items[constraint.constraint_id] = constraint.model_copy(update={"revision": before.revision + 1})
        return self.items[constraint.constraint_id]

    def on_shelves(self, shelves: Sequence[str]) -> list[Constraint]:
        return [each for each in self.items.values() if each.status == "active" and each.scope.shelf in shelves]

    def page(self, *, status: Status | None = None, cursor: str = "", limit: int = 100) -> ConstraintPage:
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
        return self.items.setdefault(feedback.feedback_id, feedback) is feedback

    def exists(self, venue_id: str, feedback_id: str) -> bool:
        return feedback_id in self.items and self.items[feedback_id].venue_id == venue_id

    def of_venue(self, venue_id: str) -> list[Feedback]:
        return [each for each in self.items.values() if each.venue_id == venue_id]

    def accept(self, feedback: Feedback) -> bool:
        if feedback.feedback_id not in self.items:
            raise NotFoundError(f"there is no feedback {feedback.feedback_id}", where="feedback_id")
        stored = self.items[feedback.feedback_id]
        if stored.accepted is not None:
            return False
        said = {name: getattr(feedback, name) for name in ("accepted", "accepted_by", "accepted_at")}
        self.items[feedback.feedback_id] = stored.model_copy(update=said)
        return True

    def page(self, *, cursor: str = "", limit: int = 50) -> FeedbackPage:
        found = sorted(self.items.values(), key=lambda each: f"{each.rejected_at}#{each.feedback_id}", reverse=True)
        left = [each for each in found if not cursor or f"{each.rejected_at}#{each.feedback_id}" < cursor]
        shown = tuple(left[:limit])
        return FeedbackPage(entries=shown, next=f"{shown[-1].rejected_at}#{shown[-1].feedback_id}" if len(left) > limit else "")


def a_place(**changes: Any) -> Place:
    values: dict[str, Any] = {
        "venue_id": "v-1",
        "component": "hero",
        "kind": "copy",
        "language": "zh",
        "template": "everyday_goods",
        "style": "bamboo_grove",
        "industry": "toys",
    }
    return Place.model_validate(values | changes)


def a_constraint(constraint_id: str = "cst-1", *, level: Any = "venue", said: dict[str, Any] | None = None, **changes: Any) -> Constraint:
    """A constraint of venue v-1: never say 亲们."""
    place = changes.pop("origin", a_place())
    values: dict[str, Any] = {
        "constraint_id": constraint_id,
        "kind": place.kind if place else "copy",
        "language": "zh",
        "scope": place.scope(level) if place else Scope(level="everywhere"),
        "said": ReviewConstraint.model_validate(
            {"code": "tone", "checks": {"never_say": ("亲们",)}, "constraint_id": constraint_id} | (said or {})
        ),
        "created_by": "rita",
        "created_at": "2026-09-01T08:00:00.000Z",
        "origin": place,
    }
    return Constraint.model_validate(values | changes)


def a_feedback(feedback_id: str = "fb-1", **changes: Any) -> Feedback:
    values: dict[str, Any] = {
        "feedback_id": feedback_id,
        "venue_id": "v-1",
        "campaign_id": "c-1",
        "material_id": "hero.copy",
        "component": "hero",
        "kind": "copy",
        "language": "zh",
        "task_key": "t1",
        "prompt_key": "p1",
        "prompt": {"name": "write_copy", "version": 2, "system": "you write", "user": "write"},
        "rejected": {"result_key": "r1", "content_hash": "h1", "texts": {"title": "亲们来啦"}},
        "reason_code": "tone",
        "reason": "太随便",
        "constraint_id": "cst-1",
        "rejected_by": "rita",
        "rejected_at": "2026-09-01T08:00:00.000Z",
    }
    return Feedback.model_validate(values | changes)
