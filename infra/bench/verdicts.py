"""`python -m infra.bench.verdicts`: are the verdicts on venues right, though one looks every hour and the traffic follows the clicks?

Worlds are drawn with `--seed`. In each, `--venues` venues compete for a placement of five positions during `--days` days: the
n-th position is seen less often, the hour, a drift and two buyer segments move everybody's rates, clicks are counted in the hour they
happen in, and of each hour's slates a tenth is drawn uniformly (the baseline) and the rest by Thompson sampling that learns every
quarter of an hour, so exposure follows clicks *inside* the windows that are counted. Every venue is judged every hour by
huichang.delivery.verdicts; beside it stands the test many use, a z-test at 5 % repeated every hour.

Kinds of worlds: `plain` (venues differ by 25 %, log-normal), `equal` (all rates are the same: every retirement is false),
`hostile` (a venue's rate moves against the common drift: the ratio is no constant, its mean is what is judged).

The last line of standard output is one JSON object:
machine, seed, worlds (of each kind), venues, days, margin
by kind: ever_missed          share of venues whose 95 % interval missed the true ratio at any of its looks (not for hostile)
         false_retirements    share of venues at or above the baseline that were ever to be retired
         peeking              the same for the repeated z-test
         weak_retired         share of venues more than `margin` under the baseline that were to be retired by the end
         weak_kept            share of these that were ever told to be kept
         weak_past_promise    how many of these had the impressions after which a verdict is owed (`promised_impressions`);
                              weak_undecided_after_promise: share of them without one
         impressions_to_retire_p50
Exit status 1: more than 5 % missed, falsely retired or kept.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from huichang.delivery.standing.strata import Own, beside_others
from huichang.delivery.verdicts.evidence import Evidence, Stratum, gather
from huichang.delivery.verdicts.judging import Rule, judge, promised_impressions
from infra.bench.figures import quantile
from infra.bench.machine import machine

POSITIONS = np.array([1.0, 0.7, 0.5, 0.4, 0.3])
SEGMENTS = np.array([0.8, 1.3])
EXPLORE = 0.1
KINDS = ("plain", "equal", "hostile")


@dataclass
class Fate:
    """What became of one venue: its true ratio, and what was said of it when."""

    ratio: float
    missed: bool = False
    retired_at: int = 0
    z_retired: bool = False
    kept: bool = False
    decided: bool = False
    shown: int = 0
    baseline_shown: int = 0
    rate: float = 0.0

    def promised(self, rule: Rule) -> int:
        """Its own impressions after which it is owed a verdict, at the rates and shares of its placement."""
        if not self.shown or not self.rate > 0:
            return sys.maxsize
        return promised_impressions(self.rate, rule, baseline_per_impression=self.baseline_shown / self.shown)


class Placement:
    """A simulated placement: who is shown where, and who clicks. Time passes in quarters of an hour."""

    def __init__(self, kind: str, rng: np.random.Generator, venues: int) -> None:
        self.kind, self.rng, self.venues = kind, rng, venues
        self.quality = np.ones(venues) if kind == "equal" else np.exp(rng.normal(0, 0.25, venues))
        self.base = rng.uniform(0.03, 0.1)
        self.shown_seen, self.clicks_seen = np.zeros(venues), np.zeros(venues)

    def ratios(self) -> Any:
        """Each venue's rate over the mean of the others'."""
        return self.quality * (self.venues - 1) / (self.quality.sum() - self.quality)

    def hour(self, number: int, slates: int) -> tuple[Any, Any]:
        """Impressions and clicks [segment, position, venue, drawn uniformly] of one hour of `slates` slates."""
        common = self.base * (1 + 0.5 * math.sin(number / 24 * 2 * math.pi)) * math.exp(0.3 * math.sin(number / 90))
        rates = common * self.quality
        if self.kind == "hostile":
            rates = rates * (1 + 0.3 * np.sin(number / 24 * 2 * np.pi + np.arange(self.venues)))
        shape = (len(SEGMENTS), len(POSITIONS), self.venues, 2)
        shown, clicks = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        for _quarter in range(4):
            count = slates // 4
            explored = (self.rng.random(count) < EXPLORE).astype(int)
            segment = (self.rng.random(count) < 0.4).astype(int)
            alpha, beta = 1 + self.clicks_seen, 19 + self.shown_seen - self.clicks_seen
            sampled, uniform = self.rng.beta(alpha, beta, (count, self.venues)), self.rng.random((count, self.venues))
            drawn = np.where(explored[:, None] == 1, uniform, sampled)
            slate = np.argsort(-drawn, axis=1)[:, : len(POSITIONS)]
            hit = self.rng.random(slate.shape) < np.minimum(0.9, rates[slate] * POSITIONS[None, :] * SEGMENTS[segment][:, None])
            where = (segment[:, None], np.arange(len(POSITIONS))[None, :], slate, explored[:, None])
            np.add.at(shown, where, 1)
            np.add.at(clicks, where, hit)
            self.shown_seen += np.bincount(slate.ravel(), minlength=self.venues)
            self.clicks_seen += np.bincount(slate.ravel(), weights=hit.ravel(), minlength=self.venues)
        return shown, clicks


def strata(shown: Any, clicks: Any, venue: int) -> list[Stratum]:
    """A venue's whole traffic beside the others' uniformly drawn traffic, by segment and position."""
    even, even_clicks = shown[..., 1].sum(axis=2), clicks[..., 1].sum(axis=2)
    return [
        beside_others(
            Own(
                int(shown[s, p, venue].sum()),
                int(clicks[s, p, venue].sum()),
                int(shown[s, p, venue, 1]),
                int(clicks[s, p, venue, 1]),
            ),
            int(even[s, p]),
            int(even_clicks[s, p]),
        )
        for s in range(shown.shape[0])
        for p in range(shown.shape[1])
    ]


def z_says_weaker(evidence: Evidence) -> bool:
    """The test that many repeat until it says something: two proportions, two-sided at 5 %."""
    n, m = evidence.shown, evidence.baseline_shown
    if not n or not m or not evidence.clicks + evidence.baseline_clicks:
        return False
    pooled = (evidence.clicks + evidence.baseline_clicks) / (n + m)
    spread = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return spread > 0 and (evidence.clicks / n - evidence.baseline_clicks / m) / spread < -1.96


def live(kind: str, rng: np.random.Generator, *, venues: int, days: int, slates: int, rule: Rule) -> list[Fate]:
    """One placement's days; nobody is taken away, so that every look is judged against the same truth."""
    placement = Placement(kind, rng, venues)
    fates = [Fate(float(ratio)) for ratio in placement.ratios()]
    evidence = [Evidence() for _ in range(venues)]
    for hour in range(days * 24):
        shown, clicks = placement.hour(hour, slates)
        for venue, fate in enumerate(fates):
            evidence[venue] = now = evidence[venue] + gather(strata(shown, clicks, venue))
            verdict = judge(now, rule)
            fate.missed |= not verdict.interval.low <= fate.ratio <= verdict.interval.high
            fate.z_retired |= z_says_weaker(now)
            if verdict.kind == "retire" and not fate.retired_at:
                fate.retired_at = now.shown
            fate.kept |= verdict.kind in ("keep", "promote")
            fate.decided |= verdict.kind != "cannot_tell"
            fate.shown = now.shown
            fate.rate = now.baseline_clicks / max(1, now.baseline_shown)
            fate.baseline_shown = now.baseline_shown
    return fates


def share(those: Sequence[bool]) -> float | None:
    """Of the true ones, four places; None of none."""
    return round(sum(those) / len(those), 4) if those else None


def figures(fates: Sequence[Fate], rule: Rule) -> dict[str, Any]:
    """What became of all venues of a kind of world."""
    good = [fate for fate in fates if fate.ratio >= 1 - 1e-9]
    weak = [fate for fate in fates if fate.ratio < 1 - rule.margin]
    due = [fate for fate in weak if fate.shown >= fate.promised(rule)]
    times = [fate.retired_at for fate in weak if fate.retired_at]
    return {
        "venues_judged": len(fates),
        "ever_missed": share([fate.missed for fate in fates]),
        "false_retirements": share([fate.retired_at > 0 for fate in good]),
        "peeking": share([fate.z_retired for fate in good]),
        "weak": len(weak),
        "weak_retired": share([fate.retired_at > 0 for fate in weak]),
        "weak_kept": share([fate.kept for fate in weak]),
        "weak_past_promise": len(due),
        "weak_undecided_after_promise": share([not fate.decided for fate in due]),
        "impressions_to_retire_p50": int(quantile(times, 0.5)) if times else None,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it. Returns the exit status."""
    parser = argparse.ArgumentParser(description="verdicts on venues under repeated looks and adaptive traffic")
    parser.add_argument("--worlds", type=int, default=40, help="of each kind")
    parser.add_argument("--venues", type=int, default=12)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--slates", type=int, default=400, help="an hour")
    parser.add_argument("--margin", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args(arguments)
    rule = Rule(margin=asked.margin)
    result: dict[str, Any] = {"machine": machine(), "seed": asked.seed, "worlds": asked.worlds, "days": asked.days, "margin": asked.margin}
    failed = False
    for number, kind in enumerate(KINDS):
        fates: list[Fate] = []
        for index in range(asked.worlds):
            rng = np.random.default_rng([asked.seed, number, index])
            fates += live(kind, rng, venues=asked.venues, days=asked.days, slates=asked.slates, rule=rule)
        found = figures(fates, rule)
        print(f"{kind}: {found}", file=sys.stderr)
        result[kind] = found
        bounded = ("false_retirements", "weak_kept", *(() if kind == "hostile" else ("ever_missed",)))
        failed |= any((found[name] or 0) > rule.alpha for name in bounded)
    print(json.dumps(result))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
