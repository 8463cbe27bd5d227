"""Policies under a condition: what is told of a probability is what is drawn, and rules hold on the way."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huichang.delivery.control.evenly import even_draw
from huichang.delivery.control.rules import Controls, VenueRule
from huichang.delivery.model import LiveVenue
from huichang.delivery.ranking.beliefs import Belief
from huichang.delivery.ranking.policies import Policy, build_policy
from huichang.delivery.serving.answers import Condition, Conditioned, CutDraw, EvenLine
from huichang.delivery.serving.bundle import Bounds
from huichang.delivery.serving.default import facts_of
from tests.support.memory_snapshots import venues


def groups_of(by_id: dict[str, LiveVenue]) -> Callable[[str], tuple[str, str]]:
    return lambda name: (by_id[name].industry or "", by_id[name].merchant)


def a_policy(live: list[LiveVenue], slots: int, controls: Controls, seed: int = 1, explore: float = 0.2) -> Policy:
    generator = random.Random(seed)
    facts = {venue.venue_id: facts_of(venue) for venue in live}
    beliefs = {name: Belief(2 + 5 * number, 100.0) for number, name in enumerate(facts)}
    even = even_draw(list(facts.values()), slots, controls, generator)
    return build_policy(beliefs, facts, slots, controls, even, generator, draws=32, explore=explore)


@st.composite
def conditions(draw: st.DrawFn) -> tuple[Conditioned, list[LiveVenue], Bounds]:
    count, slots = draw(st.integers(1, 14)), draw(st.integers(1, 8))
    live = venues(count, ("toys", "tea", "home")[: draw(st.integers(1, 3))])
    names = [venue.venue_id for venue in live]
    capped = draw(st.dictionaries(st.sampled_from(names), st.sampled_from([0.0, 0.1, 0.3, 0.6]), max_size=3))
    controls = Controls(venues={name: VenueRule(cap=cap) for name, cap in capped.items()}, industry_cap=draw(st.sampled_from([1.0, 0.5])))
    policy = a_policy(live, slots, controls, draw(st.integers(0, 99)), draw(st.sampled_from([0.05, 0.5, 1.0])))
    without = frozenset(draw(st.sets(st.sampled_from(names), max_size=count)))
    condition = Condition(draw(st.integers(1, slots)), without)
    bounds = Bounds.of(controls, soft=draw(st.booleans()))
    by_id = {venue.venue_id: venue for venue in live}
    return Conditioned(policy, condition, groups_of(by_id), bounds, frozenset(capped)), live, bounds


@given(made=conditions(), seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_probabilities_are_whole_and_no_answer_breaks_a_rule(made: tuple[Conditioned, list[LiveVenue], Bounds], seed: int) -> None:
    changed, live, bounds = made
    slots, without = changed.condition.slots, changed.condition.without
    told = [sum(changed.propensity(venue.venue_id, place) for venue in live) for place in range(1, slots + 1)]
    assert all(total <= 1 + 1e-9 for total in told)
    assert all(after <= before + 1e-9 for before, after in pairwise(told)), "a place is filled only where the one before it is"
    assert not any(changed.propensity(name, place) for name in without for place in range(1, slots + 1))
    generator = random.Random(seed)
    for _ in range(5):
        placed = changed.draw(generator)
        names = [each.venue_id for each in placed]
        assert len(set(names)) == len(names) <= slots
        assert not set(names) & without
        assert all(each.propensity == pytest.approx(changed.propensity(each.venue_id, each.position)) for each in placed)
        assert all(0 < each.propensity <= 1 + 1e-9 for each in placed)
    if not bounds.soft:
        industry = {venue.venue_id: venue.industry for venue in live}
        for answer in changed.answers:
            assert all(n <= bounds.of_industry(name or "", slots) for name, n in Counter(industry[each] for each in answer).items())


@given(made=conditions())
@settings(max_examples=40, deadline=None)
def test_a_capped_venue_is_never_in_more_answers_than_before(made: tuple[Conditioned, list[LiveVenue], Bounds]) -> None:
    changed, _live, _ = made
    for name in changed.capped:
        before = sum(name in answer for answer in changed.policy.answers)
        assert sum(name in answer for answer in changed.answers) <= before
        shares = EvenLine(changed.policy.even)
        if not shares.alike:
            drawn = CutDraw(shares, changed.condition.without, changed.condition.slots)
            total = sum(drawn.propensity(name, place) for place in range(1, changed.condition.slots + 1))
            assert total <= changed.policy.even.shares.get(name, 0.0) + 1e-9


@pytest.mark.parametrize("caps", [{}, {"v-001": 0.2, "v-004": 0.05}])
def test_what_is_drawn_is_what_is_told(caps: dict[str, float]) -> None:
    live = venues(9)
    policy = a_policy(live, 5, Controls(venues={name: VenueRule(cap=cap) for name, cap in caps.items()}), explore=0.4)
    by_id = {venue.venue_id: venue for venue in live}
    changed = Conditioned(policy, Condition(3, frozenset({"v-008", "v-002"})), groups_of(by_id), capped=frozenset(caps))
    generator, rounds = random.Random(5), 12_000
    drawn: Counter[tuple[str, int]] = Counter()
    for _ in range(rounds):
        drawn.update((each.venue_id, each.position) for each in changed.draw(generator))
    for venue in live:
        for place in (1, 2, 3):
            expected = changed.propensity(venue.venue_id, place)
            assert drawn[venue.venue_id, place] / rounds == pytest.approx(
                expected, abs=4 * (expected * (1 - expected) / rounds) ** 0.5 + 1e-9
            )


@given(
    shares=st.lists(st.floats(0.01, 1.0), min_size=1, max_size=12),
    out=st.sets(st.integers(0, 11)),
    slots=st.integers(1, 6),
    seed=st.integers(),
)
@settings(max_examples=60, deadline=None)
def test_what_is_cut_out_of_the_even_part_is_not_drawn(shares: list[float], out: set[int], slots: int, seed: int) -> None:
    from array import array

    from huichang.delivery.control.evenly import EvenDraw

    order = tuple(f"v{i}" for i in range(len(shares)))
    line = EvenLine(EvenDraw(order, array("d"), dict(zip(order, shares, strict=True))))
    without = {f"v{i}" for i in out}
    drawn = CutDraw(line, without, slots)
    assert sum(drawn.propensity(name, 1) for name in order) == pytest.approx(1.0 if drawn.picks else 0.0)
    if drawn.picks:
        picked = drawn.draw(random.Random(seed))
        assert len(picked) == drawn.picks == len(set(picked))
        assert not set(picked) & without


def test_places_that_are_left_go_to_other_answers_and_then_to_everybody() -> None:
    live = venues(30, ("toys",))
    policy = a_policy(live, 4, Controls(), explore=0.05)
    by_id = {venue.venue_id: venue for venue in live}
    best = Counter(name for answer in policy.answers for name in answer)
    changed = Conditioned(policy, Condition(4, frozenset(name for name, _ in best.most_common(6))), groups_of(by_id))
    assert all(len(answer) == 4 for answer in changed.answers)
    assert len({name for answer in changed.answers for name in answer}) > 8, "not the same few for everybody"
    nothing = Conditioned(policy, Condition(4, frozenset(by_id)), groups_of(by_id))
    assert nothing.draw(random.Random(1)) == ()


def test_diversity_gives_way_where_places_could_not_be_filled_and_operators_caps_do_not() -> None:
    live = [*venues(6, ("toys",)), *[v.model_copy(update={"venue_id": "tea-1", "industry": "tea"}) for v in venues(1)]]
    policy, by_id = a_policy(live, 4, Controls()), {venue.venue_id: venue for venue in live}
    for soft, length in ((True, 4), (False, 3)):
        changed = Conditioned(policy, Condition(4), groups_of(by_id), Bounds(industry=0.5, soft=soft))
        assert {len(answer) for answer in changed.answers} == {length}
