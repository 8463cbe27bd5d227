"""A placement with a known truth: venues of known rates, a policy in place that learns from them hour by hour, and the log of it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from huichang.delivery.cells import Cell, window_of
from huichang.delivery.control.diversity import diverse
from huichang.delivery.control.rules import Controls
from huichang.delivery.events.cells import CellKey, Counts, Event, Kind
from huichang.delivery.facts import VenueFacts
from huichang.delivery.model import LiveVenue, LoggedDecision, LoggedItem
from huichang.delivery.placements.model import Placement
from huichang.delivery.placements.shipped import PLACEMENTS
from huichang.delivery.ranking.snapshot import Builder
from huichang.delivery.release.judging import Judge, facts_of
from huichang.delivery.serving.ports import PolicySettings
from huichang.kernel.clock import iso

NOW = datetime(2026, 9, 3, 12, 0, tzinfo=UTC)
LOOKS = (1.0, 0.6, 0.45)


@dataclass
class World:
    """Rates fall geometrically from venue to venue; `segments` see them in different orders. `hours` before NOW are lived through."""

    settings: PolicySettings
    venues: int = 12
    hours: int = 48
    per_hour: int = 100
    best: float = 0.4
    seed: int = 1
    segments: tuple[str, ...] = ("none",)
    controls: Controls = field(default_factory=Controls)
    placement: str = "home"
    lost: float = 0.0
    decisions: dict[str, list[LoggedDecision]] = field(default_factory=dict)
    events: dict[str, list[Event]] = field(default_factory=dict)
    counted: dict[str, dict[CellKey, Counts]] = field(default_factory=dict)
    rewards: float = 0.0

    def __post_init__(self) -> None:
        names = [f"v-{i:02d}" for i in range(self.venues)]
        self.shown = {
            name: LiveVenue(
                venue_id=name,
                title=name,
                href=f"/v/{name}/",
                language="zh",
                published_at="2026-09-01T08:00:00.000Z",
                industry=f"i{i % 3}",
                kind=f"k{i % 2}",
            )
            for i, name in enumerate(names)
        }
        order = random.Random(self.seed)
        self.rates: dict[str, dict[str, float]] = {}
        for segment in self.segments:
            order.shuffle(names)
            self.rates[segment] = {name: self.best * 0.75**i for i, name in enumerate(names)}
        self._live()

    def _controls(self, venues: Sequence[VenueFacts], slots: int) -> Controls:
        return diverse(self.controls, venues, slots)

    def _live(self) -> None:
        rng = random.Random(self.seed)
        s = self.settings
        builder = Builder(random.Random(self.seed + 1), s.reward, s.explore, s.draws, s.calm, s.segment_events)
        facts = [facts_of(venue) for venue in self.shown.values()]
        builder.offer(self.placement, facts, 3, self._controls(facts, 3))
        for hour in range(self.hours, 0, -1):
            begins = NOW - timedelta(hours=hour)
            window = window_of(begins)
            builder.build(begins)
            self._hour(window, begins, builder, rng)
            builder.count(self.placement, window, cells_of(self.counted.get(window, {})))

    def _hour(self, window: str, begins: datetime, builder: Builder, rng: random.Random) -> None:
        counted = self.counted.setdefault(window, {})
        for number in range(self.per_hour):
            segment = rng.choice(self.segments)
            placed = builder.policies[self.placement].of(segment).draw(rng)
            decision_id = f"d-{window}-{number}"
            at = iso(begins + timedelta(seconds=number * 3600 / self.per_hour))
            items = tuple(
                LoggedItem.model_construct(venue_id=p.venue_id, position=p.position, propensity=p.propensity, explored=p.explored, image="")
                for p in placed
            )
            self.decisions.setdefault(window, []).append(
                LoggedDecision.model_construct(
                    decision_id=decision_id,
                    placement=self.placement,
                    at=at,
                    policy=f"{self.settings.policy_id}/{window}",
                    segment=segment,
                    candidates=self.venues,
                    items=items,
                )
            )
            for p in placed:
                clicked = rng.random() < self.rates[segment][p.venue_id] * LOOKS[p.position - 1]
                self.rewards += clicked
                key = CellKey.model_construct(
                    window=window,
                    placement=self.placement,
                    segment=segment,
                    position=p.position,
                    venue_id=p.venue_id,
                    image="",
                    explored=p.explored,
                )
                counted[key] = counted.get(key, Counts()) + Counts.model_construct(impressions=1, clicks=int(clicked))
                kinds: tuple[Kind, ...] = ("click", "impression") if clicked else ("impression",)
                for kind in kinds:
                    if rng.random() < self.lost:
                        continue
                    self.events.setdefault(window, []).append(
                        Event.model_construct(
                            kind=kind, beacon_id=f"b{number}", decision_id=decision_id, cell=key, subject="", value=0, at=at
                        )
                    )

    # the ports of a judge

    def first(self, placement: str, window: str, most: int) -> list[LoggedDecision]:
        """See DecisionSample."""
        return self.decisions.get(window, [])[:most] if placement == self.placement else []

    def stream(self, window: str) -> Iterator[Event]:
        """See EventStream; some is told twice."""
        listed = self.events.get(window, [])
        yield from listed
        yield from listed[:20]

    def cells(self, placement: str, window: str) -> Mapping[CellKey, Counts]:
        """See CellReader."""
        return self.counted.get(window, {}) if placement == self.placement else {}

    def live(self) -> Sequence[LiveVenue]:
        """All venues."""
        return list(self.shown.values())

    def judge(self, **changes: object) -> Judge:
        """The gate over this world; `changes` replace its parts."""
        parts: dict[str, object] = {
            "decisions": self,
            "events": self,
            "cells": self,
            "live": self.live,
            "placements": ShippedPlacements(),
            "rulebook": Rules(self.controls),
            # Time stands still: how busy a machine is decides nothing.
            "watch": lambda: 0.0,
        }
        return Judge(**(parts | changes))  # type: ignore[arg-type]


@dataclass
class Rules:
    """Rulebook with the same rules everywhere."""

    told: Controls = field(default_factory=Controls)

    def controls(self, placement: str, now: datetime) -> Controls:  # noqa: ARG002 - a port's signature
        """See Rulebook."""
        return self.told


class ShippedPlacements:
    """Placements as they ship."""

    def all(self) -> list[Placement]:
        """See Placements."""
        return sorted(PLACEMENTS.values(), key=lambda placement: placement.name)

    def get(self, name: str) -> Placement | None:
        """See Placements."""
        return PLACEMENTS.get(name)


def cells_of(counted: Mapping[CellKey, Counts]) -> Iterable[Cell]:
    """What a policy learns from."""
    return [Cell.model_construct(**key.__dict__, **counts.__dict__) for key, counts in counted.items()]
