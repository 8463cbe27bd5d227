"""Worlds with a known truth for the off-policy gate: who is shown what, who clicks, what a policy would earn.

A world's log is drawn as counts, not as rows: multinomial over arms, binomial over folds and clicks. That is the law of independent
rows. `TUNED` kinds were looked at while the gate was made; `HELD` kinds were written down first and run when it was finished.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from huichang.delivery.offpolicy.model import FOLDS, Log, Part, Stretch, TargetPolicy

Array = NDArray[np.float64]
STRETCHES = 4


@dataclass(frozen=True)
class Kind:
    """How worlds of a kind are made.

    `rows` decisions over `contexts` positions and `arms` items; `rate` the mean reward rate, `spread` the standard deviation of log
    lifts, `position` the log ratio of neighbouring positions. The logging policy mixes a softmax of sharpness `logging` on noisy
    lifts with `explore` uniform, drawn anew for each of `batches` (a bandit that learns). The target is a softmax of sharpness
    `aim` on lifts known with noise `blur` (negative: it prefers the bad ones), the logging policy's own mean (None), or "uniform".
    """

    rows: int = 10_000
    contexts: int = 3
    arms: int = 40
    rate: float = 0.005
    spread: float = 0.5
    position: float = -0.2
    batches: int = 1
    logging: float = 0.0
    explore: float = 0.2
    aim: float | str | None = 1.0
    blur: float = 0.5
    estimated: int = 0
    """The target's probabilities come from a log of so many rows, not from a table."""
    unsupported: float = 0.0
    """The target's share on arms that are never logged."""
    drift: float = 0.0
    """Rewards of every arm move by a random factor of this log standard deviation from batch to batch, each arm by half as much."""
    wrong: float = 0.0
    """Logged propensities are the true ones times log-normal noise of this standard deviation per arm."""
    delayed: float = 0.0
    """This share of the newest tenth's clicks has not arrived."""
    hidden: float = 0.0
    """Two kinds of buyers whom the policy tells apart and the log does not: log ratio of their click rates."""
    valued: bool = False
    """Rewards are order values: log-normal, of mean 1."""
    covered: bool = True
    """Whether intervals must cover: not where the log lies about its propensities."""
    refuse: bool = False
    """Whether an answer must be refused."""


BTS = Kind(batches=6, logging=2.0, explore=0.05)
TUNED: dict[str, Kind] = {
    "few_clicks": Kind(arms=80, rate=0.004),
    "learning_bandit": replace(BTS, aim="uniform"),
    "equal_policy": replace(BTS, aim=None),
    "clearly_better": Kind(rows=200_000, rate=0.02, spread=0.8, aim=2.0, blur=0.2),
    "missing_support": Kind(unsupported=0.2),
    "target_from_log": Kind(arms=80, rate=0.004, estimated=10_000),
}
HELD: dict[str, Kind] = {
    "many_arms": Kind(arms=400, rows=40_000),
    "tiny_log": Kind(rows=400, arms=10, rate=0.03),
    "frequent_rewards": Kind(rows=5_000, rate=0.3, spread=0.3),
    "order_values": Kind(rows=30_000, rate=0.01, valued=True),
    "skewed": Kind(rows=30_000, logging=3.0, explore=0.1, aim=2.0, blur=1.0),
    "drift": replace(BTS, rows=30_000, drift=0.4, aim=1.0),
    "delayed_clicks": Kind(rows=30_000, delayed=0.5),
    "hidden_buyers": replace(BTS, rows=30_000, hidden=0.8, aim="uniform"),
    "slightly_worse": Kind(rows=300_000, rate=0.02, spread=0.3, aim=-0.3, blur=0.5),
    "equal_in_a_large_log": Kind(rows=300_000, rate=0.02, logging=1.0, aim=None),
    "nearly_equal": Kind(rows=100_000, rate=0.02, spread=0.1, aim=0.0, blur=1.0, logging=1.0),
    "hardly_any_support": Kind(rows=30_000, logging=4.0, explore=0.005, aim="uniform"),
    "worse_than_bandit": replace(BTS, rows=100_000, rate=0.02, aim="uniform"),
    "missing_small_share": Kind(rows=30_000, unsupported=0.03),
    "missing_in_bandit": replace(BTS, rows=30_000, unsupported=0.1),
    "wrong_propensities": Kind(rows=30_000, logging=1.0, wrong=0.5, covered=False),
    "slightly_wrong": Kind(rows=30_000, logging=1.0, wrong=0.15, covered=False),
}


@dataclass(frozen=True)
class World:
    """A log, the policy asked about, and what is true: its value, the logging policy's."""

    log: Log
    target: TargetPolicy
    value: float
    baseline: float


def make(kind: Kind, rng: np.random.Generator) -> World:
    """One world. The truth is an expectation, no draw."""
    lifts = np.exp(rng.normal(0, kind.spread, kind.arms))
    places = np.exp(kind.position * np.arange(kind.contexts))
    rates = np.minimum(0.95, kind.rate * np.outer(places / places.mean(), lifts / lifts.mean()))  # context x arm
    moves = np.exp(rng.normal(0, kind.drift, (kind.batches, 1, 1)) + rng.normal(0, kind.drift / 2, (kind.batches, 1, kind.arms)))
    logging = np.stack([_logging(kind, lifts, rng) for _ in range(kind.batches)])  # batch x context x arm
    target = _target(kind, lifts, logging.mean(axis=0), rng)
    if kind.unsupported:
        logging, target = _without(kind, logging, target, rng)
    batch_rates = np.minimum(0.95, rates[None] * moves)
    value = float((target[None] * batch_rates).sum(axis=2).mean())
    baseline = float(
        np.mean([[_earned(kind, *pair) for pair in zip(*both, strict=True)] for both in zip(logging, batch_rates, strict=True)])
    )
    log = _draw(kind, logging, batch_rates, rng)
    return World(log, _known(kind, target, rng), value, baseline)


def _logging(kind: Kind, lifts: Array, rng: np.random.Generator) -> Array:
    believed = np.log(lifts) + rng.normal(0, 0.5, (kind.contexts, kind.arms))
    return (1 - kind.explore) * _softmax(kind.logging * believed) + kind.explore / kind.arms


def _target(kind: Kind, lifts: Array, logging: Array, rng: np.random.Generator) -> Array:
    if kind.aim is None:
        return logging
    if kind.aim == "uniform":
        return np.full((kind.contexts, kind.arms), 1 / kind.arms)
    believed = np.log(lifts) + rng.normal(0, kind.blur, (kind.contexts, kind.arms))
    return _softmax(float(kind.aim) * believed)


def _without(kind: Kind, logging: Array, target: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    gone = rng.choice(kind.arms, max(1, kind.arms // 10), replace=False)
    logging = logging.copy()
    logging[:, :, gone] = 0
    logging /= logging.sum(axis=2, keepdims=True)
    kept = np.ones(kind.arms, bool)
    kept[gone] = False
    target = target.copy()
    target[:, gone] *= kind.unsupported / target[:, gone].sum(axis=1, keepdims=True)
    target[:, kept] *= (1 - kind.unsupported) / target[:, kept].sum(axis=1, keepdims=True)
    return logging, target


def _softmax(values: Array) -> Array:
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def _known(kind: Kind, target: Array, rng: np.random.Generator) -> TargetPolicy:
    """The target as the gate learns of it: a table, or the shares of a log that it wrote."""
    names = [str(arm) for arm in range(kind.arms)]
    if not kind.estimated:
        return TargetPolicy({str(x + 1): dict(zip(names, map(float, target[x]), strict=True)) for x in range(kind.contexts)})
    chances, variances = {}, {}
    rows = kind.estimated // kind.contexts
    for x in range(kind.contexts):
        share = rng.multinomial(rows, target[x]) / rows
        chances[str(x + 1)] = {name: float(s) for name, s in zip(names, share, strict=True) if s}
        variances[str(x + 1)] = {name: float(s * (1 - s) / rows) for name, s in zip(names, share, strict=True) if s}
    return TargetPolicy(chances, source="log", rows=kind.estimated, variances=variances)


def _draw(kind: Kind, logging: Array, rates: Array, rng: np.random.Generator) -> Log:
    counts: dict[tuple[str, str, float, int], list[float]] = {}
    stretches: list[dict[tuple[str, str], list[float]]] = [{} for _ in range(STRETCHES)]
    noise = np.exp(rng.normal(0, kind.wrong, logging.shape[1:])) if kind.wrong else np.ones(logging.shape[1:])
    largest = 0.0
    pieces = STRETCHES if kind.batches == 1 else kind.batches
    per_piece = _split(kind.rows, pieces)
    for piece, rows in enumerate(per_piece):
        batch = piece if kind.batches > 1 else 0
        stretch = stretches[piece * STRETCHES // pieces]
        for x, here in enumerate(_split(rows, kind.contexts)):
            for part, (chance, reward_rates) in enumerate(_buyers(kind, logging[batch, x], rates[batch, x])):
                shown = rng.multinomial(_split(here, 2 if kind.hidden else 1)[part], chance)
                by_fold = rng.multinomial(shown, np.full(FOLDS, 1 / FOLDS))
                clicks = rng.binomial(by_fold, reward_rates[:, None])
                if kind.delayed and piece == pieces - 1:
                    clicks = rng.binomial(clicks, 1 - kind.delayed * 0.1 * pieces)
                for arm, fold in zip(*map(np.ndarray.tolist, by_fold.nonzero()), strict=True):
                    propensity = float(min(1.0, chance[arm] * noise[x, arm]))
                    reward, squares, most = _rewards(kind, int(clicks[arm, fold]), rng)
                    largest = max(largest, most)
                    sums = counts.setdefault((str(x + 1), str(arm), propensity, fold), [0, 0.0, 0.0])
                    seen = stretch.setdefault((str(x + 1), str(arm)), [0, 0.0, 0.0])
                    rows_here = int(by_fold[arm, fold])
                    for i, value in enumerate((rows_here, reward, squares)):
                        sums[i] += value
                    for i, value in enumerate((rows_here, reward, reward / propensity)):
                        seen[i] += value
    parts = tuple(Part(*place, int(n), r, s) for place, (n, r, s) in counts.items())
    told = tuple({arm: Stretch(int(n), r, s) for arm, (n, r, s) in one.items()} for one in stretches)
    return Log(parts, kind.rows, largest, told)


def _buyers(kind: Kind, chance: Array, rates: Array) -> list[tuple[Array, Array]]:
    """One kind of buyers, or two: the second clicks more, and is shown what its policy, sharper, prefers."""
    if not kind.hidden:
        return [(chance, rates)]
    sharper = chance**1.5 / (chance**1.5).sum()
    flatter = 2 * chance - sharper
    if (flatter <= 0).any():
        flatter = np.maximum(flatter, chance * 0.1)
        flatter /= flatter.sum()
    up = np.exp(kind.hidden / 2)
    scale = 2 / (up + 1 / up)
    return [(flatter, np.minimum(0.95, rates * scale / up)), (sharper, np.minimum(0.95, rates * scale * up))]


def _earned(kind: Kind, chance: Array, rates: Array) -> float:
    """Expected reward of a row of this batch and position."""
    return float(np.mean([shown @ earns for shown, earns in _buyers(kind, chance, rates)]))


def _rewards(kind: Kind, clicks: int, rng: np.random.Generator) -> tuple[float, float, float]:
    if not clicks:
        return 0.0, 0.0, 0.0
    if not kind.valued:
        return float(clicks), float(clicks), 1.0
    values = rng.lognormal(-0.32, 0.8, clicks)
    return float(values.sum()), float((values**2).sum()), float(values.max())


def _split(total: int, pieces: int) -> list[int]:
    return [total // pieces + (1 if i < total % pieces else 0) for i in range(pieces)]
