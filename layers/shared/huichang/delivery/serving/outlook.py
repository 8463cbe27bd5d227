"""What a placement's traffic would be under other rules: shares of venues before and after, and what could not hold.

Both plans are built from the same beliefs with the same luck (each venue's samples come from its own seed), so what differs between
them comes from the rules alone. It is everybody's policy; a segment with its own differs in its beliefs, not in its rules.

Bounded in time, because somebody waits for it: counters are read newest hour first until `read_seconds` are over, and what was not
read is told.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from huichang.delivery.cells import Cell, window_of
from huichang.delivery.control.diversity import diverse
from huichang.delivery.control.evenly import even_draw
from huichang.delivery.control.limits import CountedCells
from huichang.delivery.control.planning import Conflict
from huichang.delivery.control.rules import Controls
from huichang.delivery.facts import VenueFacts
from huichang.delivery.model import LiveVenue
from huichang.delivery.placements.entering import entered_under
from huichang.delivery.placements.model import Placement
from huichang.delivery.ranking.beliefs import Belief, Beliefs
from huichang.delivery.ranking.history import History
from huichang.delivery.ranking.policies import Policy, build_policy
from huichang.delivery.serving.ports import LivePolicy, PolicySettings
from huichang.kernel.model import Model

READ_SECONDS = 6.0
HOURS = 48
# A share that moves by less is noise of 256 answers, not news.
MOVED = 0.01
MOST_SHARES = 30
_SEED = "outlook"


class ShareMove(Model):
    """A venue's share of answers under the rules as they are and as they would be."""

    venue_id: str
    title: str
    before: float
    after: float


class Outlook(Model):
    """Of one placement. `moves`: the largest first, at most 30 of `moved`. `conflicts`: of the rules as they would be; `new`: which of them
    are not there now. `hours`, `impressions`: of counters the beliefs are from, out of the last `of_hours`; 0 impressions: from nothing but
    what is assumed of a venue nobody saw. `exact`: certainly the best plan under the rules."""

    placement: str
    venues: int
    moves: tuple[ShareMove, ...]
    moved: int
    conflicts: tuple[Conflict, ...]
    new: tuple[Conflict, ...]
    exact: bool
    hours: int
    of_hours: int
    impressions: int


def may_be_there(placement: Placement, venues: Sequence[LiveVenue], controls: Controls) -> Sequence[LiveVenue]:
    """Who would be there if no verdict had retired anybody."""
    return entered_under(controls, placement, venues).venues


def as_built(placement: Placement, facts: Sequence[VenueFacts], controls: Controls) -> Controls:
    """Operators' rules with those that every snapshot has: an answer is not all of one industry."""
    return diverse(controls, facts, placement.slots)


@dataclass(frozen=True)
class Outlooks:
    """Looks ahead. `there`: who is in a placement; `whole`: the rules a snapshot is built with, from operators'; `policy`: the released
    one, None for the built-in. `elapsed`: seconds on some clock that only runs forward."""

    counted: CountedCells
    elapsed: Callable[[], float]
    there: Callable[[Placement, Sequence[LiveVenue], Controls], Sequence[LiveVenue]] = field(default=may_be_there)
    whole: Callable[[Placement, Sequence[VenueFacts], Controls], Controls] = field(default=as_built)
    policy: LivePolicy | None = None
    read_seconds: float = READ_SECONDS

    def __call__(self, placement: Placement, live: Sequence[LiveVenue], before: Controls, after: Controls, now: datetime) -> Outlook:
        """`before`, `after`: operators' rules of the placement. Raises TransientError."""
        settings = self.policy.settings(placement.name) if self.policy else PolicySettings()
        history, hours, impressions = self._history(placement.name, settings, now)
        tally = history.tally(now)
        plans: list[Policy] = []
        for controls in (before,) if before == after else (before, after):
            venues = self.there(placement, live, controls)
            facts = [facts_of(venue) for venue in venues]
            plans.append(_policy(placement, facts, self.whole(placement, facts, controls), Beliefs(tally, facts), settings))
        return _compared(placement, live, plans[0], plans[-1], hours, impressions)

    def _history(self, placement: str, settings: PolicySettings, now: datetime) -> tuple[History, int, int]:
        history, hours, impressions = History(settings.reward), 0, 0
        began = self.elapsed()
        for ago in range(HOURS):
            window = window_of(now.astimezone(UTC) - timedelta(hours=ago))
            counted = self.counted.cells(placement, window)
            cells = [Cell(**key.model_dump(), **counts.model_dump()) for key, counts in counted.items() if key.position > 0]
            history.put(window, cells)
            hours += 1
            impressions += sum(cell.impressions for cell in cells)
            if self.elapsed() - began > self.read_seconds:
                break
        return history, hours, impressions


def facts_of(venue: LiveVenue) -> VenueFacts:
    """What ranking and control group it by."""
    return VenueFacts(venue_id=venue.venue_id, industry=venue.industry or "", kind=venue.kind, merchant=venue.merchant)


@dataclass(frozen=True)
class _Steady(Belief):
    """Draws the same samples however many others are drawn before it."""

    seed: str = ""

    def draw(self, generator: random.Random, draws: int, calm: float = 1.0) -> list[float]:  # noqa: ARG002
        return super().draw(random.Random(f"{_SEED}:{self.seed}"), draws, calm)


def _policy(placement: Placement, facts: Sequence[VenueFacts], controls: Controls, beliefs: Beliefs, settings: PolicySettings) -> Policy:
    generator = random.Random(_SEED)
    even = even_draw(facts, placement.slots, controls, generator)
    believed: dict[str, Belief] = {}
    for each in facts:
        if not controls.rule(each.venue_id).hold:
            belief = beliefs.of(each.venue_id)
            believed[each.venue_id] = _Steady(belief.shape, belief.rate, belief.worth, each.venue_id)
    return build_policy(
        believed,
        {each.venue_id: each for each in facts},
        placement.slots,
        controls,
        even,
        generator,
        draws=settings.draws,
        explore=settings.explore,
        calm=settings.calm,
    )


def _compared(placement: Placement, live: Sequence[LiveVenue], before: Policy, after: Policy, hours: int, impressions: int) -> Outlook:
    titles = {venue.venue_id: venue.title for venue in live}
    names = {*before.candidates, *after.candidates}
    shares = {name: (before.share(name), after.share(name)) for name in names}
    moved = sorted((name for name, (old, new) in shares.items() if abs(new - old) >= MOVED), key=lambda n: (-_by(shares[n]), n))
    known = {(each.kind, each.subject) for each in before.conflicts}
    return Outlook(
        placement=placement.name,
        venues=len(names),
        moves=tuple(
            ShareMove(venue_id=name, title=titles.get(name, ""), before=shares[name][0], after=shares[name][1])
            for name in moved[:MOST_SHARES]
        ),
        moved=len(moved),
        conflicts=after.conflicts,
        new=tuple(each for each in after.conflicts if (each.kind, each.subject) not in known),
        exact=after.exact,
        hours=hours,
        of_hours=HOURS,
        impressions=impressions,
    )


def _by(share: tuple[float, float]) -> float:
    return abs(share[1] - share[0])
