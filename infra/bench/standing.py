"""`python -m infra.bench.standing`: who leaves a placement when verdicts are acted on, and was it right?

infra.bench.verdicts asks whether verdicts are right while nobody leaves. Here the room itself (huichang.delivery.standing) looks every
hour at the worlds of that bench, reads cells half an hour after each hour and again later while clicks still come in, and takes out
whom it may. Whoever left is not shown any more, so the baseline rises as weak ones leave.

What is judged: a venue's rate over the others' mean rate, weighed as its strata are. A retirement is *false* where that ratio is 1 or more.

The last line of standard output is one JSON object:
machine, seed, worlds (of each kind), venues, days, slots, margin
by kind: venues, good (ratio >= 1 over their time there), weak (more than the margin under the baseline)
         retired; false_retirements; false_of_good, false_of_retired (shares); weak_retired (share)
         weak_past_promise: weak venues that had the impressions after which a verdict is owed; weak_past_promise_there: those of them
         that were still there at the end though others were left for the places
         hours_to_retire_p50; windows_read (times a window was read, on average)
Exit status 1: more than 5 % of the good venues were taken out, or one that is weak stayed past its promise.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from huichang.delivery.cells import window_of
from huichang.delivery.events.cells import CellKey, Counts
from huichang.delivery.model import LiveVenue
from huichang.delivery.placements.model import Placement
from huichang.delivery.standing.judging import JudgePlacement
from huichang.delivery.standing.model import Sheet, Standing
from huichang.kernel.language import both
from huichang.venues.model import AuditEntry
from infra.bench import verdicts
from infra.bench.figures import quantile
from infra.bench.machine import machine
from infra.bench.unruled import NoRules

START = datetime(2026, 11, 1, tzinfo=UTC)
SEGMENTS = ("none", "bulk")
# Share of an hour's clicks that are told only after the first reading.
LATE = 0.02


class World(verdicts.Placement):
    """A placement of infra.bench.verdicts from which venues leave: they are drawn no more."""

    def __init__(self, kind: str, rng: np.random.Generator, venues: int) -> None:
        super().__init__(kind, rng, venues)
        self.gone = np.zeros(venues, dtype=bool)

    def live(self, number: int, slates: int) -> tuple[Any, Any]:
        """One hour without those that left: they are put last in every slate, and what they would have got is nobody's."""
        kept = self.quality
        here = np.flatnonzero(~self.gone)
        smaller = verdicts.Placement.__new__(verdicts.Placement)
        smaller.__dict__ |= {
            "kind": self.kind,
            "rng": self.rng,
            "venues": len(here),
            "quality": kept[here],
            "base": self.base,
            "shown_seen": self.shown_seen[here],
            "clicks_seen": self.clicks_seen[here],
        }
        few_shown, few_clicks = smaller.hour(number, slates)
        self.shown_seen[here], self.clicks_seen[here] = smaller.shown_seen, smaller.clicks_seen
        shape = (*few_shown.shape[:2], self.venues, 2)
        shown, clicks = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        shown[:, :, here], clicks[:, :, here] = few_shown, few_clicks
        return shown, clicks


@dataclass
class Memory:
    """Everything that the room keeps, and what stands around it."""

    now_is: datetime
    placement: Placement
    names: list[str]
    counted: dict[str, dict[CellKey, Counts]] = field(default_factory=dict)
    sums: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    windows: dict[str, bytes] = field(default_factory=dict)
    standings: dict[str, Standing] = field(default_factory=dict)
    reads: int = 0
    last: Sheet | None = None

    def now(self) -> datetime:
        """Clock."""
        return self.now_is

    def all(self) -> list[Placement]:
        """Placements."""
        return [self.placement]

    def cells(self, placement: str, window: str) -> Mapping[CellKey, Counts]:  # noqa: ARG002 - a port's signature
        """Cells."""
        self.reads += window in self.counted
        return self.counted.get(window, {})

    def of(self, placement: Any) -> Any:
        """Candidates, and StandingRecords."""
        if isinstance(placement, Placement):
            return [LiveVenue(venue_id=n, title=n, href="/", language="en", published_at="") for n in self.names]
        return dict(self.standings)

    def get(self, placement: str, venue_id: str = "") -> Any:
        """Placements, and StandingRecords."""
        return self.standings.get(venue_id) if venue_id else self.placement if placement == self.placement.name else None

    def put(self, standing: Standing) -> Standing | None:
        """StandingRecords."""
        self.standings[standing.venue_id] = written = standing.model_copy(update={"version": standing.version + 1})
        return written

    def remove(self, standing: Standing) -> None:
        """StandingRecords."""
        self.standings.pop(standing.venue_id, None)

    def frozen(self) -> Mapping[str, Any]:
        """StandingRecords."""
        return {}

    def evidence(self, placement: str) -> tuple[bytes, str] | None:
        """EvidenceShelf."""
        return self.sums.get(placement)

    def keep_evidence(self, placement: str, body: bytes, tag: str) -> bool:
        """EvidenceShelf."""
        self.sums[placement] = (body, f"{tag}+"[-8:])
        return True

    def window(self, placement: str, window: str, fingerprint: str) -> bytes:  # noqa: ARG002
        """EvidenceShelf."""
        return self.windows[window + fingerprint]

    def keep_window(self, placement: str, window: str, fingerprint: str, body: bytes) -> None:  # noqa: ARG002
        """EvidenceShelf."""
        self.windows[window + fingerprint] = body

    def keep_sheet(self, sheet: Sheet) -> None:
        """EvidenceShelf."""
        self.last = sheet

    def ask(self, placement: str) -> None:
        """Rebuilds: the world reads who left itself."""

    def record(self, entry: AuditEntry) -> None:
        """AuditTrail: nobody reads it here."""


@dataclass
class Fate:
    """Of one venue: what was expected of it and of the others in its strata, and when it left."""

    own: float = 0.0
    others: float = 0.0
    left: int = 0
    overdue: bool = False
    there: bool = True

    @property
    def ratio(self) -> float:
        """What the verdict estimates."""
        return self.own / self.others if self.others else 1.0


def live(kind: str, rng: np.random.Generator, asked: argparse.Namespace) -> tuple[list[Fate], float]:
    """One world. Returns what became of its venues, and how often a window was read."""
    world = World(kind, rng, asked.venues)
    names = [f"v-{i:02d}" for i in range(asked.venues)]
    placement = Placement(name="home", kind="public", what=both("首页", "home"), slots=asked.slots, margin=asked.margin)
    memory = Memory(START, placement, names)
    room: Callable[[str], Any] = JudgePlacement(memory, memory, memory, memory, memory, memory, memory, memory, NoRules())  # type: ignore[arg-type]
    fates = [Fate() for _ in names]
    late: dict[str, dict[CellKey, int]] = {}
    for hour in range(asked.days * 24):
        shown, clicks = world.live(hour, asked.slates)
        window = window_of(memory.now_is)
        cells, late[window] = told(window, names, shown, clicks, rng)
        memory.counted[window] = cells
        expect(world, shown, fates, hour)
        memory.now_is = START + timedelta(hours=hour + 1.75)
        looked = room("home")
        for old in [each for each in late if each < window]:
            for cell, n in late.pop(old).items():
                memory.counted[old][cell] = memory.counted[old][cell] + Counts(clicks=n)
        for name in looked.eliminated:
            i = names.index(name)
            world.gone[i], fates[i].left, fates[i].there = True, hour + 1, False
        memory.now_is = START + timedelta(hours=hour + 1)
    rows = {row.venue_id: row for row in memory.last.rows} if memory.last else {}
    for name, fate in zip(names, fates, strict=True):
        row = rows.get(name)
        fate.overdue = row is not None and row.promised is not None and row.shown >= row.promised
    return fates, memory.reads / max(1, len(memory.counted))


def told(
    window: str, names: Sequence[str], shown: Any, clicks: Any, rng: np.random.Generator
) -> tuple[dict[CellKey, Counts], dict[CellKey, int]]:
    """The hour as cells at the first reading, and the clicks that come later."""
    cells, late = {}, {}
    for s, p, v, e in np.argwhere(shown).tolist():
        cell = CellKey(window=window, placement="home", segment=SEGMENTS[s], position=p + 1, venue_id=names[v], explored=bool(e))
        missing = int(rng.binomial(clicks[s, p, v, e], LATE))
        cells[cell] = Counts(impressions=int(shown[s, p, v, e]), clicks=int(clicks[s, p, v, e]) - missing)
        if missing:
            late[cell] = missing
    return cells, late


def expect(world: World, shown: Any, fates: Sequence[Fate], hour: int) -> None:
    """Add what was to be expected of each venue and of the others' even traffic, weighed with the information of the stratum."""
    rates = world.quality
    if world.kind == "hostile":
        rates = rates * (1 + 0.3 * np.sin(hour / 24 * 2 * np.pi + np.arange(world.venues)))
    level = np.outer(verdicts.SEGMENTS, verdicts.POSITIONS)
    even = shown[..., 1]
    for v, fate in enumerate(fates):
        n, m = shown[:, :, v].sum(axis=-1), even.sum(axis=-1) - even[:, :, v]
        weight = np.where((n > 0) & (m > 0), n * m / np.maximum(1, n + m), 0.0) * level
        fate.own += float((weight * rates[v]).sum())
        fate.others += float((weight * ((even * rates).sum(axis=-1) - even[:, :, v] * rates[v]) / np.maximum(1, m)).sum())


def figures(fates: Sequence[Fate], reads: Sequence[float], margin: float) -> dict[str, Any]:
    """What became of all venues of a kind of world."""
    good = [fate for fate in fates if fate.ratio >= 1 - 1e-9]
    weak = [fate for fate in fates if fate.ratio < 1 - margin]
    left = [fate for fate in fates if fate.left]
    wrong = [fate for fate in good if fate.left]
    owed = [fate for fate in weak if fate.overdue]
    return {
        "venues": len(fates),
        "good": len(good),
        "weak": len(weak),
        "retired": len(left),
        "false_retirements": len(wrong),
        "false_of_good": round(len(wrong) / len(good), 4) if good else None,
        "false_of_retired": round(len(wrong) / len(left), 4) if left else None,
        "weak_retired": verdicts.share([not fate.there for fate in weak]),
        "weak_past_promise": len(owed),
        "weak_past_promise_there": sum(fate.there for fate in owed),
        "hours_to_retire_p50": int(quantile([fate.left for fate in left], 0.5)) if left else None,
        "windows_read": round(sum(reads) / len(reads), 1),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it. Returns the exit status."""
    parser = argparse.ArgumentParser(description="who leaves a placement when verdicts are acted on")
    parser.add_argument("--worlds", type=int, default=12, help="of each kind")
    parser.add_argument("--venues", type=int, default=40)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--slates", type=int, default=1500, help="an hour")
    parser.add_argument("--slots", type=int, default=6)
    parser.add_argument("--margin", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args(arguments)
    result: dict[str, Any] = {"machine": machine(), **vars(asked)}
    failed = False
    for number, kind in enumerate(verdicts.KINDS):
        fates: list[Fate] = []
        reads = []
        for index in range(asked.worlds):
            found, times = live(kind, np.random.default_rng([asked.seed, number, index]), asked)
            fates += found
            reads.append(times)
        result[kind] = told_kind = figures(fates, reads, asked.margin)
        print(f"{kind}: {told_kind}", file=sys.stderr)
        failed |= (told_kind["false_of_good"] or 0) > 0.05 or bool(told_kind["weak_past_promise_there"])
    print(json.dumps(result))
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
