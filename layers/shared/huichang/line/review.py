"""What people decide about a venue: approve, reject, publish, roll back, retire. Every decision is in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import ConflictError, InvalidInputError
from huichang.kernel.events import EventBus, VenueRolledBack
from huichang.kernel.model import Model
from huichang.line.first_images import approved_with, made_for, shown_as
from huichang.line.journal import Journal
from huichang.line.lessons import Lessons
from huichang.line.locking import OPEN, Locks
from huichang.line.pacing import PaceKeeper
from huichang.line.publishing import Publisher
from huichang.line.releasing import reviewed_with
from huichang.line.showing import check_shown, seen_of
from huichang.materials.constraints import Level
from huichang.materials.model import MaterialStore, ReviewConstraint
from huichang.selection.words import say
from huichang.venues.model import Actor, AuditTrail, Documents, TaskTokens, Venue, VenueStore


class MaterialRejection(Model):
    """One material sent back. `level`: where the constraint made of it holds; the venue says which template, style, industry that is."""

    material_id: str
    constraint: ReviewConstraint
    level: Level = "component"


class Looked(Model):
    """How somebody looked before deciding: `saw` each material's content hash as it was shown, `seconds` in front of it.

    None: not told. Then the decision is about the version of the page, and nothing is measured.
    """

    saw: dict[str, str] | None = None
    seconds: float | None = None


UNTOLD = Looked()


def review_answer(venue: Venue) -> dict[str, Any]:
    """What the waiting RequestReview state is told."""
    return {"decision": venue.decision, "round": venue.round}


@dataclass(frozen=True)
class Review:
    """The reviewer's and operator's actions on one venue's page; line/merchandising.py has those on its goods."""

    venues: VenueStore
    materials: MaterialStore
    documents: Documents
    tokens: TaskTokens
    audit: AuditTrail
    bus: EventBus
    clock: Clock
    journal: Journal
    publisher: Publisher
    lessons: Lessons
    pace: PaceKeeper
    max_rounds: int
    locks: Locks = OPEN

    def approve(self, venue_id: str, version_id: str, actor: Actor, note: str = "", looked: Looked = UNTOLD) -> Venue:
        """Approve the version that was looked at. ConflictError if another one is staged by now, or a material changed since."""
        before = self._in_review(venue_id, version_id)
        saw = self._shown(venue_id, looked)
        venue = self.venues.update(
            venue_id,
            expect_status=("in_review",),
            status="approved",
            approved_version=version_id,
            reviewed_versions=reviewed_with(before, version_id),
            images_seen=approved_with(before, made_for(self.documents, venue_id, version_id), looked.saw),
            reviewer=actor.name,
            review_note=note,
            decision="approved",
        )
        self._record(actor, "approve", venue, version_id, {"saw": saw, "note": note} | _told(looked))
        self.journal.close(venue_id, "RequestReview", say(venue.language, f"由 {actor.name} 批准", f"approved by {actor.name}"))
        # If nothing waits, the run is dead; the sweep starts it again, and RequestReview finds this approval. If we die
        # here, the sweep answers with `venue.decision`.
        self.tokens.succeed(venue_id, "review", review_answer(venue))
        self.pace.decided(before, version_id, actor, "approved", looked.seconds)  # last: nothing waits for a figure
        return venue

    def reject(
        self,
        venue_id: str,
        version_id: str,
        rejections: list[MaterialRejection],
        actor: Actor,
        note: str = "",
        looked: Looked = UNTOLD,
    ) -> Venue:
        """Send materials back. Each reason becomes a lasting constraint that later prompts carry and later checks enforce, and a receipt.

        ConflictError, and nothing is changed, where a constraint contradicts one that holds for the same page, or where what was
        looked at is not what is there now.
        """
        venue = self._in_review(venue_id, version_id)
        if not rejections:
            raise InvalidInputError("no material was named", where="materials", mend="name the materials to be made again")
        tasks = {task.material_id: task for task in self.materials.of_venue(venue_id)}
        unknown = [rejection.material_id for rejection in rejections if rejection.material_id not in tasks]
        if unknown:
            raise InvalidInputError(
                f"this page has no material {', '.join(unknown)}",
                where="materials",
                mend=f"it has {', '.join(sorted(tasks))}",
            )
        for each in rejections:
            if tasks[each.material_id].kind == "copy":
                self.locks.refuse_component(venue, tasks[each.material_id].component, each.constraint.slot)
        seen = self._shown(venue_id, looked)
        decision = "no_rounds_left" if venue.round >= self.max_rounds else "rejected"
        constraints = dict(venue.constraints)
        said = [(tasks[each.material_id], each.constraint, each.level) for each in rejections]
        full = self.lessons.rejected(venue, said, actor.name)
        for rejection, rejected in zip(rejections, full, strict=True):
            constraints[rejection.material_id] = (*constraints.get(rejection.material_id, ()), rejected)
        changed = self.venues.update(
            venue_id,
            expect_status=("in_review",),
            status="generating",
            constraints={key: tuple(c.model_dump() for c in value) for key, value in constraints.items()},
            round=venue.round + 1 if decision == "rejected" else venue.round,
            reviewer=actor.name,
            review_note=note,
            decision=decision,
        )
        for rejection in rejections:
            task = tasks[rejection.material_id]
            if task.status == "ready":
                self.materials.move(task, "rejected", error=rejection.constraint.text)
        detail = {"materials": [r.model_dump(mode="json", exclude_defaults=True) for r in rejections], "saw": seen, "note": note}
        self._record(actor, "reject", changed, version_id, detail | _told(looked))
        self.lessons.settle(changed)
        self.journal.close(venue_id, "RequestReview", say(venue.language, f"由 {actor.name} 打回", f"sent back by {actor.name}"))
        self.tokens.succeed(venue_id, "review", review_answer(changed))
        self.pace.decided(venue, version_id, actor, "rejected", looked.seconds)
        return changed

    def publish(self, venue_id: str, actor: Actor) -> Venue:
        """Publish the approved version again, for instance after a failed release or a retirement."""
        venue = self.venues.get(venue_id)
        if venue.status not in ("approved", "published", "failed", "retired"):
            raise ConflictError(f"the venue is {venue.status}: a new version is on its way", where="venue", mend="wait for its review")
        if not venue.approved_version:
            raise ConflictError("no version of this venue was approved", where="venue", mend="approve it first")
        published = self.publisher.publish(venue, venue.approved_version, by=actor.name)
        self._record(actor, "publish", published, venue.approved_version, {})
        return published

    def roll_back(self, venue_id: str, actor: Actor, version_id: str = "") -> Venue:
        """Make an earlier published version live again. ConflictError (goods_gone, goods_sold_out) where its goods are no more."""
        venue = self.venues.get(venue_id)
        if venue.status != "published" or not venue.previous_versions:
            raise ConflictError(
                "there is no earlier version to go back to",
                where="venue",
                mend="retire the venue to take its page down",
            )
        target = version_id or venue.previous_versions[-1]
        if target not in venue.previous_versions:
            raise InvalidInputError(
                f"{target} was never live here", where="version_id", mend=f"one of {', '.join(venue.previous_versions)}"
            )
        rolled = self.publisher.publish(venue, target, by=actor.name, kind="rollback")
        self._record(actor, "roll_back", rolled, target, {"from": venue.live_version})
        self.bus.publish(VenueRolledBack(campaign_id=venue.campaign_id, venue_id=venue_id, at=iso(self.clock.now()), version_id=target))
        return rolled

    def retire(self, venue_id: str, actor: Actor) -> Venue:
        """Take the page down and out of delivery. Its versions stay; publish brings it back. Repeating it is harmless."""
        # A failed venue may still have a page: an edit that failed leaves the one before it live.
        venue = self.venues.get(venue_id)
        if venue.status not in ("published", "failed", "retired"):
            raise ConflictError(f"the venue is {venue.status}: a new version is on its way", where="venue", mend="wait for its review")
        venue = self.publisher.retire(venue, by=actor.name)
        self._record(actor, "retire", venue, venue.live_version, {})
        return venue

    def _shown(self, venue_id: str, looked: Looked) -> Mapping[str, str]:
        """What was looked at beside the page, which must be there still: material id -> content hash. Not told: what there is."""
        now = seen_of(self.materials.of_venue(venue_id), self.documents)
        now |= shown_as(made_for(self.documents, venue_id, self.venues.get(venue_id).staged_version)) if looked.saw else {}
        check_shown(looked.saw, now)
        return now if looked.saw is None else looked.saw

    def _in_review(self, venue_id: str, version_id: str) -> Venue:
        venue = self.venues.get(venue_id)
        if venue.status != "in_review":
            raise ConflictError(f"the venue is {venue.status}, not in review", where="venue", mend="reload it")
        if version_id != venue.staged_version:
            raise ConflictError("another version was staged meanwhile", where="version_id", mend=f"look at {venue.staged_version} first")
        return venue

    def _record(self, actor: Actor, action: str, venue: Venue, saw: str, detail: dict[str, Any]) -> None:
        self.audit.record(actor.did(action, venue.venue_id, at=iso(self.clock.now()), saw=saw, detail=detail))


def _told(looked: Looked) -> dict[str, Any]:
    """Whether the hashes were said back by who decided, or only stood there then; and the time in front of them."""
    return {"saw_told": looked.saw is not None} | ({} if looked.seconds is None else {"looked_seconds": round(looked.seconds, 2)})
