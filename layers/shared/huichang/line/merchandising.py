"""What operators do to a venue's selection: look at what an edit would move, save it, take it back; and edits whose time has come."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import ConflictError, HuichangError, InvalidInputError, NotFoundError, PermanentError
from huichang.kernel.ids import content_hash
from huichang.kernel.language import Text
from huichang.kernel.model import Model
from huichang.kernel.money import Money
from huichang.line.floors import VenueFloors
from huichang.line.keys import VenueStep
from huichang.line.locking import OPEN, Locks
from huichang.line.runs import Runs
from huichang.pages.packages.locks import FLOORS
from huichang.selection.edits import EditRule, MerchandisingEdits
from huichang.selection.fusion import Fusion
from huichang.selection.index import ProductIndex
from huichang.selection.merchandising import EditConflict, EditEffect, conflicts_of, effect_of
from huichang.selection.model import Recall, RuleSet
from huichang.selection.pool import Arrangement, Pool
from huichang.selection.recall import RulesRecall
from huichang.themes.model import Expansion
from huichang.venues.model import Actor, AuditTrail, CampaignStore, Documents, DueEdits, Venue, VenueStore, edits_changed

HISTORY = 50
_MOMENTS = 24  # time windows open and close at most so often before only the nearest are looked at
RETIRED_AGAIN = timedelta(hours=1)
_SCHEDULE = Actor(name="schedule", role="system")


class EditsRefusedError(PermanentError):
    """The edits would leave less than a page. HTTP 422."""

    code = "edits_leave_too_few"


class EditsRecord(Model):
    """One save. `restores`: the version that an undo brought back. `previous_key`: where the save before it is kept."""

    version: int
    edits: MerchandisingEdits
    by: str
    at: str
    note: str = ""
    restores: int | None = None
    previous_key: str = ""


class EditsHistory(Model):
    """The edits of a venue now, and its saves, newest first (at most 50)."""

    version: int
    edits: MerchandisingEdits
    records: tuple[EditsRecord, ...]


class FloorChange(Model):
    """How many goods a floor has before and after; 0 where it does not exist."""

    title: str
    before: int
    after: int


class Named(Model):
    """What a product is called and costs."""

    title: str
    price: Money
    merchant: str = ""


class EditPreview(Model):
    """What edits would do, judged at `at` on what this venue's run `run` recalled. Nothing was changed.

    `refused`: why saving them would be refused (code and words), None where it would not. `changes_at`: when windows open or close.
    """

    version: int
    run: int
    at: str
    depth_before: int
    depth_after: int
    minimum: int
    effect: EditEffect
    floors: tuple[FloorChange, ...]
    conflicts: tuple[EditConflict, ...]
    products: dict[str, Named]
    changes_at: tuple[str, ...] = ()
    notes: tuple[Text, ...] = ()
    refused: str = ""
    refused_code: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Merchandising:
    """The operator's edits of one venue."""

    venues: VenueStore
    campaigns: CampaignStore
    documents: Documents
    audit: AuditTrail
    clock: Clock
    index: ProductIndex
    fusion: Fusion
    floors: VenueFloors
    runs: Runs
    due: DueEdits
    min_products: int
    timer: Callable[[], float] = time.perf_counter
    locks: Locks = OPEN

    # --- looking ---------------------------------------------------------------------------------------------------------

    def preview(self, venue_id: str, wanted: MerchandisingEdits, at: datetime | None = None) -> EditPreview:
        """What saving `wanted` would move, at a moment (now where None). No model call, nothing written.

        Raises NotFoundError, and ConflictError while no run of the venue has recalled anything.
        """
        start = self.timer()
        venue = self.venues.get(venue_id)
        now = self.clock.now()
        moment = at or now
        run, pool = self._pool(venue, wanted)
        if run == 0:
            raise ConflictError(
                "nothing has been recalled for this venue yet",
                where="venue",
                mend="wait until its products are selected",
                code="not_selected",
            )
        before, after = pool.arrange(venue.edits.at(moment)), pool.arrange(wanted.at(moment))
        effect = effect_of(before, after)
        problem = self._too_few(pool, wanted, before, moment)
        shown = {move.product_id for moves in (effect.entering, effect.leaving, effect.up, effect.down) for move in moves}
        conflicts = conflicts_of(wanted, pool, moment)
        shown |= {product_id for conflict in conflicts for product_id in conflict.products}
        return EditPreview(
            version=venue.edits_version,
            run=run,
            at=iso(moment),
            depth_before=len(before.selection.products),
            depth_after=len(after.selection.products),
            minimum=self.min_products,
            effect=effect,
            floors=self._floor_changes(venue, pool, before, after),
            conflicts=conflicts,
            products={
                product_id: Named(
                    title=product.text(venue.language).title,
                    price=product.price,
                    merchant=product.merchant.localized_name.get(venue.language) or product.merchant.name or product.merchant.id,
                )
                for product_id in sorted(shown)
                if (product := pool.products.get(product_id))
            },
            changes_at=tuple(map(iso, wanted.changes_after(moment)[:_MOMENTS])),
            notes=after.selection.notes,
            refused=problem.message if problem else "",
            refused_code=problem.code if problem else "",
            seconds=round(max(0.0, self.timer() - start), 4),
        )

    def history(self, venue_id: str) -> EditsHistory:
        """The saves of a venue. Raises NotFoundError for an unknown venue."""
        venue = self.venues.get(venue_id)
        return EditsHistory(version=venue.edits_version, edits=venue.edits, records=tuple(self._records(venue)))

    # --- deciding ---------------------------------------------------------------------------------------------------------

    def save(
        self,
        venue_id: str,
        wanted: MerchandisingEdits,
        version: int,
        actor: Actor,
        *,
        accept_conflicts: bool = False,
        note: str = "",
    ) -> Venue:
        """Replace the edits; the venue is selected and built again. A live page stays until the new one is approved.

        `version`: the version that was looked at. Raises ConflictError (edits_changed) if it is not the stored one, ConflictError
        (edits_contradict) for contradictions that were not accepted, InvalidInputError for a product that nobody knows, and
        EditsRefusedError where too little would be left now or when a time window opens. A refused save changes nothing.
        """
        return self._save(self.venues.get(venue_id), wanted, version, actor, accept_conflicts=accept_conflicts, note=note)

    def undo(self, venue_id: str, version: int, actor: Actor, to: int | None = None) -> Venue:
        """Bring back the edits before the last save, or version `to`, as a new version. Undoing again goes further back.

        Raises ConflictError (edits_changed) if the edits are not at `version`, or if there is nothing to undo.
        """
        venue = self.venues.get(venue_id)
        if venue.edits_version != version:
            raise edits_changed(venue, version)
        records = {record.version: record for record in self._records(venue)}
        if not records:
            raise ConflictError("this venue was never edited", where="edits", mend="there is nothing to undo", code="nothing_to_undo")
        if to is None:
            to = _origin(records[venue.edits_version]) - 1
        if to < 0 or to >= venue.edits_version or (to and to not in records):
            raise ConflictError(
                "there is no earlier version to go back to" if to < 0 else f"version {to} of these edits is not kept",
                where="to",
                mend="GET /api/venues/{id}/edits lists the versions",
                code="nothing_to_undo",
            )
        found = records.get(to)
        wanted = found.edits if found else MerchandisingEdits()
        origin = _origin(found) if found else 0
        return self._save(venue, wanted, version, actor, accept_conflicts=True, restores=origin)

    def _save(
        self,
        venue: Venue,
        wanted: MerchandisingEdits,
        version: int,
        actor: Actor,
        *,
        accept_conflicts: bool,
        note: str = "",
        restores: int | None = None,
    ) -> Venue:
        now = self.clock.now()
        changes, detail = self.prepared(venue, wanted, version, actor, now, accept_conflicts=accept_conflicts, note=note, restores=restores)
        # Marked before the change: if we die between the change and the new run, the sweep finds it and starts the run.
        self.due.set(venue.venue_id, iso(now))
        changed = self.venues.update(venue.venue_id, expect_edits=version, round=1, **changes)
        action = "edit" if restores is None else "undo_edit"
        self.audit.record(actor.did(action, venue.venue_id, at=iso(now), saw=venue.staged_version, detail=detail))
        started = self.runs.start_again(changed, f"edited by {actor.name}")
        self.due.set(venue.venue_id, next_change(wanted, now))
        return started

    def prepared(
        self,
        venue: Venue,
        wanted: MerchandisingEdits,
        version: int,
        actor: Actor,
        now: datetime,
        *,
        accept_conflicts: bool,
        note: str = "",
        restores: int | None = None,
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The fields that a save changes of the venue, and what the audit trail says of it; nothing of the venue is changed yet.

        Raises what `save` raises.
        """
        if venue.edits_version != version:
            raise edits_changed(venue, version)
        if set(wanted.pins) - set(venue.edits.pins):
            self.locks.refuse(venue, [FLOORS])
        run, pool = self._pool(venue, wanted)
        if restores is None:
            _known(venue.edits, wanted, pool)
        conflicts = [conflict for conflict in conflicts_of(wanted, pool, now) if conflict.contradiction]
        if conflicts and not accept_conflicts:
            raise _contradicts(wanted, conflicts)
        if run:
            problem = self._too_few(pool, wanted, pool.arrange(venue.edits.at(now)), now)
            if problem is not None:
                raise problem
        record = EditsRecord(
            version=version + 1,
            edits=wanted,
            by=actor.name,
            at=iso(now),
            note=note,
            restores=restores,
            previous_key=venue.edits_key,
        )
        key = self.documents.put(
            f"venues/{venue.venue_id}/edits/{record.version:06d}-{content_hash(record.model_dump_json())[:12]}", record
        )
        changes = {
            "edits": wanted.model_dump(),
            "edits_version": record.version,
            "edits_at": iso(now),
            "edits_by": actor.name,
            "edits_key": key,
            "edits_run": venue.run + 1,
        }
        detail = {
            "version": record.version,
            "restores": restores,
            "before": [rule.label() for rule in venue.edits.rules],
            "after": [rule.label() for rule in wanted.rules],
            "added": _dumped(rule for rule in wanted.rules if rule not in venue.edits.rules),
            "removed": _dumped(rule for rule in venue.edits.rules if rule not in wanted.rules),
            "allow_thin": wanted.allow_thin,
            "conflicts": [conflict.code for conflict in conflicts],
            "note": note,
        }
        return changes, detail

    # --- parts --------------------------------------------------------------------------------------------------------------

    def _pool(self, venue: Venue, wanted: MerchandisingEdits) -> tuple[int, Pool]:
        """The newest run that has recalled for this venue, and its pool; run 0 and only the named products before there is one."""
        brief = self.campaigns.get(venue.campaign_id).brief
        if brief is None:
            raise ConflictError("the campaign is not planned yet", where="campaign", mend="wait until it is", code="not_selected")
        also = {*venue.edits.pins, *wanted.pins}
        for run in range(venue.run, 0, -1):
            step = VenueStep(campaign_id=venue.campaign_id, venue_id=venue.venue_id, run=run, round=1)
            names = ("expansion", "recall-search", "recall-vector", "recall-rules")
            if all(self.documents.exists(step.key(name)) for name in names):
                by_rules = self.documents.get(step.key("recall-rules"), RulesRecall)
                recalls = [self.documents.get(step.key(f"recall-{path}"), Recall) for path in ("search", "vector")]
                expansion = self.documents.get(step.key("expansion"), Expansion)
                return run, self.fusion.pool(venue.theme, brief, expansion, [*recalls, by_rules.recall], by_rules.rules, also)
        return 0, self.fusion.pool(venue.theme, brief, Expansion(text="", words={}), (), RuleSet(), also)

    def _too_few(self, pool: Pool, wanted: MerchandisingEdits, before: Arrangement, now: datetime) -> EditsRefusedError | None:
        """Why these edits cannot stand, now or at the moment when one of their windows opens or closes."""
        had = len(before.selection.products)
        for moment in (now, *wanted.changes_after(now)[:_MOMENTS]):
            arranged = pool.arrange(wanted.at(moment)).selection
            left, excluded = len(arranged.products), arranged.dropped.get("excluded", 0)
            if left >= min(had, 1 if wanted.allow_thin else self.min_products):
                continue
            when = "" if moment == now else f" from {iso(moment)} on"
            said = f"these edits leave {left} of {had} products{when} ({excluded} excluded); a venue needs {self.min_products}"
            if left == 0:
                return EditsRefusedError(
                    said, where="rules", mend="exclude less, or retire the venue if nothing shall be shown", code="edits_leave_nothing"
                )
            return EditsRefusedError(said, where="rules", mend="exclude less, or set allow_thin to accept a venue this short")
        return None

    def _floor_changes(self, venue: Venue, pool: Pool, before: Arrangement, after: Arrangement) -> tuple[FloorChange, ...]:
        def counts(arranged: Arrangement) -> dict[str, int]:
            if not arranged.selection.products:
                return {}
            plan = self.floors.plan(venue, arranged.selection, pool.products)
            return {floor.title: len(floor.product_ids) for floor in plan.floors}

        was, now = counts(before), counts(after)
        changes = (FloorChange(title=title, before=was.get(title, 0), after=now.get(title, 0)) for title in dict.fromkeys((*was, *now)))
        return tuple(change for change in changes if change.before != change.after)

    def _records(self, venue: Venue) -> Sequence[EditsRecord]:
        records: list[EditsRecord] = []
        key = venue.edits_key
        while key and len(records) < HISTORY:
            record = self.documents.get(key, EditsRecord)
            records.append(record)
            key = record.previous_key
        return records


@dataclass(frozen=True)
class DueEditsDesk:
    """Applies edits whose time window has opened or closed. For the sweep, every minute."""

    venues: VenueStore
    audit: AuditTrail
    clock: Clock
    runs: Runs
    due: DueEdits

    def apply(self) -> int:
        """Select anew where the rules in force have changed, and where a save did not come to start its run. How many.

        One venue in trouble does not keep the others from being looked at; its error is raised at the end.
        """
        started = 0
        problems: list[HuichangError] = []
        for venue_id in self.due.due(iso(self.clock.now())):
            try:
                started += self._look(venue_id)
            except HuichangError as error:
                problems.append(error)
        if problems:
            raise problems[0]
        return started

    def _look(self, venue_id: str) -> int:
        now = self.clock.now()
        try:
            venue = self.venues.get(venue_id)
        except NotFoundError:
            self.due.set(venue_id, None)
            return 0
        if venue.status == "retired":
            # Nobody sees it. Should it come back, its edits are applied within the hour.
            self.due.set(venue_id, iso(now + RETIRED_AGAIN))
            return 0
        before, after = venue.edits_in_force.rules, venue.edits.at(now).rules
        if before != after:
            venue = self.venues.update(venue_id, expect_edits=venue.edits_version, edits_at=iso(now), edits_run=venue.run + 1, round=1)
            began, ended = [rule for rule in after if rule not in before], [rule for rule in before if rule not in after]
            detail = {"version": venue.edits_version, "began": _dumped(began), "ended": _dumped(ended)}
            self.audit.record(_SCHEDULE.did("edits_due", venue_id, at=iso(now), detail=detail))
        started = venue.run < venue.edits_run
        if started:
            self.runs.start_again(venue, "a time window of its edits opened or closed" if before != after else "its edits were saved")
        self.due.set(venue_id, next_change(venue.edits, now))
        return int(started)


def next_change(edits: MerchandisingEdits, now: datetime) -> str | None:
    """The next moment (ISO) at which a time window of the edits opens or closes."""
    changes = edits.changes_after(now)
    return iso(changes[0]) if changes else None


def _origin(record: EditsRecord) -> int:
    return record.version if record.restores is None else record.restores


def _dumped(rules: Iterable[EditRule]) -> list[dict[str, Any]]:
    return [rule.model_dump(mode="json", exclude_defaults=True) for rule in rules]


def _known(stored: MerchandisingEdits, wanted: MerchandisingEdits, pool: Pool) -> None:
    """A new pin must name a product; one that has gone since it was pinned is told as a contradiction instead."""
    missing = [product_id for product_id in wanted.pins if product_id not in pool.products and product_id not in stored.pins]
    if missing:
        raise InvalidInputError(f"no such product: {', '.join(missing)}", where="rules", mend="GET /api/products?q=")


def _contradicts(wanted: MerchandisingEdits, conflicts: Sequence[EditConflict]) -> ConflictError:
    said = "; ".join(
        f"{' / '.join(wanted.rules[place].label() for place in conflict.rules)}: {conflict.message['en']}" for conflict in conflicts[:5]
    )
    more = f" (and {len(conflicts) - 5} more)" if len(conflicts) > 5 else ""
    return ConflictError(
        f"{said}{more}",
        where="rules",
        mend=f"{conflicts[0].mend['en']}; or save with accept_conflicts, and the rules of precedence decide",
        code="edits_contradict",
    )
