"""Constraints and feedback for tests, and the stores to keep them in."""

from __future__ import annotations

from typing import Any

from huichang.materials.constraints import Constraint, Place, Scope
from huichang.materials.feedback import Feedback
from huichang.materials.model import ReviewConstraint
from huichang.venues.model import Venue
from infra.bench.memory import MemoryConstraints, MemoryFeedback

__all__ = ["MemoryConstraints", "MemoryFeedback", "a_constraint", "a_feedback", "a_place"]


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


def place_in(venue: Venue, component: str, kind: Any) -> Place:
    """Around a component of a venue whose design is the one of `a_place`."""
    return a_place(venue_id=venue.venue_id, component=component, kind=kind, language=venue.language)


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
