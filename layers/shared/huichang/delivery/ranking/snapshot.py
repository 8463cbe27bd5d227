"""Policies of all placements and segments, rebuilt only where something changed, and few: a segment with little data has its
placement's.

At 10,000 venues x 200 placements x 50 segments there are 10,000 pairs of placement and segment; most of them see too few rewards
for a policy of their own to differ from noise. A segment gets one when it has `SEGMENT_EVENTS` remembered rewards; beliefs are
hierarchical anyway, so what it gives up until then is small.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from huichang.delivery.cells import Cell
from huichang.delivery.control.evenly import EvenDraw, even_draw
from huichang.delivery.control.rules import Controls
from huichang.delivery.facts import VenueFacts
from huichang.delivery.ranking.beliefs import Belief, Beliefs
from huichang.delivery.ranking.history import History
from huichang.delivery.ranking.policies import CALM, DRAWS, EXPLORE, SHORTLIST, Policy, build_policy, shortlisted
from huichang.delivery.ranking.rewards import Reward

SEGMENT_EVENTS = 40.0
# Beliefs age although nothing is counted (forgetting, pacing): a policy is not kept longer than this.
OLDEST_HOURS = 6.0


@dataclass
class PlacementPolicies:
    """Of one placement: `everybody`'s, and of segments that have their own."""

    everybody: Policy
    segments: dict[str, Policy]
    even: EvenDraw

    def of(self, segment: str) -> Policy:
        """The segment's own, or everybody's; also for a segment nobody knows."""
        return self.segments.get(segment, self.everybody)


@dataclass
class _State:
    history: History
    facts: dict[str, VenueFacts] = field(default_factory=dict)
    controls: Controls = field(default_factory=Controls)
    slots: int = 1
    changed: set[str] = field(default_factory=set)
    whole: bool = True
    built_at: datetime | None = None
    among: dict[str, VenueFacts] | None = None


@dataclass
class Builder:
    """Takes what changed, builds what it touches."""

    generator: random.Random
    reward: Reward = field(default_factory=Reward)
    explore: float = EXPLORE
    draws: int = DRAWS
    calm: float = CALM
    segment_events: float = SEGMENT_EVENTS
    policies: dict[str, PlacementPolicies] = field(default_factory=dict)
    _states: dict[str, _State] = field(default_factory=dict)
    _believed: tuple[History, datetime, Beliefs] | None = None

    def adopt(
        self,
        placement: str,
        history: History,
        among: dict[str, VenueFacts],
        changed: Iterable[str] = (),
        known: tuple[PlacementPolicies, datetime] | None = None,
    ) -> None:
        """Go on from what was kept. `history` and `among` (all venues that beliefs are formed over) may be shared: several sizes of a
        placement's answers are then built from one look at its counts. `changed`: segments in which something was counted since.
        `known`: what was built from it last, and when all of that was; the facts, rules and slots of `offer` must then be those of that
        time, and only segments that changed are built again."""
        state = self._state(placement)
        state.history, state.among, state.changed = history, among, set(changed)
        if known is not None:
            self.policies[placement], state.built_at = known
            state.whole = False

    def offer(self, placement: str, venues: Iterable[VenueFacts], slots: int, controls: Controls | None = None) -> None:
        """Who may be shown there, in how many places, under which rules; the whole, each time. Nothing changed: nothing is rebuilt."""
        state = self._state(placement)
        self._believed = None
        facts, rules = {venue.venue_id: venue for venue in venues}, controls or Controls()
        if (facts, rules, slots) != (state.facts, state.controls, state.slots):
            state.facts, state.controls, state.slots, state.whole = facts, rules, slots, True

    def count(self, placement: str, window: str, cells: Iterable[Cell]) -> None:
        """The window's cells of the placement, in place of those given before. Raises ValueError (see History.put)."""
        state = self._state(placement)
        self._believed = None
        state.changed |= state.history.put(window, cells)

    def build(self, now: datetime) -> list[tuple[str, str]]:
        """Bring `policies` up to `now`. Returns what was built: (placement, segment), "" for everybody's."""
        built: list[tuple[str, str]] = []
        for placement, state in self._states.items():
            old = state.built_at is not None and (now - state.built_at).total_seconds() > OLDEST_HOURS * 3600
            if state.whole or old or state.changed or placement not in self.policies:
                built += [(placement, segment) for segment in self._build(placement, state, now, whole=state.whole or old)]
        return built

    def beliefs(self, placement: str, now: datetime) -> Beliefs:
        """What is believed there, for results and explanations. KeyError for a placement of which nothing was said."""
        state = self._states[placement]
        return Beliefs(state.history.tally(now), state.facts.values())

    def _build(self, placement: str, state: _State, now: datetime, *, whole: bool) -> list[str]:
        known = self.policies.get(placement)
        beliefs = self._beliefs(state, now)
        if whole or known is None:
            even = even_draw(list(state.facts.values()), state.slots, state.controls, self.generator)
            known = PlacementPolicies(Policy((), even, self.explore), {}, even)
        own = [segment for segment, events in sorted(beliefs.segment_events.items()) if events >= self.segment_events]
        due = [segment for segment in own if whole or segment in state.changed or segment not in known.segments]
        everywhere = {name: beliefs.of(name) for name in state.facts if not state.controls.rule(name).hold}
        known.everybody = self._policy(everywhere, state, known.even)
        promising = shortlisted(everywhere, state.facts, state.slots, state.controls, 3 * SHORTLIST)
        fresh = {}
        for segment in due:
            # Who has earned nothing in the segment stands there as everywhere: only the promising of these need be looked at.
            names = {*promising, *(name for name in beliefs.earning(segment) if name in everywhere)}
            fresh[segment] = self._policy({name: beliefs.of(name, segment) for name in sorted(names)}, state, known.even)
        known.segments = {segment: known.segments[segment] for segment in own if segment not in due} | fresh
        self.policies[placement] = known
        state.changed, state.whole = set(), False
        if whole or state.built_at is None:
            state.built_at = now
        return ["", *due]

    def _beliefs(self, state: _State, now: datetime) -> Beliefs:
        """Sizes that share a history share what is believed of it."""
        if self._believed is None or self._believed[0] is not state.history or self._believed[1] != now:
            among = state.facts if state.among is None else state.among
            self._believed = (state.history, now, Beliefs(state.history.tally(now), among.values()))
        return self._believed[2]

    def _policy(self, believed: Mapping[str, Belief], state: _State, even: EvenDraw) -> Policy:
        return build_policy(
            believed,
            state.facts,
            state.slots,
            state.controls,
            even,
            self.generator,
            draws=self.draws,
            explore=self.explore,
            calm=self.calm,
        )

    def _state(self, placement: str) -> _State:
        return self._states.setdefault(placement, _State(History(self.reward)))
