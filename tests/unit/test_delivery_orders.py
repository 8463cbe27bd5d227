"""Operators' orders: what may be ordered, what many come to, daily limits, copies into answers, caps of campaigns."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huichang.delivery.control.dealing import into_answers
from huichang.delivery.control.evenly import even_draw, even_shares
from huichang.delivery.control.limits import Delivered, Seen, Traffic, coarse, paced, paced_shares, seen_of, traffic_of
from huichang.delivery.control.orders import (
    LEAST_BOOST,
    MOST_BOOST,
    Order,
    against,
    changes,
    checked,
    combined,
    members,
    raises_traffic,
)
from huichang.delivery.control.planning import plan
from huichang.delivery.control.rules import CampaignCap, Controls, VenueRule
from huichang.delivery.control.wording import worded
from huichang.delivery.events.cells import CellKey, Counts
from huichang.delivery.facts import VenueFacts
from huichang.delivery.placements.shipped import PLACEMENTS
from huichang.delivery.ranking.beliefs import Belief
from huichang.delivery.ranking.policies import build_policy
from huichang.kernel.errors import InvalidInputError
from tests.support.memory_delivery import MemoryCells
from tests.support.memory_orders import an_order, live_one, some_terms

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
CLOSE = 1e-9
LIVE = [
    live_one("v-1"),
    live_one("v-2", merchant="m-2"),
    live_one("v-3", campaign_id="c-2", merchant="m-1", industry="food"),
    live_one("v-4", campaign_id="c-2", merchant="", industry=None),
]
ABOUT = ["venue:v-1", "venue:v-2", "venue:v-3", "venue:v-4", "campaign:c-1", "campaign:c-2", "merchant:m-1", "industry:toys", "venue:v-9"]


# --- what may be ordered ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value", "subject", "more", "where", "code"),
    [
        ("cap", 1.5, "venue:v-1", {}, "value", "order_value_out_of_range"),
        ("floor", -0.1, "venue:v-1", {}, "value", "order_value_out_of_range"),
        ("boost", 0, "venue:v-1", {}, "value", "order_value_out_of_range"),
        ("boost", 4.01, "venue:v-1", {}, "value", "order_value_out_of_range"),
        ("boost", None, "venue:v-1", {}, "value", "order_value_out_of_range"),
        ("daily_limit", 10.5, "venue:v-1", {}, "value", "order_value_out_of_range"),
        ("daily_limit", -1, "venue:v-1", {}, "value", "order_value_out_of_range"),
        ("priority", 4, "campaign:c-1", {}, "value", "order_value_out_of_range"),
        ("priority", 1.5, "campaign:c-1", {}, "value", "order_value_out_of_range"),
        ("priority", 2, "venue:v-1", {}, "kind", "order_kind_of_campaigns"),
        ("hold", 1, "venue:v-1", {}, "value", "order_value_unwanted"),
        ("cap", 0.1, "venue:v-1", {"ends": "2026-09-01T07:59:59Z"}, "ends", "order_ends_before"),
        ("cap", 0.1, "venue:v-1", {"starts": "2026-09-03T00:00:00Z", "ends": "2026-09-02T00:00:00Z"}, "ends", "order_ends_before"),
        ("cap", 0.1, "venue:v-1", {"ends": "2026-09-02T00:00:00"}, "ends", "order_moment_unreadable"),
        ("cap", 0.1, "venue:v-1", {"starts": "tomorrow"}, "starts", "order_moment_unreadable"),
        ("cap", 0.1, "venue:v-1", {"starts": "0001-01-01T00:00:00+14:00"}, "starts", "order_moment_unreadable"),
    ],
)
def test_what_cannot_be_is_refused_in_both_languages(
    kind: str, value: float | None, subject: str, more: dict[str, str], where: str, code: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        checked(some_terms(kind, value, subject, **more), NOW)
    assert (refused.value.where, refused.value.code) == (where, code)
    assert {*refused.value.told, *refused.value.todo} == {"zh", "en"}
    assert all([*refused.value.told.values(), *refused.value.todo.values(), refused.value.mend])


@pytest.mark.parametrize(
    "wrong", [{"why": "  "}, {"why": "x" * 301}, {"value": float("nan")}, {"value": float("inf")}, {"placement": "Home"}]
)
def test_what_is_no_order_is_not_even_read(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        some_terms(**wrong)


def test_moments_are_kept_in_utc_and_an_order_holds_from_its_start_to_its_end() -> None:
    terms = checked(some_terms(starts="2026-09-01T17:00:00+08:00", ends="2026-09-01T18:00:00+08:00"), NOW)
    assert (terms.starts, terms.ends) == ("2026-09-01T09:00:00.000Z", "2026-09-01T10:00:00.000Z")
    order = an_order(starts=terms.starts, ends=terms.ends)
    states = [order.state(NOW + timedelta(minutes=minutes)) for minutes in (59, 60, 119, 120)]
    assert states == ["waiting", "holds", "holds", "ended"]
    assert order.holds("search", NOW + timedelta(minutes=60))
    assert not order.model_copy(update={"placement": "home"}).holds("search", NOW + timedelta(minutes=60))


def test_only_what_gives_somebody_more_has_to_be_judged() -> None:
    asked = {("boost", 1.1), ("boost", 1.0), ("boost", 0.5), ("floor", 0.1), ("floor", 0.0), ("cap", 0.1), ("daily_limit", 5.0)}
    assert {each for each in asked if raises_traffic(some_terms(*each))} == {("boost", 1.1), ("floor", 0.1)}
    assert [raises_traffic(some_terms("priority", value, "campaign:c-1")) for value in (0, 1, 2, 3)] == [False, False, True, True]
    assert not raises_traffic(some_terms("hold", None))


def test_a_floor_above_a_cap_of_the_same_subject_is_found_where_they_meet() -> None:
    cap = an_order("cap", 0.2, placement="home", ends="2026-09-02T00:00:00.000Z")
    assert against(some_terms("floor", 0.3), [cap], NOW) == cap
    assert against(some_terms("floor", 0.2), [cap], NOW) is None
    assert against(some_terms("floor", 0.3, placement="search"), [cap], NOW) is None
    assert against(some_terms("floor", 0.3, starts="2026-09-02T00:00:00.000Z"), [cap], NOW) is None
    assert against(some_terms("floor", 0.3, "venue:v-2"), [cap], NOW) is None
    assert against(some_terms("cap", 0.0), [an_order("floor", 0.1)], NOW) is not None


# --- what many come to ------------------------------------------------------------------------------------------------


@st.composite
def sheaves(draw: st.DrawFn) -> list[Order]:
    orders = []
    for number in range(draw(st.integers(0, 8))):
        kind, subject = draw(st.sampled_from(["boost", "hold", "floor", "cap", "daily_limit", "priority"])), draw(st.sampled_from(ABOUT))
        values: dict[str, st.SearchStrategy[float | None]] = {
            "boost": st.floats(LEAST_BOOST, MOST_BOOST),
            "hold": st.none(),
            "daily_limit": st.sampled_from([0.0, 500.0, 10_000.0]),
            "priority": st.sampled_from([0.0, 1.0, 2.0, 3.0]),
        }
        at = f"2026-09-01T0{draw(st.integers(0, 6))}:00:00.000Z"
        value = draw(values.get(kind, st.floats(0, 1)))
        orders.append(an_order(kind, value, subject if kind != "priority" else "campaign:c-1", order_id=f"o-{number}", at=at))
    return orders


def shares_of(orders: Sequence[Order]) -> dict[str, float]:
    return {order.order_id: min(1.0, (order.value or 0) / 20_000) for order in orders if order.kind == "daily_limit"}


@settings(max_examples=120, deadline=None)
@given(orders=sheaves(), seed=st.integers(0, 99))
def test_the_strictest_wins_and_the_order_of_orders_does_not_matter(orders: list[Order], seed: int) -> None:
    paced_at = shares_of(orders)
    controls = combined(orders, LIVE, 6, paced_at)
    shuffled = list(orders)
    random.Random(seed).shuffle(shuffled)
    assert combined(shuffled, LIVE, 6, paced_at) == controls
    caps = {"merchant": controls.merchant_caps, "industry": controls.industry_caps}
    for order in orders:
        touched = [venue.venue_id for venue in members(order.subject, LIVE)]
        rules = [controls.rule(name) for name in touched]
        value = order.value or 0.0
        if order.kind == "hold":
            assert all(rule.hold and rule.floor == 0 for rule in rules)
        elif order.kind in ("cap", "daily_limit"):
            most = paced_at.get(order.order_id, value)
            if order.subject.kind == "venue":
                assert all(rule.cap <= most for rule in rules)
            elif order.subject.kind == "campaign":
                capped = controls.campaign_caps[order.subject.id]
                assert capped.cap <= most
                assert set(capped.venues) == set(touched)
            else:
                assert caps[order.subject.kind][order.subject.id] <= most
        elif order.kind == "floor" and order.subject.kind == "venue":
            assert all(rule.hold or rule.floor >= value for rule in rules)
        assert all(LEAST_BOOST <= rule.boost <= MOST_BOOST for rule in rules)
    held = {name for o in orders if o.kind == "hold" for name in (venue.venue_id for venue in members(o.subject, LIVE))}
    assert {name for name, rule in controls.venues.items() if rule.hold} == held


def test_boosts_multiply_within_a_quarter_and_four_and_the_newest_priority_counts() -> None:
    orders = [an_order("boost", 3, "venue:v-1"), an_order("boost", 2, "campaign:c-1"), an_order("boost", 0.5, "merchant:m-1")]
    controls = combined(orders, LIVE, 6, {})
    assert controls.rule("v-1").boost == pytest.approx(3)
    assert controls.rule("v-2").boost == 2
    assert combined([*orders, an_order("boost", 4, "industry:toys")], LIVE, 6, {}).rule("v-1").boost == MOST_BOOST
    older = an_order("priority", 3, "campaign:c-1", at="2026-09-01T05:00:00.000Z")
    newer = an_order("priority", 0, "campaign:c-1", at="2026-09-01T06:00:00.000Z")
    assert combined([newer, older], LIVE, 6, {}).rule("v-2").priority == 0


def test_a_groups_floor_is_dealt_evenly_to_those_of_it_that_may_be_shown() -> None:
    floor = an_order("floor", 0.25, "campaign:c-1")
    controls = combined([floor], LIVE, 4, {})
    assert [controls.rule(name).floor for name in ("v-1", "v-2", "v-3")] == [0.5, 0.5, 0.0]
    controls = combined([floor, an_order("hold", None, "venue:v-1")], LIVE, 4, {})
    assert [controls.rule(name).floor for name in ("v-1", "v-2")] == [0.0, 1.0]


def test_a_venue_says_whose_words_its_rules_are_and_changes_are_told_by_subject() -> None:
    before = combined([an_order("boost", 2, why="new collection")], LIVE, 6, {})
    orders = [
        an_order("boost", 2, why="new collection"),
        an_order("hold", None, why="page is broken"),
        an_order("cap", 0.1, "merchant:m-1"),
    ]
    after = combined(orders, LIVE, 6, {})
    assert after.rule("v-1").why == "new collection; page is broken"
    assert changes(before, after) == {"venue:v-1": ({"hold": False}, {"hold": True}), "merchant:m-1": ({"cap": 1.0}, {"cap": 0.1})}
    assert changes(after, after) == {}


# --- daily limits -----------------------------------------------------------------------------------------------------


def test_traffic_is_told_from_the_last_day_and_the_profile() -> None:
    busy = [1.0] * 12 + [3.0] * 12
    windows = {"2026-08-31T20": Seen(300, {"v-1": 40}), "2026-09-01T01": Seen(100, {"v-1": 5}), "2026-09-01T08": Seen(20, {"v-1": 2})}
    traffic = traffic_of(windows, busy, NOW)
    # 400 answers in the twelve hours since the first: four evening hours of weight 3 and eight of weight 1.
    assert traffic.answers[1] == pytest.approx(400 / 20)
    assert traffic.answers[20] == pytest.approx(3 * 400 / 20)
    assert traffic.today == {"v-1": 7}
    assert traffic_of({"2026-09-01T08": Seen(500, {})}, busy, NOW).answers[8] == 500
    assert not any(traffic_of({}, busy, NOW).answers)


def test_an_answer_counts_at_its_most_seen_position_and_direct_visits_are_nobodys_delivery() -> None:
    def key(position: int, venue_id: str) -> CellKey:
        return CellKey(window="2026-09-01T08", placement="home", segment="none", position=position, venue_id=venue_id)

    cells = {
        key(1, "v-1"): Counts(impressions=9),
        key(2, "v-1"): Counts(impressions=4),
        key(1, "v-2"): Counts(impressions=3),
        key(0, "v-2"): Counts(impressions=70),
    }
    assert seen_of(cells) == Seen(12, {"v-1": 13, "v-2": 3})


def place(name: str, priority: int = 1) -> Any:
    return PLACEMENTS[name].model_copy(update={"priority": priority, "slots": 4})


@settings(max_examples=60, deadline=None)
@given(
    limit=st.integers(0, 5000),
    delivered=st.lists(st.integers(0, 400), min_size=3, max_size=3),
    answers=st.lists(st.integers(0, 400), min_size=3, max_size=3),
    priorities=st.lists(st.integers(0, 3), min_size=3, max_size=3),
    subject=st.sampled_from(["venue:v-1", "campaign:c-1"]),
)
def test_all_placements_together_never_spend_more_than_the_hours_part(
    limit: int, delivered: list[int], answers: list[int], priorities: list[int], subject: str
) -> None:
    names = ("home", "search", "cart")
    places = [place(name, priority) for name, priority in zip(names, priorities, strict=True)]
    traffic = {name: Traffic({"v-1": gone}, [float(n)] * 24) for name, gone, n in zip(names, delivered, answers, strict=True)}
    order = an_order("daily_limit", limit, subject)
    shares = {name: paced(order, name, places, traffic, LIVE, NOW) for name in names}
    each = 1 if subject.startswith("venue") else 4
    spent = sum(shares[name] * answers[i] * each for i, name in enumerate(names))
    assert all(0 <= share <= 1 for share in shares.values())
    if sum(delivered) >= limit:
        assert spent == 0
    elif any(answers):
        assert spent <= max(0, limit - sum(delivered)) / 16 + CLOSE
        for i, first in enumerate(names):
            for j, second in enumerate(names):
                # Who goes later gets something only if whoever goes first cannot take more.
                if priorities[i] > priorities[j] and answers[j] and answers[i] and shares[second] > CLOSE:
                    assert shares[first] == 1


def test_a_whole_day_is_paced_in_two_placements_and_ends_at_the_limit() -> None:
    places, order = [place("home", 3), place("search", 1)], an_order("daily_limit", 6000)
    gone = {"home": 0, "search": 0}
    by_hour = []
    for hour in range(24):
        traffic = {name: Traffic({"v-1": gone[name]}, [200.0] * 24) for name in gone}
        spent = 0
        for name in gone:
            got = int(paced(order, name, places, traffic, LIVE, NOW.replace(hour=hour)) * 200)
            gone[name] += got
            spent += got
        by_hour.append(spent)
    assert 5900 <= sum(gone.values()) <= 6000
    assert gone["home"] == 24 * 200
    assert max(by_hour) - min(by_hour) <= 60


@given(share=st.floats(1e-6, 0.99))
def test_paced_shares_are_coarse_and_never_above(share: float) -> None:
    assert 0.916 * share <= coarse(share) <= share
    assert coarse(coarse(share) * 1.0001) == pytest.approx(coarse(share))
    assert (coarse(0.0), coarse(1.0)) == (0.0, 1.0)


def test_counters_are_read_only_where_a_daily_limit_holds_and_as_seldom_as_their_age_allows() -> None:
    class Counting(MemoryCells):
        reads = 0

        def cells(self, placement: str, window: str) -> dict[CellKey, Counts]:
            self.reads += 1
            return super().cells(placement, window)

    cells = Counting()
    delivered = Delivered(cells)
    places = [place("home"), place("search")]
    assert paced_shares([an_order("cap", 0.1)], "home", places, LIVE, delivered, NOW) == {}
    assert cells.reads == 0
    limit = an_order("daily_limit", 100, placement="home")
    for seconds, reads in ((0, 25), (5, 25), (30, 27), (1000, 52)):
        assert paced_shares([limit], "home", places, LIVE, delivered, NOW + timedelta(seconds=seconds)) == {limit.order_id: 1.0}
        assert cells.reads == reads
    everywhere = an_order("daily_limit", 100)
    assert set(paced_shares([everywhere], "home", places, LIVE, Delivered(cells), NOW)) == {everywhere.order_id}
    assert cells.reads == 52 + 50


# --- copies into answers ----------------------------------------------------------------------------------------------


@st.composite
def hands(draw: st.DrawFn) -> tuple[dict[str, int], dict[str, VenueFacts], int]:
    answers = draw(st.sampled_from([1, 2, 3, 5, 6, 7, 8, 12, 16, 25]))
    names = [f"v{i}" for i in range(draw(st.integers(0, 12)))]
    facts = {
        name: VenueFacts(venue_id=name, merchant=draw(st.sampled_from(["", "a", "b", "c"])), industry=draw(st.sampled_from(["", "x", "y"])))
        for name in names
    }
    return {name: draw(st.integers(0, answers)) for name in names}, facts, answers


@settings(max_examples=120, deadline=None)
@given(hand=hands())
def test_every_answer_has_of_every_merchant_and_industry_its_part_rounded(
    hand: tuple[dict[str, int], dict[str, VenueFacts], int],
) -> None:
    copies, facts, answers = hand
    dealt = into_answers(copies, facts, answers)
    assert len(dealt) == answers
    assert Counter(name for answer in dealt for name in answer) == Counter(copies)
    groups: list[Callable[[str], str]] = [str, lambda _: "all", lambda name: facts[name].merchant, lambda name: facts[name].industry]
    for of in groups:
        whole: Counter[str] = Counter()
        for name, n in copies.items():
            whole[of(name)] += n
        for answer in dealt:
            here = Counter(map(of, answer))
            assert all(n // answers <= here[group] <= -(-n // answers) for group, n in whole.items() if group)


def test_more_copies_than_answers_are_refused() -> None:
    with pytest.raises(ValueError, match="more copies"):
        into_answers({"v": 3}, {"v": VenueFacts(venue_id="v")}, 2)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), cap=st.sampled_from([0.15, 0.2, 0.35]), draws=st.sampled_from([50, 64]))
def test_a_merchants_cap_holds_in_every_answer_of_a_policy(seed: int, cap: float, draws: int) -> None:
    generator = random.Random(seed)
    facts = {
        f"v{i}": VenueFacts(venue_id=f"v{i}", industry=f"i{generator.randrange(4)}", merchant=f"m{generator.randrange(6)}")
        for i in range(30)
    }
    beliefs = {name: Belief(generator.uniform(1, 20), 100) for name in facts}
    controls = Controls(merchant_cap=cap)
    policy = build_policy(beliefs, facts, 10, controls, even_draw(list(facts.values()), 10, controls, generator), generator, draws=draws)
    most = -(-int(cap * 100) * 10 // 100)
    for answer in policy.answers:
        assert max(Counter(facts[name].merchant for name in answer).values()) <= most


# --- caps of campaigns ------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    caps=st.lists(st.floats(0, 0.7), min_size=2, max_size=2),
    merchant=st.sampled_from([1.0, 0.4]),
    explore=st.sampled_from([0.0, 0.05, 0.3]),
)
def test_a_campaigns_cap_is_never_broken_and_is_exact_where_it_does_not_bite(
    seed: int, caps: list[float], merchant: float, explore: float
) -> None:
    generator = random.Random(seed)
    facts = {f"v{i}": VenueFacts(venue_id=f"v{i}", industry=f"i{i % 3}", merchant=f"m{i % 4}") for i in range(9)}
    campaign = {name: f"c{generator.randrange(3)}" for name in facts}
    capped = {f"c{i}": CampaignCap(cap=cap, venues=tuple(n for n in facts if campaign[n] == f"c{i}")) for i, cap in enumerate(caps)}
    controls = Controls(campaign_caps=capped, merchant_cap=merchant, venues={"v0": VenueRule(floor=0.4)})
    even = even_shares(list(facts.values()), 4, controls)
    scores = {name: [generator.gauss(i, 2) for _ in range(24)] for i, name in enumerate(facts) if even.get(name, 0) > 0 or explore < 1}
    planned = plan(scores, facts, controls, 4, even, explore)
    for each in capped.values():
        drawn = sum(planned.copies.get(name, 0) for name in each.venues) / 24
        assert (1 - explore) * drawn + explore * sum(even.get(name, 0.0) for name in each.venues) <= 4 * each.cap + 1e-6
    free = plan(scores, facts, Controls(merchant_cap=merchant, venues=controls.venues), 4, even, explore)
    if all((1 - explore) * sum(free.copies.get(n, 0) for n in c.venues) / 24 <= 4 * c.cap - 0.2 - explore * 4 for c in capped.values()):
        assert planned.copies == free.copies
        assert planned.exact == free.exact


def test_a_campaign_that_is_capped_keeps_its_best_and_is_named_where_a_floor_falls_short() -> None:
    facts = {name: VenueFacts(venue_id=name) for name in ("a", "b", "c", "d")}
    scores: Mapping[str, list[float]] = {"a": [9.0] * 10, "b": [8.0] * 10, "c": [1.0] * 10, "d": [0.5] * 10}
    controls = Controls(campaign_caps={"c-1": CampaignCap(cap=0.5, venues=("a", "b"))})
    planned = plan(scores, facts, controls, 2, {}, 0.0)
    assert planned.copies == {"a": 10, "c": 10}
    assert (planned.exact, planned.conflicts) == (False, ())
    wished = controls.model_copy(update={"venues": {"a": VenueRule(floor=0.8), "b": VenueRule(floor=0.8)}})
    planned = plan(scores, facts, wished, 2, {}, 0.0)
    assert planned.copies["a"] + planned.copies["b"] == 10
    assert {each.subject: each.because for each in planned.conflicts} == {"a": ("campaign:c-1",), "b": ("campaign:c-1",)}
    said = [worded(planned.conflicts[0], language, {"a": "Pandas", "c-1": "Double 12"}) for language in ("zh", "en")]
    assert "活动“Double 12”的上限" in said[0]
    assert "the cap of campaign Double 12" in said[1]


def test_a_campaign_without_room_leaves_places_empty_and_is_named() -> None:
    facts = {name: VenueFacts(venue_id=name) for name in ("a", "b")}
    controls = Controls(campaign_caps={"c-1": CampaignCap(cap=0.25, venues=("a", "b"))})
    planned = plan({"a": [2.0] * 8, "b": [1.0] * 8}, facts, controls, 2, even_shares(list(facts.values()), 2, controls), 0.0)
    assert sum(planned.copies.values()) == 4
    assert [(each.kind, each.because) for each in planned.conflicts] == [("empty", ("campaign:c-1",))]
