"""A placement's snapshot, built from what is live, what operators and verdicts say, and what was counted; only what changed is done.

*Read*: the pointer, the venues (an object that many builds share), the rules, the standings, and of the cells the windows that can have
changed: the current one and the last one every time, older ones that late beacons can still reach once an hour. All that was counted
before lies in the packed history of the last build.

*Built*: policies for the placement's own size of answer and for those that are asked for most. Where venues, rules and settings are
what they were, only segments in which something was counted are built again; where nothing changed, nothing is written and the version
stays.

*Written*: objects under names of their content, then the pointer, on the condition that it is the one that was read. Of two builds at
a time one wins; the other begins anew with what is true by then. So a snapshot is never older than the one before it.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from huichang.delivery.cells import Cell, hour_of, window_of
from huichang.delivery.control.diversity import diverse
from huichang.delivery.control.newcomers import NewcomerRule, newcomer_floors
from huichang.delivery.control.rules import Controls
from huichang.delivery.facts import VenueFacts
from huichang.delivery.model import LiveVenue
from huichang.delivery.placements.entering import entered_under
from huichang.delivery.placements.model import Placement, Placements
from huichang.delivery.ranking.history import History
from huichang.delivery.ranking.remembered import Remembered, pack_history, unpack_history
from huichang.delivery.ranking.rewards import Reward
from huichang.delivery.ranking.snapshot import OLDEST_HOURS, Builder, PlacementPolicies
from huichang.delivery.serving.bundle import Bounds, Snapshot, bundled, opened
from huichang.delivery.serving.counted import Cells, positioned
from huichang.delivery.serving.default import facts_of
from huichang.delivery.serving.model import Asked, Pointer, Size, SnapshotStore
from huichang.delivery.serving.ports import LivePolicy, PolicySettings, Rulebook, Standings
from huichang.delivery.serving.shelf import shelved, taken_down
from huichang.delivery.verdicts.evidence import Interval
from huichang.delivery.verdicts.judging import Rule, Verdict
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import NotFoundError, TransientError
from huichang.kernel.ids import content_hash

FOLDER = "snapshots"
# Late beacons fall into windows of a day ago (delivery/events); all that are not settled are read again this often.
LATE_READ_SECONDS = 3600
# Where no history is kept, windows are read backwards until so many had nothing, at most this many.
QUIET_HOURS, MOST_HOURS = 72, 24 * 15
# Sizes of answers with policies of their own, besides the placement's.
MOST_SIZES = 3
# Counts alone move a snapshot as often as this leaves a build one twentieth of a processor.
PATIENCE = 20.0
# Rates below are not promised anything: a newcomer's floor would be the whole page.
LEAST_RATE, USUAL_RATE = 0.005, 0.03
# Shares are given in steps of this, so that the last digit of a count does not make all policies anew.
GRAIN = 512
_TRIES = 3


# Gets a placement, its venues and the moment; what serving needs to pick first images, as bytes (None: nothing).
Illustrate = Callable[[Placement, Sequence[LiveVenue], datetime], bytes | None]

Outcome = Literal["built", "unchanged", "relisted", "waits", "gone"]


@dataclass(frozen=True)
class Built:
    """`relisted`: only what is shown of venues changed. `waits`: only counts changed, and the last build is too young to be repeated for
    that. `gone`: nothing is offered there."""

    outcome: Outcome
    pointer: Pointer | None = None
    policies: int = 0


@dataclass
class _Inputs:
    """What one build works with."""

    placement: Placement
    settings: PolicySettings
    venues: tuple[LiveVenue, ...]
    controls: dict[Size, Controls]
    live: str
    live_at: str
    remembered: Remembered
    changed: frozenset[str]
    attached: bytes | None
    began: datetime

    @property
    def rules(self) -> str:
        """A fingerprint of all that policies follow from but counts."""
        facts = [[each.venue_id, each.industry or "", each.kind, each.merchant, each.language] for each in self.venues]
        controls = {size.name: each.model_dump(mode="json", exclude_defaults=True) for size, each in self.controls.items()}
        said = [facts, controls, self.settings.model_dump(mode="json")]
        place = [self.placement.slots, self.placement.per_buyer_day, self.placement.eligible.buyers]
        return content_hash([said, place, content_hash(self.attached or b"")])


@dataclass
class BuildSnapshots:
    """Builds one placement at a time. All ports raise TransientError; then nothing has changed, and the build can be repeated."""

    placements: Placements
    live: Callable[[], Sequence[LiveVenue]]
    cells: Cells
    rulebook: Rulebook
    standings: Standings
    policy: LivePolicy
    store: SnapshotStore
    clock: Clock
    asked: Asked | None = None
    illustrate: Illustrate | None = None
    seconds: Callable[[], float] = time.monotonic

    def __call__(self, placement: str, *, live: str = "", live_at: str = "", patient: bool = False) -> Built:
        """Bring the placement's snapshot up to now.

        `live`, `live_at`: key of the venues' object and when they were read, by whoever did so for many placements ("": they are read
        here). `patient`: nobody asked; counts alone may wait. Raises TransientError.
        """
        for _ in range(_TRIES):
            built = self._once(placement, live, live_at, patient=patient)
            if built is not None:
                return built
        raise TransientError("this placement's snapshot is being built by too many at once", where=f"snapshot of {placement}")

    def _once(self, name: str, live: str, live_at: str, *, patient: bool) -> Built | None:
        began, ticked = self.clock.now(), self.seconds()
        old = self.store.pointer(name)
        placement = self.placements.get(name)
        if placement is None or not placement.offered:
            if old is not None:
                self.store.forget(name)
            return Built("gone")
        settings = self.policy.settings(name)
        if old is not None and live and live_at <= old.live_at:
            # The message waited, and somebody has read what is live since.
            live, live_at = old.live, old.live_at
        remembered, changed, swept = self._counted(name, old, settings.reward, began)
        inputs = self._inputs(placement, settings, live, live_at, remembered, changed, began)
        rules = inputs.rules
        age = (began - datetime.fromisoformat(old.whole_at)) / timedelta(hours=1) if old else 0.0
        if old is not None and rules == old.rules and age <= OLDEST_HOURS:
            if not changed and inputs.live == old.live:
                return Built("unchanged", self._looked(old, remembered) if swept else old)
            if not changed:
                # Titles and pictures: the same policies, another list to show them from.
                relisted = old.model_copy(update={"number": old.number + 1, "live": inputs.live, "live_at": inputs.live_at})
                return Built("relisted", relisted) if self.store.point(relisted) else None
            rested = (began - datetime.fromisoformat(old.built_at)).total_seconds()
            if patient and inputs.live == old.live and rested < PATIENCE * old.took_seconds:
                return Built("waits", old)
            known = self._known(old, inputs)
        else:
            known = None
        whole_at = old.whole_at if old is not None and known is not None else iso(began)
        policies, count = self._policies(inputs, known, datetime.fromisoformat(whole_at))
        own = Size(None, placement.slots)
        body = bundled(
            placement,
            policies,
            policy_id=settings.policy_id,
            built_at=iso(began),
            capped=tuple(sorted(venue_id for venue_id, rule in inputs.controls[own].venues.items() if rule.cap < 1)),
            attachments={"images": inputs.attached} if inputs.attached is not None else None,
        )
        kept = pack_history(remembered)
        version = content_hash(body)[:24]
        pointer = Pointer(
            placement=name,
            number=old.number + 1 if old else 1,
            version=version,
            key=f"{FOLDER}/{name}/{version}",
            live=inputs.live,
            live_at=inputs.live_at,
            history=f"{FOLDER}/{name}/{content_hash(kept)[:24]}.counts",
            built_at=iso(began),
            whole_at=whole_at,
            policy_id=settings.policy_id,
            rules=rules,
            took_seconds=round(self.seconds() - ticked, 3),
        )
        self.store.put(pointer.key, body)
        self.store.put(pointer.history, kept)
        return Built("built", pointer, count) if self.store.point(pointer) else None

    def _looked(self, old: Pointer, remembered: Remembered) -> Pointer:
        """Remember that older windows were looked at, so that they are not for an hour. The snapshot stays the same."""
        kept = pack_history(remembered)
        key = f"{FOLDER}/{old.placement}/{content_hash(kept)[:24]}.counts"
        self.store.put(key, kept)
        looked = old.model_copy(update={"number": old.number + 1, "history": key})
        # Where another build was faster it has looked as well.
        return looked if self.store.point(looked) else old

    # --- what is read -----------------------------------------------------------------------------------------------------

    def _counted(self, name: str, old: Pointer | None, reward: Reward, now: datetime) -> tuple[Remembered, frozenset[str], bool]:
        """The history with what was counted since, the segments in which that changed something, and whether older windows were read."""
        remembered = None
        if old is not None:
            try:
                remembered = unpack_history(self.store.get(old.history), reward)
            except NotFoundError:
                remembered = None
        hour, at = hour_of(window_of(now)), int(now.timestamp())
        changed: set[str] = set()
        if remembered is None:
            remembered = Remembered(History(reward))
            windows = self._backwards(name, now)
            remembered.read_at = dict.fromkeys(range(hour - reward.settled_hours + 1, hour + 1), at)
        else:
            remembered.history.settle(now)
            first = max(remembered.history.folded_to, hour - reward.settled_hours) + 1
            due = [n for n in range(first, hour + 1) if n >= hour - 1 or at - remembered.read_at.get(n, 0) >= LATE_READ_SECONDS]
            windows = [(_window(n), positioned(self.cells, name, _window(n))) for n in due]
        for window, cells in windows:
            changed |= remembered.put(window, cells, at)
        remembered.tidy(hour)
        return remembered, frozenset(changed), len(windows) > 2

    def _backwards(self, name: str, now: datetime) -> list[tuple[str, list[Cell]]]:
        hour, found, quiet = hour_of(window_of(now)), [], 0
        for number in range(hour, hour - MOST_HOURS, -1):
            cells = positioned(self.cells, name, _window(number))
            quiet = 0 if cells else quiet + 1
            if cells:
                found.append((_window(number), cells))
            if quiet >= QUIET_HOURS:
                break
        return found[::-1]

    def _inputs(
        self,
        placement: Placement,
        settings: PolicySettings,
        live: str,
        live_at: str,
        remembered: Remembered,
        changed: frozenset[str],
        now: datetime,
    ) -> _Inputs:
        name = placement.name
        venues, live, live_at = self._venues(live, live_at)
        rules = self.rulebook.controls(name, now)
        there = entered_under(rules, placement, venues, self.standings.eliminated(name)).venues
        there = tuple(sorted(there, key=lambda venue: venue.venue_id))
        verdicts = self.standings.verdicts(name)
        own = Size(None, placement.slots)
        # Their order is no input: which of two is asked for more often changes all day.
        more = sorted(self.asked.sizes(name)[: MOST_SIZES + 1], key=lambda size: size.name) if self.asked else []
        controls = {}
        for size in [own, *[size for size in more if size != own and size.slots <= placement.slots][:MOST_SIZES]]:
            fitting = [venue for venue in there if size.language in (None, venue.language)]
            ruled = rules.with_shares(self._floors(placement, size.slots, fitting, verdicts, remembered, settings, now), {})
            # What is said of venues that are not there decides nothing, and must not make policies anew.
            there_too = {v.venue_id: ruled.venues[v.venue_id] for v in fitting if v.venue_id in ruled.venues}
            controls[size] = ruled.model_copy(update={"venues": there_too})
        attached = self.illustrate(placement, there, now) if self.illustrate else None
        return _Inputs(placement, settings, there, controls, live, live_at, remembered, changed, attached, now)

    def _venues(self, live: str, live_at: str) -> tuple[list[LiveVenue], str, str]:
        if live:
            try:
                return list(taken_down(self.store.get(live)).values()), live, live_at
            except NotFoundError:  # the message waited for days
                live = ""
        read_at = iso(self.clock.now())
        venues = list(self.live())
        key, body = shelved(venues)
        self.store.put(key, body)
        return venues, key, read_at

    @staticmethod
    def _floors(
        placement: Placement,
        slots: int,
        venues: Sequence[LiveVenue],
        known: Mapping[str, Verdict],
        remembered: Remembered,
        settings: PolicySettings,
        now: datetime,
    ) -> dict[str, float]:
        """Newcomers', for answers of this size.

        Where there are so many that each would be sure of less than one of the policy's answers, as many as can be sure of one have
        it, and the others wait for their turn: who is nearest to a verdict goes first, then who has waited longest.
        """
        unknown = _never_shown(Rule(alpha=placement.alpha, margin=placement.margin))
        verdicts = {venue.venue_id: known.get(venue.venue_id, unknown) for venue in venues}
        shown, events = remembered.even_rate()
        rule = NewcomerRule()
        shares = newcomer_floors(
            verdicts,
            answers_per_hour=remembered.answers_per_hour(hour_of(window_of(now))),
            slots=slots,
            rate=min(1.0, max(LEAST_RATE, events / shown)) if shown else USUAL_RATE,
            # A newcomer with a floor is shown more often than the even part shows anybody; equal odds ask for the most (see
            # promised_impressions), so nobody is given up too early.
            baseline_per_impression=1.0,
            rule=rule,
        ).shares
        least, room = 1 / settings.draws, rule.together * slots
        turn = sorted((venue for venue in venues if venue.venue_id in shares), key=lambda venue: (venue.published_at, venue.venue_id))
        turn.sort(key=lambda venue: -verdicts[venue.venue_id].shown)
        floors: dict[str, float] = {}
        for venue in turn:
            share = max(least, math.floor(GRAIN * shares[venue.venue_id]) / GRAIN)
            room -= share
            if room < 0:
                break
            floors[venue.venue_id] = share
        return floors

    # --- what is built ----------------------------------------------------------------------------------------------------

    def _known(self, old: Pointer, inputs: _Inputs) -> Snapshot | None:
        """The last build, to go on from; None where it cannot be read: then all is built."""
        try:
            snapshot = opened(self.store.get(old.key))
        except (NotFoundError, ValueError):
            return None
        return snapshot if all(snapshot.part(size) for size in inputs.controls) else None

    def _policies(
        self, inputs: _Inputs, known: Snapshot | None, whole_at: datetime
    ) -> tuple[dict[Size, tuple[PlacementPolicies, Bounds]], int]:
        settings = inputs.settings
        builder = Builder(
            random.Random(f"{inputs.placement.name} {iso(inputs.began)}"),
            settings.reward,
            settings.explore,
            settings.draws,
            settings.calm,
            settings.segment_events,
        )
        among = {venue.venue_id: facts_of(venue) for venue in inputs.venues}
        bounds: dict[Size, Bounds] = {}
        for size, ruled in inputs.controls.items():
            facts: list[VenueFacts] = [among[v.venue_id] for v in inputs.venues if size.language in (None, v.language)]
            controls = diverse(ruled, facts, size.slots)
            bounds[size] = Bounds.of(controls, soft=controls is not ruled)
            builder.offer(size.name, facts, size.slots, controls)
            before = known.part(size) if known else None
            policies = (known.policies(before), whole_at) if known and before else None
            builder.adopt(size.name, inputs.remembered.history, among, inputs.changed, policies)
        count = len(builder.build(inputs.began))
        return {size: (builder.policies[size.name], bounds[size]) for size in inputs.controls}, count


def _never_shown(rule: Rule) -> Verdict:
    return Verdict(
        kind="cannot_tell",
        interval=Interval(low=0.0, high=math.inf),
        estimate=None,
        shown=0,
        clicks=0,
        baseline_shown=0,
        baseline_clicks=0,
        more_impressions=None,
        rule=rule,
    )


def _window(hour: int) -> str:
    return time.strftime("%Y-%m-%dT%H", time.gmtime(hour * 3600))
