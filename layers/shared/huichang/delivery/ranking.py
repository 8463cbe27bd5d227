"""Thompson sampling over Beta posteriors, with propensities that are exact for the policy that was run.

A slate is drawn by giving each venue a rate drawn from its posterior and taking the highest. The probability that this
puts venue v at position k has no closed form for more than two venues, and an estimate of it, divided by, ruins every
later judgement of the logs. So the policy is made finite: `draws` slates are sampled once from the posteriors, and
serving draws one of them uniformly. The probability of (v, k) is then a count divided by `draws`: exact, never zero for
what was shown, and over all venues it sums to one at each position. With probability `explore` the slate is a shuffle
instead, newcomers first; that part has a closed form and is mixed in.

Pure: the same arms, settings and random generator give the same policy and the same slate.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Sequence

from huichang.kernel.model import Model

# The prior weighs as much as this many impressions: a venue speaks for itself soon.
PRIOR_IMPRESSIONS = 20.0
# What a placement without any history is believed to earn.
NEUTRAL_RATE = 0.05
NEUTRAL_WEIGHT = 20.0
# Below this many impressions a venue is a newcomer: its rate is known to about +-4 percentage points at best.
NEWCOMER_IMPRESSIONS = 100
EXPLORE = 0.1
DRAWS = 512
# Posterior draws that one policy may cost; 60,000 take about 0.1 s on a small function.
DRAW_BUDGET = 60_000


def draws_for(candidates: int) -> int:
    """How many slates to sample: 512, fewer (never below 128) for many candidates, so that a refresh stays quick."""
    return max(128, min(DRAWS, DRAW_BUDGET // max(1, candidates)))


class Arm(Model):
    """A candidate and what is known about it in this placement."""

    venue_id: str
    impressions: int = 0
    clicks: int = 0

    @property
    def newcomer(self) -> bool:
        """Whether too little is known to judge it."""
        return self.impressions < NEWCOMER_IMPRESSIONS


class Placed(Model):
    """A venue at a position (from 1) and the probability with which the policy puts it there. `explored`: by the shuffled part."""

    venue_id: str
    position: int
    propensity: float
    explored: bool = False


class Posterior(Model):
    """Beta(alpha, beta) over a venue's click rate."""

    alpha: float
    beta: float

    @property
    def mean(self) -> float:
        """Expected rate."""
        return self.alpha / (self.alpha + self.beta)


def prior_of(arms: Sequence[Arm]) -> Posterior:
    """What is believed of a venue nobody has seen: the rate of all venues of the placement."""
    clicks = sum(min(arm.clicks, arm.impressions) for arm in arms) + NEUTRAL_RATE * NEUTRAL_WEIGHT
    impressions = sum(arm.impressions for arm in arms) + NEUTRAL_WEIGHT
    rate = clicks / impressions
    return Posterior(alpha=max(rate, 1e-4) * PRIOR_IMPRESSIONS, beta=max(1 - rate, 1e-4) * PRIOR_IMPRESSIONS)


def posterior_of(arm: Arm, prior: Posterior) -> Posterior:
    """The prior and the arm's own counts. More clicks than impressions (a lost beacon) count as all clicked."""
    clicks = min(arm.clicks, arm.impressions)
    return Posterior(alpha=prior.alpha + clicks, beta=prior.beta + arm.impressions - clicks)


class SlatePolicy:
    """A distribution over slates: `draws` Thompson slates; with probability `explore` a shuffle, newcomers first."""

    def __init__(
        self,
        arms: Sequence[Arm],
        slots: int,
        generator: random.Random,
        *,
        draws: int = 0,
        explore: float = EXPLORE,
    ) -> None:
        self._ids = sorted(arm.venue_id for arm in arms)
        if len(set(self._ids)) != len(self._ids):
            raise ValueError("an arm occurs twice")
        self.slots = min(slots, len(self._ids))
        self.draws = draws or draws_for(len(self._ids))
        self.explore = explore
        by_id = {arm.venue_id: arm for arm in arms}
        self._newcomers = [venue_id for venue_id in self._ids if by_id[venue_id].newcomer]
        self._known = [venue_id for venue_id in self._ids if not by_id[venue_id].newcomer]
        prior = prior_of(arms)
        posteriors = [(venue_id, posterior_of(by_id[venue_id], prior)) for venue_id in self._ids]
        self._slates = [self._thompson(posteriors, generator) for _ in range(self.draws)] if self.slots else []
        self._counts = Counter((venue_id, k) for slate in self._slates for k, venue_id in enumerate(slate))

    def propensity(self, venue_id: str, position: int) -> float:
        """Probability that `draw` puts this venue at this position (from 1)."""
        if not 1 <= position <= self.slots or venue_id not in self._ids:
            return 0.0
        sampled = self._counts[venue_id, position - 1] / self.draws
        return (1 - self.explore) * sampled + self.explore * self._shuffled(venue_id, position)

    def draw(self, generator: random.Random) -> tuple[Placed, ...]:
        """One slate, best position first; empty if there are no candidates."""
        if not self.slots:
            return ()
        explored = generator.random() < self.explore
        if explored:
            newcomers, known = list(self._newcomers), list(self._known)
            generator.shuffle(newcomers)
            generator.shuffle(known)
            slate = tuple((newcomers + known)[: self.slots])
        else:
            slate = generator.choice(self._slates)
        return tuple(
            Placed(venue_id=venue_id, position=position, propensity=self.propensity(venue_id, position), explored=explored)
            for position, venue_id in enumerate(slate, start=1)
        )

    def _thompson(self, posteriors: Sequence[tuple[str, Posterior]], generator: random.Random) -> tuple[str, ...]:
        rates = [(generator.betavariate(belief.alpha, belief.beta), venue_id) for venue_id, belief in posteriors]
        return tuple(venue_id for _, venue_id in heapq.nlargest(self.slots, rates))

    def _shuffled(self, venue_id: str, position: int) -> float:
        first = position <= len(self._newcomers)
        group = self._newcomers if first else self._known
        return 1 / len(group) if venue_id in group else 0.0
