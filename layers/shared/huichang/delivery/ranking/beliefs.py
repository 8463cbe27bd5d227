"""What is believed a venue earns in a segment, from its own counts and from those of its like: empirical Bayes over a hierarchy.

Rates are Gamma, events Poisson in *exposure* (impressions x how much their position is seen x the share of rewards that has
arrived x forgetting), so each of these corrections is a factor and the posterior stays in closed form. A rate is the product

    level[segment] x ratio[industry] x ratio[theme kind in the industry] x ratio[venue in the kind] x ratio[venue in the segment]

and each ratio is Gamma with mean 1 around its parent. How much siblings differ (the shape of that Gamma) is estimated at each
level by maximum marginal likelihood (negative binomial) over a grid, with a weak prior so that a placement of three venues does
not conclude that all are alike. A venue with no data is believed to be like its kind, one of an unknown kind like its industry.
In a segment a venue's prior is what *the other segments* say of it (leave one out: its own clicks are not counted twice).
"""

from __future__ import annotations

import heapq
import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import NormalDist

from huichang.delivery.facts import VenueFacts
from huichang.delivery.ranking.history import Tally
from huichang.delivery.ranking.positions import fit_positions

# What a placement without any history is believed to earn, and the exposure that this weighs.
NEUTRAL_RATE = 0.05
NEUTRAL_EXPOSURE = 20.0
# Shapes that siblings' ratios can have: from "differ by a factor" to "are alike". Coefficient of variation = shape ** -0.5.
SHAPES = tuple(0.7 * 1.6**step for step in range(17))
# Siblings usually differ by a third (shape 9); a weak belief.
USUAL_SHAPE, SHAPE_SPREAD = 9.0, 1.2
# The likelihood of a shape is read from at most this many siblings, those with the most exposure.
SIBLINGS = 1500
# An average order is known after about this many.
PRIOR_ORDERS = 5.0
_CUBE_FROM = 3.0
# Middle quantiles of a thousand equal parts of a normal: sampling one of them is sampling it, but for its last thousandth.
_NORMAL = tuple(NormalDist().inv_cdf((i + 0.5) / 1000) for i in range(1000))


@dataclass(frozen=True)
class Belief:
    """Gamma(shape, rate) over events an examined impression, times what an event is worth."""

    shape: float
    rate: float
    worth: float = 1.0

    @property
    def mean(self) -> float:
        """Expected reward of an impression at position 1."""
        return self.shape / self.rate * self.worth

    @property
    def spread(self) -> float:
        """Standard deviation over mean."""
        return float(self.shape**-0.5)

    def draw(self, generator: random.Random, draws: int, calm: float = 1.0) -> list[float]:
        """Samples; with `calm` > 1 from a posterior that is narrower by its root.

        From a shape of 3 on by Wilson and Hilferty's cube of a normal (1931; its quantiles are right to a per cent), ten times as fast.
        """
        shape, scale = self.shape * calm, self.worth / (self.rate * calm)
        if shape < _CUBE_FROM:
            return [generator.gammavariate(shape, scale) for _ in range(draws)]
        spread = 1 / (3 * math.sqrt(shape))
        middle, whole = 1 - 1 / (9 * shape), shape * scale
        return [whole * max(0.0, middle + spread * z) ** 3 for z in generator.choices(_NORMAL, k=draws)]


class Beliefs:
    """Of one placement at one moment. Build it once, ask it for any venue and segment."""

    def __init__(self, tally: Tally, venues: Iterable[VenueFacts]) -> None:
        self.facts = {venue.venue_id: venue for venue in venues}
        self.seen = fit_positions(tally)
        self._own: defaultdict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
        orders: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for (segment, venue, position), sums in tally.items():
            own = self._own[segment, venue]
            own[0] += sums.shown * self.seen[position]
            own[1] += sums.events
            orders[venue][0] += sums.events
            orders[venue][1] += sums.value
        events, value = sum(each[0] for each in orders.values()), sum(each[1] for each in orders.values())
        self._average = value / events if events > 0 else 1.0
        self._worth = {
            venue: (each[1] + PRIOR_ORDERS * self._average) / (each[0] + PRIOR_ORDERS) for venue, each in orders.items() if value != events
        }
        self.events = events
        self.segment_events: defaultdict[str, float] = defaultdict(float)
        for (segment, _), own in self._own.items():
            self.segment_events[segment] += own[1]
        self._segments()
        self._hierarchy()

    def _segments(self) -> None:
        """level[segment]; a segment is not better because better venues were shown in it, so ratios are taken out in turns."""
        exposure = sum(own[0] for own in self._own.values())
        self.level_of_all = (self.events + NEUTRAL_RATE * NEUTRAL_EXPOSURE) / (exposure + NEUTRAL_EXPOSURE)
        self.level: dict[str, float] = {segment: self.level_of_all for segment, _ in self._own}
        ratio: dict[str, float] = {}
        for _ in range(3):
            sums: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
            for (segment, venue), (shown, events) in self._own.items():
                sums[segment][0] += shown * ratio.get(venue, 1.0)
                sums[segment][1] += events
            for segment, (shown, events) in sums.items():
                self.level[segment] = (events + self.level_of_all * NEUTRAL_EXPOSURE) / (shown + NEUTRAL_EXPOSURE)
            pooled = self._pooled()
            ratio = {venue: (events + USUAL_SHAPE) / (expected + USUAL_SHAPE) for venue, (expected, events) in pooled.items()}

    def _pooled(self) -> dict[str, tuple[float, float]]:
        """By venue over all segments: events expected of a venue with ratio 1, events."""
        sums: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for (segment, venue), (shown, events) in self._own.items():
            sums[venue][0] += shown * self.level[segment]
            sums[venue][1] += events
        return {venue: (expected, events) for venue, (expected, events) in sums.items()}

    def _hierarchy(self) -> None:
        self._venues = self._pooled()
        industries = self._grouped(lambda facts: (facts.industry,))
        kinds = self._grouped(lambda facts: (facts.industry, facts.kind))
        self.shape_industry = estimate_shape(industries.values())
        self._industry = {key: _gamma(self.shape_industry, 1.0, e, c) for key, (e, c) in industries.items()}
        within = {key: (e * self._industry[key[:1]].mean, c) for key, (e, c) in kinds.items()}
        self.shape_kind = estimate_shape(within.values())
        self._kind = {}
        for key, (e, c) in kinds.items():
            parent = self._industry[key[:1]]
            self._kind[key] = _gamma(_compound(self.shape_kind, parent.shape), parent.mean, e, c)
        self.shape_venue = estimate_shape((e * self._parent(venue).mean, c) for venue, (e, c) in self._venues.items())
        # Leaving one out costs; of the many pairs with next to no traffic nothing is read anyway.
        loudest = heapq.nlargest(SIBLINGS, self._own.items(), key=lambda each: each[1][0])
        by_segment = [
            (shown * self.level[segment] * self._among_others(venue, segment).mean, events) for (segment, venue), (shown, events) in loudest
        ]
        # With one segment there is nothing to learn a difference from.
        self.shape_segment = estimate_shape(by_segment) if len(self.level) > 1 else USUAL_SHAPE

    def _grouped(self, name: Callable[[VenueFacts], tuple[str, ...]]) -> dict[tuple[str, ...], tuple[float, float]]:
        sums: defaultdict[tuple[str, ...], list[float]] = defaultdict(lambda: [0.0, 0.0])
        for venue, (expected, events) in self._venues.items():
            if venue in self.facts:
                group = sums[name(self.facts[venue])]
                group[0] += expected
                group[1] += events
        return {key: (expected, events) for key, (expected, events) in sums.items()}

    def _parent(self, venue: str) -> Belief:
        """Ratio of the venue's kind, of its industry where nobody of the kind was shown, of nobody in particular otherwise."""
        facts = self.facts.get(venue)
        if facts is not None:
            kind = self._kind.get((facts.industry, facts.kind))
            if kind is not None:
                return kind
            industry = self._industry.get((facts.industry,))
            if industry is not None:
                return Belief(_compound(self.shape_kind, industry.shape), _compound(self.shape_kind, industry.shape) / industry.mean)
        shape = _compound(self.shape_kind, self.shape_industry)
        return Belief(shape, shape)

    def _among_others(self, venue: str, segment: str) -> Belief:
        """Ratio of the venue as all segments but this one show it."""
        expected, events = self._venues.get(venue, (0.0, 0.0))
        shown, own = self._own.get((segment, venue), (0.0, 0.0))
        expected, events = max(0.0, expected - shown * self.level.get(segment, self.level_of_all)), max(0.0, events - own)
        parent = self._parent(venue)
        return _gamma(_compound(self.shape_venue, parent.shape), parent.mean, expected, events)

    def of(self, venue: str, segment: str | None = None) -> Belief:
        """What is believed of a venue in a segment; over all segments without one. Any venue may be asked about."""
        worth = self._worth.get(venue, self._average)
        if segment is None:
            ratio = self._among_others(venue, "")
            return Belief(ratio.shape, ratio.rate / self.level_of_all, worth)
        level = self.level.get(segment, self.level_of_all)
        others = self._among_others(venue, segment)
        shown, events = self._own.get((segment, venue), (0.0, 0.0))
        own = _gamma(_compound(self.shape_segment, others.shape), others.mean, shown * level, events)
        return Belief(own.shape, own.rate / level, worth)

    def earning(self, segment: str) -> list[str]:
        """Venues that earned something in the segment."""
        return [venue for (each, venue), own in self._own.items() if each == segment and own[1] > 0]


def _gamma(shape: float, mean: float, expected: float, events: float) -> Belief:
    """A ratio's posterior: prior Gamma(shape) around `mean`, `events` seen where `expected` were due at ratio 1."""
    return Belief(shape + events, shape / mean + expected)


def _compound(shape: float, parent: float) -> float:
    """Shape of a ratio around a parent that is itself uncertain: squared coefficients of variation add up."""
    return 1 / (1 / shape + 1 / parent)


def estimate_shape(siblings: Iterable[tuple[float, float]]) -> float:
    """How alike siblings are, from (events expected at their parent's rate, events): the maximum of the penalised marginal likelihood.

    Counts may be fractional (forgetting); siblings of whom next to nothing was expected say nothing.
    """
    told = sorted(((e, c) for e, c in siblings if e > 0.05), reverse=True)[:SIBLINGS]
    best, best_value = USUAL_SHAPE, -math.inf
    for shape in SHAPES:
        value = -0.5 * (math.log(shape / USUAL_SHAPE) / SHAPE_SPREAD) ** 2
        constant = math.lgamma(shape)
        value += sum(
            math.lgamma(shape + c) - constant + shape * math.log(shape / (shape + e)) + c * math.log(e / (shape + e)) for e, c in told
        )
        if value > best_value:
            best, best_value = shape, value
    return best
