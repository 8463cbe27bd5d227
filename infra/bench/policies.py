"""The gate on the live log, over worlds with a known truth: how often it ships what is not better, refuses what has no support, and whether
its intervals hold. `python -m infra.bench.policies --worlds 20` prints one JSON value; exit 1 where a promise does not hold.

A world is a placement in which a policy learns hour by hour (infra/bench/policy_worlds.py). The truth of a candidate is what its
probabilities, block by block, would have earned of the true rates on the very offers that are judged by.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

from huichang.delivery.control.rules import Controls, VenueRule
from huichang.delivery.release import judging
from huichang.delivery.release.judging import AT_ONCE, Bounds
from huichang.delivery.release.model import Candidate, Live
from huichang.delivery.release.replay import Replayed
from huichang.delivery.serving.ports import PolicySettings
from infra.bench.policy_worlds import LOOKS, NOW, World

# The policy in place and the candidate, by what they explore.
KINDS = {"better": (0.8, 0.05), "a little better": (0.3, 0.15), "equal": (0.1, 0.1), "a little worse": (0.1, 0.3), "worse": (0.05, 0.9)}
MOST_WRONG, LEAST_REFUSED, LEAST_COVERED = 0.02, 0.98, 0.93


def settings(explore: float, policy_id: str = "built-in") -> PolicySettings:
    """A policy that differs in nothing else."""
    return PolicySettings(policy_id=policy_id, explore=explore, draws=64)


def truth_of(world: World, lived: Replayed) -> tuple[float, float]:
    """What the candidate, and the policy in place, earn an offer in truth."""
    rates = world.rates["none"]

    def looks(context: str) -> float:
        return LOOKS[int(context.rsplit("/", 1)[-1]) - 1]

    would = sum(looks(row.context) * sum(p * rates[v] for v, p in lived.target.probabilities[row.context].items()) for row in lived.rows)
    does = sum(looks(row.context) * rates[row.action] for row in lived.rows)
    return would / len(lived.rows), does / len(lived.rows)


def run_kind(name: str, worlds: int, seed: int) -> dict[str, Any]:
    """All worlds of a kind."""
    in_place, wanted = KINDS[name]
    answers: dict[str, int] = {}
    held: dict[str, int] = {}
    wrong = not_better = rehearsed = 0
    for number in range(worlds):
        world = World(settings(in_place), venues=10, hours=24, per_hour=80, best=0.3, seed=seed * 1000 + number)
        lives: list[Replayed] = []
        candidate = Candidate(settings=settings(wanted, "candidate"), placement="home", proposed_by="bench", proposed_at="")
        judge = world.judge(settle=lambda lived, margin, kept=lives: (kept.append(lived), judging.settle(lived, margin))[1])
        verdict = judge.candidate(candidate, Live(everywhere=world.settings), NOW, f"job-{number}", Bounds())
        would, does = truth_of(world, lives[0])
        answers[verdict.answer] = answers.get(verdict.answer, 0) + 1
        not_better += would <= does
        wrong += verdict.answer == "ship" and would <= does
        if verdict.judgement is not None:
            for estimator, found in verdict.judgement.estimates.items():
                held[estimator] = held.get(estimator, 0) + found.interval.holds(would)
        rehearsed += verdict.rehearsal is not None and verdict.rehearsal.low <= 0 <= verdict.rehearsal.high
    coverage = {estimator: count / worlds for estimator, count in held.items()}
    return {
        "answers": answers,
        "coverage_95": coverage,
        "wrong_ships": wrong,
        "not_better": not_better,
        "rehearsal_holds_0": rehearsed / worlds,
    }


def run_unsupported(worlds: int, seed: int) -> float:
    """Share of refusals where a venue that was held shall be shown."""
    refused = 0
    held = Controls(venues={"v-00": VenueRule(hold=True)})
    for number in range(worlds):
        world = World(settings(0.2), venues=10, hours=16, per_hour=60, best=0.3, seed=seed * 1000 + number, controls=held)
        said = world.judge().rules("home", world.settings, held, Controls(venues={"v-00": VenueRule(floor=0.5)}), NOW, AT_ONCE)
        refused += said.refused and "no_support" in said.codes
    return refused / worlds


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=20, help="of each kind")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    began = time.process_time()
    kinds = {name: run_kind(name, asked.worlds, asked.seed) for name in KINDS}
    refused = run_unsupported(asked.worlds, asked.seed)
    wrong = sum(kind["wrong_ships"] for kind in kinds.values()) / max(1, sum(kind["not_better"] for kind in kinds.values()))
    covered = {name: sum(kind["coverage_95"][name] for kind in kinds.values()) / len(kinds) for name in ("ips", "snips", "dr", "switch")}
    holds = wrong <= MOST_WRONG and refused >= LEAST_REFUSED and min(covered.values()) >= LEAST_COVERED
    told = {
        "worlds": asked.worlds,
        "seed": asked.seed,
        "kinds": kinds,
        "wrong_ships": wrong,
        "refused_without_support": refused,
        "coverage_95": covered,
        "holds": holds,
        "cpu_seconds": round(time.process_time() - began, 1),
    }
    sys.stdout.write(json.dumps(told, indent=2) + "\n")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
