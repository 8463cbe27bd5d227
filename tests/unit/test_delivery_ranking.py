"""Ranking: what is believed, that probabilities are those of what is done, and that only what changed is built."""

from __future__ import annotations

import math
import random
import zlib
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from huichang.delivery.cells import Cell, hour_of, window_of
from huichang.delivery.control.evenly import even_draw
from huichang.delivery.control.rules import Controls, VenueRule
from huichang.delivery.facts import VenueFacts
from huichang.delivery.ranking.beliefs import Belief, Beliefs, estimate_shape
from huichang.delivery.ranking.history import History, Sums, Tally
from huichang.delivery.ranking.policies import Policy, build_policy, shortlisted
from huichang.delivery.ranking.positions import fit_positions
from huichang.delivery.ranking.rewards import Reward
from huichang.delivery.ranking.snapshot import Builder
from huichang.delivery.ranking.stored import pack, unpack

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def facts_of(*names: str, industries: int = 3) -> dict[str, VenueFacts]:
    return {name: VenueFacts(venue_id=name, industry=f"i{i % industries}") for i, name in enumerate(names)}


def a_policy(
    beliefs: dict[str, Belief],
    slots: int,
    seed: int = 1,
    controls: Controls | None = None,
    explore: float = 0.1,
    draws: int = 64,
    calm: float = 1.0,
) -> Policy:
    facts, rules = facts_of(*beliefs), controls or Controls()
    even = even_draw(list(facts.values()), slots, rules, random.Random(seed))
    allowed = {name: belief for name, belief in beliefs.items() if not rules.rule(name).hold}
    return build_policy(allowed, facts, slots, rules, even, random.Random(seed), draws=draws, explore=explore, calm=calm)


believed = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=3),
    st.builds(Belief, shape=st.floats(0.3, 500), rate=st.floats(1, 10_000)),
    max_size=9,
)


@settings(max_examples=80, deadline=None)
@given(beliefs=believed, slots=st.integers(1, 6), seed=st.integers(0, 999), explore=st.sampled_from([0.0, 0.05, 1.0]))
def test_at_each_position_the_propensities_of_all_candidates_sum_to_one(
    beliefs: dict[str, Belief], slots: int, seed: int, explore: float
) -> None:
    policy = a_policy(beliefs, slots, seed, explore=explore)
    assert policy.slots == min(slots, len(beliefs))
    for position in range(1, policy.slots + 1):
        assert math.isclose(sum(policy.propensity(name, position) for name in beliefs), 1.0, abs_tol=1e-9)
    for name in beliefs:
        assert policy.share(name) <= 1 + 1e-9
        if explore:
            assert min(policy.propensity(name, k) for k in range(1, policy.slots + 1)) > 0


@settings(max_examples=80, deadline=None)
@given(
    beliefs=believed,
    slots=st.integers(1, 6),
    seed=st.integers(0, 999),
    industry=st.sampled_from([0.3, 0.6]),
    floor=st.sampled_from([0.1, 0.4]),
    cap=st.sampled_from([0.1, 0.5]),
)
def test_under_rules_a_position_is_filled_with_the_probability_that_its_propensities_sum_to(
    beliefs: dict[str, Belief], slots: int, seed: int, industry: float, floor: float, cap: float
) -> None:
    names = sorted(beliefs)
    rules = {name: VenueRule(cap=cap) for name in names[:1]} | {name: VenueRule(floor=floor) for name in names[1:3]}
    rules |= {name: VenueRule(hold=True) for name in names[3:4]}
    controls = Controls(venues=rules, industry_cap=industry)
    policy = a_policy(beliefs, slots, seed, controls)
    told = {conflict.subject for conflict in policy.conflicts}
    for name in names:
        rule, share = controls.rule(name), policy.share(name)
        assert share <= rule.cap + 1e-9
        assert share >= rule.floor - 1e-9 or name in told or rule.hold
        assert share == 0.0 if rule.hold else (share > 0 or policy.even.slots == 0)
    drawn = [len(answer) for answer in policy.answers]
    for position in range(1, policy.slots + 1):
        filled = (1 - policy.explore) * sum(n >= position for n in drawn) / max(1, len(drawn)) + policy.explore * (
            policy.even.slots >= position
        )
        assert math.isclose(sum(policy.propensity(name, position) for name in names), filled, abs_tol=1e-9)
    industries = {name: facts.industry for name, facts in facts_of(*beliefs).items()}
    for answer in policy.answers:
        assert len(set(answer)) == len(answer)
        assert all(n <= math.ceil(industry * slots) for n in Counter(industries[name] for name in answer).values())


@settings(max_examples=60, deadline=None)
@given(beliefs=believed, slots=st.integers(1, 6), seed=st.integers(0, 999))
def test_an_answer_has_no_repetition_and_says_the_policys_own_propensities(beliefs: dict[str, Belief], slots: int, seed: int) -> None:
    policy = a_policy(beliefs, slots, seed)
    answer = policy.draw(random.Random(seed + 1))
    assert len({placed.venue_id for placed in answer}) == len(answer) == min(slots, len(beliefs))
    assert [placed.position for placed in answer] == list(range(1, len(answer) + 1))
    for placed in answer:
        assert placed.propensity == policy.propensity(placed.venue_id, placed.position) > 0


def test_propensities_are_the_frequencies_with_which_answers_are_served() -> None:
    beliefs = {"a": Belief(100, 2000), "b": Belief(110, 2000), "c": Belief(12, 300), "new": Belief(2, 40), "neu": Belief(1, 20)}
    controls = Controls(venues={"a": VenueRule(cap=0.6), "new": VenueRule(floor=0.7)})
    policy = a_policy(beliefs, 3, 5, controls, explore=0.2, draws=200)
    generator, rounds = random.Random(6), 20_000
    seen: Counter[tuple[str, int]] = Counter()
    explored = 0
    for _ in range(rounds):
        answer = policy.draw(generator)
        seen.update((placed.venue_id, placed.position) for placed in answer)
        explored += answer[0].explored
    assert abs(explored / rounds - 0.2) < 5 * math.sqrt(0.16 / rounds)
    for name in beliefs:
        for position in (1, 2, 3):
            p = policy.propensity(name, position)
            # five standard errors: fails by chance once in millions, and the seed is fixed anyway
            assert abs(seen[name, position] / rounds - p) < 5 * math.sqrt(p * (1 - p) / rounds) + 1e-9


def test_two_venues_agree_with_the_exact_thompson_probability() -> None:
    # Gammas of whole shapes: A = G(a)/r, B = G(b)/q; P(A > B) = P(Binomial(a + b - 1, r / (r + q)) < a ...) by counting Poisson arrivals.
    a, r, b, q = 24, 400.0, 16, 400.0
    p = q / (r + q)
    # B's b-th arrival before A's a-th has B < A: among a + b - 1 arrivals at least b are B's.
    exact = sum(math.comb(a + b - 1, k) * p**k * (1 - p) ** (a + b - 1 - k) for k in range(b, a + b))
    policy = a_policy({"a": Belief(a, r), "b": Belief(b, q)}, 1, 3, explore=0.0, draws=20_000)
    assert abs(policy.propensity("a", 1) - exact) < 0.015
    assert 0.8 < exact < 0.95


def test_the_same_generator_gives_the_same_policy_and_the_order_of_venues_changes_nothing() -> None:
    beliefs = {f"v{i}": Belief(1 + i, 30 + i) for i in range(12)}
    backwards = dict(reversed(beliefs.items()))
    assert a_policy(beliefs, 5).answers == a_policy(beliefs, 5).answers
    assert set(shortlisted(beliefs, facts_of(*beliefs), 5, Controls(), 4)) == set(
        shortlisted(backwards, facts_of(*beliefs), 5, Controls(), 4)
    )


def test_no_candidates_give_an_empty_answer() -> None:
    policy = a_policy({}, 5)
    assert policy.draw(random.Random(1)) == ()
    assert policy.propensity("v", 1) == 0.0


def test_a_boost_is_seen_and_a_hold_is_absolute() -> None:
    beliefs = {name: Belief(50, 1000) for name in ("a", "b", "c")}
    boosted = a_policy(beliefs, 1, controls=Controls(venues={"a": VenueRule(boost=2.0)}))
    held = a_policy(beliefs, 1, controls=Controls(venues={"a": VenueRule(hold=True)}))
    assert boosted.share("a") > 0.8
    assert held.share("a") == 0.0


def test_the_shortlist_has_the_promising_the_floored_and_some_of_every_industry() -> None:
    beliefs = {f"v{i:03d}": Belief(50, 50 * (10 + i)) for i in range(200)}
    facts = {name: VenueFacts(venue_id=name, industry="toys" if i < 190 else "tea") for i, name in enumerate(beliefs)}
    plain = shortlisted(beliefs, facts, 3, Controls(), 20)
    assert plain == [f"v{i:03d}" for i in range(20)]
    ruled = shortlisted(beliefs, facts, 3, Controls(venues={"v150": VenueRule(floor=0.1)}, industry_cap=0.5), 20)
    assert set(ruled) == {*plain, "v150", "v190", "v191", "v192"}


# -- beliefs -------------------------------------------------------------------------------------------------------------------------


def tally(*rows: tuple[str, str, int, float, float]) -> Tally:
    return {(segment, venue, position): Sums(shown, events, events) for segment, venue, position, shown, events in rows}


def test_a_venue_with_no_data_is_believed_to_be_like_its_kind() -> None:
    rows, venues = [], []
    for industry, rate in (("toys", 0.09), ("tea", 0.02)):
        for kind, factor in (("season", 1.4), ("event", 0.7)):
            for i in range(8):
                name = f"{industry}-{kind}-{i}"
                venues.append(VenueFacts(venue_id=name, industry=industry, kind=kind))
                rows.append(("none", name, 1, 2000.0, 2000 * rate * factor))
    new = [VenueFacts(venue_id=f"n-{i}-{k}", industry=i, kind=k) for i in ("toys", "tea", "") for k in ("season", "event", "other")]
    beliefs = Beliefs(tally(*rows), [*venues, *new])
    assert beliefs.of("n-toys-season").mean == pytest.approx(0.126, rel=0.1)
    assert beliefs.of("n-tea-event").mean == pytest.approx(0.014, rel=0.15)
    assert beliefs.of("n-toys-season").mean > beliefs.of("n-toys-other").mean > beliefs.of("n-toys-event").mean
    assert beliefs.of("stranger").spread > beliefs.of("n-toys-season").spread > beliefs.of("toys-season-1").spread


def test_nothing_known_is_a_neutral_belief() -> None:
    beliefs = Beliefs({}, [VenueFacts(venue_id="a")])
    assert beliefs.of("a").mean == pytest.approx(0.05)
    assert beliefs.of("a", "whoever").mean == pytest.approx(0.05)


def test_a_segment_borrows_from_the_others_until_it_speaks_for_itself() -> None:
    rows = [("s", f"v{i}", 1, 3000.0, 3000 * 0.05 * (0.5 + i / 8)) for i in range(9)]
    rows += [("t", f"v{i}", 1, 200.0, 200 * 0.1 * (0.5 + i / 8)) for i in range(9) if i != 8]
    beliefs = Beliefs(tally(*rows), [VenueFacts(venue_id=f"v{i}") for i in range(9)])
    # v8 was never shown in t: its ratio comes from s, the level from t.
    assert beliefs.of("v8", "t").mean == pytest.approx(0.15, rel=0.2)
    # A venue that is poor everywhere else and good here, by its own counts.
    loud = Beliefs(tally(*rows, ("t", "v0", 1, 5000.0, 900.0)), [VenueFacts(venue_id=f"v{i}") for i in range(9)])
    assert loud.of("v0", "t").mean == pytest.approx(0.18, rel=0.1)
    assert loud.of("v0", "s").mean < 0.05


def test_how_alike_siblings_are_is_learnt() -> None:
    generator = random.Random(4)

    def siblings(shape: float) -> list[tuple[float, float]]:
        rates = [generator.gammavariate(shape, 1 / shape) for _ in range(300)]
        return [(50.0, sum(generator.random() < 50 * rate / 500 for _ in range(500))) for rate in rates]

    assert estimate_shape(siblings(2.0)) < 4
    assert estimate_shape(siblings(200.0)) > 40
    assert 2 < estimate_shape([]) < 20


def test_positions_are_told_from_where_a_venues_own_clicks_happened() -> None:
    truth = {1: 1.0, 2: 0.6, 3: 0.3}
    rows = []
    # The better a venue, the higher it was shown: clicks over impressions by position would say 1 : 0.27 : 0.08.
    for i, (rate, shown) in enumerate(((0.2, (8000, 1000, 500)), (0.08, (1000, 8000, 1000)), (0.05, (500, 1000, 8000)))):
        rows += [("none", f"v{i}", k, float(n), n * rate * truth[k]) for k, n in enumerate(shown, start=1)]
    seen = fit_positions(tally(*rows))
    for k in truth:
        assert seen[k] == pytest.approx(truth[k], rel=0.06)
    assert fit_positions({}) == {1: 1.0}


def test_a_click_further_down_counts_for_more() -> None:
    rows = [("none", f"v{i}", k, 5000.0, 5000 * 0.1 * seen) for i in range(4) for k, seen in ((1, 1.0), (2, 0.5), (3, 0.25))]
    beliefs = Beliefs(tally(*rows, ("none", "top", 1, 1000.0, 50.0), ("none", "low", 3, 1000.0, 50.0)), [])
    assert beliefs.of("low").mean > 2.5 * beliefs.of("top").mean


def test_orders_worth_more_are_worth_more() -> None:
    data: Tally = {("none", name, 1): Sums(1000, 50, 50 * worth) for name, worth in (("cheap", 1000), ("dear", 3000))}
    beliefs = Beliefs(data, [])
    assert beliefs.of("dear").mean > 2.3 * beliefs.of("cheap").mean
    assert beliefs.of("new").worth == pytest.approx(2000)


# -- history -------------------------------------------------------------------------------------------------------------------------


def a_cell(hours_ago: float, clicks: int = 10, **more: object) -> Cell:
    given = {"placement": "home", "venue_id": "v", "impressions": 100, "clicks": clicks, **more}
    return Cell.model_validate({"window": window_of(NOON - timedelta(hours=hours_ago)), **given})


def test_what_is_young_is_weighed_by_what_has_arrived_and_what_is_old_is_forgotten() -> None:
    history = History(Reward(delay_hours=5.0, half_life_hours=24.0))
    history.put(window_of(NOON - timedelta(hours=1)), [a_cell(1, clicks=2)])
    young = history.tally(NOON)["none", "v", 1]
    assert young.shown / 100 == pytest.approx(1 - 5 * (1 - math.exp(-0.2)), rel=0.05)
    later = history.tally(NOON + timedelta(hours=23))["none", "v", 1]
    assert later.shown == pytest.approx(50, rel=0.02)
    assert later.events == pytest.approx(1.0)


@settings(max_examples=40, deadline=None)
@given(hours=st.lists(st.integers(1, 200), min_size=1, max_size=12, unique=True), looks=st.lists(st.integers(0, 200), max_size=5))
def test_folding_changes_nothing_and_neither_does_the_order_of_windows(hours: list[int], looks: list[int]) -> None:
    reward = Reward(delay_hours=0.5, half_life_hours=48.0)
    end = NOON + timedelta(hours=200)
    windows = [(NOON + timedelta(hours=200 - ago), [a_cell(ago - 200, clicks=ago % 7)]) for ago in hours]

    at_once = History(reward)
    for when, cells in windows:
        at_once.put(window_of(when), cells)
    step_by_step = History(reward)
    for when, cells in sorted(windows, key=lambda each: each[0]):
        step_by_step.put(window_of(when), cells)
        if (end - when).total_seconds() / 3600 in looks:
            step_by_step.tally(when + timedelta(hours=1))
    one, two = at_once.tally(end), step_by_step.tally(end)
    assert one.keys() == two.keys()
    for key, sums in one.items():
        assert two[key].shown == pytest.approx(sums.shown, rel=1e-6, abs=0.01)
        assert two[key].events == pytest.approx(sums.events, rel=1e-6, abs=0.01)


def test_a_window_can_be_put_again_until_it_is_settled() -> None:
    history = History(Reward(delay_hours=0.1))
    window = window_of(NOON - timedelta(hours=2))
    assert history.put(window, [a_cell(2, segment="s"), a_cell(2, segment="t")]) == {"s", "t"}
    assert history.put(window, [a_cell(2, segment="s"), a_cell(2, segment="t", clicks=11)]) == {"t"}
    assert history.tally(NOON)["t", "v", 1].events == pytest.approx(11, rel=0.02)
    history.tally(NOON + timedelta(days=3))
    with pytest.raises(ValueError, match="settled"):
        history.put(window, [])
    with pytest.raises(ValueError, match="another window"):
        history.put(window_of(NOON + timedelta(days=3)), [a_cell(5)])


def test_an_order_of_a_thousand_chairs_counts_as_the_cap() -> None:
    reward = Reward(kind="order_value", value_cap=5000)
    assert reward.value(a_cell(1, orders=2, order_value=900_000)) == 10_000
    assert Reward(kind="cart").value(a_cell(1, carts=3)) == 3
    assert reward.arrived(0) == 0.0
    assert 0 < reward.arrived(0.2) < reward.arrived(3) <= 1


@pytest.mark.parametrize(
    "wrong",
    [{"clicks": 101}, {"window": "2026-11-29T25"}, {"window": "yesterday"}, {"segment": "A B"}, {"position": 0}, {"impressions": -1}],
)
def test_impossible_cells_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        a_cell(1, **wrong)


def test_windows_are_hours_of_utc() -> None:
    assert window_of(datetime.fromisoformat("2026-11-29T18:59:00+08:00")) == "2026-11-29T10"
    assert hour_of("1970-01-02T01") == 25


# -- snapshots -----------------------------------------------------------------------------------------------------------------------


def fill(builder: Builder, placement: str, segment: str, clicks: int, hours_ago: int = 2) -> None:
    cells = [
        a_cell(hours_ago, segment=segment, placement=placement, venue_id=f"v{i}", clicks=clicks, impressions=100 + i) for i in range(6)
    ]
    builder.count(placement, cells[0].window, cells)


def test_only_what_changed_is_built_and_small_segments_share() -> None:
    builder = Builder(random.Random(1), segment_events=40, draws=32)
    venues = list(facts_of(*(f"v{i}" for i in range(6))).values())
    for placement in ("home", "search"):
        builder.offer(placement, venues, 3)
        fill(builder, placement, "big", clicks=20)
    assert set(builder.build(NOON)) == {("home", ""), ("home", "big"), ("search", ""), ("search", "big")}
    assert builder.build(NOON) == []
    builder.offer("home", venues, 3)
    assert builder.build(NOON) == []
    # "small" has 6 rewards: everybody's policy is built again with them, none of its own; "big" is left as it is.
    fill(builder, "home", "small", clicks=1, hours_ago=3)
    assert builder.build(NOON) == [("home", "")]
    home = builder.policies["home"]
    assert home.of("small") is home.of("nobody-knows") is home.everybody
    assert home.of("big") is not home.everybody
    builder.offer("search", venues, 3, Controls(venues={"v0": VenueRule(hold=True)}))
    assert set(builder.build(NOON)) == {("search", ""), ("search", "big")}
    assert builder.policies["search"].of("big").share("v0") == 0.0
    # Untouched for long, beliefs have aged.
    assert {placement for placement, _ in builder.build(NOON + timedelta(hours=7))} == {"home", "search"}


def test_a_placement_without_venues_serves_nothing() -> None:
    builder = Builder(random.Random(1))
    builder.offer("home", [], 3)
    builder.build(NOON)
    assert builder.policies["home"].of("none").draw(random.Random(1)) == ()


@settings(max_examples=30, deadline=None)
@given(slots=st.integers(0, 4), cap=st.sampled_from([0.1, 0.5, 1.0]), seed=st.integers(0, 99))
def test_policies_that_were_packed_answer_with_the_same_probabilities(slots: int, cap: float, seed: int) -> None:
    builder = Builder(random.Random(seed), segment_events=10, draws=16)
    controls = Controls(venues={"v1": VenueRule(cap=cap), "v2": VenueRule(floor=0.9)}, industry_cap=0.5)
    builder.offer("home", facts_of(*(f"v{i}" for i in range(6))).values(), slots, controls)
    fill(builder, "home", "big", clicks=20)
    builder.build(NOON)
    policies = builder.policies["home"]
    read = unpack(pack(policies))
    assert read.segments.keys() == policies.segments.keys() == {"big"}
    for segment in ("big", "other"):
        one, two = policies.of(segment), read.of(segment)
        assert two.conflicts == one.conflicts
        assert two.slots == one.slots
        for i in range(6):
            for k in range(1, slots + 1):
                assert two.propensity(f"v{i}", k) == pytest.approx(one.propensity(f"v{i}", k))
        for number in range(10):
            drawn = [[placed.venue_id for placed in each.draw(random.Random(number))] for each in (one, two)]
            assert drawn[0] == drawn[1]


@pytest.mark.parametrize("body", [b"", b"{}", zlib.compress(b"[]"), zlib.compress(b'{"format": "policies/0"}'), zlib.compress(b"\xff")])
def test_what_is_no_packed_policy_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="pack"):
        unpack(body)
