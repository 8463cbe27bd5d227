"""What the gate works on: a log counted into cells, a target policy, an estimate with its interval.

Every estimator here sees a row only through (context, action, propensity, reward), and its weight through the first three. So a
log is kept as counts per (context, action, propensity, fold): exact for a table of any length, and of a size that does not grow
with the rows (`logs.LogBuilder`).
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from huichang.kernel.model import Model

FOLDS = 5


class LoggedRow(NamedTuple):
    """One decision for one place. `context`: what the policy saw (a position; placement and position). `key`: 64 bits that are the
    same for a repeated row, and decide its fold.
    """

    context: str
    action: str
    propensity: float
    reward: float
    key: int


class Part(NamedTuple):
    """Rows of one (context, action, propensity, fold): how many, their rewards' sum and sum of squares."""

    context: str
    action: str
    propensity: float
    fold: int
    rows: int
    reward: float
    squares: float


class Stretch(NamedTuple):
    """What the log's drift is seen by: rows, rewards and rewards ÷ propensity of an arm in one stretch of rows."""

    rows: int
    reward: float
    scaled: float


Arm = tuple[str, str]
"""(context, action)."""


@dataclass(frozen=True)
class Log:
    """A counted log. `stretches`: the rows in their order, cut into at most eight equal pieces. `rounded`: the significant digits
    that propensities were cut to so that the counts fit, None where they are exact. `possible`: arms that the logging policy is known to
    show now and then although no row of them happened to be logged (its even part covers them): they have support. `unseen`: the
    variance that such arms bring to the mean weight, which no sample shows.
    """

    parts: tuple[Part, ...]
    rows: int
    largest_reward: float
    stretches: tuple[Mapping[Arm, Stretch], ...] = ()
    rounded: int | None = None
    duplicates: int = 0
    possible: Container[Arm] = frozenset()
    unseen: Mapping[Arm, float] = field(default_factory=dict)
    arms: Mapping[Arm, Stretch] = field(init=False)
    contexts: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        arms: dict[Arm, Stretch] = {}
        contexts: dict[str, int] = {}
        for part in self.parts:
            had = arms.get((part.context, part.action), Stretch(0, 0.0, 0.0))
            scaled = part.rows / part.propensity
            arms[part.context, part.action] = Stretch(had.rows + part.rows, had.reward + part.reward, had.scaled + scaled)
            contexts[part.context] = contexts.get(part.context, 0) + part.rows
        object.__setattr__(self, "arms", arms)
        object.__setattr__(self, "contexts", contexts)

    def supports(self, context: str, action: str) -> bool:
        """Whether the logging policy shows this there: a row says so, or its design does."""
        return (context, action) in self.arms or (context, action) in self.possible

    @property
    def reward(self) -> float:
        """All rewards together."""
        return sum(part.reward for part in self.parts)

    @property
    def mean(self) -> float:
        """The logging policy's own value."""
        return self.reward / self.rows

    def __iter__(self) -> Iterator[Part]:
        return iter(self.parts)


@dataclass(frozen=True)
class TargetPolicy:
    """The policy to be judged: by context the probability of each action, summing to one.

    `variances`: of each estimated probability; empty where the probabilities are given, not estimated. `source` says how they
    were come by: "given", "log" (shares of rows, controlled by logged propensities) or "frequencies"
    (shares alone).
    """

    probabilities: Mapping[str, Mapping[str, float]]
    source: str = "given"
    rows: int = 0
    variances: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def of(self, context: str, action: str) -> float:
        """Its probability of this action there, 0 for what it never shows."""
        return self.probabilities[context].get(action, 0.0)


class Interval(Model):
    """Two-sided."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether the value lies within."""
        return self.low <= value <= self.high


class Estimate(Model):
    """A policy's value per row. `uplift`: it minus (1 + margin) x the log's own mean, on the same rows, at the level of verdicts."""

    value: float
    interval: Interval
    standard_error: float
    uplift: float
    uplift_interval: Interval
    uplift_error: float
    threshold: float | None = None
