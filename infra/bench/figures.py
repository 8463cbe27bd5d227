"""From what a run left behind - journals, the ledger, the model server's counts - to figures. Pure: no clock, no network."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import fmean, median
from typing import Any

from infra.local.models.faults import Endpoint, Faults

# The venue machine's order. Steps in one row run side by side; "materials" is the longest of the page's materials.
CHAIN: tuple[tuple[str, ...], ...] = (
    ("ExpandTheme",),
    ("RecallBySearch", "RecallByVector", "RecallByRules"),
    ("FuseRecall",),
    ("PlanFloors",),
    ("MatchTemplate",),
    ("materials",),
    ("RenderPage",),
    ("InspectPage",),
    ("PublishVenue",),
)
# Open until somebody else answers: their time is the materials' and the reviewer's, not theirs.
WAITING = ("RequestMaterials", "RequestReview")
STEP_OF_PURPOSE = {"expand_theme": "ExpandTheme", "recall_by_vector": "RecallByVector", "write_rules": "RecallByRules"}
PLANNING = ("interpret_brief", "plan_themes")
_MATERIAL = ("copy of ", "picture of ")


@dataclass(frozen=True)
class Call:
    """A booked model call. `seconds` as the worker measured it, `seeded` what the model server was told to wait."""

    key: str
    purpose: str
    venue_id: str
    seconds: float
    seeded: float


@dataclass(frozen=True)
class Step:
    """A journalled step that has ended, in seconds since the epoch."""

    name: str
    started: float
    ended: float

    @property
    def seconds(self) -> float:
        """How long it took, its model calls included."""
        return self.ended - self.started


@dataclass(frozen=True)
class VenueRun:
    """One venue from the request for its campaign on. `planning`: the campaign's calls before the venue existed."""

    venue_id: str
    asked: float
    planned: float
    steps: Mapping[str, Step]
    calls: Sequence[Call] = field(default_factory=tuple)
    planning: Sequence[Call] = field(default_factory=tuple)

    @property
    def seconds(self) -> float:
        """From the request to the end of PublishVenue. KeyError for a venue that was not published."""
        return self.steps["PublishVenue"].ended - self.asked

    def calls_of(self, step: str) -> list[Call]:
        """The calls that a step waited for."""
        return [call for call in self.calls if STEP_OF_PURPOSE.get(call.purpose) == step]

    def own_seconds(self, step: str) -> float:
        """A step's time without its model calls, 0 if it was not journalled."""
        if step not in self.steps:
            return 0.0
        return max(0.0, self.steps[step].seconds - sum(call.seconds for call in self.calls_of(step)))

    def longest_material(self) -> float:
        """Seeded seconds of the material that takes longest; the calls of one material follow each other."""
        by_material: dict[str, float] = {}
        for call in self.calls:
            if call.purpose.startswith(_MATERIAL):
                by_material[call.purpose] = by_material.get(call.purpose, 0.0) + call.seeded
        return max(by_material.values(), default=0.0)

    def chain(self, *, own: bool) -> float:
        """Seconds of the longest chain: seeded delays, and with `own` also the steps' own times."""
        total = sum(call.seeded for call in self.planning)
        for row in CHAIN:
            if row == ("materials",):
                total += self.longest_material()
                continue
            total += max(sum(call.seeded for call in self.calls_of(step)) + (self.own_seconds(step) if own else 0.0) for step in row)
        return total

    def gaps(self) -> list[float]:
        """Seconds between the end of a row of the chain and the start of the next where only the machine lies between."""
        found: list[float] = []
        for before, after in itertools.pairwise(CHAIN):
            if "materials" in (*before, *after) or after == ("PublishVenue",):
                continue
            ends = [self.steps[step].ended for step in before if step in self.steps]
            starts = [self.steps[step].started for step in after if step in self.steps]
            if ends and starts:
                found.append(min(starts) - max(ends))
        return found

    def phases(self) -> dict[str, float]:
        """Where a published venue's seconds went, in their order; their sum is `seconds`."""
        marks = {
            "planning": self.planned,
            "selecting": self.steps["RequestMaterials"].started,
            "materials": self.steps["RenderPage"].started,
            "page": self.steps["RequestReview"].started,
            "review": self.steps["PublishVenue"].started,
            "publishing": self.steps["PublishVenue"].ended,
        }
        spans, before = {}, self.asked
        for name, moment in marks.items():
            spans[name] = moment - before
            before = moment
        return spans


def moment(text: str) -> float:
    """An ISO time as seconds since the epoch. ValueError if it is none."""
    return datetime.fromisoformat(text).timestamp()


def seeded_delay(faults: Faults, kind: str, purpose: str, key: str) -> float:
    """What the model server waited before it answered this call on its first try: drawn again from the same seed."""
    endpoints: dict[str, Endpoint] = {"chat": "chat", "embedding": "embedding", "image": "image"}
    return faults.draw(endpoints[kind], purpose, key, 1).delay


def call_of(booked: Mapping[str, Any], faults: Faults) -> Call:
    """A ledger record as a Call."""
    purpose = str(booked["purpose"])
    return Call(
        key=str(booked["call_key"]),
        purpose=purpose,
        venue_id=str(booked.get("venue_id", "")),
        seconds=float(booked["seconds"]),
        seeded=seeded_delay(faults, str(booked["kind"]), purpose, str(booked["call_key"])),
    )


def venue_run(detail: Mapping[str, Any], asked: str, ledger: Sequence[Call]) -> VenueRun:
    """A venue as GET /api/venues/<id> shows it, with its campaign's time and calls."""
    venue_id = str(detail["venue"]["venue_id"])
    ended = [record for record in detail["steps"] if record["ended_at"]]
    steps = {r["step"]: Step(r["step"], moment(r["started_at"]), moment(r["ended_at"])) for r in ended}
    return VenueRun(
        venue_id=venue_id,
        asked=moment(asked),
        planned=moment(detail["venue"]["created_at"]),
        steps=steps,
        calls=tuple(call for call in ledger if call.venue_id == venue_id),
        planning=tuple(call for call in ledger if call.purpose in PLANNING),
    )


def quantile(values: Sequence[float], share: float) -> float:
    """The nearest-rank quantile: one of the values. ValueError without values."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def summarize(runs: Sequence[VenueRun], wall_seconds: float) -> dict[str, Any]:
    """The figures of published venues. See infra.bench.line for what each means; all None without a venue."""
    names = (
        "critical_path_seconds", "wall_over_critical_path", "model_path_seconds", "wall_over_model_path", "steps",
        "overhead_ms_per_step", "gap_ms_per_step", "p50_venue_seconds", "p95_venue_seconds", "phases_p50_seconds", "own_ms_by_step",
    )  # fmt: skip
    if not runs:
        return dict.fromkeys(names)
    critical = max(run.chain(own=True) for run in runs)
    model = max(run.chain(own=False) for run in runs)
    counted = [run.own_seconds(step) for run in runs for step in run.steps if step not in WAITING]
    gaps = [gap for run in runs for gap in run.gaps()]
    seconds = [run.seconds for run in runs]
    phases = [run.phases() for run in runs]
    by_step = {step: [run.own_seconds(step) for run in runs if step in run.steps] for row in CHAIN for step in row}
    figures = (
        round(critical, 2),
        round(wall_seconds / critical, 2) if critical else None,
        round(model, 2),
        round(wall_seconds / model, 2) if model else None,
        sum(len(run.steps) for run in runs),
        round(fmean(counted) * 1000, 1) if counted else None,
        round(fmean(gaps) * 1000, 1) if gaps else None,
        round(quantile(seconds, 0.5), 2),
        round(quantile(seconds, 0.95), 2),
        {name: round(median(spans[name] for spans in phases), 2) for name in phases[0]},
        {step: round(fmean(own) * 1000) for step, own in by_step.items() if own},
    )
    return dict(zip(names, figures, strict=True))
