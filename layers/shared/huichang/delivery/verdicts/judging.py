"""Retire, promote, keep, or cannot tell yet: what the evidence allows to be said, and how much more would be needed.

With the interval of a venue's rate over the baseline's:

    retire     it lies below 1
    promote    it lies above 1 + margin
    keep       it lies above 1 - margin
    otherwise  cannot tell yet

As soon as the interval is narrower than the margin one of the first three holds. So the number of impressions after which
a venue more than `margin` under its baseline cannot still be kept is known before it is shown once: `promised_impressions`.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import Field

from huichang.delivery.verdicts.evidence import Evidence, Interval
from huichang.kernel.model import Model

VerdictKind = Literal["retire", "promote", "keep", "cannot_tell"]


class Rule(Model):
    """A placement's rule. `alpha`: how often an interval may ever miss the truth. `margin`: how far under the baseline, as a
    share of it, a venue may be and still be kept (0.02: two per cent of the baseline's rate)."""

    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    margin: Annotated[float, Field(gt=0, lt=1)] = 0.02


class Verdict(Model):
    """What can be said now. `estimate` None: nothing was compared. `more_impressions`: the venue's own, until a verdict is to
    be expected if rates stay as they look; 0 with a verdict, None where nothing was compared."""

    kind: VerdictKind
    interval: Interval
    estimate: float | None
    shown: int
    clicks: int
    baseline_shown: int
    baseline_clicks: int
    more_impressions: int | None
    rule: Rule


def judge(evidence: Evidence, rule: Rule) -> Verdict:
    """The verdict at this moment; it may be asked for at any moment, as often as one likes."""
    interval = evidence.interval(rule.alpha)
    kind = _kind(interval, rule)
    return Verdict(
        kind=kind,
        interval=interval,
        estimate=evidence.ratio,
        shown=evidence.shown,
        clicks=evidence.clicks,
        baseline_shown=evidence.baseline_shown,
        baseline_clicks=evidence.baseline_clicks,
        more_impressions=0 if kind != "cannot_tell" else _more(evidence, rule),
        rule=rule,
    )


def promised_impressions(rate: float, rule: Rule, *, baseline_per_impression: float = 1.0) -> int:
    """A venue's own impressions after which it has a verdict, if the baseline earns `rate` (0..1) an impression.

    `baseline_per_impression`: how often the baseline is shown for one impression of the venue. Raises ValueError.
    """
    if not 0 < rate <= 1 or baseline_per_impression <= 0:
        raise ValueError("rate lies in (0, 1], baseline_per_impression above 0")
    # Information of one impression of the venue and of the baseline's beside it, in clicks: total clicks x s (1 - s).
    odds = baseline_per_impression
    each = rate * (1 + odds) * odds / (1 + odds) ** 2
    # The width of the interval is at most the margin when half of it is half the margin, on the scale of log r.
    return math.ceil(_information_for(-math.log1p(-rule.margin) / 2, rule.alpha) / each)


def _kind(interval: Interval, rule: Rule) -> VerdictKind:
    if interval.high < 1:
        return "retire"
    if interval.low > 1 + rule.margin:
        return "promote"
    if interval.low > 1 - rule.margin:
        return "keep"
    return "cannot_tell"


def _more(evidence: Evidence, rule: Rule) -> int | None:
    ratio = evidence.ratio
    if ratio is None or evidence.information <= 0 or not evidence.shown:
        return None
    lies = math.log(ratio)
    # Whichever verdict is nearer: below 1, or above 1 - margin.
    away = max(-lies, lies - math.log1p(-rule.margin))
    needed = _information_for(away, rule.alpha) - evidence.information
    return max(1, math.ceil(needed * evidence.shown / evidence.information))


def _half_width(information: float, alpha: float) -> float:
    """Of the interval for log r, about: Robbins' normal mixture with the middle scale of the prior, and its price for the others."""
    return math.sqrt((math.log1p(information * 0.25**2) + 2 * math.log(3 / alpha)) / information)


@lru_cache(maxsize=256)
def _information_for(half_width: float, alpha: float) -> float:
    """The least information with which the interval is as narrow: bisection, the width falls as information grows."""
    low, high = 1.0, 1e12
    for _ in range(100):
        middle = math.sqrt(low * high)
        if _half_width(middle, alpha) <= half_width:
            high = middle
        else:
            low = middle
    return high
