"""What people see of standings, and do: put a venue back, take one out, stop the system from taking any out, read a day again."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from huichang.delivery.events.cells import windows_of
from huichang.delivery.placements.model import Placement, Placements
from huichang.delivery.serving.ports import Rebuilds
from huichang.delivery.standing.gathered import next_window
from huichang.delivery.standing.judging import Telling
from huichang.delivery.standing.model import Candidates, EvidenceShelf, Freeze, Looks, Row, Sheet, Standing, StandingRecords, State
from huichang.delivery.standing.standings import begins_after
from huichang.delivery.standing.wording import changed_meanwhile, eliminated_already, not_eliminated, not_there
from huichang.delivery.verdicts.evidence import Evidence
from huichang.delivery.verdicts.judging import Rule, judge
from huichang.delivery.verdicts.wording import verdict_words
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import InvalidInputError, NotFoundError
from huichang.kernel.language import Text, Told, both
from huichang.kernel.model import Model
from huichang.venues.model import Actor, AuditTrail

_VENUE = re.compile(r"[A-Za-z0-9_-]{1,64}")
# What is looked at first: proven weak and still there, taken out, owed a verdict that did not come, then the rest.
_FIRST = ("weak_and_there", "eliminated", "overdue", "promote", "cannot_tell", "keep")


class StandingView(Model):
    """A venue in a placement. `attention`: one of weak_and_there, eliminated, overdue, promote, cannot_tell, keep.

    `row` None: it was not looked at yet. `state`: "" where no verdict and no person did anything. `rests_on`: the verdict by which it was
    taken out or kept, with its words; the newest is in `row` and `words`.
    """

    venue_id: str
    title: str
    attention: str
    row: Row | None
    words: Text
    state: State | str
    at: str = ""
    by: str = ""
    why: Told = {}
    rests_on: Text = {}


class PlacementStanding(Model):
    """A placement's venues, those that need attention first. `staying`: in the placement and not taken out; `slots`: that it needs.

    `counts`: venues by attention. `expected_wrong`: of the venues that are as good as the baseline or better, so many may ever be taken out
    wrongly, on average, if all of them are as good (alpha of each). `total`: rows before `limit`.
    """

    placement: str
    what: Told
    judged_at: str
    rule: Rule
    slots: int
    staying: int
    windows: tuple[str, str]
    unread: int
    frozen: Freeze | None
    counts: dict[str, int]
    expected_wrong: float
    total: int
    rows: tuple[StandingView, ...]


class Decided(Model):
    """What a person's decision came to. `staying`: venues that are left in the placement, `slots`: that it needs."""

    standing: Standing
    staying: int
    slots: int


@dataclass(frozen=True)
class StandingDesk:
    """Reads are as of the last look; decisions hold from now, in feeds within a minute."""

    placements: Placements
    candidates: Candidates
    shelf: EvidenceShelf
    records: StandingRecords
    rebuilds: Rebuilds
    looks: Looks
    audit: AuditTrail
    clock: Clock

    def view(self, name: str, *, attention: str = "", venue: str = "", limit: int = 200) -> PlacementStanding:
        """`attention` and `venue` ("" for all) choose rows. Raises NotFoundError, InvalidInputError, TransientError."""
        placement = self._placement(name)
        if attention and attention not in _FIRST:
            raise InvalidInputError(f"no venue is {attention}", where="attention", mend=f"one of {', '.join(_FIRST)}", code="invalid_query")
        sheet, standings = self.shelf.sheet(name), self.records.of(name)
        rule = Rule(alpha=placement.alpha, margin=placement.margin)
        rows = {row.venue_id: row for row in sheet.rows} if sheet else {}
        live = self.candidates.of(placement)
        views = [_view(each.venue_id, each.title, rows.get(each.venue_id), standings.get(each.venue_id), sheet, rule) for each in live]
        views.sort(key=lambda view: (_FIRST.index(view.attention), _estimate(view), view.venue_id))
        chosen = [each for each in views if attention in ("", each.attention) and venue in ("", each.venue_id)]
        staying = sum(view.state != "eliminated" for view in views)
        return PlacementStanding(
            placement=name,
            what=placement.what,
            judged_at=sheet.at if sheet else "",
            rule=sheet.rule if sheet else rule,
            slots=placement.slots,
            staying=staying,
            windows=sheet.windows if sheet else ("", ""),
            unread=sheet.unread if sheet else 0,
            frozen=self.records.frozen().get(name),
            counts=dict(Counter(view.attention for view in views)),
            expected_wrong=round(rule.alpha * len(views), 2),
            total=len(chosen),
            rows=tuple(chosen[:limit]),
        )

    def restore(self, name: str, venue_id: str, why: str, actor: Actor) -> Decided:
        """Put back a venue that was taken out. Its evidence starts again with the next window: on the old one it would be taken out
        again at once. Raises NotFoundError, ConflictError (code not_eliminated, changed_meanwhile), TransientError."""
        placement, before = self._placement(name), self._standing(name, venue_id)
        if before is None or before.state != "eliminated":
            raise not_eliminated(venue_id, name)
        return self._decide(placement, venue_id, "restored", why, actor, before)

    def retire(self, name: str, venue_id: str, why: str, actor: Actor) -> Decided:
        """Take a venue out by hand, also where fewer are left than the placement has places.

        Raises NotFoundError, ConflictError (code eliminated_already, changed_meanwhile), TransientError."""
        placement, before = self._placement(name), self._standing(name, venue_id)
        if before is not None and before.state == "eliminated":
            raise eliminated_already(venue_id, name)
        if venue_id not in {venue.venue_id for venue in self.candidates.of(placement)}:
            raise not_there(venue_id, name)
        return self._decide(placement, venue_id, "eliminated", why, actor, before)

    def freeze(self, name: str, why: str, actor: Actor) -> Freeze:
        """From now on the system takes nobody out; verdicts are still told. Raises NotFoundError, TransientError."""
        self._placement(name)
        freeze = Freeze(placement=name, at=iso(self.clock.now()), by=actor.name, why=why)
        self.records.freeze(freeze)
        self.audit.record(actor.did("standing_frozen", name, at=freeze.at, detail={"why": why}))
        return freeze

    def thaw(self, name: str, why: str, actor: Actor) -> None:
        """The end of it. Raises NotFoundError, TransientError."""
        self._placement(name)
        self.records.thaw(name)
        self.audit.record(actor.did("standing_thawed", name, at=iso(self.clock.now()), detail={"why": why}))
        self.looks.ask(name)

    def refold(self, name: str, day: str, actor: Actor) -> tuple[str, ...]:
        """Read a day's windows once more, for instance after a recount mended them. Returns the windows.

        Raises NotFoundError, InvalidInputError, TransientError."""
        self._placement(name)
        try:
            windows = windows_of(day)
        except ValueError as error:
            raise InvalidInputError(f"{day} is no day", where="day", mend="write it as 2026-11-29", code="day_malformed") from error
        self.audit.record(actor.did("standing_read_again", name, at=iso(self.clock.now()), detail={"day": day}))
        self.looks.ask(name, windows)
        return windows

    def _placement(self, name: str) -> Placement:
        found = self.placements.get(name)
        if found is None or not found.offered:
            offered = ", ".join(each.name for each in self.placements.all() if each.offered)
            raise NotFoundError(f"there is no placement {name}", where="placement", mend=f"one of {offered}", code="placement_unknown")
        return found

    def _standing(self, name: str, venue_id: str) -> Standing | None:
        if not _VENUE.fullmatch(venue_id):
            raise not_there("?", name)
        return self.records.get(name, venue_id)

    def _decide(self, placement: Placement, venue_id: str, state: State, why: str, actor: Actor, before: Standing | None) -> Decided:
        now, sheet = self.clock.now(), self.shelf.sheet(placement.name)
        row = next((row for row in sheet.rows if row.venue_id == venue_id), None) if sheet else None
        verdict = row.verdict(sheet.rule) if row and sheet else None
        written = self.records.put(
            Standing(
                placement=placement.name,
                venue_id=venue_id,
                state=state,
                at=iso(now),
                by=actor.name,
                role=actor.role,
                why=both(why, why),
                words=both(verdict_words(verdict, "zh"), verdict_words(verdict, "en")) if verdict else {},
                row=row,
                rule=sheet.rule if row and sheet else None,
                since=next_window(now) if state == "restored" else (before.since if before else ""),
                version=before.version if before else 0,
            )
        )
        if written is None:
            raise changed_meanwhile(venue_id)
        Telling(self.records, self.rebuilds, self.audit)(written)
        out = {each.venue_id for each in self.records.of(placement.name).values() if each.state == "eliminated"}
        staying = sum(venue.venue_id not in out for venue in self.candidates.of(placement))
        return Decided(standing=written, staying=staying, slots=placement.slots)


def _view(venue_id: str, title: str, row: Row | None, standing: Standing | None, sheet: Sheet | None, rule: Rule) -> StandingView:
    if row and standing and sheet and begins_after(standing, row):
        row = Row.of(venue_id, judge(Evidence(), sheet.rule), None, standing.since)
    verdict = row.verdict(sheet.rule) if row and sheet else judge(Evidence(), rule)
    return StandingView(
        venue_id=venue_id,
        title=title,
        attention=_attention(row, standing),
        row=row,
        words=both(verdict_words(verdict, "zh"), verdict_words(verdict, "en")),
        state=standing.state if standing else "",
        at=standing.at if standing else "",
        by=standing.by if standing else "",
        why=standing.why if standing else {},
        rests_on=standing.words if standing else {},
    )


def _attention(row: Row | None, standing: Standing | None) -> str:
    if standing and standing.state == "eliminated":
        return "eliminated"
    if row is None:
        return "cannot_tell"
    if row.kind == "retire":
        return "weak_and_there"
    return "overdue" if row.kind == "cannot_tell" and row.missing == 0 else row.kind


def _estimate(view: StandingView) -> float:
    """The weakest first; who has no estimate last."""
    return view.row.estimate if view.row and view.row.estimate is not None else float("inf")
