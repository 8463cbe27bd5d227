"""What a rejection leaves behind: a lasting constraint, a receipt, half a pair for tuning; and what later materials carry of it.

A venue's record is the one thing that a rejection writes at once (line/review.py). Everything else is derived from it here and may be
derived again: by the reviewer's own request, and by the next round of the machine if that request died half-way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import ConflictError, InvalidInputError, NotFoundError, PermanentError, in_both
from huichang.kernel.events import EventBus, MaterialAccepted, MaterialRejected
from huichang.kernel.ids import content_hash, derived_id
from huichang.kernel.language import Language, Text
from huichang.line.keys import VenueStep
from huichang.line.showing import result_of, seen_hash
from huichang.materials.checks import RejectedPicture
from huichang.materials.constraints import (
    Constraint,
    ConstraintStore,
    Contradiction,
    Level,
    Place,
    Rejected,
    contradictions,
    holding,
    own_contradictions,
)
from huichang.materials.feedback import Feedback, FeedbackStore, made
from huichang.materials.model import (
    CopyResult,
    ImageResult,
    MaterialKind,
    MaterialRequest,
    MaterialStore,
    MaterialTask,
    ReviewConstraint,
)
from huichang.materials.obeying import breaks
from huichang.pages.model import Design
from huichang.venues.model import Documents, Venue


def refuse(found: Sequence[Contradiction], where: str) -> None:
    """Raise what a contradiction is told as: ConflictError naming both, InvalidInputError where a constraint contradicts itself."""
    if not found:
        return
    languages: tuple[Language, ...] = ("zh", "en")
    told: Text = {language: "; ".join(each.message[language] for each in found) for language in languages}
    todo = found[0].mend
    error: PermanentError
    if any(each.other for each in found):
        error = ConflictError(told["en"], where=where, mend=todo["en"], code="constraints_contradict")
    else:
        error = InvalidInputError(told["en"], where=where, mend=todo["en"], code="constraint_impossible")
    raise in_both(error, told, todo)


@dataclass(frozen=True)
class Lessons:
    """Rejections to constraints, receipts and pairs; constraints to requests."""

    constraints: ConstraintStore
    feedback: FeedbackStore
    materials: MaterialStore
    documents: Documents
    bus: EventBus
    clock: Clock

    # --- a rejection --------------------------------------------------------------------------------------------------

    def place_of(self, venue: Venue, component: str, kind: MaterialKind) -> Place:
        """What a scope can speak of around one of the venue's materials."""
        step = VenueStep(campaign_id=venue.campaign_id, venue_id=venue.venue_id, run=venue.run, round=venue.round)
        key = step.key("design")
        style = self.documents.get(key, Design).style_id if self.documents.exists(key) else ""
        return Place(
            venue_id=venue.venue_id,
            component=component,
            kind=kind,
            language=venue.language,
            template=venue.template,
            style=style,
            industry=venue.theme.industry or "",
        )

    def rejected(self, venue: Venue, rejections: Sequence[tuple[MaterialTask, ReviewConstraint, Level]], by: str) -> list[Rejected]:
        """The rejections of one decision in full: what was rejected is looked up, never taken from the reviewer's request.

        Raises InvalidInputError for a slot, a region, a check or a scope that a material cannot have, ConflictError where a constraint
        contradicts one that holds for the same page, or another of the same decision.
        """
        full: list[Rejected] = []
        said_here: list[Constraint] = []
        for number, (task, said, level) in enumerate(rejections, 1):
            where = f"materials.{task.material_id}"
            place = self.place_of(venue, task.component, task.kind)
            scope = place.scope(level)
            if level != "everywhere" and not scope.value:
                raise InvalidInputError(f"this venue has no {level}", where=f"{where}.scope", mend="choose another scope")
            result = self._result(task)
            self._fits(task, said, result, where)
            rejected = Rejected(
                **said.model_dump(include={"code", "text", "checks", "slot", "region"}),
                rejected_text=_texts(result, said.slot),
                rejected_picture=RejectedPicture(media_key=result.media_key) if isinstance(result, ImageResult) else None,
                scope=scope,
                by=by,
                at=iso(self.clock.now()),
                saw=seen_hash(result) if result else "",
                task_key=task.task_key,
                request_key=task.request_key,
                result_key=task.result_key,
            )
            constraint = _constraint(place, task.material_id, rejected, f"this rejection of {task.material_id} ({number})")
            slots = self.documents.get(task.request_key, MaterialRequest).slots if self.documents.exists(task.request_key) else ()
            refuse(own_contradictions(constraint, slots), where)
            refuse(contradictions(constraint, [*self.constraints.on_shelves(place.shelves()), *said_here]), where)
            said_here.append(constraint)
            full.append(rejected)
        return full

    def _fits(self, task: MaterialTask, said: ReviewConstraint, result: CopyResult | ImageResult | None, where: str) -> None:
        if task.kind == "copy" and (said.checks.of_pictures or said.region):
            raise InvalidInputError("texts have neither light nor colours nor a region", where=where, mend="ask that of the picture")
        if task.kind == "image" and (said.checks.of_texts or said.slot):
            raise InvalidInputError("a picture says nothing and has no slots", where=where, mend="ask that of the texts")
        if said.slot and isinstance(result, CopyResult) and said.slot not in result.texts:
            raise InvalidInputError(
                f"this material has no text {said.slot}", where=f"{where}.slot", mend=f"it has {', '.join(sorted(result.texts))}"
            )

    def settle(self, venue: Venue) -> tuple[Constraint, ...]:
        """Write down whatever of the venue's rejections is not written down yet. Repeating it is harmless."""
        tasks = {task.material_id: task for task in self.materials.of_venue(venue.venue_id)}
        made_now: list[Constraint] = []
        for material_id, rejections in venue.constraints.items():
            for number, rejected in enumerate(rejections, 1):
                if not rejected.at or rejected.scope is None:
                    continue  # from before constraints were lasting
                feedback_id = derived_id("fb", venue.venue_id, material_id, str(number))
                if self.feedback.exists(venue.venue_id, feedback_id):
                    continue
                task = tasks.get(material_id)
                kind: MaterialKind = task.kind if task else "image" if rejected.rejected_picture else "copy"
                component = task.component if task else material_id.rpartition(".")[0]
                named = _Named(venue=venue, material_id=material_id, component=component, kind=kind, rejected=rejected)
                made_now.append(self._write_down(named, feedback_id, number))
        return tuple(made_now)

    def _write_down(self, named: _Named, feedback_id: str, number: int) -> Constraint:
        venue, rejected = named.venue, named.rejected
        result = self._stored(named.kind, rejected.result_key)
        if isinstance(result, ImageResult):
            rejected = rejected.model_copy(update={"rejected_picture": RejectedPicture(media_key=result.media_key, look=result.look)})
        constraint_id = derived_id("cst", venue.venue_id, named.material_id, str(number))
        constraint = _constraint(self.place_of(venue, named.component, named.kind), named.material_id, rejected, constraint_id)
        self.constraints.create(constraint)
        asked = result.asked if result else None
        feedback = Feedback(
            feedback_id=feedback_id,
            venue_id=venue.venue_id,
            campaign_id=venue.campaign_id,
            material_id=named.material_id,
            component=named.component,
            kind=named.kind,
            language=venue.language,
            task_key=rejected.task_key,
            prompt_key=content_hash(asked.model_dump())[:32] if asked else "",
            prompt=asked,
            rejected=made(rejected.result_key, result or CopyResult(texts=rejected.rejected_text), rejected.saw),
            reason_code=rejected.code,
            reason=rejected.text,
            rules=rejected.checks.said(),
            slot=rejected.slot,
            region=rejected.region,
            constraint_id=constraint_id,
            rejected_by=rejected.by,
            rejected_at=rejected.at,
        )
        # The receipt before the record: told twice is harmless, never told is not.
        self.bus.publish(
            MaterialRejected(
                campaign_id=venue.campaign_id,
                venue_id=venue.venue_id,
                at=rejected.at,
                material_id=named.material_id,
                task_key=rejected.task_key,
                prompt_key=feedback.prompt_key,
                rejected=rejected.result_key,
                reason_code=rejected.code,
                reason=rejected.text,
                constraint_id=constraint_id,
            )
        )
        self.feedback.create(feedback)
        return constraint

    # --- an acceptance ------------------------------------------------------------------------------------------------

    def accept(self, venue: Venue) -> int:
        """Close the pairs of an approved venue with what its page shows; returns how many. Repeating it is harmless."""
        open_ones = [each for each in self.feedback.of_venue(venue.venue_id) if each.accepted is None]
        tasks = {task.material_id: task for task in self.materials.of_venue(venue.venue_id) if task.status == "ready"} if open_ones else {}
        closed = 0
        for feedback in open_ones:
            task = tasks.get(feedback.material_id)
            result = self._result(task) if task else None
            if task is None or result is None:
                continue  # the page does without it
            at = iso(self.clock.now())
            accepted = made(task.result_key, result, seen_hash(result))
            self.bus.publish(
                MaterialAccepted(
                    campaign_id=venue.campaign_id,
                    venue_id=venue.venue_id,
                    at=at,
                    material_id=feedback.material_id,
                    task_key=task.task_key,
                    prompt_key=feedback.prompt_key,
                    rejected=feedback.rejected.result_key,
                    accepted=task.result_key,
                    reason_code=feedback.reason_code,
                    reason=feedback.reason,
                )
            )
            said = {"accepted": accepted, "accepted_by": venue.reviewer, "accepted_at": at}
            closed += self.feedback.accept(feedback.model_copy(update=said))
        return closed

    # --- what later materials carry -----------------------------------------------------------------------------------

    def carried(self, venue: Venue, template: str, style: str, requests: Sequence[MaterialRequest]) -> list[MaterialRequest]:
        """The requests with the constraints that hold for them and the number of times each was sent back.

        A material that is made, or being made, keeps the constraints it was asked with: what others said meanwhile makes nobody pay for
        it anew. It is asked for again when it was sent back, or when it is found to break a constraint that holds now.
        """
        if not requests:
            return []
        tasks = {task.material_id: task for task in self.materials.of_venue(venue.venue_id)}
        around = Place(
            venue_id=venue.venue_id, language=venue.language, template=template, style=style, industry=venue.theme.industry or ""
        )
        stored = self.constraints.on_shelves(around.shelves())
        carrying = []
        for request in requests:
            place = around.model_copy(update={"component": request.component, "kind": request.kind})
            now = request.model_copy(
                update={
                    "constraints": tuple(constraint.said for constraint in holding(stored, place)),
                    "rejections": len(venue.constraints.get(request.material_id, ())),
                }
            )
            carrying.append(self._as_it_was_asked(tasks.get(request.material_id), now) or now)
        return carrying

    def _as_it_was_asked(self, task: MaterialTask | None, now: MaterialRequest) -> MaterialRequest | None:
        if task is None or task.status in ("rejected", "failed", "timed_out"):
            return None
        try:
            before = self.documents.get(task.request_key, MaterialRequest)
        except (NotFoundError, ValidationError):  # never written, or written by another release
            return None
        if now.task_key == task.task_key:
            return now
        same = now.model_copy(update={"constraints": before.constraints})
        if same.task_key != task.task_key:
            return None
        if task.status == "ready" and (result := self._result(task)) is not None and breaks(now, result):
            return None
        return same

    def _result(self, task: MaterialTask) -> CopyResult | ImageResult | None:
        return result_of(task, self.documents)

    def _stored(self, kind: str, key: str) -> CopyResult | ImageResult | None:
        if not key:
            return None
        return self.documents.get(key, ImageResult) if kind == "image" else self.documents.get(key, CopyResult)


@dataclass(frozen=True)
class _Named:
    venue: Venue
    material_id: str
    component: str
    kind: MaterialKind
    rejected: Rejected


def _constraint(place: Place, material_id: str, rejected: Rejected, constraint_id: str) -> Constraint:
    said = ReviewConstraint(**{name: getattr(rejected, name) for name in ReviewConstraint.model_fields})
    return Constraint(
        constraint_id=constraint_id,
        kind=place.kind,
        language=place.language if place.kind == "copy" else None,
        scope=rejected.scope or place.scope("component"),
        said=said.model_copy(update={"constraint_id": constraint_id}),
        created_by=rejected.by,
        created_at=rejected.at,
        origin=place,
        material_id=material_id,
    )


def _texts(result: CopyResult | ImageResult | None, slot: str) -> dict[str, str]:
    if not isinstance(result, CopyResult):
        return {}
    return {name: text for name, text in result.texts.items() if text.strip() and slot in ("", name)}
