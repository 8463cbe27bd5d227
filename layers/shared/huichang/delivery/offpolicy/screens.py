"""Rows that were seen together are not independent: what that does to an estimate's spread.

The even part of a policy draws whole answers. Of a decision that it drew every row has a small propensity, hence a large weight: ten rows
of one screen are one piece of luck, not ten. The variance of a mean of sums over screens is that of screens (Liang & Zeger 1986);
divided by what rows taken as independent would have it is the design effect (Kish 1965), by whose root widths are stretched. It is
estimated like any variance, so it is never taken to be below one: luck must not make an interval narrower.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from huichang.delivery.offpolicy.estimators import Influence, Term, Weighed
from huichang.delivery.offpolicy.model import FOLDS, Log, LoggedRow


@dataclass(frozen=True)
class Screens:
    """Each row of the log as (number of its term, reward), by screen. `cut`: as the log cut propensities."""

    weighed: Weighed
    screens: Sequence[Sequence[tuple[int, float]]]

    def effect(self, rule: Callable[[Term], Influence], less: float = 0.0) -> float:
        """The design effect of an estimate's uplift over `less` times the rewards; 1 or above."""
        terms = self.weighed.terms
        psi = []
        for term in terms:
            constant, coefficient = rule(term)
            psi.append((constant, coefficient - less))
        n = self.weighed.log.rows
        mean = sum(t.rows * c + k * t.reward for t, (c, k) in zip(terms, psi, strict=True)) / n
        alone = together = 0.0
        for screen in self.screens:
            total = 0.0
            for number, reward in screen:
                constant, coefficient = psi[number]
                apart = constant + coefficient * reward - mean
                alone += apart * apart
                total += apart
            together += total * total
        return max(1.0, together / alone) if alone > 0 else 1.0


def screens_of(weighed: Weighed, rows: Iterable[LoggedRow]) -> Screens:
    """Rows of the log that `weighed` was made of, of a screen those with the same key. Weights may be marginal."""
    log: Log = weighed.log
    exact: dict[tuple[str, str, float, int], int] = {}
    arms: dict[tuple[str, str, int], int] = {}
    for number, part in enumerate(log):
        exact[part.context, part.action, part.propensity, part.fold] = number
        arms[part.context, part.action, part.fold] = number
    found: dict[int, list[tuple[int, float]]] = {}
    for row in rows:
        fold = row.key % FOLDS
        number = exact.get((row.context, row.action, row.propensity, fold), -1)
        if number < 0:  # its propensity was cut, or replaced by its arm's mean
            cut = float(f"{row.propensity:.{log.rounded - 1}e}") if log.rounded else row.propensity
            number = exact.get((row.context, row.action, cut, fold), arms[row.context, row.action, fold])
        found.setdefault(row.key, []).append((number, row.reward))
    return Screens(weighed, tuple(found.values()))
