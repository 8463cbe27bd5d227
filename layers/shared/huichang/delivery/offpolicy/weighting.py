"""Which propensity a row is weighed by: the one it was logged with, or its arm's mean over the log.

A learning bandit shows an item with 0.01 % today and 10 % tomorrow. Weights from logged propensities are right whatever rewards
depend on, but rows of 0.01 % then decide everything. Where the reward depends on (context, action) and not on the moment's
propensity, the arm's mean propensity gives weights that are right too, with far less variance (marginalised weights: Saito &
Joachims, ICML 2022; Hirano, Imbens & Ridder, Econometrica 2003). That condition is tested, and where it fails, or where nothing is
to be won, logged propensities are used.
"""

from __future__ import annotations

import math
from typing import Literal

from huichang.delivery.offpolicy.intervals import two_sided
from huichang.delivery.offpolicy.model import Log, Part, Stretch, TargetPolicy
from huichang.delivery.offpolicy.rewards import fit, unit
from huichang.delivery.offpolicy.targets import of_log
from huichang.kernel.model import Model

Weights = Literal["logged", "marginal"]
Choice = Literal["auto", "logged", "marginal"]
WORTH = 1.5
INDEPENDENT = 0.1


class Weighting(Model):
    """What was used and why. `p_value`: of rewards not depending on the propensity within arms."""

    used: Weights
    effective_rows_logged: float
    effective_rows_marginal: float
    p_value: float


def weighting(log: Log, target: TargetPolicy, choice: Choice = "auto") -> tuple[Log, Weighting]:
    """The log with the propensities to weigh by."""
    mean = marginal(log)
    before, after = effective_rows(log, target), effective_rows(mean, target)
    p_value = independence(log)
    use = choice == "marginal" or (choice == "auto" and after >= WORTH * before and p_value >= INDEPENDENT)
    told = Weighting(used="marginal" if use else "logged", effective_rows_logged=before, effective_rows_marginal=after, p_value=p_value)
    return (mean if use else log), told


def marginal(log: Log) -> Log:
    """Every row with its arm's mean propensity."""
    policy = of_log(log)
    chance = {arm: policy.of(*arm) or seen.rows / log.contexts[arm[0]] for arm, seen in log.arms.items()}
    counts: dict[tuple[str, str, float, int], list[float]] = {}
    for part in log:
        sums = counts.setdefault((part.context, part.action, chance[part.context, part.action], part.fold), [0, 0.0, 0.0])
        sums[0] += part.rows
        sums[1] += part.reward
        sums[2] += part.squares
    parts = tuple(Part(*place, int(n), r, s) for place, (n, r, s) in counts.items())
    stretches = tuple({arm: Stretch(s.rows, s.reward, s.reward / chance[arm]) for arm, s in one.items()} for one in log.stretches)
    return Log(parts, log.rows, log.largest_reward, stretches, log.rounded, possible=log.possible, unseen=log.unseen)


def effective_rows(log: Log, target: TargetPolicy) -> float:
    """(Σ w)² ÷ Σ w²."""
    total = squares = 0.0
    for part in log:
        weight = target.of(part.context, part.action) / part.propensity
        total += part.rows * weight
        squares += part.rows * weight * weight
    return total * total / squares if squares else 0.0


def independence(log: Log) -> float:
    """Score test that within arms rewards do not move with log propensity: the two-sided p-value, 1 where propensities stand still."""
    model, size = fit(log, unit(log)), unit(log)
    centre: dict[tuple[str, str], list[float]] = {}
    for part in log:
        sums = centre.setdefault((part.context, part.action), [0.0, 0.0])
        sums[0] += part.rows
        sums[1] += part.rows * math.log(part.propensity)
    score = variance = 0.0
    for part in log:
        rows, logs = centre[part.context, part.action]
        apart = math.log(part.propensity) - logs / rows
        score += apart * part.reward
        variance += apart * apart * part.rows * model.rate(part.context, part.action) * size
    return two_sided(score / math.sqrt(variance)) if variance > 1e-12 else 1.0
