"""The bench of the off-policy gate: worlds are what they say, and a gate that breaks its word is caught."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from huichang.delivery.offpolicy.estimators import NAMES
from huichang.delivery.offpolicy.model import Log, TargetPolicy
from huichang.delivery.offpolicy.verdicts import Judgement, judge
from infra.bench import offpolicy
from infra.bench.offpolicy import figures, holds, outcome, resampled, run_kind, totals
from infra.bench.offpolicy_worlds import HELD, TUNED, Kind, make


@pytest.mark.parametrize("name", [*TUNED, *HELD])
def test_every_kind_makes_worlds_that_are_consistent(name: str) -> None:
    kind = replace((TUNED | HELD)[name], rows=1000)
    world = make(kind, np.random.default_rng(3))
    assert sum(part.rows for part in world.log) == world.log.rows == 1000
    assert sum(seen.rows for stretch in world.log.stretches for seen in stretch.values()) == 1000
    assert all(0 < part.propensity <= 1 for part in world.log)
    assert all(part.reward <= part.rows for part in world.log) or kind.valued
    for chances in world.target.probabilities.values():
        assert sum(chances.values()) == pytest.approx(1)
    assert 0 < world.baseline < 1
    assert 0 < world.value < 1
    shown = {part.action for part in world.log}
    aimed = {action for chances in world.target.probabilities.values() for action in chances}
    if kind.unsupported:
        assert aimed - shown


def test_an_equal_policys_truth_is_the_baseline() -> None:
    world = make(TUNED["equal_policy"], np.random.default_rng(1))
    assert world.value == pytest.approx(world.baseline)


def test_a_logs_mean_is_near_the_truth_it_was_drawn_from() -> None:
    world = make(Kind(rows=200_000, rate=0.05, batches=4, logging=1.0), np.random.default_rng(5))
    assert world.log.mean == pytest.approx(world.baseline, rel=0.04)
    assert resampled(world.log, np.random.default_rng(1)).mean == pytest.approx(world.log.mean, rel=0.06)


def test_a_few_worlds_hold() -> None:
    kinds = {"plain": Kind(rows=3000, arms=8, rate=0.04), "unsupported": Kind(rows=3000, arms=8, rate=0.04, unsupported=0.2)}
    found = {name: figures(run_kind((name, kind, 8, 7)), kind) for name, kind in kinds.items()}
    total = totals(found)
    assert total["refused_without_support"] == 1.0
    assert total["wrong_ships"] == 0
    assert min(total["coverage"].values()) > 0.7  # eight worlds: what a real run is held to stands in the bench


def _outcome(*, covered: bool = True, wrong: bool = False, refused: bool = False) -> offpolicy.Outcome:
    return {
        "verdict": "ship" if wrong else "cannot_tell",
        "refused": refused,
        "wrong": wrong,
        "wrong_no": False,
        "better": False,
        "cover": dict.fromkeys(NAMES, covered),
        "error_of": dict.fromkeys(NAMES, 0.1),
        "marginal": False,
        "reasons": [],
    }


@pytest.mark.parametrize(
    ("outcomes", "kind", "held"),
    [
        ([_outcome()] * 100, Kind(), True),
        ([_outcome()] * 94 + [_outcome(covered=False)] * 6, Kind(), True),
        ([_outcome()] * 92 + [_outcome(covered=False)] * 8, Kind(), False),
        ([_outcome()] * 97 + [_outcome(wrong=True)] * 3, Kind(), False),
        ([_outcome(refused=True)] * 99 + [_outcome()], Kind(unsupported=0.1), True),
        ([_outcome(refused=True)] * 97 + [_outcome()] * 3, Kind(unsupported=0.1), False),
    ],
)
def test_what_was_promised_is_what_is_checked(outcomes: list[offpolicy.Outcome], kind: Kind, held: bool) -> None:
    assert holds(totals({"kind": figures(outcomes, kind)})) is held


def test_the_exit_code_says_whether_it_held(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert offpolicy.main(["--worlds", "1", "--kinds", "missing_support"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["holds"], said["all"]["worlds"], said["held_out"]) == (True, 1, None)
    monkeypatch.setattr(offpolicy, "judge", _credulous)
    assert offpolicy.main(["--worlds", "1", "--kinds", "missing_support"]) == 1


def _credulous(log: Log, target: TargetPolicy) -> Judgement:
    return judge(log, target).model_copy(update={"verdict": "ship", "refused": False})


def test_an_outcome_is_measured_against_the_truth() -> None:
    world = make(TUNED["equal_policy"], np.random.default_rng(2))
    said = outcome(world)
    found = judge(world.log, world.target)
    assert said["cover"]["ips"] == (found.estimates["ips"].interval.low <= world.value <= found.estimates["ips"].interval.high)
    assert said["error_of"]["dr"] == pytest.approx(abs(found.estimates["dr"].value - world.value) / world.value)
    assert not said["better"]
