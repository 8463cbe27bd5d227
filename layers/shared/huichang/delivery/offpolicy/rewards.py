"""What an action is expected to earn in a context: a position-based model, shrunk, and cross-fitted.

The model is multiplicative, as examination models of clicks are (Richardson et al. 2007; Craswell et al. 2008): rate = base of the
context (position bias) x lift of the action. Lifts are shrunk to 1 as in Clayton & Kaldor (1987): lift = (rewards + strength) ÷
(expected + strength), the strength by maximum marginal likelihood of the gamma-Poisson mixture over a grid. With forty clicks on
eighty items it stays near the pooled rate, which is what forty clicks can support.

Cross-fitting (Chernozhukov et al. 2018): rows of a fold are predicted by the model of the others, so no row's reward is in its own
prediction.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from huichang.delivery.offpolicy.model import FOLDS, Log, Part

# How many expected rewards the prior weighs: from "believe each item" to "all items are alike".
STRENGTHS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 64.0, 1024.0)
# A context's base is drawn to the pooled rate by as much as this many rows at that rate would.
CONTEXT_REWARDS = 4.0


@dataclass(frozen=True)
class RewardModel:
    """Rate by context and lift by action. Unknown ones get the pooled rate and lift 1."""

    pooled: float
    bases: Mapping[str, float]
    lifts: Mapping[str, float]
    strength: float

    def rate(self, context: str, action: str) -> float:
        """Expected reward of one row."""
        return self.bases.get(context, self.pooled) * self.lifts.get(action, 1.0)


def fit(parts: Iterable[Part], scale: float = 1.0) -> RewardModel:
    """The model of these rows. `scale`: the unit of a reward (1 for clicks); order values are counted in units of their mean size."""
    by_context: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    by_arm: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for part in parts:
        for sums in (by_context[part.context], by_arm[part.context, part.action]):
            sums[0] += part.rows
            sums[1] += part.reward / scale
    rows, rewards = sum(s[0] for s in by_context.values()), sum(s[1] for s in by_context.values())
    pooled = rewards / rows if rows else 0.0
    if pooled <= 0:
        return RewardModel(0.0, {}, {}, STRENGTHS[-1])
    bases = {c: (r + CONTEXT_REWARDS) / (n + CONTEXT_REWARDS / pooled) for c, (n, r) in by_context.items()}
    by_action: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for (context, action), (n, r) in by_arm.items():
        by_action[action][0] += n * bases[context]
        by_action[action][1] += r
    strength = max(STRENGTHS, key=lambda s: _marginal(by_action.values(), s))
    lifts = {action: (r + strength) / (expected + strength) for action, (expected, r) in by_action.items()}
    return RewardModel(pooled * scale, {c: base * scale for c, base in bases.items()}, lifts, strength)


def cross_fit(log: Log) -> tuple[RewardModel, ...]:
    """One model per fold, made of the other folds."""
    scale = unit(log)
    return tuple(fit((part for part in log if part.fold != fold), scale) for fold in range(FOLDS))


def unit(log: Log) -> float:
    """The size-weighted mean reward of a rewarded row: 1 for clicks."""
    reward = log.reward
    return sum(part.squares for part in log) / reward if reward > 0 else 1.0


def _marginal(arms: Iterable[list[float]], strength: float) -> float:
    """Log marginal likelihood of negative-binomial counts with mean `expected` and this strength, up to a constant."""
    total = 0.0
    for expected, count in arms:
        total += math.lgamma(strength + count) - math.lgamma(strength) - strength * math.log1p(expected / strength)
        total -= count * math.log(strength + expected)
    return total
