"""The gate: it ships what is better, keeps what is worse, and refuses where the log cannot tell."""

from __future__ import annotations

import random

import pytest

from huichang.delivery.offpolicy.logs import LogBuilder
from huichang.delivery.offpolicy.model import Log, LoggedRow, TargetPolicy
from huichang.delivery.offpolicy.verdicts import Judgement, judge
from huichang.kernel.errors import InvalidInputError

UNIFORM = {"good": 0.25, "fair": 0.25, "poor": 0.25, "worst": 0.25}
RATES = {"good": 0.12, "fair": 0.06, "poor": 0.03, "worst": 0.01}


def log_of(
    rows: int,
    *,
    logging: dict[str, float] | None = None,
    rates: dict[str, float] | None = None,
    told: float = 1.0,
    seed: int = 1,
    late: bool = False,
) -> Log:
    """`told`: what logged propensities are multiplied by. `late`: in the second half good and worst change places."""
    logging, rates = logging or UNIFORM, rates or RATES
    rng = random.Random(seed)
    builder = LogBuilder(keep_repeated=True)
    for i in range(rows):
        action = rng.choices(list(logging), list(logging.values()))[0]
        earns = {"good": "worst", "worst": "good"}.get(action, action) if late and i >= rows * 0.6 else action
        builder.add(LoggedRow(str(1 + i % 2), action, logging[action] * told, float(rng.random() < rates[earns]), rng.getrandbits(64)))
    return builder.build()


def policy(**chances: float) -> TargetPolicy:
    return TargetPolicy({"1": chances, "2": chances})


def codes(said: Judgement) -> list[str]:
    return [reason.code for reason in said.reasons]


def test_the_better_policy_is_shipped_with_its_evidence() -> None:
    said = judge(log_of(8000), policy(good=0.7, fair=0.2, poor=0.05, worst=0.05))
    assert (said.verdict, said.refused, codes(said), said.needed) == ("ship", False, ["better"], None)
    assert said.words["zh"].startswith("可以上线。预计")
    assert said.words["en"].startswith("Ship. It should earn")
    assert said.estimates["dr"].interval.holds(0.7 * 0.12 + 0.2 * 0.06 + 0.05 * 0.04)


def test_the_worse_policy_is_not() -> None:
    said = judge(log_of(8000), policy(good=0.05, fair=0.05, poor=0.2, worst=0.7))
    assert (said.verdict, said.refused, codes(said)) == ("do_not_ship", False, ["worse"])
    assert said.words["zh"].startswith("不要上线。")


def test_a_margin_asks_for_more_or_allows_less() -> None:
    log, same = log_of(8000), TargetPolicy({"1": UNIFORM, "2": UNIFORM})
    said = judge(log, same)
    assert (said.verdict, said.refused, codes(said), said.needed) == ("cannot_tell", False, ["no_difference"], None)
    assert judge(log, same, margin=-0.05).verdict == "ship"
    assert judge(log, same, margin=0.05).verdict == "do_not_ship"
    better = policy(good=0.4, fair=0.3, poor=0.2, worst=0.1)
    assert judge(log, better, margin=2.0).verdict == "do_not_ship"
    for margin in (-1.0, float("nan")):
        with pytest.raises(InvalidInputError, match="margin"):
            judge(log, same, margin=margin)


def test_what_cannot_be_told_says_what_data_would_tell() -> None:
    said = judge(log_of(600), policy(good=0.25, fair=0.3, poor=0.2, worst=0.25))
    assert (said.verdict, said.refused, codes(said)) == ("cannot_tell", False, ["interval_too_wide"])
    assert said.needed is not None
    assert 0 < said.needed.decisions_if_aimed < 600 + said.needed.decisions_more
    assert "再记录约" in said.words["zh"]
    assert f"{said.needed.decisions_more:,} more decisions" in said.words["en"]


def test_it_refuses_where_the_log_never_showed_what_the_target_would() -> None:
    logging = {"fair": 0.5, "poor": 0.3, "worst": 0.2}
    said = judge(log_of(8000, logging=logging), policy(good=0.6, fair=0.3, poor=0.05, worst=0.05))
    assert (said.verdict, said.refused) == ("cannot_tell", True)
    assert codes(said) == ["no_support"]  # and the weights are not blamed for it
    assert said.diagnostics.weights.expected == pytest.approx(0.4)
    assert "60.0%" in said.words["en"]
    assert "good@1" in said.words["en"]
    assert said.needed is not None
    assert said.needed.arms[0].action == "good"
    assert said.needed.arms[0].rows == 0
    assert said.diagnostics.support.missing == pytest.approx(0.6)


def test_a_grain_without_support_widens_the_interval_instead() -> None:
    logging = {"good": 0.5, "fair": 0.3, "poor": 0.2}
    log = log_of(8000, logging=logging)
    said = judge(log, policy(good=0.8, fair=0.1, poor=0.095, worst=0.005))
    assert not said.refused
    whole = judge(log, policy(good=0.8, fair=0.1, poor=0.1))
    assert said.estimates["dr"].interval.high > whole.estimates["dr"].interval.high + 0.02 * log.mean
    assert said.estimates["dr"].uplift_interval.low < whole.estimates["dr"].uplift_interval.low


def test_it_refuses_a_log_that_lies_about_its_propensities() -> None:
    said = judge(log_of(8000, told=0.6), policy(good=0.7, fair=0.2, poor=0.05, worst=0.05))
    assert said.refused
    assert {"weights_off", "propensities_off"} <= set(codes(said))
    assert "更正记录的概率" in said.words["zh"]


def test_it_refuses_a_handful_of_clicks() -> None:
    said = judge(log_of(300, rates=dict.fromkeys(RATES, 0.02)), policy(good=0.7, fair=0.2, poor=0.05, worst=0.05))
    assert (said.refused, codes(said)) == (True, ["few_rewards"])


def test_a_log_without_a_click_is_refused_and_breaks_nothing() -> None:
    said = judge(log_of(200, rates=dict.fromkeys(RATES, 0.0)), policy(good=1.0))
    assert said.refused
    assert said.needed is None
    assert said.words["en"].startswith("Cannot tell.")


def test_it_does_not_ship_what_the_newest_rows_speak_against() -> None:
    said = judge(log_of(20_000, late=True), policy(good=0.7, fair=0.2, poor=0.05, worst=0.05))
    assert (said.verdict, codes(said)) == ("cannot_tell", ["newest_rows_disagree"])
    assert said.diagnostics.drift.newest_uplift < 0


def test_the_two_must_speak_of_the_same_positions() -> None:
    log = log_of(100)
    with pytest.raises(InvalidInputError, match="the log speaks of position 2, the target does not") as caught:
        judge(log, TargetPolicy({"1": UNIFORM}))
    assert caught.value.code == "unknown_position"
    with pytest.raises(InvalidInputError, match="the target speaks of position 9, the log does not"):
        judge(log, TargetPolicy({"1": UNIFORM, "2": UNIFORM, "9": UNIFORM}))


def test_a_sound_log_passes_its_diagnoses() -> None:
    seen = judge(log_of(8000), policy(good=0.4, fair=0.3, poor=0.2, worst=0.1)).diagnostics
    assert seen.support.missing == 0
    assert 0.9 < seen.weights.mean < 1.1
    assert seen.propensities.steady_arms == seen.propensities.arms == 8
    assert min(seen.weights.p_value, seen.propensities.p_value, seen.rewards.p_value, seen.drift.p_value) > 0.001
    assert seen.overlap.largest_weight == pytest.approx(1.6)
    assert 0 < seen.overlap.effective_share < 1
    assert sum(group.rows for group in seen.rewards.groups) == 8000
