"""The policy: what it prefers, and that its probabilities are those of what it does."""

from __future__ import annotations

import math
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huichang.delivery.ranking import (
    DRAW_BUDGET,
    DRAWS,
    NEWCOMER_IMPRESSIONS,
    PRIOR_IMPRESSIONS,
    Arm,
    Posterior,
    SlatePolicy,
    draws_for,
    posterior_of,
    prior_of,
)

arms_lists = st.lists(
    st.builds(
        Arm,
        venue_id=st.text("abcdef", min_size=1, max_size=4),
        impressions=st.integers(0, 5000),
        clicks=st.integers(0, 400),
    ),
    max_size=9,
    unique_by=lambda arm: arm.venue_id,
)


def an_arm(name: str, impressions: int, clicks: int) -> Arm:
    return Arm(venue_id=name, impressions=impressions, clicks=clicks)


@settings(max_examples=60, deadline=None)
@given(arms=arms_lists, slots=st.integers(1, 6), seed=st.integers(0, 999))
def test_at_each_position_the_propensities_of_all_candidates_sum_to_one(arms: list[Arm], slots: int, seed: int) -> None:
    policy = SlatePolicy(arms, slots, random.Random(seed), draws=64)
    assert policy.slots == min(slots, len(arms))
    for position in range(1, policy.slots + 1):
        assert math.isclose(sum(policy.propensity(arm.venue_id, position) for arm in arms), 1.0, abs_tol=1e-9)
    for arm in arms:  # and nobody is shown twice: over positions a venue's probabilities cannot exceed one
        assert sum(policy.propensity(arm.venue_id, k) for k in range(1, policy.slots + 1)) <= 1 + 1e-9


@settings(max_examples=60, deadline=None)
@given(arms=arms_lists, slots=st.integers(1, 6), seed=st.integers(0, 999))
def test_a_slate_has_no_repetition_and_says_the_policys_own_propensities(arms: list[Arm], slots: int, seed: int) -> None:
    policy = SlatePolicy(arms, slots, random.Random(seed), draws=64)
    slate = policy.draw(random.Random(seed + 1))
    assert len({placed.venue_id for placed in slate}) == len(slate) == min(slots, len(arms))
    assert [placed.position for placed in slate] == list(range(1, len(slate) + 1))
    for placed in slate:
        assert placed.propensity == policy.propensity(placed.venue_id, placed.position) > 0


def test_propensities_are_the_frequencies_with_which_slates_are_served() -> None:
    arms = [
        an_arm("a", 2000, 100),
        an_arm("b", 2000, 110),
        an_arm("c", 300, 12),
        an_arm("new", 3, 0),
        an_arm("neu", 0, 0),
    ]
    policy = SlatePolicy(arms, 3, random.Random(5), draws=200, explore=0.2)
    generator, rounds = random.Random(6), 20_000
    seen = Counter((p.venue_id, p.position) for _ in range(rounds) for p in policy.draw(generator))
    for arm in arms:
        for position in (1, 2, 3):
            p = policy.propensity(arm.venue_id, position)
            # five standard errors: fails by chance once in millions, and the seed is fixed anyway
            assert abs(seen[arm.venue_id, position] / rounds - p) < 5 * math.sqrt(p * (1 - p) / rounds) + 1e-9


def test_two_arms_agree_with_the_exact_thompson_probability() -> None:
    a, b = an_arm("a", 400, 24), an_arm("b", 400, 16)
    prior = prior_of([a, b])
    first, second = posterior_of(a, prior), posterior_of(b, prior)
    # P(A > B) for independent Betas, by summing over a fine grid
    steps = 20_000

    def log_density(x: float, belief: Posterior) -> float:
        return (belief.alpha - 1) * math.log(x) + (belief.beta - 1) * math.log(1 - x)

    grid = [(i + 0.5) / steps for i in range(steps)]
    peak_a, peak_b = (max(log_density(x, p) for x in grid) for p in (first, second))
    below = total = exact = 0.0
    for x in grid:
        total += math.exp(log_density(x, second) - peak_b)
    mass = 0.0
    for x in grid:
        below += math.exp(log_density(x, second) - peak_b) / total
        weight = math.exp(log_density(x, first) - peak_a)
        exact, mass = exact + weight * below, mass + weight
    exact /= mass
    policy = SlatePolicy([a, b], 1, random.Random(3), draws=20_000, explore=0.0)
    assert abs(policy.propensity("a", 1) - exact) < 0.015
    assert 0.8 < exact < 0.95


def test_what_earns_more_is_shown_more_and_certainty_grows_with_evidence() -> None:
    def chance(scale: int) -> float:
        arms = [an_arm("good", 200 * scale, 16 * scale), an_arm("poor", 200 * scale, 8 * scale)]
        return SlatePolicy(arms, 1, random.Random(1), draws=4000).propensity("good", 1)

    few, many = chance(1), chance(20)
    assert 0.7 < few < many
    assert many > 0.93


def test_a_newcomer_has_a_floor_however_bad_it_looks() -> None:
    arms = [an_arm("star", 100_000, 20_000), an_arm("new", NEWCOMER_IMPRESSIONS - 1, 0)]
    policy = SlatePolicy(arms, 1, random.Random(1), explore=0.1)
    assert policy.propensity("new", 1) >= 0.1
    grown = [arms[0], an_arm("new", 5000, 0)]
    # once it is known, it shares the shuffle with everybody, and earns the rest itself
    assert SlatePolicy(grown, 1, random.Random(1), explore=0.1).propensity("new", 1) == pytest.approx(0.05)


def test_the_floor_is_shared_among_newcomers_and_without_any_it_is_everybodys() -> None:
    star = an_arm("star", 100_000, 20_000)
    several = [star, *(an_arm(f"n{i}", 0, 0) for i in range(4))]
    policy = SlatePolicy(several, 1, random.Random(1), explore=0.2)
    assert all(policy.propensity(f"n{i}", 1) >= 0.05 for i in range(4))
    old = [star, *(an_arm(f"o{i}", 9000, 9) for i in range(3))]
    assert SlatePolicy(old, 1, random.Random(1), explore=0.2).propensity("o1", 1) >= 0.05


def test_the_same_generator_gives_the_same_policy_and_slate() -> None:
    arms = [an_arm(f"v{i}", 50 * i, i) for i in range(12)]

    def once(order: list[Arm]) -> object:
        generator = random.Random(42)
        policy = SlatePolicy(order, 5, generator)
        return [policy.draw(generator) for _ in range(10)]

    assert once(arms) == once(arms) == once(list(reversed(arms)))


def test_no_candidates_give_an_empty_slate() -> None:
    policy = SlatePolicy([], 5, random.Random(1))
    assert policy.draw(random.Random(1)) == ()
    assert policy.propensity("v", 1) == 0.0


def test_a_venue_or_position_that_is_not_offered_has_no_probability() -> None:
    policy = SlatePolicy([an_arm("a", 1, 0)], 3, random.Random(1))
    assert [policy.propensity("a", k) for k in (0, 1, 2)] == [0.0, 1.0, 0.0]
    assert policy.propensity("b", 1) == 0.0


def test_an_arm_that_occurs_twice_is_a_defect() -> None:
    with pytest.raises(ValueError, match="twice"):
        SlatePolicy([an_arm("a", 1, 0), an_arm("a", 2, 0)], 1, random.Random(1))


def test_the_prior_is_the_placements_own_rate_and_weighs_little() -> None:
    prior = prior_of([an_arm("a", 10_000, 1_000), an_arm("b", 10_000, 3_000)])
    assert prior.mean == pytest.approx(0.2, abs=0.005)
    assert prior.alpha + prior.beta == pytest.approx(PRIOR_IMPRESSIONS)
    assert prior_of([]).mean == pytest.approx(0.05)


def test_more_clicks_than_impressions_do_not_break_a_belief() -> None:
    belief = posterior_of(an_arm("a", 3, 50), prior_of([an_arm("a", 3, 50)]))
    assert belief.alpha > 0
    assert belief.beta > 0
    assert belief.mean < 1


def test_many_candidates_cost_no_more_than_the_budget() -> None:
    assert draws_for(2) == DRAWS
    assert draws_for(300) * 300 <= DRAW_BUDGET
    assert draws_for(10_000) == 128
