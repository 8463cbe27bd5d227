"""What the target policy would earn per row of the log: IPS, SNIPS, DR, Switch-DR, and the model alone beside them.

Each estimate is the mean of an influence value psi = constant + coefficient x reward over the rows, and so is its uplift over the
log's own mean, on the same rows (psi - reward): what the two policies share cancels. w is target probability ÷ logged propensity,
q the cross-fitted reward model, b its mean under the target policy.

    dm      b                          the model alone; no interval that could be trusted, shown for comparison
    ips     w r                        Horvitz & Thompson 1952
    snips   w r ÷ mean(w)              Hájek; Swaminathan & Joachims, NeurIPS 2015
    dr      b + w (r - q)              Dudík, Langford & Li, ICML 2011
    switch  b + w (r - q) [w <= tau]   Wang, Agarwal & Dudík, ICML 2017; tau as they choose it
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from huichang.delivery.offpolicy.intervals import Side, joined
from huichang.delivery.offpolicy.model import Estimate, Interval, Log, TargetPolicy
from huichang.delivery.offpolicy.rewards import RewardModel, cross_fit, fit, unit

Name = Literal["dm", "ips", "snips", "dr", "switch"]
NAMES: tuple[Name, ...] = ("ips", "snips", "dr", "switch")
LEVEL = 0.05
VERDICT_LEVEL = 0.01
"""Verdicts look at 99 % intervals: one in two hundred on the side that ships."""
# Thresholds that Switch-DR chooses among: quantiles of the target's mass by weight.
MASSES = (1.0, 0.99, 0.98, 0.95, 0.9, 0.8, 0.65, 0.5)
LEAST_MODEL_ERROR = 1.5
# What an action that was never logged is taken to earn at most, in means of the log.
MOST_TIMES = 5.0


class Term(NamedTuple):
    """Rows of the log that are alike: how many, their rewards, their weight, what the models say."""

    rows: int
    reward: float
    squares: float
    weight: float
    predicted: float
    base: float
    expected_squares: float


class Clusters(Protocol):
    """Rows that belong together (screens.py)."""

    def effect(self, rule: Callable[[Term], Influence], less: float = 0.0) -> float:
        """The design effect of an estimate, 1 or above."""
        ...


class Influence(NamedTuple):
    """psi = constant + coefficient x reward of one term's rows."""

    constant: float
    coefficient: float


@dataclass(frozen=True)
class Weighed:
    """A log seen through a target policy."""

    log: Log
    target: TargetPolicy
    terms: tuple[Term, ...]
    models: tuple[RewardModel, ...]
    overall: RewardModel
    extra: float
    """Variance that the target's probabilities bring because they are estimated."""
    size: float
    """Of a reward where there is one (mean square ÷ mean): 1 for clicks."""
    unsupported: float
    """Share of the target's probability, over the log's contexts, on actions that the log has no row of."""
    unseen: float = 0.0
    """Variance of the mean weight from arms that have support and happened to have no row (Log.unseen)."""

    @property
    def mean_weight(self) -> float:
        """One in expectation, where every action of the target has support and propensities are right."""
        return math.fsum(t.rows * t.weight for t in self.terms) / self.log.rows


def weigh(log: Log, target: TargetPolicy) -> Weighed:
    """Weights, cross-fitted predictions. Every context of the log must be one of the target's (KeyError)."""
    models = cross_fit(log)
    size = unit(log)
    overall = fit(log, size)
    bases = [
        {
            context: math.fsum(p * model.rate(context, action) for action, p in target.probabilities[context].items())
            for context in log.contexts
        }
        for model in models
    ]
    terms = []
    for part in log:
        weight = target.of(part.context, part.action) / part.propensity
        expected = part.rows * overall.rate(part.context, part.action) * size
        predicted = models[part.fold].rate(part.context, part.action)
        terms.append(Term(part.rows, part.reward, part.squares, weight, predicted, bases[part.fold][part.context], expected))
    unsupported = math.fsum(
        log.contexts[context] / log.rows * chance
        for context in log.contexts
        for action, chance in target.probabilities[context].items()
        if not log.supports(context, action)
    )
    unseen = math.fsum(log.unseen.values())
    unearned = math.fsum(variance * overall.rate(*arm) * size for arm, variance in log.unseen.items())
    extra = _target_variance(log, target, overall) + unearned
    return Weighed(log, target, tuple(terms), models, overall, extra, size, unsupported, unseen)


def estimate(
    weighed: Weighed,
    name: Name,
    *,
    margin: float = 0.0,
    level: float = LEVEL,
    verdict_level: float = VERDICT_LEVEL,
    clusters: Clusters | None = None,
) -> Estimate:
    """The estimate, its interval, and its uplift over (1 + margin) x the log's mean. `clusters`: rows that are not independent.

    What the target does where the log has no row at all is added to the intervals as what it might earn at least and at most
    (`MOST_TIMES` the log's mean): Manski's bounds under that assumption.
    """
    if name == "switch":
        tau, bias = choose_threshold(weighed)
        influence = _switch(tau)
    else:
        tau, bias, influence = None, 0.0, _influence_of(weighed, name)
    value, error, (below, above) = _summary(weighed, influence, level, bias, clusters=clusters)
    uplift, uplift_error, (worse, better) = _summary(weighed, influence, verdict_level, bias, less=1 + margin, clusters=clusters)
    unseen = weighed.unsupported * weighed.log.mean
    below, worse = below + unseen, worse + unseen
    above, better = above + MOST_TIMES * unseen, better + MOST_TIMES * unseen
    low = max(0.0, value - below)  # rewards are not negative
    return Estimate(
        value=value,
        interval=Interval(low=low, high=max(value, min(value + above, weighed.log.largest_reward or math.inf))),
        standard_error=error,
        uplift=uplift,
        uplift_interval=Interval(low=uplift - worse, high=uplift + better),
        uplift_error=uplift_error,
        threshold=tau,
    )


def estimates(weighed: Weighed, *, margin: float = 0.0, clusters: Clusters | None = None) -> dict[Name, Estimate]:
    """All, with their intervals; "dm" is not among them."""
    return {name: estimate(weighed, name, margin=margin, clusters=clusters) for name in NAMES}


def model_value(weighed: Weighed) -> float:
    """The direct method: what the reward model alone says."""
    return math.fsum(t.rows * t.base for t in weighed.terms) / weighed.log.rows


def log_interval(log: Log, level: float = LEVEL) -> Interval:
    """Of the mean of a log's own rewards: the interval of an on-policy mean."""
    size = unit(log)
    squares = sum(part.squares for part in log)
    exact = max(0.0, squares / log.rows - log.mean**2) / log.rows
    poisson = squares / log.rows**2
    scale = math.sqrt(exact / poisson) if poisson > 0 else 1.0
    gain = Side(log.mean, poisson, size / log.rows)
    below, above = joined(gain, Side(0.0, 0.0, 0.0), level, scale=scale)
    return Interval(low=max(0.0, log.mean - below), high=log.mean + above)


def choose_threshold(weighed: Weighed) -> tuple[float, float]:
    """Switch-DR's tau, and the standard deviation of what switching may cost.

    Wang, Agarwal & Dudík's rule: the smallest variance + bias² over the candidates, the bias bounded by the target's mass above tau
    times what the model may be off by there. They take the largest possible reward for that, which for clicks (1, at a rate of
    0.004) never switches; ours is the standard deviation of the lifts, and never less than one and a half mean rewards. Of the rewards it
    uses hardly more than their mean, so it cannot choose the threshold that happens to look best.
    """
    off = max(LEAST_MODEL_ERROR, 1 / math.sqrt(weighed.overall.strength)) * weighed.log.mean
    best = (math.inf, math.inf, 0.0)
    for tau in _thresholds(weighed):
        cut = math.fsum(t.rows * t.weight for t in weighed.terms if t.weight > tau) / weighed.log.rows
        error = _moments(weighed, _switch(tau)).error
        best = min(best, (error * error + (cut * off) ** 2, tau, cut * off))
    return best[1], best[2]


def _thresholds(weighed: Weighed) -> list[float]:
    by_weight = sorted((t.weight, t.rows * t.weight) for t in weighed.terms if t.weight > 0)
    total = math.fsum(mass for _, mass in by_weight)
    found, run, wanted = [], 0.0, sorted(MASSES)
    for weight, mass in by_weight:
        run += mass
        while wanted and run >= wanted[0] * total * (1 - 1e-12):
            found.append(weight)
            wanted.pop(0)
    return sorted(set(found), reverse=True)


Rule = Callable[[Term], Influence]


def _influence_of(weighed: Weighed, name: Name) -> Rule:
    if name == "ips":
        return lambda t: Influence(0.0, t.weight)
    if name == "snips":
        mean = weighed.mean_weight or 1.0
        value = math.fsum(t.weight * t.reward for t in weighed.terms) / weighed.log.rows / mean
        return lambda t: Influence(value * (1 - t.weight / mean), t.weight / mean)
    if name == "dr":
        return _switch(math.inf)
    return lambda t: Influence(t.base, 0.0)


def _switch(tau: float) -> Rule:
    def rule(t: Term) -> Influence:
        weight = t.weight if t.weight <= tau else 0.0
        return Influence(t.base - weight * t.predicted, weight)

    return rule


class _Moments(NamedTuple):
    """Of an influence: mean, standard error without its bias, the two signs of its reward part, what the Poisson widths are scaled by,
    and the variance that its constants add to them (all there is where the weights are all one: DR's uplift of an equal policy).
    """

    mean: float
    error: float
    gain: Side
    loss: Side
    scale: float
    smooth: float


def _summary(
    weighed: Weighed, rule: Rule, level: float, bias: float, *, less: float = 0.0, clusters: Clusters | None = None
) -> tuple[float, float, tuple[float, float]]:
    """Mean, standard error, and how far the interval reaches below and above."""
    found = _moments(weighed, rule, less)
    effect = clusters.effect(rule, less) if clusters else 1.0
    extra = weighed.extra + bias * bias
    reach = joined(found.gain, found.loss, level, scale=found.scale * math.sqrt(effect), extra=found.smooth * effect + extra)
    return found.mean, math.sqrt(found.error**2 * effect + extra), reach


def _moments(weighed: Weighed, rule: Rule, less: float = 0.0) -> _Moments:
    n = weighed.log.rows
    total = constants = squares = crossed = earned = poisson = 0.0
    sides = {True: [0.0] * 5, False: [0.0] * 5}
    for t in weighed.terms:
        constant, coefficient = rule(t)
        coefficient -= less
        of_square = coefficient * coefficient * t.squares
        total += t.rows * constant + coefficient * t.reward
        constants += t.rows * constant
        squares += t.rows * constant * constant
        crossed += constant * coefficient * t.reward
        earned += coefficient * t.reward
        poisson += of_square
        if coefficient:
            size = abs(coefficient)
            side = sides[coefficient > 0]
            expected = t.expected_squares or t.rows
            side[0] += size * t.reward
            side[1] += of_square
            side[2] += size * size * t.expected_squares
            side[3] += size * expected
            side[4] += size * size * expected
    mean = total / n
    # Σ (psi - mean)²; the constants are of the size of the mean, so nothing cancels that matters
    square = squares - 2 * mean * constants + n * mean * mean + 2 * (crossed - mean * earned) + poisson
    gain, loss = _side(sides[True], n, weighed.size), _side(sides[False], n, weighed.size)
    scale = math.sqrt(max(0.0, square) / poisson) if square < poisson else 1.0
    smooth = max(0.0, square - poisson) / n**2
    return _Moments(mean, math.sqrt(scale**2 * (gain.variance + loss.variance) + smooth), gain, loss, scale, smooth)


def _side(sums: Sequence[float], n: int, size: float) -> Side:
    total, seen, expected, reach, reach_squares = sums
    # the size of an event is a reward-weighted mean: Tiwari, Clegg & Zou (2006) found the largest weight too wide
    event = size * reach_squares / reach if reach else 0.0
    return Side(total / n, max(seen, expected) / n**2, event / n)


def _target_variance(log: Log, target: TargetPolicy, model: RewardModel) -> float:
    total = 0.0
    for context, variances in target.variances.items():
        if context not in log.contexts:
            continue
        share = log.contexts[context] / log.rows
        mean = math.fsum(p * model.rate(context, action) for action, p in target.probabilities[context].items())
        total += share**2 * math.fsum(v * (model.rate(context, action) - mean) ** 2 for action, v in variances.items())
    return total
