"""What clicks say about one venue against its placement's baseline, however often one looks.

The question is asked click by click: *given that somebody clicked, whose was it?* In a stratum (one window of time, one
position, one buyer segment) where the venue was shown n times and the baseline m times, a click is the venue's with
probability r n / (r n + m), where r is the venue's rate over the baseline's. Whatever both share drops out of that: the
hour, the position, the segment, a holiday. This is Cox's partial likelihood (1975), stratified as Mantel and Haenszel do.

From it a confidence sequence for r: a prior over r is mixed over, and by Ville's inequality the mixture exceeds 1/alpha
times the likelihood of the true r with probability at most alpha, *ever* (Robbins 1970; Howard, Ramdas, McAuliffe and
Sekhon 2021). So nobody has to promise when to look, and stopping at the first good moment is no mistake. The prior is
discrete, on GRID; for each of its points the guarantee is exact, and an interval is reported out to the next point.

Limits. It is exact for clicks that come one by one (a Poisson process). Counters add up a window; where the exposure inside
a window reacts to clicks inside it, it is an approximation, so windows should be short against the time in which shares
change (infra/bench/verdicts.py measures what is left of the error under Thompson sampling). Rewards are events (a click, a
cart, an order), at most one an impression; money is not.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated

from pydantic import Field, model_validator

from huichang.kernel.model import Model

_STEPS = 120
_SPREAD = 4.0
_REACH = math.log(8.0)
# Points of log r, from 1/8 to 8: 0.3 % apart around 1, where verdicts are hard, and 7 % apart at the ends, where they are easy.
GRID: tuple[float, ...] = tuple(_REACH * math.sinh(_SPREAD * step / _STEPS) / math.sinh(_SPREAD) for step in range(-_STEPS, _STEPS + 1))
_RATIOS = tuple(math.exp(point) for point in GRID)


def _prior() -> tuple[float, ...]:
    """Log weights: venues differ from the baseline by some per cent, by a third, or by a factor, each as likely."""
    gaps = [GRID[min(i + 1, len(GRID) - 1)] - GRID[max(i - 1, 0)] for i in range(len(GRID))]
    weights = [
        gap * sum(math.exp(-0.5 * (point / scale) ** 2) / scale for scale in (0.06, 0.25, 1.0))
        for point, gap in zip(GRID, gaps, strict=True)
    ]
    total = sum(weights)
    return tuple(math.log(weight / total) for weight in weights)


_PRIOR = _prior()


class Stratum(Model):
    """Counts of one (window, position, segment). Raises ValueError where there are more events than impressions."""

    shown: Annotated[int, Field(ge=0)]
    clicks: Annotated[int, Field(ge=0)]
    baseline_shown: Annotated[int, Field(ge=0)]
    baseline_clicks: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _possible(self) -> Stratum:
        if self.clicks > self.shown or self.baseline_clicks > self.baseline_shown:
            raise ValueError("more clicks than impressions: count each impression's first click only")
        return self

    @property
    def compares(self) -> bool:
        """Whether it says anything: both were shown, and somebody clicked."""
        return self.shown > 0 and self.baseline_shown > 0 and self.clicks + self.baseline_clicks > 0


class Interval(Model):
    """Between what the venue's rate over the baseline's lies. `low` 0 and `high` inf: not known on that side."""

    low: float
    high: float


class Evidence(Model):
    """All strata of a venue so far. Sums: the order in which windows arrive changes nothing, and two halves add up.

    `log_likelihood` has one entry for each point of GRID (empty: nothing was compared yet). `shown` and `clicks` are the
    venue's impressions and events in all strata, compared or not; `information` is that of log r at r = 1, in clicks.
    """

    shown: int = 0
    clicks: int = 0
    baseline_shown: int = 0
    baseline_clicks: int = 0
    information: float = 0.0
    log_likelihood: tuple[float, ...] = ()

    def __add__(self, other: Evidence) -> Evidence:
        """Both together; they must not share a stratum."""
        if self.log_likelihood and other.log_likelihood:
            likelihood = tuple(a + b for a, b in zip(self.log_likelihood, other.log_likelihood, strict=True))
        else:
            likelihood = self.log_likelihood or other.log_likelihood
        return Evidence(
            shown=self.shown + other.shown,
            clicks=self.clicks + other.clicks,
            baseline_shown=self.baseline_shown + other.baseline_shown,
            baseline_clicks=self.baseline_clicks + other.baseline_clicks,
            information=self.information + other.information,
            log_likelihood=likelihood,
        )

    @property
    def ratio(self) -> float | None:
        """The likeliest rate over the baseline's, on the grid. None: nothing was compared."""
        if not self.log_likelihood:
            return None
        return _RATIOS[max(range(len(GRID)), key=self.log_likelihood.__getitem__)]

    def interval(self, alpha: float) -> Interval:
        """Holds the true ratio at all times with probability 1 - alpha (0 < alpha < 1), for whatever rule of stopping."""
        if not self.log_likelihood:
            return Interval(low=0.0, high=math.inf)
        bound = _log_sum(w + each for w, each in zip(_PRIOR, self.log_likelihood, strict=True)) + math.log(alpha)
        # Never empty: an average over the grid is at most its highest point, and the bound is below that average.
        kept = [i for i, each in enumerate(self.log_likelihood) if each > bound]
        first, last = kept[0], kept[-1]
        return Interval(
            low=0.0 if first == 0 else _RATIOS[first - 1],
            high=math.inf if last == len(GRID) - 1 else _RATIOS[last + 1],
        )


def gather(strata: Iterable[Stratum]) -> Evidence:
    """Evidence of these strata; each must be given once. About 15 to 30 microseconds a stratum in which somebody clicked."""
    shown = clicks = baseline_shown = baseline_clicks = 0
    information = 0.0
    compared: list[tuple[int, int, float]] = []
    for stratum in strata:
        shown += stratum.shown
        clicks += stratum.clicks
        baseline_shown += stratum.baseline_shown
        baseline_clicks += stratum.baseline_clicks
        if stratum.compares:
            odds = stratum.baseline_shown / stratum.shown
            total = stratum.clicks + stratum.baseline_clicks
            compared.append((stratum.clicks, total, odds))
            information += total * odds / (1 + odds) ** 2
    likelihood = [0.0] * len(GRID) if compared else []
    for own, total, odds in compared:
        likelihood = [sofar + own * point - total * log for sofar, point, log in zip(likelihood, GRID, _logs(odds), strict=True)]
    return Evidence(
        shown=shown,
        clicks=clicks,
        baseline_shown=baseline_shown,
        baseline_clicks=baseline_clicks,
        information=information,
        log_likelihood=tuple(likelihood),
    )


@lru_cache(maxsize=8192)
def _logs(odds: float) -> array[float]:
    """Logarithms of r + odds over the grid. Many venues that are shown a few times at the same place share them."""
    return array("d", [math.log(ratio + odds) for ratio in _RATIOS])


def _log_sum(terms: Iterable[float]) -> float:
    listed = list(terms)
    highest = max(listed)
    return highest + math.log(sum(math.exp(term - highest) for term in listed))
