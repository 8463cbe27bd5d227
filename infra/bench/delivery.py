"""`make bench-delivery`: does ranking under floors and caps earn more than plain Thompson sampling does without any?

Random worlds (infra/bench/delivery_world.py says the click model: position bias, segments, drift, delays, newcomers, some of them poor).
In each the same hours are lived through by

    ours            huichang.delivery: hierarchy, segments, positions, delays, forgetting; *with* newcomers' floors, caps for venues,
                    merchants and industries, an even share for exploration, and venues retired by verdicts
    plain           Thompson sampling, Beta(1, 1) for each venue, no segments, no positions, no forgetting, no rule at all
    plain_segments  the same for each venue in each segment
    greedy          epsilon-greedy, epsilon 0.1, means of Beta(1, 1) for each venue in each segment
    uniform         shuffles

All learn once an hour from what they have been told by then. Regret is expected clicks against an oracle that knows every rate of the
hour and obeys no rule; floors, caps and exploration therefore cost *ours* regret that nobody else has.

Parameters of ranking were chosen with `--tuning` (other seeds, two of the four kinds of worlds) and are reported on the rest.

The last line of standard output is one JSON object:
machine, worlds, seeds, kinds, venues, days, slates, seconds
regret               mean share of the oracle's clicks that each policy lost
regret_over          ours / each other: {mean, low, high} over worlds (95 %, t), and by kind of world
newcomers            arrived, share with a verdict by the end, hours from arrival to verdict and to the end of the floor (p50 of those
                     that came to it)
retired, false_retirements (of venues at or above the baseline they were compared with), false_of_good (as a share of all such venues)
violations           caps_expected, caps_answer, repeated, floors_untold: counted from the policies' own probabilities and answers
conflicts            policies in which some floor could not hold and was told
Exit status 1: mean regret over plain's > 0.8, a violation, or more than 5 % of the good venues retired.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from typing import Any

import numpy as np

from huichang.delivery.cells import Cell, window_of
from huichang.delivery.control.newcomers import newcomer_floors
from huichang.delivery.control.rules import Controls, VenueRule
from huichang.delivery.ranking.policies import CALM, EXPLORE, Policy
from huichang.delivery.ranking.rewards import Reward
from huichang.delivery.ranking.snapshot import Builder
from huichang.delivery.standing.strata import Own, beside_others
from huichang.delivery.verdicts.evidence import Evidence, gather
from huichang.delivery.verdicts.judging import Rule, Verdict, judge
from infra.bench.delivery_world import KINDS_OF_WORLDS, SEGMENTS, SLOTS, TUNED_ON, Ears, World
from infra.bench.figures import quantile
from infra.bench.machine import machine

START = datetime(2026, 11, 1, tzinfo=UTC)
RULE = Rule(margin=0.1)
LOOK_EVERY = 6
CAPS = Controls(industry_cap=0.6, merchant_cap=0.5)
PAGE = "home"
_FIELDS = set(Cell.model_fields)
OTHERS = ("plain", "plain_segments", "greedy", "uniform")
MOST_REGRET, MOST_FALSE = 0.8, 0.05


@dataclass
class Settings:
    """Of one run."""

    venues: int
    days: int
    slates: int
    explore: float
    calm: float
    half_life: float


@dataclass
class Told:
    """What came of one world."""

    kind: str
    regret: dict[str, float]
    newcomers: int = 0
    verdict_hours: list[int] = field(default_factory=list)
    floor_hours: list[int] = field(default_factory=list)
    good: int = 0
    retired: int = 0
    false_retired: int = 0
    violations: Counter[str] = field(default_factory=Counter)
    conflicts: int = 0
    policies: int = 0


class Ours:
    """The product's own code, told what its counters would hold."""

    def __init__(self, world: World, seed: int, settings: Settings, told: Told) -> None:
        self.world, self.told = world, told
        self.generator = random.Random(seed)
        self.rng = np.random.default_rng([seed, 77])
        self.ears = Ears(world, self.rng)
        self.builder = Builder(
            self.generator,
            Reward(delay_hours=world.delay, half_life_hours=settings.half_life),
            explore=settings.explore,
            calm=settings.calm,
        )
        self.index = {facts.venue_id: i for i, facts in enumerate(world.facts)}
        self.evidence = [Evidence() for _ in world.facts]
        self.verdicts = [judge(Evidence(), RULE) for _ in world.facts]
        self.expected = np.zeros((world.venues, 2))
        self.gone: set[int] = set()
        self.judged_to = 0
        self.decided_at: dict[int, int] = {}
        self.floor_ended: dict[int, int] = {}
        # A few venues have caps of their own, as operators would set them.
        self.capped = {world.facts[i].venue_id: VenueRule(cap=0.7) for i in range(0, world.venues, 7)}

    def live(self, hour: int) -> None:
        """Hear, judge, build, serve."""
        for when in self.ears.listen(hour):
            self.builder.count(PAGE, window_of(START + timedelta(hours=when)), self._cells(when))
        if hour and hour % LOOK_EVERY == 0:
            self._judge(hour)
        present = [int(i) for i in self.world.present(hour) if i not in self.gone]
        controls = CAPS.model_copy(update={"venues": self.capped}).with_shares(self._floors(hour, present), {})
        self.builder.offer(PAGE, [self.world.facts[i] for i in present], SLOTS, controls)
        self.builder.build(START + timedelta(hours=hour))
        shown = np.zeros((len(SEGMENTS), SLOTS, self.world.venues, 2), np.int32)
        for s, segment in enumerate(SEGMENTS):
            policy = self.builder.policies[PAGE].of(segment)
            self._check(policy, controls, present)
            self._serve(policy, int(self.world.slates[hour, s]), shown[s])
        self.ears.show(hour, shown)

    def _cells(self, hour: int) -> list[Cell]:
        shown, heard = self.ears.shown[hour], self.ears.heard[hour]
        window = window_of(START + timedelta(hours=hour))
        return [
            # As the counters would hold it; validated cells cost more than all of ranking here.
            Cell.model_construct(
                _FIELDS,
                window=window,
                placement=PAGE,
                segment=SEGMENTS[s],
                position=k + 1,
                venue_id=self.world.facts[v].venue_id,
                image="",
                explored=bool(e),
                impressions=int(shown[s, k, v, e]),
                clicks=int(heard[s, k, v, e]),
                carts=0,
                orders=0,
                order_value=0,
            )
            for s, k, v, e in np.argwhere(shown).tolist()
        ]

    def _judge(self, hour: int) -> None:
        """Windows of which everything has been heard, once each; then a look at everybody."""
        ready = hour - len(self.world.lags)
        for when in range(self.judged_to, max(self.judged_to, ready)):
            shown, heard = self.ears.shown[when].sum(axis=-1), self.ears.heard[when].sum(axis=-1)
            even, even_heard = self.ears.shown[when, ..., 1], self.ears.heard[when, ..., 1]
            for v in range(self.world.venues):
                where = np.argwhere(shown[:, :, v])
                if not len(where):
                    continue
                strata = []
                for s, k in where:
                    own = Own(int(shown[s, k, v]), int(heard[s, k, v]), int(even[s, k, v]), int(even_heard[s, k, v]))
                    strata.append(beside_others(own, int(even[s, k].sum()), int(even_heard[s, k].sum())))
                    n, m = strata[-1].shown, strata[-1].baseline_shown
                    if m:
                        # The truth that is estimated: rates, weighted with the information of the stratum.
                        weight = float(n * m / (n + m) * self.world.seen[k])
                        others = float((even[s, k] * self.world.rates[when, s]).sum() - even[s, k, v] * self.world.rates[when, s, v])
                        self.expected[v] += weight * self.world.rates[when, s, v], weight * others / m
                self.evidence[v] = self.evidence[v] + gather(strata)
        self.judged_to = max(self.judged_to, ready)
        for v in range(self.world.venues):
            if self.world.arrives[v] > hour or v in self.gone:
                continue
            self.verdicts[v] = verdict = judge(self.evidence[v], RULE)
            if verdict.kind != "cannot_tell":
                self.decided_at.setdefault(v, hour)
            if verdict.kind == "retire":
                self.gone.add(v)
                self.told.retired += 1
                self.told.false_retired += bool(self.expected[v, 0] >= self.expected[v, 1])

    def _floors(self, hour: int, present: list[int]) -> dict[str, float]:
        verdicts: dict[str, Verdict] = {}
        for v in present:
            # Impressions are known at once, the verdict only when rewards are in.
            shown = int(self.ears.shown[:hour, :, :, v].sum())
            verdicts[self.world.facts[v].venue_id] = self.verdicts[v].model_copy(update={"shown": shown})
        even = int(self.ears.shown[:hour, ..., 1].sum())
        floors = newcomer_floors(
            verdicts,
            answers_per_hour=float(self.world.slates[: hour + 1].sum()) / (hour + 1),
            slots=SLOTS,
            rate=max(0.005, int(self.ears.heard[:hour, ..., 1].sum()) / even) if even else 0.03,
            baseline_per_impression=1.0,
        ).shares
        for v in present:
            if self.world.facts[v].venue_id not in floors:
                self.floor_ended.setdefault(v, hour)
        return floors

    def _serve(self, policy: Policy, answers: int, into: Any) -> None:
        """Many answers at once: how often each of the finite ones came, and explored ones one by one."""
        explored = int(self.rng.binomial(answers, policy.explore)) if policy.answers else answers
        if policy.answers:
            times = self.rng.multinomial(answers - explored, [1 / len(policy.answers)] * len(policy.answers))
            for answer, n in zip(policy.answers, times, strict=True):
                for k, venue_id in enumerate(answer):
                    into[k, self.index[venue_id], 0] += n
        for _ in range(explored):
            for k, venue_id in enumerate(policy.even.draw(self.generator)):
                into[k, self.index[venue_id], 1] += 1

    def _check(self, policy: Policy, controls: Controls, present: list[int]) -> None:
        """Rules against the policy's own probabilities and answers, by arithmetic that shares nothing with how they were made."""
        self.told.policies += 1
        short = {conflict.subject for conflict in policy.conflicts if conflict.kind == "floor"}
        self.told.conflicts += bool(short)
        industries: defaultdict[str, float] = defaultdict(float)
        merchants: defaultdict[str, float] = defaultdict(float)
        for v in present:
            facts = self.world.facts[v]
            share = sum(policy.propensity(facts.venue_id, k + 1) for k in range(SLOTS))
            rule = controls.rule(facts.venue_id)
            self.told.violations["caps_expected"] += share > rule.cap + 1e-9
            self.told.violations["floors_untold"] += share < rule.floor - 1e-9 and facts.venue_id not in short
            industries[facts.industry] += share / SLOTS
            merchants[facts.merchant] += share / SLOTS
        self.told.violations["caps_expected"] += sum(n > controls.industry_cap + 1e-9 for n in industries.values())
        self.told.violations["caps_expected"] += sum(n > controls.merchant_cap + 1e-9 for n in merchants.values())
        for answer in (*policy.answers, *(policy.even.draw(self.generator) for _ in range(20))):
            self.told.violations["repeated"] += len(set(answer)) < len(answer)
            of = Counter(self.world.facts[self.index[name]].industry for name in answer)
            self.told.violations["caps_answer"] += max(of.values(), default=0) > math.ceil(controls.industry_cap * SLOTS)
        for answer in policy.answers:  # explored ones: a merchant's cap holds over all of them (control/evenly.py)
            of = Counter(self.world.facts[self.index[name]].merchant for name in answer)
            self.told.violations["caps_answer"] += max(of.values(), default=0) > math.ceil(controls.merchant_cap * SLOTS)


class Plain:
    """Thompson sampling, epsilon-greedy or shuffles over Beta(1, 1), each request for itself."""

    def __init__(self, world: World, seed: int, name: str) -> None:
        self.world, self.name = world, name
        self.rng = np.random.default_rng([seed, OTHERS.index(name)])
        self.ears = Ears(world, self.rng)

    def live(self, hour: int) -> None:
        """Hear, serve."""
        self.ears.listen(hour)
        present = self.world.present(hour)
        shown = self.ears.shown[:hour].sum(axis=(0, 2, 4))[:, present]
        clicks = self.ears.heard[:hour].sum(axis=(0, 2, 4))[:, present]
        if self.name == "plain":
            shown, clicks = (np.broadcast_to(each.sum(axis=0), each.shape) for each in (shown, clicks))
        served = np.zeros((len(SEGMENTS), SLOTS, self.world.venues, 2), np.int32)
        for s in range(len(SEGMENTS)):
            size = (int(self.world.slates[hour, s]), len(present))
            if self.name == "uniform":
                scores = self.rng.random(size)
            elif self.name == "greedy":
                scores = np.broadcast_to((1 + clicks[s]) / (2 + shown[s]), size) + self.rng.random(size) * 1e-9
                # Epsilon for each place: with probability 0.1 anybody.
                scores = np.where(self.rng.random((size[0], 1)) < 0.1, self.rng.random(size), scores)
            else:
                scores = self.rng.beta(1 + clicks[s], 1 + shown[s] - clicks[s], size)
            slate = present[np.argsort(-scores, axis=1)[:, :SLOTS]]
            for k in range(slate.shape[1]):
                served[s, k, :, 0] += np.bincount(slate[:, k], minlength=self.world.venues).astype(np.int32)
        self.ears.show(hour, served)


def live(kind: str, seed: int, settings: Settings) -> Told:
    """One world, all policies."""
    world = World(kind, seed, venues=settings.venues, days=settings.days, slates=settings.slates)
    told = Told(kind, {})
    ours = Ours(world, seed, settings, told)
    lives: dict[str, Ours | Plain] = {"ours": ours, **{name: Plain(world, seed, name) for name in OTHERS}}
    for hour in range(world.hours):
        for each in lives.values():
            each.live(hour)
    best = sum(world.best(hour) for hour in range(world.hours))
    told.regret = {name: 1 - each.ears.expected / best for name, each in lives.items()}
    newcomers = [v for v in range(world.venues) if world.arrives[v] > 0]
    told.newcomers = len(newcomers)
    told.verdict_hours = [ours.decided_at[v] - int(world.arrives[v]) for v in newcomers if v in ours.decided_at]
    told.floor_hours = [ours.floor_ended[v] - int(world.arrives[v]) for v in newcomers if v in ours.floor_ended]
    told.good = int((ours.expected[:, 0] >= ours.expected[:, 1]).sum())
    return told


def interval(values: Sequence[float]) -> dict[str, float]:
    """Mean and its 95 % interval (Student's t; 1.96 with a small-sample factor)."""
    n = len(values)
    mean = sum(values) / n
    if n < 2:
        return {"mean": round(mean, 4)}
    spread = math.sqrt(sum((value - mean) ** 2 for value in values) / (n - 1) / n)
    t = 1.96 + 2.4 / (n - 1) + 4.4 / (n - 1) ** 2
    return {"mean": round(mean, 4), "low": round(mean - t * spread, 4), "high": round(mean + t * spread, 4)}


def figures(lived: Sequence[Told]) -> dict[str, Any]:
    """Over all worlds, as the module says."""
    arrived = sum(each.newcomers for each in lived)
    verdicts = [hours for each in lived for hours in each.verdict_hours]
    floors = [hours for each in lived for hours in each.floor_hours]
    kinds = sorted({each.kind for each in lived})
    good, retired, wrong = (sum(getattr(each, name) for each in lived) for name in ("good", "retired", "false_retired"))
    violations: Counter[str] = Counter()
    for each in lived:
        violations.update(each.violations)

    def over(name: str, kind: str = "") -> dict[str, float]:
        return interval([each.regret["ours"] / each.regret[name] for each in lived if kind in ("", each.kind)])

    return {
        "regret": {name: round(sum(each.regret[name] for each in lived) / len(lived), 4) for name in ("ours", *OTHERS)},
        "regret_over": {name: over(name) for name in OTHERS},
        "regret_over_plain_by_kind": {kind: over("plain", kind) for kind in kinds},
        "newcomers": {
            "arrived": arrived,
            "with_verdict": round(len(verdicts) / arrived, 4) if arrived else None,
            "hours_to_verdict_p50": quantile(verdicts, 0.5) if verdicts else None,
            "hours_of_floor_p50": quantile(floors, 0.5) if floors else None,
        },
        "retired": retired,
        "false_retirements": wrong,
        "false_of_good": round(wrong / good, 4) if good else None,
        "violations": dict(violations),
        "policies": sum(each.policies for each in lived),
        "conflicts": sum(each.conflicts for each in lived),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it. Returns the exit status."""
    parser = argparse.ArgumentParser(description="ranking and traffic control against plain bandits on random worlds")
    parser.add_argument("--worlds", type=int, default=5, help="of each kind")
    parser.add_argument("--venues", type=int, default=36)
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--slates", type=int, default=1500, help="an hour")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--explore", type=float, default=EXPLORE)
    parser.add_argument("--calm", type=float, default=CALM)
    parser.add_argument("--half-life", type=float, default=Reward().half_life_hours)
    parser.add_argument("--tuning", action="store_true", help="on the worlds parameters are chosen with")
    parser.add_argument("--quick", action="store_true", help="one small world")
    asked = parser.parse_args(arguments)
    if asked.quick:
        asked.worlds, asked.venues, asked.days, asked.slates, asked.processes = 1, 10, 1, 300, 1
    kinds = TUNED_ON if asked.tuning else tuple(KINDS_OF_WORLDS)[: 1 if asked.quick else None]
    first = asked.seed + (1_000_000 if asked.tuning else 0)
    settings = Settings(asked.venues, asked.days, asked.slates, asked.explore, asked.calm, asked.half_life)
    about = machine()
    began = time.monotonic()
    jobs = [(kind, first + number, settings) for number in range(asked.worlds) for kind in kinds]
    if asked.processes > 1:
        with ProcessPoolExecutor(asked.processes, mp_context=get_context("spawn")) as pool:
            lived = list(pool.map(live, *zip(*jobs, strict=True)))
    else:
        lived = [live(*job) for job in jobs]
    found = figures(lived)
    result = {
        "machine": about,
        "worlds": len(lived),
        "seeds": [first, first + asked.worlds - 1],
        "kinds": kinds,
        **vars(settings),
        "seconds": round(time.monotonic() - began, 1),
        **found,
    }
    for name, value in found.items():
        print(f"{name}: {value}", file=sys.stderr)
    print(json.dumps(result))
    broken = found["regret_over"]["plain"]["mean"] > MOST_REGRET
    broken |= any(found["violations"].values()) or (found["false_of_good"] or 0) > MOST_FALSE
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
