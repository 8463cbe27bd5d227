"""One placement's look: read the windows that are due, judge everybody, take out who is proven weak.

In this order, so that whatever is interrupted is done again by the next look: windows are stored, then the sums that name them
(only if nobody stored other sums meanwhile), then what is said of everybody, then who leaves, and last who must hear of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from huichang.delivery.events.cells import CellKey, Counts
from huichang.delivery.placements.model import Placement, Placements
from huichang.delivery.serving.ports import Rebuilds, Rulebook
from huichang.delivery.standing.gathered import KNOWN_FOR, Gathered, Read, Sums, age_of
from huichang.delivery.standing.model import Candidates, EvidenceShelf, Row, Sheet, Standing, StandingRecords
from huichang.delivery.standing.strata import NOTHING, WindowCounts, fingerprint
from huichang.delivery.standing.wording import kept_words
from huichang.delivery.verdicts.judging import Rule, judge, promised_impressions
from huichang.delivery.verdicts.wording import verdict_words
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import PermanentError, TransientError
from huichang.kernel.language import both
from huichang.kernel.model import Model
from huichang.venues.model import Actor, AuditTrail

SYSTEM = Actor(name="verdicts", role="system")


class Cells(Protocol):
    """CellStore, as far as it is read here."""

    def cells(self, placement: str, window: str) -> Mapping[CellKey, Counts]:
        """Everything that was counted in a placement and window. Raises TransientError."""
        ...


class Looked(Model):
    """What a look did. `read`: how many windows; `unread`: those that are left for the next look, which should come soon."""

    placement: str
    judged: int = 0
    read: int = 0
    unread: tuple[str, ...] = ()
    eliminated: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    forgotten: tuple[str, ...] = ()


@dataclass(frozen=True)
class Telling:
    """Audits what came of a venue, and asks for a new snapshot."""

    records: StandingRecords
    rebuilds: Rebuilds
    audit: AuditTrail

    def __call__(self, standing: Standing) -> None:
        """At least once: whoever is interrupted tells it again at the next look. Raises TransientError."""
        detail: dict[str, Any] = {"placement": standing.placement, "why": standing.why, "words": standing.words, "since": standing.since}
        if standing.row is not None:
            told = ("kind", "estimate", "low", "high", "shown", "clicks", "baseline_shown", "baseline_clicks")
            detail |= standing.row.model_dump(mode="json", include=set(told))
        actor = Actor(name=standing.by, role=standing.role)
        self.audit.record(actor.did(f"standing_{standing.state}", standing.venue_id, at=standing.at, detail=detail))
        if standing.state != "kept":
            self.rebuilds.ask(standing.placement)
        self.records.put(standing.model_copy(update={"told": True}))


@dataclass(frozen=True)
class JudgePlacement:
    """`seconds`: after so long no further window is begun."""

    placements: Placements
    candidates: Candidates
    cells: Cells
    shelf: EvidenceShelf
    records: StandingRecords
    rebuilds: Rebuilds
    audit: AuditTrail
    clock: Clock
    rules: Rulebook
    seconds: float = 60.0
    telling: Telling = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "telling", Telling(self.records, self.rebuilds, self.audit))

    def __call__(self, name: str, again: Sequence[str] = ()) -> Looked:
        """`again`: windows to be read once more, however old; those older than 90 days are left alone.

        Raises TransientError, also where another look at the same placement was faster; PermanentError where kept evidence cannot be read.
        """
        placement = self.placements.get(name)
        if placement is None or not placement.offered:
            return Looked(placement=name)
        now = self.clock.now()
        kept_body, tag = self.shelf.evidence(name) or (b"", "")
        gathered = _gathered(name, kept_body)
        standings = self.records.of(name)
        present = [venue.venue_id for venue in self.candidates.of(placement)]
        for standing in standings.values():
            if standing.since:
                gathered.start_again(standing.venue_id, standing.since, self._counts_in(name))
        read, unread = self._read(name, gathered, now, again)
        forgotten = gathered.see(present, now)
        body = gathered.pack()
        # Four looks of six find no window that is due.
        if body != kept_body and not self.shelf.keep_evidence(name, body, tag):
            raise TransientError(f"{name} is being judged by another look", where=f"standing {name}")
        rule = Rule(alpha=placement.alpha, margin=placement.margin)
        rows = judge_all(gathered, present, rule)
        counted = sorted(window for window, each in gathered.windows.items() if each.fingerprint)
        self.shelf.keep_sheet(
            Sheet(
                placement=name,
                at=iso(now),
                rule=rule,
                slots=placement.slots,
                windows=(counted[0], counted[-1]) if counted else ("", ""),
                unread=len(unread),
                rows=rows,
            )
        )
        eliminated, kept = self._act(placement, rule, rows, standings, now)
        for venue_id in forgotten:
            if venue_id in standings:
                self.records.remove(standings[venue_id])
        return Looked(
            placement=name,
            judged=len(rows),
            read=read,
            unread=unread,
            eliminated=tuple(eliminated),
            kept=tuple(kept),
            forgotten=tuple(forgotten),
        )

    def _counts_in(self, name: str) -> Callable[[str, Read], WindowCounts]:
        def counts_of(window: str, read: Read) -> WindowCounts:
            return WindowCounts.unpack(self.shelf.window(name, window, read.fingerprint)) if read.fingerprint else NOTHING

        return counts_of

    def _read(self, name: str, gathered: Gathered, now: datetime, again: Sequence[str]) -> tuple[int, tuple[str, ...]]:
        """Fold what is due. Returns how many windows were read, and which are left for the next look."""
        oldest = now - KNOWN_FOR
        once_more = [window for window in again if age_of(window, now) > 0 and age_of(window, oldest) < 0]
        windows = sorted({*once_more, *gathered.due(now)})
        for done, window in enumerate(windows):
            if done and (self.clock.now() - now).total_seconds() >= self.seconds:
                return done, tuple(windows[done:])
            counts = WindowCounts.of(self.cells.cells(name, window))
            packed = counts.pack() if counts.venues else b""
            read = Read(fingerprint(packed) if packed else "", round(age_of(window, now), 3))
            was = gathered.windows.get(window, Read("", 0.0))
            if was.fingerprint == read.fingerprint:
                gathered.windows[window] = read
                continue
            if packed:
                self.shelf.keep_window(name, window, read.fingerprint, packed)
            gathered.fold(window, self._counts_in(name)(window, was), counts, read)
        return len(windows), ()

    def _act(
        self, placement: Placement, rule: Rule, rows: Sequence[Row], standings: Mapping[str, Standing], now: datetime
    ) -> tuple[list[str], list[str]]:
        """Take out who is to be retired, weakest first, while the placement can do without. Who is held fills no place."""
        out = {each.venue_id for each in standings.values() if each.state == "eliminated"}
        here = [row for row in rows if row.venue_id not in out]
        retiring = sorted(
            (row for row in here if row.kind == "retire"), key=lambda row: (row.estimate or 0.0, row.high or 0.0, row.venue_id)
        )
        for standing in standings.values():
            if standing.state == "kept" and standing.venue_id not in {row.venue_id for row in retiring}:
                self.records.remove(standing)
        told = [standing for standing in standings.values() if not standing.told and standing.state != "kept"]
        eliminated: list[str] = []
        kept: list[str] = []
        frozen = placement.name in self.records.frozen()
        controls = self.rules.controls(placement.name, now)
        held = {row.venue_id for row in here if controls.rule(row.venue_id).hold}
        staying = len(here) - len(held)
        for row in [] if frozen else retiring:
            before = standings.get(row.venue_id)
            goes = row.venue_id in held or staying > placement.slots
            if not goes and before is not None and before.state == "kept":
                continue
            verdict = row.verdict(rule)
            written = self.records.put(
                Standing(
                    placement=placement.name,
                    venue_id=row.venue_id,
                    state="eliminated" if goes else "kept",
                    at=iso(now),
                    by=SYSTEM.name,
                    role=SYSTEM.role,
                    why={} if goes else kept_words(staying, placement.slots),
                    words=both(verdict_words(verdict, "zh"), verdict_words(verdict, "en")),
                    row=row,
                    rule=rule,
                    since=before.since if before else "",
                    version=before.version if before else 0,
                )
            )
            if written is None:
                continue  # a person decided meanwhile; the next look sees what
            told.append(written)
            (eliminated if goes else kept).append(row.venue_id)
            staying -= goes and row.venue_id not in held
        for standing in told:
            self.telling(standing)
        return eliminated, kept


def _gathered(name: str, body: bytes) -> Gathered:
    if not body:
        return Gathered()
    try:
        return Gathered.unpack(body)
    except ValueError as error:
        raise PermanentError(
            f"the evidence kept of {name} cannot be read: {error}",
            where=f"standing/{name}/evidence",
            mend="delete the object; then read the days again: huichang delivery refold",
            code="evidence_damaged",
        ) from error


def judge_all(gathered: Gathered, present: Sequence[str], rule: Rule) -> tuple[Row, ...]:
    """A row for each venue that is in the placement, by its id."""
    sums = {venue_id: gathered.venues.get(venue_id, Sums()) for venue_id in present}
    shown = sum(each.baseline_shown for each in sums.values())
    usual = sum(each.baseline_clicks for each in sums.values()) / shown if shown else 0.0
    rows = []
    for venue_id in sorted(sums):
        each = sums[venue_id]
        rate = each.baseline_clicks / each.baseline_shown if each.baseline_clicks and each.baseline_shown else usual
        beside = each.baseline_shown / each.shown if each.shown and each.baseline_shown else 1.0
        promised = promised_impressions(rate, rule, baseline_per_impression=beside) if rate > 0 else None
        rows.append(Row.of(venue_id, judge(each.evidence(), rule), promised, each.since))
    return tuple(rows)
