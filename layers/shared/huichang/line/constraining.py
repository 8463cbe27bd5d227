"""Lasting constraints as people handle them: look at them, write one by hand, change, retire, bring back. Each in the audit trail."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import InvalidInputError
from huichang.kernel.ids import content_hash, new_id
from huichang.kernel.language import Language
from huichang.kernel.model import Model
from huichang.line.lessons import refuse
from huichang.line.locking import OPEN, Locks
from huichang.materials.checks import Checks
from huichang.materials.constraints import (
    LEVELS,
    Constraint,
    ConstraintStore,
    Contradiction,
    Level,
    Place,
    Scope,
    Status,
    contradictions,
    own_contradictions,
)
from huichang.materials.model import MaterialKind, ReviewConstraint
from huichang.venues.model import Actor, AuditTrail, Venue, VenueStore

_COMPARED_WITH = 300


class ConstraintView(Model):
    """A constraint, and the active ones that it cannot be met together with."""

    constraint: Constraint
    contradicts: tuple[Contradiction, ...] = ()


class ConstraintsShown(Model):
    """Some of them, newest first; `next` asks for the ones after them, "" at the end. `scopes`: what a new one may be about, by level."""

    constraints: tuple[ConstraintView, ...]
    next: str = ""
    scopes: dict[Level, tuple[str, ...]] = {}


class NewConstraint(Model):
    """One that somebody writes by hand."""

    kind: MaterialKind
    language: Language | None = None
    scope: Scope
    said: ReviewConstraint


@dataclass(frozen=True)
class ConstraintDesk:
    """`known`: by level (template, style, industry), the values a scope may name. `place_of`: a venue's component, and all that a scope
    can speak of around it (line/lessons.py)."""

    store: ConstraintStore
    venues: VenueStore
    audit: AuditTrail
    clock: Clock
    known: Mapping[str, Collection[str]]
    place_of: Callable[[Venue, str, MaterialKind], Place]
    locks: Locks = OPEN

    def shown(self, status: Status | None, cursor: str, limit: int) -> ConstraintsShown:
        """Newest first, with what contradicts what: two may have come to disagree at the same moment, or one holds more widely."""
        page = self.store.page(status=status, cursor=cursor, limit=limit)
        active = self.store.page(status="active", limit=_COMPARED_WITH).constraints
        views = tuple(
            ConstraintView(constraint=each, contradicts=contradictions(each, active) if each.status == "active" else ())
            for each in page.constraints
        )
        scopes: dict[Level, tuple[str, ...]] = {level: tuple(sorted(self.known[level])) for level in LEVELS if level in self.known}
        return ConstraintsShown(constraints=views, next=page.next, scopes=scopes)

    def create(self, wanted: NewConstraint, actor: Actor) -> ConstraintView:
        """The constraint, and narrower ones elsewhere that it cannot be met together with.

        Raises InvalidInputError for a scope that does not exist and for what contradicts itself, ConflictError naming another.
        """
        constraint_id = new_id("cst", self.clock.now())
        constraint = Constraint(
            constraint_id=constraint_id,
            kind=wanted.kind,
            language=wanted.language,
            scope=wanted.scope,
            said=wanted.said.model_copy(update={"constraint_id": constraint_id}),
            created_by=actor.name,
            created_at=iso(self.clock.now()),
            origin=self._origin(wanted.scope, wanted.kind, wanted.language),
        )
        self._check(constraint)
        self.store.create(constraint)
        self._record(actor, "create_constraint", constraint, "", constraint.model_dump(mode="json", exclude_defaults=True))
        return self._view(constraint)

    def change(self, constraint_id: str, revision: int, changes: Mapping[str, Any], actor: Actor) -> ConstraintView:
        """`changes`: any of code, text, checks, slot, scope, status. ConflictError if it changed since `revision`."""
        before = self.store.get(constraint_id)
        said = before.said.model_copy(update={name: changes[name] for name in ("code", "text", "checks", "slot") if name in changes})
        after = before.model_copy(
            update={
                "said": said,
                "scope": changes.get("scope", before.scope),
                "status": changes.get("status", before.status),
                "revision": revision,
                "changed_by": actor.name,
                "changed_at": iso(self.clock.now()),
            }
        )
        if after.scope != before.scope:
            origin = before.origin if before.origin and before.origin.scope(after.scope.level) == after.scope else None
            after = after.model_copy(update={"origin": origin or self._origin(after.scope, after.kind, after.language)})
        if after.status == "active":
            self._check(after)
        stored = self.store.change(after)
        action = {("active", "retired"): "retire_constraint", ("retired", "active"): "revive_constraint"}.get(
            (before.status, after.status), "edit_constraint"
        )
        seen = content_hash(before.model_dump(mode="json"))[:32]
        detail = {
            "revision": stored.revision,
            "changes": _plain(changes),
            "before": before.said.model_dump(mode="json", exclude_defaults=True),
        }
        self._record(actor, action, stored, seen, detail)
        return self._view(stored)

    def _view(self, constraint: Constraint) -> ConstraintView:
        active = self.store.page(status="active", limit=_COMPARED_WITH).constraints if constraint.status == "active" else ()
        return ConstraintView(constraint=constraint, contradicts=contradictions(constraint, active))

    def _check(self, constraint: Constraint) -> None:
        self._refuse_locked(constraint)
        checks = constraint.said.checks
        texts = constraint.kind == "copy"
        if (texts and checks.of_pictures) or (not texts and (checks.of_texts or constraint.said.slot)):
            what = "texts have neither light nor colours" if texts else "a picture says nothing and has no slots"
            raise InvalidInputError(what, where="checks", mend="make it a constraint of the other kind")
        said = constraint.said
        if not (said.text.strip() or checks.said() or said.rejected_text or said.rejected_picture):
            raise InvalidInputError("it asks for nothing", where="text", mend="say it in words, or name something to be checked")
        refuse(own_contradictions(constraint), "checks")
        around = constraint.origin.shelves() if constraint.origin else (constraint.scope.shelf, Scope(level="everywhere").shelf)
        refuse(contradictions(constraint, self.store.on_shelves(around)), "checks")

    def _refuse_locked(self, constraint: Constraint) -> None:
        """A constraint asks that words be written anew: not those of a region that the template locks."""
        scope, slot = constraint.scope, constraint.said.slot
        if constraint.kind == "copy" and scope.level == "component":
            self.locks.refuse_component(self.venues.get(scope.value), scope.component, slot)

    def _origin(self, scope: Scope, kind: MaterialKind, language: Language | None) -> Place | None:
        """The place a scope speaks of. Raises NotFoundError for an unknown venue, InvalidInputError for anything else unknown."""
        if scope.level in ("component", "venue"):
            venue = self.venues.get(scope.value)
            if scope.level == "component" and not scope.component:
                raise InvalidInputError("a component must be named", where="scope.component", mend="for instance hero or floor-1")
            place = self.place_of(venue, scope.component, kind)
            return place.model_copy(update={"language": language}) if language else place
        known = self.known.get(scope.level, ())
        if scope.level != "everywhere" and scope.value not in known:
            raise InvalidInputError(
                f"there is no {scope.level} {scope.value!r}", where="scope.value", mend=f"one of {', '.join(sorted(known))}"
            )
        return None

    def _record(self, actor: Actor, action: str, constraint: Constraint, saw: str, detail: dict[str, Any]) -> None:
        self.audit.record(actor.did(action, constraint.constraint_id, at=iso(self.clock.now()), saw=saw, detail=detail))


def _plain(changes: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.model_dump(mode="json", exclude_defaults=True) if isinstance(value, (Checks, Scope)) else value
        for name, value in changes.items()
    }
