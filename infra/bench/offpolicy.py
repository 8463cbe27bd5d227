"""Whether the off-policy gate keeps its word: coverage, wrong ships, refusals, on worlds whose truth is known.

python -m infra.bench.offpolicy [--worlds 100] [--seed 7] [--kinds few_clicks,drift] [--data FOLDER]: a table on standard error,
one JSON line on standard output. `--data`: a folder of Open Bandit files; its logs are resampled too (their own mean is the truth).
Exit 1 when over all worlds a figure does not hold: 95 % intervals of IPS, SNIPS, DR and Switch-DR cover the truth in at least 93 %,
at most 2 % of the worlds where the target is not better are shipped, at least 98 % of those that lack support are refused.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from huichang.delivery.offpolicy.estimators import NAMES
from huichang.delivery.offpolicy.model import Log, Stretch
from huichang.delivery.offpolicy.verdicts import judge
from huichang.kernel.errors import InvalidInputError
from infra.bench.offpolicy_worlds import HELD, TUNED, Kind, World, make

COVERED, WRONG, REFUSED = 0.93, 0.02, 0.98
Outcome = dict[str, Any]


def outcome(world: World) -> Outcome:
    """What the gate says of a world, against what is true."""
    try:
        said = judge(world.log, world.target)
    except InvalidInputError as error:
        return {"error": error.code}
    return {
        "verdict": said.verdict,
        "refused": said.refused,
        "wrong": said.verdict == "ship" and world.value <= world.baseline * (1 + 1e-12),
        "wrong_no": said.verdict == "do_not_ship" and world.value > world.baseline,
        "better": world.value > world.baseline * (1 + 1e-12),
        "cover": {name: said.estimates[name].interval.holds(world.value) for name in NAMES},
        "error_of": {name: abs(said.estimates[name].value / world.value - 1) for name in NAMES},
        "marginal": said.weighting.used == "marginal",
        "reasons": [reason.code for reason in said.reasons],
    }


def run_kind(job: tuple[str, Kind, int, int]) -> list[Outcome]:
    """All worlds of a kind, from its own stream of random numbers."""
    name, kind, worlds, seed = job
    rng = np.random.default_rng([seed, *name.encode()])
    return [outcome(make(kind, rng)) for _ in range(worlds)]


def figures(outcomes: list[Outcome], kind: Kind) -> dict[str, Any]:
    """Of one kind."""
    n = len(outcomes)
    said = [o for o in outcomes if "verdict" in o]
    return {
        "worlds": n,
        "must_cover": kind.covered and not kind.unsupported,
        "must_refuse": kind.unsupported > 0 or kind.refuse,
        "coverage": {name: round(float(np.mean([o["cover"][name] for o in said])), 4) for name in NAMES},
        "median_relative_error": {name: round(float(np.median([o["error_of"][name] for o in said])), 3) for name in NAMES},
        "verdicts": dict(Counter(o["verdict"] for o in said)),
        "refused": round(float(np.mean([o["refused"] for o in said])), 4),
        "not_better": sum(not o["better"] for o in said),
        "wrong_ships": sum(o["wrong"] for o in said),
        "wrong_refusals_to_ship": sum(o["wrong_no"] for o in said),
        "marginal_weights": round(float(np.mean([o["marginal"] for o in said])), 3),
        "reasons": dict(Counter(code for o in said for code in o["reasons"]).most_common(4)),
    }


def totals(found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Over kinds."""
    covering = [f for f in found.values() if f["must_cover"]]
    refusing = [f for f in found.values() if f["must_refuse"]]
    not_better = sum(f["not_better"] for f in found.values())
    worlds = max(1, sum(f["worlds"] for f in covering))
    covered = {name: round(sum(f["coverage"][name] * f["worlds"] for f in covering) / worlds, 4) for name in NAMES}
    least = sorted((min(f["coverage"].values()), name) for name, f in found.items() if f["must_cover"])
    return {
        "worlds": sum(f["worlds"] for f in found.values()),
        "coverage": covered if covering else None,
        "least_coverage_of_a_kind": least[0] if least else None,
        "wrong_ships": sum(f["wrong_ships"] for f in found.values()),
        "not_better": not_better,
        "wrong_ship_share": round(sum(f["wrong_ships"] for f in found.values()) / max(1, not_better), 4),
        "refused_without_support": (
            round(sum(f["refused"] * f["worlds"] for f in refusing) / sum(f["worlds"] for f in refusing), 4) if refusing else None
        ),
        "shipped_when_better": sum(f["verdicts"].get("ship", 0) - f["wrong_ships"] for f in found.values()),
    }


def holds(total: dict[str, Any]) -> bool:
    """Whether the promised figures hold."""
    return (
        (total["coverage"] is None or min(total["coverage"].values()) >= COVERED)
        and total["wrong_ship_share"] <= WRONG
        and (total["refused_without_support"] is None or total["refused_without_support"] >= REFUSED)
    )


def bootstrap(folder: Path, worlds: int, seed: int) -> dict[str, Any]:
    """Resampled logs of every pair of files: how often the interval covers what the whole log says."""
    from infra.evaluation.offpolicy import pairs, read_pair

    found = {}
    for log_path, target_path in pairs(folder):
        log, target, _ = read_pair(log_path, target_path)
        whole = judge(log, target)
        truth = {name: estimate.value for name, estimate in whole.estimates.items()}
        rng = np.random.default_rng([seed, *log_path.name.encode()])
        hits: Counter[str] = Counter()
        for _ in range(worlds):
            said = judge(resampled(log, rng), target, weights=whole.weighting.used)
            hits.update(name for name in NAMES if said.estimates[name].interval.holds(truth[name]))
        found[f"{log_path.name} -> {target_path.name}"] = {name: round(hits[name] / worlds, 4) for name in NAMES}
    return found


def resampled(log: Log, rng: np.random.Generator) -> Log:
    """A log of as many rows, drawn from this one's with replacement. Rewards are clicks."""
    chances = np.array([[part.rows - part.reward, part.reward] for part in log.parts]).ravel() / log.rows
    drawn = rng.multinomial(log.rows, chances).reshape(-1, 2)
    parts = tuple(
        part._replace(rows=int(n + c), reward=float(c), squares=float(c)) for part, (n, c) in zip(log.parts, drawn, strict=True) if n + c
    )
    whole: dict[tuple[str, str], list[float]] = {}
    for part in parts:
        sums = whole.setdefault((part.context, part.action), [0, 0.0, 0.0])
        for i, value in enumerate((part.rows, part.reward, part.reward / part.propensity)):
            sums[i] += value
    return Log(parts, log.rows, 1.0, ({arm: Stretch(int(n), r, s) for arm, (n, r, s) in whole.items()},))


def main(arguments: list[str] | None = None) -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--kinds", default="")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--data", type=Path)
    options = parser.parse_args(arguments)
    kinds = TUNED | HELD
    names = options.kinds.split(",") if options.kinds else list(kinds)
    began = time.perf_counter()
    jobs = [(name, kinds[name], options.worlds, options.seed) for name in names]
    run: Callable[..., Any] = map
    pool = ProcessPoolExecutor(options.workers) if options.workers > 1 else None
    if pool:
        run = pool.map
    found = {}
    for job, outcomes in zip(jobs, run(run_kind, jobs), strict=True):
        found[job[0]] = figures(outcomes, job[1])
        _tell(job[0], found[job[0]])
    if pool:
        pool.shutdown()
    total = totals(found)
    held = {name: f for name, f in found.items() if name in HELD}
    tuned = {name: f for name, f in found.items() if name in TUNED}
    result = {
        "bench": "offpolicy",
        "seed": options.seed,
        "holds": holds(total),
        "all": total,
        "tuned": totals(tuned) if tuned else None,
        "held_out": totals(held) if held else None,
        "kinds": found,
        "bootstrap": bootstrap(options.data, options.worlds, options.seed) if options.data else None,
        "seconds": round(time.perf_counter() - began, 1),
    }
    print(json.dumps(result))
    return 0 if result["holds"] else 1


def _tell(name: str, found: dict[str, Any]) -> None:
    cover = " ".join(f"{value:.3f}" for value in found["coverage"].values())
    errors = " ".join(f"{value:.2f}" for value in found["median_relative_error"].values())
    print(
        f"{name:20} cover {cover}{' ' if found['must_cover'] else '*'} error {errors} refused {found['refused']:.3f}",
        f"wrong {found['wrong_ships']}/{found['not_better']} marginal {found['marginal_weights']:.2f}",
        f"{found['verdicts']} {found['reasons']}",
        file=sys.stderr,
    )


if __name__ == "__main__":
    sys.exit(main())
