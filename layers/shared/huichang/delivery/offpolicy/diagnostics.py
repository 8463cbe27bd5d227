"""Whether the log can carry an estimate at all: support, overlap, whether the weights, the propensities and the model are calibrated.

Tests that look at inverse propensities are made only where these are steady (an arm's worth at least thirty equal ones): with heavy
tails a sample's variance says little about the mean, and a z-test calls a sound log broken.
"""

from __future__ import annotations

import math
from collections import defaultdict

from huichang.delivery.offpolicy.estimators import Clusters, Influence, Weighed
from huichang.delivery.offpolicy.intervals import two_sided, upper_tail
from huichang.delivery.offpolicy.model import Log, TargetPolicy
from huichang.kernel.model import Model

STEADY = 30.0
LISTED = 10
GROUPS = 5


class ArmNote(Model):
    """An arm worth naming."""

    context: str
    action: str
    rows: int
    target_probability: float
    propensity: float | None = None


class Support(Model):
    """`missing`: the target's probability on arms without a row in the log. `largest_missing`: the most of it in one arm's context."""

    missing: float
    largest_missing: float
    arms: tuple[ArmNote, ...]


class Overlap(Model):
    """How much of the log speaks for the target. `effective_rewards`: the rewarded rows that are left when weights are uneven."""

    effective_rows: float
    effective_share: float
    effective_rewards: float
    largest_weight: float
    weight_of_top_percent: float


class WeightTest(Model):
    """Weights average `expected` (one, less what the log never showed) where propensities are as logged."""

    mean: float
    expected: float
    standard_error: float
    p_value: float


class PropensityTest(Model):
    """Shares of rows against logged propensities. `worst`: the steady arm that fits least; `p_value` is corrected for their number."""

    arms: int
    steady_arms: int
    p_value: float
    worst_ratio: float
    worst: ArmNote | None


class RewardGroup(Model):
    """A fifth of the rows by predicted reward."""

    rows: int
    predicted: float
    observed: float


class RewardTest(Model):
    """Cross-fitted predictions against what was earned (Hosmer & Lemeshow)."""

    groups: tuple[RewardGroup, ...]
    p_value: float


class DriftTest(Model):
    """Whether rewards kept their rate over the log's stretches, and what the target's uplift was in each (by IPS)."""

    rates: tuple[float, ...]
    p_value: float
    uplifts: tuple[float, ...]
    newest_uplift: float


class Diagnostics(Model):
    """Everything that speaks for or against believing the estimates."""

    support: Support
    overlap: Overlap
    weights: WeightTest
    propensities: PropensityTest
    rewards: RewardTest
    drift: DriftTest


def diagnose(weighed: Weighed, logged: Log, clusters: Clusters | None = None) -> Diagnostics:
    """All of it. `logged`: the log with the propensities it came with, whatever the rows are weighed by. `clusters`: see estimators."""
    return Diagnostics(
        support=_support(weighed.log, weighed.target),
        overlap=_overlap(weighed),
        weights=_weights(weighed, clusters),
        propensities=_propensities(logged),
        rewards=_rewards(weighed),
        drift=_drift(weighed.log, weighed.target),
    )


def _support(log: Log, target: TargetPolicy) -> Support:
    notes, missing = [], 0.0
    for context, rows in log.contexts.items():
        for action, chance in target.probabilities[context].items():
            if chance > 0 and not log.supports(context, action):
                missing += rows / log.rows * chance
                notes.append(ArmNote(context=context, action=action, rows=0, target_probability=chance))
    notes.sort(key=lambda note: (-note.target_probability, note.context, note.action))
    return Support(missing=missing, largest_missing=notes[0].target_probability if notes else 0.0, arms=tuple(notes[:LISTED]))


def _overlap(weighed: Weighed) -> Overlap:
    terms = weighed.terms
    total = math.fsum(t.rows * t.weight for t in terms)
    squares = math.fsum(t.rows * t.weight**2 for t in terms)
    earned = math.fsum(t.weight * t.reward for t in terms)
    earned_squares = math.fsum(t.weight**2 * t.squares for t in terms)
    top, left = 0.0, weighed.log.rows / 100
    for term in sorted(terms, key=lambda t: -t.weight):
        taken = min(left, term.rows)
        top += taken * term.weight
        left -= taken
        if left <= 0:
            break
    effective = total * total / squares if squares else 0.0
    return Overlap(
        effective_rows=effective,
        effective_share=effective / weighed.log.rows,
        effective_rewards=earned * earned / earned_squares if earned_squares else 0.0,
        largest_weight=max((t.weight for t in terms), default=0.0),
        weight_of_top_percent=top / total if total else 0.0,
    )


def _weights(weighed: Weighed, clusters: Clusters | None) -> WeightTest:
    n = weighed.log.rows
    mean = weighed.mean_weight
    variance = math.fsum(t.rows * (t.weight - mean) ** 2 for t in weighed.terms) / n
    effect = clusters.effect(lambda t: Influence(t.weight, 0.0)) if clusters else 1.0
    error = math.sqrt(variance * effect / n + weighed.unseen)
    expected = 1 - weighed.unsupported
    p_value = two_sided((mean - expected) / error) if error >= 1e-9 else float(abs(mean - expected) < 1e-6)
    return WeightTest(mean=mean, expected=expected, standard_error=error, p_value=p_value)


def _propensities(log: Log) -> PropensityTest:
    sums: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0, 0.0])
    for part in log:
        arm = sums[part.context, part.action]
        for i in range(3):
            arm[i] += part.rows * part.propensity**-i
        arm[3] = max(arm[3], 1 / part.propensity)
    tried, least, worst_ratio, worst = 0, 1.0, 1.0, None
    for (context, action), (count, first, second, largest) in sums.items():
        rows = log.contexts[context]
        reach = first / rows
        even = first * first / second
        if even < STEADY or (reach < 1 and even < count / 2):
            continue  # rows of tiny propensity that happened not to come are no proof of anything
        tried += 1
        chance = _unlikely(reach - 1, max(second / first - 1, 0.0), largest, rows)
        if chance < least:
            least, worst_ratio = chance, reach
            worst = ArmNote(
                context=context,
                action=action,
                rows=int(count),
                target_probability=0.0,
                propensity=count / first,
            )
    return PropensityTest(
        arms=len(sums), steady_arms=tried, p_value=min(1.0, least * tried) if tried else 1.0, worst_ratio=worst_ratio, worst=worst
    )


def _unlikely(apart: float, variance: float, largest: float, rows: int) -> float:
    """Bernstein's bound on a mean of `rows` inverse propensities being this far from its expectation of one.

    The variance is the one that the logged propensities imply, not what a wrong log would show. Upwards a few rows of tiny propensity
    can do it alone, hence `largest`; downwards they cannot (a sum of what is never negative), and the second moment suffices.
    """
    spread = variance + largest * apart / 3 if apart > 0 else variance + 1
    if spread <= 0:
        return 1.0 if abs(apart) < 1e-9 else 0.0
    return min(1.0, 2 * math.exp(-rows * apart * apart / (2 * spread)))


def _rewards(weighed: Weighed) -> RewardTest:
    terms = sorted(weighed.terms, key=lambda t: t.predicted)
    groups: list[list[float]] = [[0.0, 0.0, 0.0, 0.0]]
    for term in terms:
        if groups[-1][0] >= weighed.log.rows / GROUPS and len(groups) < GROUPS:
            groups.append([0.0, 0.0, 0.0, 0.0])
        for i, value in enumerate((term.rows, term.rows * term.predicted, term.reward, term.squares)):
            groups[-1][i] += value
    reward = weighed.log.reward
    size = math.fsum(t.squares for t in terms) / reward if reward else 1.0
    statistic = math.fsum((g[2] - g[1]) ** 2 / (g[1] * size) for g in groups if g[1] > 0)
    notes = tuple(RewardGroup(rows=int(g[0]), predicted=g[1] / g[0], observed=g[2] / g[0]) for g in groups)
    return RewardTest(groups=notes, p_value=upper_tail(statistic, len(groups)))


def _drift(log: Log, target: TargetPolicy) -> DriftTest:
    rates, uplifts, sizes = [], [], []
    for stretch in log.stretches:
        rows = sum(s.rows for s in stretch.values())
        reward = math.fsum(s.reward for s in stretch.values())
        aimed = math.fsum(target.of(context, action) * s.scaled for (context, action), s in stretch.items())
        sizes.append(rows)
        rates.append(reward / rows)
        uplifts.append((aimed - reward) / rows)
    unit = math.fsum(part.squares for part in log) / log.reward if log.reward else 1.0
    p_value = 1.0
    if len(rates) > 1 and log.reward:
        statistic = math.fsum(n * (rate - log.mean) ** 2 for n, rate in zip(sizes, rates, strict=True)) / (log.mean * unit)
        p_value = upper_tail(statistic, len(rates) - 1)
    newest = range(len(rates) // 2, len(rates))
    rows = sum(sizes[i] for i in newest)
    return DriftTest(
        rates=tuple(rates),
        p_value=p_value,
        uplifts=tuple(uplifts),
        newest_uplift=math.fsum(sizes[i] * uplifts[i] for i in newest) / rows if rows else 0.0,
    )
