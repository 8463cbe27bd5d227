"""The last days lived through again with another policy: which venues it would have shown with which probability, had it known only
what was known by then.

A policy that has learnt from the very clicks it is judged by looks better than it is: it shows what happened to be clicked. So time is
cut into blocks, and of each block the policy is built anew from cells of windows that lie before it, less those of which rewards may still
have been under way (`gap`). Decisions of a block are weighed by that policy only. No click is both learnt from and judged by.

What is not the past: rules, and who sells what, are those of now. Candidates of a block are the venues that its decisions offered, as the
feed had no others then. Segments share a context where the policy has one answer for them, and have their own where it has their own.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from huichang.delivery.cells import Cell, hour_of
from huichang.delivery.control.rules import Controls
from huichang.delivery.events.cells import CellKey, Counts, Event
from huichang.delivery.facts import VenueFacts
from huichang.delivery.model import LoggedDecision
from huichang.delivery.offpolicy.logs import PARTS, LogBuilder
from huichang.delivery.offpolicy.model import Arm, Log, LoggedRow, TargetPolicy
from huichang.delivery.ranking.rewards import Reward
from huichang.delivery.ranking.snapshot import Builder
from huichang.delivery.serving.ports import PolicySettings
from huichang.kernel.errors import InvalidInputError
from huichang.kernel.ids import content_hash

# All of a reward but less than a hundredth has arrived after so many mean delays.
DELAYS = 5.0
MOST_GAP = 48
# Policies of their own that segments are expected to have, when blocks are counted out.
_GROUPS = 3
ALL = "all"


class TooMuchError(Exception):
    """It would take more time or memory than there is for it."""


class Row(NamedTuple):
    """A venue that a buyer saw. `hour`: of its decision, since the epoch. `key`: 64 bits of the decision, `policy`: who made it."""

    hour: int
    segment: str
    position: int
    venue_id: str
    propensity: float
    reward: float
    key: int
    policy: str


class Replayed(NamedTuple):
    """The log, what the candidate would have done over it, the log's rows, and these in contexts in which propensities stand still."""

    log: Log
    target: TargetPolicy
    rows: list[LoggedRow]
    steady: Log


class RuleOf(Protocol):
    """Which rules a placement's answers obey."""

    def __call__(self, placement: str, venues: Sequence[VenueFacts], slots: int) -> Controls:
        """Of these candidates. Raises TransientError."""
        ...


@dataclass
class Past:
    """What is looked at of a placement. `rows` in order of time; `offered` by hour; `cells` by window, of the time before too."""

    placement: str
    rows: list[Row] = field(default_factory=list)
    offered: dict[int, set[str]] = field(default_factory=dict)
    cells: dict[str, list[Cell]] = field(default_factory=dict)
    slots: int = 0
    decisions: int = 0
    explored: bool = False
    others: Counter[str] = field(default_factory=Counter)
    unusual: int = 0


@dataclass(frozen=True)
class Offered:
    """Arms that have support: where answers are explored, whatever a block's decisions offered can be at each place of it.

    The even part shuffles positions and asks for no segment (control/evenly.py), so a venue that was offered could be at all of them.
    """

    venues: Mapping[str, frozenset[str]]

    def __contains__(self, arm: object) -> bool:
        if not isinstance(arm, tuple):
            return False
        context, action = arm
        return action in self.venues.get(context.rsplit("/", 2)[0], ())


def gap_of(reward: Reward) -> int:
    """Windows before a moment that nobody learns from in a replay: their rewards were still on the way then, and are all known today."""
    return min(MOST_GAP, math.ceil(DELAYS * reward.delay_hours))


def rows_of(decisions: Iterable[LoggedDecision], events: Iterable[Event], reward: Reward) -> list[Row]:
    """Offers that were seen, with what they earned. A click without an impression is no row: being seen must not depend on being clicked.

    Raises InvalidInputError for propensities that are none.
    """
    listed = list(decisions)
    wanted = {decision.decision_id for decision in listed}
    seen: set[tuple[str, str]] = set()
    earned: dict[tuple[str, str], dict[str, float]] = {}
    for event in events:
        if event.decision_id not in wanted:
            continue
        key = (event.decision_id, event.cell.venue_id)
        if event.kind == "impression":
            seen.add(key)
        elif (worth := worth_of(event, reward)) is not None:
            # Of an offer the first of a kind counts, and the value of every order.
            earned.setdefault(key, {})[event.subject if reward.kind == "order_value" else ""] = worth
    rows, known = [], set()
    for decision in listed:
        if decision.decision_id in known:
            continue
        known.add(decision.decision_id)
        hour, fold = hour_of(decision.at[:13]), int(content_hash(decision.decision_id)[:16], 16)
        for item in decision.items:
            key = (decision.decision_id, item.venue_id)
            if not 0 < item.propensity <= 1:
                raise InvalidInputError(
                    f"decision {decision.decision_id}: the propensity of {item.venue_id} is {item.propensity:g}",
                    where=f"decision {decision.decision_id}",
                    code="propensity",
                    mend="a probability above 0 and at most 1: find out what logged it",
                )
            if key in seen:
                value = min(sum(earned.get(key, {}).values()), float(reward.value_cap) if reward.kind == "order_value" else 1.0)
                rows.append(Row(hour, decision.segment, item.position, item.venue_id, item.propensity, value, fold, decision.policy))
    return rows


def worth_of(event: Event, reward: Reward) -> float | None:
    """What an event is worth under a reward; None for one that is no reward. Whoever ordered or filled a cart has clicked."""
    if reward.kind == "click":
        return 1.0 if event.kind in ("click", "cart", "order") else None
    if reward.kind == "order_value":
        return float(event.value) if event.kind == "order" else None
    return 1.0 if event.kind == reward.kind else None


def usable(cells: Mapping[CellKey, Counts]) -> list[Cell]:
    """What a policy may learn from of a window: offers, no direct visits."""
    return [Cell(**key.model_dump(), **counts.model_dump()) for key, counts in cells.items() if key.position >= 1]


@dataclass
class Replay:
    """Builds a policy block by block. `entries`: most probabilities that are kept; `check` is called between blocks, and may raise."""

    facts: Mapping[str, VenueFacts]
    rules: RuleOf
    most_blocks: int
    entries: int
    check: Callable[[], None] = lambda: None
    blocks: int = 0

    def __call__(
        self, pasts: Sequence[Past], settings: Mapping[str, PolicySettings], *, also: Sequence[str] = (), parts: int = PARTS
    ) -> Replayed:
        """The past with these policies, by placement. `also`: venues that may be shown besides those offered."""
        builder, steady = LogBuilder(keep_repeated=True, parts=parts), LogBuilder(keep_repeated=True, parts=parts)
        chances: dict[str, dict[str, float]] = {}
        offered: dict[str, frozenset[str]] = {}
        seen: dict[tuple[str, int], Counter[str]] = {}
        self.blocks = 0
        kept = 0
        # The log is read in order of time, whatever placement a row is of: drift is looked for in its stretches.
        made = [each for past in pasts for each in self._of(past, settings[past.placement], also)]
        made.sort(key=lambda each: each[0].hour)
        rows = []
        for row, block, group in made:
            context = f"{block.name}/{group}/{row.position}"
            if context not in chances:
                if block.explored:
                    offered[block.name] = block.offered
                policy = block.policies.of(group)
                asked = {name: policy.propensity(name, row.position) for name in block.candidates}
                chances[context] = {name: chance for name, chance in asked.items() if chance > 0}
                kept += len(chances[context])
                if kept > self.entries:
                    raise TooMuchError
            rows.append(LoggedRow(context, row.venue_id, row.propensity, row.reward, row.key))
            builder.add(rows[-1])
            still = f"{block.placement}/{row.hour}/{row.policy}/{row.segment}/{row.position}"
            steady.add(LoggedRow(still, row.venue_id, row.propensity, row.reward, row.key))
            seen.setdefault((context, row.hour), Counter())[row.venue_id] += 1
        rarest: dict[str, float] = {}
        for row, block, _ in made:
            rarest[block.placement] = min(rarest.get(block.placement, 1.0), row.propensity)
        possible = Offered(offered)
        unseen = unseen_of(seen, chances, possible, rarest, len(rows))
        return Replayed(builder.build(possible, unseen), TargetPolicy(chances), rows, steady.build())

    def _of(self, past: Past, settings: PolicySettings, also: Sequence[str]) -> Iterator[tuple[Row, _Block, str]]:
        hours = sorted({row.hour for row in past.rows})
        if not hours:
            return
        widest = max(len(names) for names in past.offered.values()) + len(also)
        count = max(1, min(self.most_blocks, len(hours), self.entries // max(1, widest * past.slots * _GROUPS)))
        # The same seed for whatever is compared: what differs is the settings.
        made = Builder(
            random.Random(f"{past.placement} {hours[0]}"),
            settings.reward,
            settings.explore,
            settings.draws,
            settings.calm,
            settings.segment_events,
        )
        windows = sorted(past.cells)
        told, at = 0, 0
        gap = gap_of(settings.reward)
        for number in range(count):
            until = hours[-1] if number == count - 1 else hours[(number + 1) * len(hours) // count - 1]
            first = past.rows[at].hour
            while told < len(windows) and hour_of(windows[told]) < first - gap:
                made.count(past.placement, windows[told], past.cells[windows[told]])
                told += 1
            names = {name for hour, each in past.offered.items() if first <= hour <= until for name in each}
            candidates = sorted({*names, *also})
            facts = [self.facts.get(name, VenueFacts(venue_id=name)) for name in candidates]
            slots = min(past.slots, len(candidates))
            made.offer(past.placement, facts, slots, self.rules(past.placement, facts, slots))
            made.build(datetime.fromtimestamp(first * 3600, UTC))
            policies = made.policies[past.placement]
            # What is built next replaces what is in it: this block keeps its own.
            kept = _Policies(policies.everybody, dict(policies.segments))
            label = datetime.fromtimestamp(first * 3600, UTC).strftime("%m-%dT%H")
            block = _Block(past.placement, f"{past.placement}/{label}", kept, candidates, frozenset(names), past.explored)
            self.blocks += 1
            self.check()
            while at < len(past.rows) and past.rows[at].hour <= until:
                row = past.rows[at]
                yield row, block, row.segment if row.segment in kept.segments else ALL
                at += 1
            if at == len(past.rows):
                return


def unseen_of(
    seen: Mapping[tuple[str, int], Counter[str]],
    chances: Mapping[str, Mapping[str, float]],
    possible: Container[Arm],
    rarest: Mapping[str, float],
    rows: int,
) -> dict[Arm, float]:
    """Log.unseen: what had no row in an hour of a context could have had one, of the least propensity there is (`rarest`, by placement).

    The policy in place changes from hour to hour: what it favoured an hour ago may live on the even part now. Its rare rows of great weight
    are most of a mean's variance, and mostly they are not there to be seen.
    """
    found: dict[Arm, float] = {}
    for (context, _), there in seen.items():
        number = sum(there.values())
        least = rarest[context.partition("/")[0]]
        for name, chance in chances[context].items():
            if name not in there and (context, name) in possible:
                found[context, name] = found.get((context, name), 0.0) + number * chance * chance / (rows * rows * least)
    return found


class _Asked(Protocol):
    def propensity(self, venue_id: str, position: int) -> float: ...


@dataclass(frozen=True)
class _Policies:
    everybody: _Asked
    segments: Mapping[str, _Asked]

    def of(self, group: str) -> _Asked:
        return self.segments.get(group, self.everybody)


@dataclass(frozen=True)
class _Block:
    placement: str
    name: str
    policies: _Policies
    candidates: Sequence[str]
    offered: frozenset[str]
    explored: bool
