"""Estimators and intervals: identities that hold for any log, and distributions checked against known values."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huichang.delivery.offpolicy.estimators import NAMES, choose_threshold, estimate, estimates, log_interval, model_value, weigh
from huichang.delivery.offpolicy.intervals import Side, bounds, gamma_cdf, gamma_quantile, joined, upper_tail
from huichang.delivery.offpolicy.logs import LogBuilder
from huichang.delivery.offpolicy.model import Log, LoggedRow, TargetPolicy
from huichang.delivery.offpolicy.rewards import cross_fit, fit
from huichang.delivery.offpolicy.targets import of_log
from huichang.delivery.offpolicy.weighting import independence, marginal, weighting

ARMS = ("a", "b", "c")


def log_of(rows: list[tuple[str, str, float, float]], copies: int = 1) -> Log:
    builder = LogBuilder(keep_repeated=True)
    for _ in range(copies):
        for key, row in enumerate(rows):
            builder.add(LoggedRow(*row, key * 7919))
    return builder.build()


def policy(chances: dict[str, float], contexts: tuple[str, ...] = ("1", "2")) -> TargetPolicy:
    return TargetPolicy(dict.fromkeys(contexts, chances))


def draws(
    seed: int, rows: int, logging: dict[str, float], rates: dict[str, float], values: tuple[float, ...] = (1.0,)
) -> list[tuple[str, str, float, float]]:
    rng = random.Random(seed)
    names, chances = list(logging), list(logging.values())
    made = []
    for i in range(rows):
        arm = rng.choices(names, chances)[0]
        made.append((str(1 + i % 2), arm, logging[arm], rng.choice(values) if rng.random() < rates[arm] else 0.0))
    return made


chance = st.floats(0.05, 1.0)
rows_of = st.lists(
    st.tuples(st.sampled_from(["1", "2"]), st.sampled_from(ARMS), chance, st.sampled_from([0.0, 0.0, 1.0, 3.5])), min_size=1, max_size=60
)


def both_contexts(rows: list[tuple[str, str, float, float]]) -> list[tuple[str, str, float, float]]:
    return [*rows, ("1", "a", 0.5, 0.0), ("2", "b", 0.5, 1.0)]


@given(rows_of)
@settings(max_examples=40)
def test_a_policy_judged_by_its_own_log_earns_what_the_log_earned(rows: list[tuple[str, str, float, float]]) -> None:
    logging = {"a": 0.5, "b": 0.3, "c": 0.2}
    log = log_of([(context, arm, logging[arm], reward) for context, arm, _, reward in both_contexts(rows)])
    weighed = weigh(log, policy(logging))
    for name in ("ips", "snips"):
        found = estimate(weighed, name)  # type: ignore[arg-type]
        assert found.value == pytest.approx(log.mean)
        assert found.uplift == pytest.approx(0, abs=1e-12)


@given(rows_of, st.tuples(chance, chance, chance))
@settings(max_examples=40)
def test_what_holds_for_any_log(rows: list[tuple[str, str, float, float]], weights: tuple[float, float, float]) -> None:
    total = sum(weights)
    target = policy(dict(zip(ARMS, (w / total for w in weights), strict=True)))
    rows = both_contexts(rows)
    log, twice = log_of(rows), log_of(rows, copies=2)
    shuffled = log_of(rows)
    found, again = estimates(weigh(log, target)), estimates(weigh(twice, target))
    rewards = [reward for *_, reward in rows]
    assert min(rewards) - 1e-9 <= found["snips"].value <= max(rewards) + 1e-9
    assert found["ips"].value == pytest.approx(sum(target.of(c, a) / p * r for c, a, p, r in rows) / len(rows))  # counting loses nothing
    for name in ("ips", "snips"):
        assert again[name].value == pytest.approx(found[name].value)
        assert again[name].interval.high - again[name].interval.low <= found[name].interval.high - found[name].interval.low + 1e-9
    for name in NAMES:
        assert 0 <= found[name].interval.low <= max(0.0, found[name].value) + 1e-9  # DR can fall below 0, a reward cannot
        assert found[name].interval.high >= found[name].value - 1e-9
        assert found[name].uplift_interval.low <= found[name].uplift + 1e-9 <= found[name].uplift_interval.high + 2e-9
        assert estimate(weigh(shuffled, target), name).value == pytest.approx(found[name].value)


@given(rows_of, st.floats(0.1, 50))
@settings(max_examples=25)
def test_rewards_in_another_currency_change_the_unit_only(rows: list[tuple[str, str, float, float]], rate: float) -> None:
    rows = both_contexts(rows)
    target = policy({"a": 0.2, "b": 0.3, "c": 0.5})
    one = estimates(weigh(log_of(rows), target))
    other = estimates(weigh(log_of([(c, a, p, r * rate) for c, a, p, r in rows]), target))
    for name in NAMES:
        assert other[name].value == pytest.approx(one[name].value * rate, rel=1e-6)
        assert other[name].uplift_interval.low == pytest.approx(one[name].uplift_interval.low * rate, rel=1e-6, abs=1e-9)


def test_dr_is_right_where_only_the_model_or_only_the_weights_are() -> None:
    logging, rates = {"a": 0.6, "b": 0.3, "c": 0.1}, {"a": 0.05, "b": 0.1, "c": 0.3}
    target = policy({"a": 0.1, "b": 0.2, "c": 0.7})
    truth = 0.1 * 0.05 + 0.2 * 0.1 + 0.7 * 0.3
    rows = draws(1, 40_000, logging, rates)
    right = estimate(weigh(log_of(rows), target), "dr")
    assert right.value == pytest.approx(truth, rel=0.05)
    wrong_weights = log_of([(c, a, p * 0.7, r) for c, a, p, r in rows])
    assert estimate(weigh(wrong_weights, target), "dr").value == pytest.approx(truth, rel=0.05)
    assert estimate(weigh(wrong_weights, target), "ips").value == pytest.approx(truth / 0.7, rel=0.06)


def test_no_row_is_in_its_own_prediction() -> None:
    rows = [("1", "a", 0.5, 0.0), ("1", "b", 0.5, 1.0)] * 10
    log = log_of(rows)
    for fold, model in enumerate(cross_fit(log)):
        others = [part for part in log if part.fold != fold]
        assert model == fit(others)
        flipped = log_of([(c, a, p, 1 - r if key * 7919 % 5 == fold else r) for key, (c, a, p, r) in enumerate(rows)])
        assert cross_fit(flipped)[fold].rate("1", "a") == pytest.approx(model.rate("1", "a"), rel=1e-9)


def test_the_switch_cuts_heavy_weights_only_where_that_pays() -> None:
    logging, rates = {"a": 0.9, "b": 0.099, "c": 0.001}, dict.fromkeys(ARMS, 0.01)
    target = policy({"a": 0.4, "b": 0.5, "c": 0.1})
    weighed = weigh(log_of(draws(3, 20_000, logging, rates)), target)
    tau, bias = choose_threshold(weighed)
    assert tau < 100
    assert bias > 0
    found = estimates(weighed)
    assert found["switch"].standard_error < 0.8 * found["dr"].standard_error
    even = weigh(log_of(draws(3, 20_000, {"a": 0.4, "b": 0.4, "c": 0.2}, rates)), target)
    assert estimate(even, "switch").value == pytest.approx(estimate(even, "dr").value)


def test_lifts_are_shrunk_and_position_bias_is_seen() -> None:
    rows = draws(5, 4000, dict.fromkeys(ARMS, 1 / 3), dict.fromkeys(ARMS, 0.1))
    rows = [(c, a, p, r if c == "1" else 0.0) for c, a, p, r in rows]
    model = fit(log_of(rows).parts)
    assert model.rate("1", "a") > 5 * model.rate("2", "a")
    assert all(0.7 < lift < 1.4 for lift in model.lifts.values())  # alike arms stay alike
    assert model.rate("1", "never seen") == pytest.approx(model.bases["1"])
    assert fit([]).rate("1", "a") == 0.0


def test_the_mean_policy_of_a_log_that_stands_still_is_its_propensities() -> None:
    logging = {"a": 0.7, "b": 0.2, "c": 0.1}
    found = of_log(log_of(draws(2, 3000, logging, dict.fromkeys(ARMS, 0.0))))
    for context in ("1", "2"):
        assert found.probabilities[context] == pytest.approx(logging, abs=1e-9)
        assert sum(found.variances[context].values()) == pytest.approx(0, abs=1e-9)
    assert found.source == "log"


def test_the_mean_policy_of_a_learning_log_is_not_its_mean_propensity() -> None:
    """The mean of logged propensities over an arm's rows is biased upwards; shares are not."""
    phases = [{"a": 0.9, "b": 0.1}, {"a": 0.1, "b": 0.9}]
    rows = [row for i, phase in enumerate(phases) for row in draws(i, 4000, phase, {"a": 0.0, "b": 0.0})]
    assert of_log(log_of(rows)).probabilities["1"]["a"] == pytest.approx(0.5, abs=0.02)


def test_a_log_that_lies_about_its_propensities_is_taken_at_its_shares() -> None:
    rows = [(c, a, 0.9 if a == "a" else 0.05, r) for c, a, _, r in draws(2, 6000, {"a": 0.4, "b": 0.3, "c": 0.3}, dict.fromkeys(ARMS, 0.0))]
    found = of_log(log_of(rows))
    assert found.source == "frequencies"
    assert found.probabilities["1"]["a"] == pytest.approx(0.4, abs=0.03)


def _moving(seed: int, confounded: bool) -> Log:
    rows = []
    for i in range(40):
        chance = 0.02 if i % 4 else 0.5
        rate = 0.02 * (3 if confounded and chance > 0.1 else 1)
        rows += draws(seed * 100 + i, 500, {"a": chance, "b": 1 - chance}, {"a": rate, "b": 0.02})
    return log_of(rows)


def test_mean_propensities_are_used_only_where_rewards_do_not_depend_on_the_moment() -> None:
    target = TargetPolicy({c: {"a": 0.5, "b": 0.5} for c in ("1", "2")})
    log, told = weighting(_moving(2, False), target)
    assert told.used == "marginal"
    assert told.effective_rows_marginal > 1.5 * told.effective_rows_logged
    assert log.rows == 20_000
    _, told = weighting(_moving(2, True), target)
    assert (told.used, told.p_value < 0.1) == ("logged", True)
    assert weighting(_moving(2, True), target, "marginal")[1].used == "marginal"
    still = log_of(draws(4, 500, {"a": 0.5, "b": 0.3, "c": 0.2}, dict.fromkeys(ARMS, 0.1)))
    assert independence(still) == 1.0
    assert marginal(still).reward == still.reward


def test_no_reward_at_all_still_has_an_upper_end() -> None:
    log = log_of([("1", "a", 0.5, 0.0), ("2", "b", 0.5, 0.0)] * 50)
    weighed = weigh(log, policy({"a": 0.5, "b": 0.5}))
    for name in NAMES:
        found = estimate(weighed, name)
        assert found.value == 0.0
        assert found.interval.low == 0.0
    assert estimate(weighed, "ips").interval.high == pytest.approx(-math.log(0.025) / 100, rel=1e-6)  # the Poisson's exact end
    assert model_value(weighed) == 0.0
    assert log_interval(log).high > 0


@pytest.mark.parametrize(
    ("probability", "shape", "quantile"),
    [(0.025, 40, 28.577), (0.975, 41, 54.469), (0.975, 1, 3.68888), (0.025, 0.5, 0.000491), (0.995, 2.5, 8.3748)],
)
def test_gamma_quantiles(probability: float, shape: float, quantile: float) -> None:
    """R: qgamma(p, shape); the first two are the exact Poisson interval of 40."""
    assert gamma_quantile(probability, shape) == pytest.approx(quantile, rel=2e-4)


@given(st.floats(0.001, 0.999), st.floats(0.05, 5e4))
@settings(max_examples=60)
def test_quantiles_invert_the_distribution(probability: float, shape: float) -> None:
    assert gamma_cdf(gamma_quantile(probability, shape), shape) == pytest.approx(probability, abs=1e-6)


def test_the_chi_square_tail() -> None:
    assert upper_tail(3.841459, 1) == pytest.approx(0.05, abs=1e-6)
    assert upper_tail(18.307, 10) == pytest.approx(0.05, abs=1e-5)


def test_equal_weights_give_the_exact_poisson_interval() -> None:
    low, high = bounds(Side(40.0, 40.0, 1.0), 0.05)
    assert (low, high) == (pytest.approx(28.577, rel=1e-4), pytest.approx(54.469, rel=1e-4))
    below, above = joined(Side(40.0, 40.0, 1.0), Side(0.0, 0.0, 0.0), 0.05)
    assert (40 - below, 40 + above) == (pytest.approx(low), pytest.approx(high))


def test_a_side_cannot_be_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        bounds(Side(-1.0, 1.0, 1.0), 0.05)
    with pytest.raises(ValueError, match="no quantile"):
        gamma_quantile(1.0, 1.0)


def test_an_equal_policys_uplift_is_uncertain_by_what_the_model_adds() -> None:
    """All weights are one: DR's uplift is b - q alone, and its interval must not shrink to a point."""
    logging = {"a": 0.5, "b": 0.3, "c": 0.2}
    for seed in range(5):
        log = log_of(draws(seed, 4000, logging, {"a": 0.02, "b": 0.1, "c": 0.2}))
        found = estimate(weigh(log, policy(logging)), "dr")
        assert found.uplift != 0
        assert found.uplift_interval.holds(0.0)
