"""Intervals for means of rare, weighted rewards.

At a click rate of 0.4 % ten thousand rows hold forty clicks: the sampling distribution is skewed, and a normal interval misses on
one side. A sum of weighted clicks is a weighted sum of independent Poisson counts, for which Fay & Feuer (Statistics in Medicine 16,
1997) give an interval by a gamma distribution matched in mean and variance, the upper end with one more event than was seen. Our
sums have weights of both signs (uplift = Σ (w - 1) r): the two signs are disjoint rows, hence independent sums, and are joined by
MOVER (Zou & Donner, Statistics in Medicine 27, 2008). The Poisson widths are scaled by the exact standard deviation of the
estimator's influence values, which makes them right for frequent rewards too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

_TINY = 1e-300


@dataclass(frozen=True)
class Side:
    """A weighted Poisson sum: its value, its variance (never below what the reward model expects), the size of one more event."""

    total: float
    variance: float
    event: float


def bounds(side: Side, alpha: float) -> tuple[float, float]:
    """The two-sided 1 - alpha interval for the sum's expectation."""
    total, variance, event = side.total, side.variance, side.event
    if total < 0 or variance < 0 or event < 0:
        raise ValueError("a side of an estimate is negative")
    low = 0.0
    if total > 0 and variance > 0:
        low = min(total, gamma_quantile(alpha / 2, total * total / variance) * variance / total)
    above, spread = total + event, variance + event * event
    if above <= 0 or spread <= 0:
        return low, total
    return low, max(total, gamma_quantile(1 - alpha / 2, above * above / spread) * spread / above)


def joined(gain: Side, loss: Side, alpha: float, *, scale: float = 1.0, extra: float = 0.0) -> tuple[float, float]:
    """How far below and above gain - loss its interval reaches. `scale` multiplies the Poisson widths, `extra` is a variance added."""
    gain_low, gain_high = bounds(gain, alpha)
    loss_low, loss_high = bounds(loss, alpha)
    more = NormalDist().inv_cdf(1 - alpha / 2) ** 2 * extra
    below = math.sqrt(scale**2 * ((gain.total - gain_low) ** 2 + (loss_high - loss.total) ** 2) + more)
    above = math.sqrt(scale**2 * ((gain_high - gain.total) ** 2 + (loss.total - loss_low) ** 2) + more)
    return below, above


def gamma_quantile(probability: float, shape: float) -> float:
    """Where the gamma distribution of this shape and scale 1 reaches the probability. ValueError outside (0, 1) or shape <= 0."""
    if not (0 < probability < 1 and shape > 0):
        raise ValueError(f"no quantile {probability} of a gamma distribution of shape {shape}")
    if shape > 1e6:  # normal to six digits
        return shape + NormalDist().inv_cdf(probability) * math.sqrt(shape)
    low, high = 0.0, max(1.0, shape)
    while gamma_cdf(high, shape) < probability:
        low, high = high, high * 2
    # Wilson & Hilferty's cube is within a few per cent; the bracket keeps Newton's steps honest
    z = NormalDist().inv_cdf(probability)
    x = shape * max(1e-3, 1 - 1 / (9 * shape) + z / (3 * math.sqrt(shape))) ** 3
    for _ in range(200):
        if not low < x < high:
            x = (low + high) / 2
        missed = gamma_cdf(x, shape) - probability
        low, high = (x, high) if missed < 0 else (low, x)
        density = math.exp((shape - 1) * math.log(max(x, _TINY)) - x - math.lgamma(shape))
        step = missed / density if density > 0 else math.inf
        if abs(step) <= 1e-10 * x or high - low <= 1e-12 * high:
            return x
        x -= step
    return x


def gamma_cdf(x: float, shape: float) -> float:
    """The regularised lower incomplete gamma function P(shape, x): a series below shape + 1, Lentz's continued fraction above."""
    if x <= 0:
        return 0.0
    front = math.exp(shape * math.log(x) - x - math.lgamma(shape))
    if x < shape + 1:
        term = total = 1 / shape
        n = shape
        while abs(term) > abs(total) * 1e-14:
            n += 1
            term *= x / n
            total += term
        return min(1.0, total * front)
    b = x + 1 - shape
    c, d = 1 / _TINY, 1 / b
    h = d
    for i in range(1, 100_000):
        a = -i * (i - shape)
        b += 2
        d = 1 / (a * d + b or _TINY)
        c = b + a / c or _TINY
        h *= d * c
        if abs(d * c - 1) < 1e-14:
            break
    return max(0.0, 1 - front * h)


def upper_tail(chi_square: float, degrees: int) -> float:
    """The probability of a chi-square at least this large."""
    return max(0.0, 1 - gamma_cdf(chi_square / 2, degrees / 2))


def two_sided(z: float) -> float:
    """The p-value of a standard normal this far from zero."""
    return 2 * (1 - NormalDist().cdf(abs(z)))
