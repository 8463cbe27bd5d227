"""Which interval: the gate's against a normal one, a percentile bootstrap and empirical Bernstein, for IPS, on worlds with a known truth.

python -m infra.bench.offpolicy_intervals [--worlds 500] [--seed 7] [--kinds few_clicks,learning_bandit]: coverage at 95 % and median
width in units of the truth, as one JSON line. Weights are as logged, so that nothing but the interval differs.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import defaultdict

import numpy as np

from huichang.delivery.offpolicy.estimators import LEVEL, estimate, weigh
from infra.bench.offpolicy_worlds import HELD, TUNED, World, make

Z = 1.959964
RESAMPLES = 500


def intervals(world: World, rng: np.random.Generator) -> dict[str, tuple[float, float]]:
    """By method."""
    weighed = weigh(world.log, world.target)
    n = world.log.rows
    rows = np.array([t.rows for t in weighed.terms], float)
    rewards = np.array([t.reward for t in weighed.terms])
    squares = np.array([t.squares for t in weighed.terms])
    weights = np.array([t.weight for t in weighed.terms])
    value = float(weights @ rewards) / n
    variance = max(0.0, float(weights**2 @ squares) / n - value**2)
    error = math.sqrt(variance / n)
    reach = float(weights[rows > 0].max()) * world.log.largest_reward
    logs = math.log(2 / (LEVEL / 2))
    bernstein = math.sqrt(2 * variance * logs / n) + 7 * reach * logs / (3 * (n - 1))  # Maurer & Pontil 2009
    drawn = rng.multinomial(n, _cells(rows, rewards) / n, size=RESAMPLES)[:, 1::2] @ weights / n
    ours = estimate(weighed, "ips").interval
    low, high = np.quantile(drawn, [LEVEL / 2, 1 - LEVEL / 2])
    return {
        "gate": (ours.low, ours.high),
        "normal": (value - Z * error, value + Z * error),
        "bootstrap": (float(low), float(high)),
        "bernstein": (value - bernstein, value + bernstein),
    }


def _cells(rows: np.ndarray, rewards: np.ndarray) -> np.ndarray:
    return np.stack([rows - rewards, rewards], axis=1).ravel()


def main(arguments: list[str] | None = None) -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=500)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--kinds", default="few_clicks,learning_bandit,skewed")
    options = parser.parse_args(arguments)
    found = {}
    for name in options.kinds.split(","):
        rng = np.random.default_rng([options.seed, *name.encode()])
        hits: dict[str, list[bool]] = defaultdict(list)
        widths: dict[str, list[float]] = defaultdict(list)
        for _ in range(options.worlds):
            world = make((TUNED | HELD)[name], rng)
            for method, (low, high) in intervals(world, rng).items():
                hits[method].append(low <= world.value <= high)
                widths[method].append((high - max(0.0, low)) / world.value)
        found[name] = {
            method: {"coverage": round(float(np.mean(h)), 4), "width": round(float(np.median(widths[method])), 3)}
            for method, h in hits.items()
        }
    print(json.dumps({"bench": "offpolicy_intervals", "worlds": options.worlds, "seed": options.seed, "kinds": found}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
