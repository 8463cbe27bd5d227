"""Traffic control: floors, caps and what could not hold. The dealing is held against brute force."""

from __future__ import annotations

import itertools
import math
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huichang.delivery.control.allocation import EMPTY, Bounds, allocate
from huichang.delivery.control.diversity import diverse
from huichang.delivery.control.evenly import even_draw, even_shares
from huichang.delivery.control.newcomers import NewcomerRule, newcomer_floors
from huichang.delivery.control.pacing import paced_cap
from huichang.delivery.control.planning import Conflict, plan
from huichang.delivery.control.rules import Controls, VenueRule
from huichang.delivery.control.wording import worded
from huichang.delivery.facts import VenueFacts
from huichang.delivery.verdicts.evidence import Evidence, Stratum, gather
from huichang.delivery.verdicts.judging import Rule, judge

CLOSE = 1e-9


def facts(number: int, industries: int = 3, merchants: int = 4, seed: int = 0) -> list[VenueFacts]:
    generator = random.Random(seed)
    return [
        VenueFacts(venue_id=f"v{i}", industry=f"i{generator.randrange(industries)}", merchant=f"m{generator.randrange(merchants)}")
        for i in range(number)
    ]


@st.composite
def dealings(draw: st.DrawFn) -> tuple[list[Bounds], int, dict[str, int], dict[str, int]]:
    venues = []
    for i in range(draw(st.integers(1, 4))):
        values = sorted(draw(st.lists(st.integers(-10, 10), max_size=3)), reverse=True)
        venues.append(
            Bounds(
                f"v{i}",
                [value / 10 for value in values],
                floor=draw(st.integers(0, 3)),
                merchant=draw(st.sampled_from(["a", "b", ""])),
                industry=draw(st.sampled_from(["x", "y", ""])),
            )
        )
    caps = [{name: draw(st.integers(0, 4)) for name in names if draw(st.booleans())} for names in (("a", "b"), ("x", "y"))]
    return venues, draw(st.integers(0, 6)), caps[0], caps[1]


def worth(venues: list[Bounds], copies: tuple[int, ...], units: int) -> float:
    return sum(v.value(c) for v, n in zip(venues, copies, strict=True) for c in range(n)) - EMPTY * (units - sum(copies))


@settings(max_examples=150, deadline=None)
@given(dealing=dealings())
def test_no_dealing_under_the_caps_is_worth_more(dealing: tuple[list[Bounds], int, dict[str, int], dict[str, int]]) -> None:
    venues, units, merchants, industries = dealing

    def allowed(copies: tuple[int, ...]) -> bool:
        of: Counter[tuple[str, str]] = Counter()
        for venue, n in zip(venues, copies, strict=True):
            of["m", venue.merchant] += n
            of["i", venue.industry] += n
        return (
            sum(copies) <= units
            and all(of["m", name] <= cap for name, cap in merchants.items())
            and all(of["i", name] <= cap for name, cap in industries.items())
        )

    dealt = allocate(venues, units, merchants, industries)
    got = tuple(dealt.copies[venue.venue_id] for venue in venues)
    best = max(
        worth(venues, each, units) for each in itertools.product(*(range(len(venue.values) + 1) for venue in venues)) if allowed(each)
    )
    assert dealt.exact
    assert allowed(got)
    assert dealt.empty == units - sum(got)
    assert worth(venues, got, units) == pytest.approx(best, abs=1e-4)


def test_crossing_caps_need_more_than_greed() -> None:
    # Greed takes a-x first; then merchant a and industry x are full and a place stays empty. Two others fill both.
    venues = [
        Bounds("ax", [1.0], merchant="a", industry="x"),
        Bounds("ay", [0.9], merchant="a", industry="y"),
        Bounds("bx", [0.8], merchant="b", industry="x"),
    ]
    dealt = allocate(venues, 2, {"a": 1, "b": 1}, {"x": 1, "y": 1})
    assert dealt.copies == {"ax": 0, "ay": 1, "bx": 1}
    assert dealt.pushes > 0
    assert dealt.empty == 0


rules = st.builds(VenueRule, floor=st.sampled_from([0.0, 0.1, 0.5, 1.0]), cap=st.sampled_from([0.0, 0.2, 0.5, 1.0]), hold=st.booleans())


@settings(max_examples=80, deadline=None)
@given(
    number=st.integers(1, 14),
    slots=st.integers(1, 5),
    seed=st.integers(0, 99),
    industry=st.sampled_from([0.2, 0.5, 1.0]),
    merchant=st.sampled_from([0.25, 0.6, 1.0]),
    explore=st.sampled_from([0.0, 0.1, 0.5]),
    data=st.data(),
)
def test_caps_hold_exactly_and_floors_hold_or_are_told(
    number: int, slots: int, seed: int, industry: float, merchant: float, explore: float, data: st.DataObject
) -> None:
    venues = facts(number, seed=seed)
    controls = Controls(venues={f"v{i}": data.draw(rules) for i in range(min(number, 4))}, industry_cap=industry, merchant_cap=merchant)
    even = even_shares(venues, slots, controls)
    generator = random.Random(seed)
    scores = {v.venue_id: [generator.random() for _ in range(32)] for v in venues if not controls.rule(v.venue_id).hold}
    planned = plan(scores, {v.venue_id: v for v in venues}, controls, slots, even, explore)
    share = {name: (1 - explore) * planned.copies.get(name, 0) / 32 + explore * even.get(name, 0.0) for name in scores}
    told = {conflict.subject: conflict for conflict in planned.conflicts if conflict.kind == "floor"}
    assert planned.exact
    for name, mine in share.items():
        rule = controls.rule(name)
        assert mine <= rule.cap + CLOSE
        assert (mine < rule.floor - CLOSE) == (name in told)
        if name in told:
            assert told[name].got == pytest.approx(mine)
            assert told[name].because
    for cap, of in ((industry, lambda v: v.industry), (merchant, lambda v: v.merchant)):
        groups: Counter[str] = Counter()
        for venue in venues:
            groups[of(venue)] += share.get(venue.venue_id, 0.0)
        if cap < 1:
            assert all(each <= cap * slots + CLOSE for each in groups.values())
    full = sum(planned.copies.values()) == 32 * min(slots, len(scores))
    assert full == (not any(conflict.kind == "empty" for conflict in planned.conflicts))


def test_floors_that_cannot_all_be_met_are_cut_alike_and_the_cause_is_named() -> None:
    venues = [VenueFacts(venue_id=f"v{i}", industry="toys" if i < 4 else "tea") for i in range(6)]
    controls = Controls(venues={f"v{i}": VenueRule(floor=0.5) for i in range(4)}, industry_caps={"toys": 0.5})
    generator = random.Random(1)
    scores = {v.venue_id: [generator.random() for _ in range(100)] for v in venues}
    planned = plan(scores, {v.venue_id: v for v in venues}, controls, 2, {}, 0.0)
    assert [planned.copies[f"v{i}"] for i in range(4)] == [25] * 4
    assert [(c.subject, c.asked, c.got, c.because) for c in planned.conflicts] == [
        (f"v{i}", 0.5, 0.25, ("industry:toys",)) for i in range(4)
    ]


def test_without_rules_shares_are_thompsons_own() -> None:
    generator = random.Random(3)
    names = ["a", "b", "c", "d"]
    scores = {name: [generator.gauss(i, 1.5) for _ in range(200)] for i, name in enumerate(names)}
    planned = plan(scores, {n: VenueFacts(venue_id=n) for n in names}, Controls(), 2, {}, 0.0)
    counted: Counter[str] = Counter()
    for d in range(200):
        counted.update(sorted(names, key=lambda n: -scores[n][d])[:2])
    assert planned.copies == dict(counted)


def test_a_boosted_campaigns_floor_goes_first() -> None:
    venues = [VenueFacts(venue_id=name) for name in ("low", "high", "other")]
    controls = Controls(venues={"low": VenueRule(floor=0.8, priority=0), "high": VenueRule(floor=0.8, priority=3)})
    scores = {v.venue_id: [0.5 + (v.venue_id == "other")] * 50 for v in venues}
    planned = plan(scores, {v.venue_id: v for v in venues}, controls, 1, {}, 0.0)
    assert planned.copies["high"] > planned.copies["low"] > 0
    assert {conflict.because for conflict in planned.conflicts} <= {("places",)}


@settings(max_examples=80, deadline=None)
@given(
    number=st.integers(1, 20),
    slots=st.integers(1, 6),
    seed=st.integers(0, 99),
    industry=st.sampled_from([0.2, 0.5, 1.0]),
    merchant=st.sampled_from([0.3, 1.0]),
    cap=st.sampled_from([0.05, 0.3, 1.0]),
)
def test_the_even_part_is_even_holds_caps_and_leaves_nobody_out(
    number: int, slots: int, seed: int, industry: float, merchant: float, cap: float
) -> None:
    venues = facts(number, seed=seed)
    controls = Controls(venues={"v0": VenueRule(cap=cap), "v1": VenueRule(hold=True)}, industry_cap=industry, merchant_cap=merchant)
    shares = even_shares(venues, slots, controls)
    total = sum(shares.values())
    assert math.isclose(total, round(total), abs_tol=1e-6)
    assert total <= slots + 1e-6
    assert "v1" not in shares
    if total:
        assert shares.keys() == {v.venue_id for v in venues} - {"v1"}
        assert min(shares.values()) > 0
    assert shares.get("v0", 0.0) <= cap + CLOSE
    for of, bound in ((lambda v: v.industry, industry), (lambda v: v.merchant, merchant)):
        groups: Counter[str] = Counter()
        for venue in venues:
            groups[of(venue)] += shares.get(venue.venue_id, 0.0)
        assert all(each <= bound * slots + 1e-6 for each in groups.values())
    drawn = even_draw(venues, slots, controls, random.Random(seed))
    industries = {v.venue_id: v.industry for v in venues}
    for _ in range(20):
        answer = drawn.draw(random.Random())
        assert len(set(answer)) == len(answer) == drawn.slots == round(total)
        assert all(n <= math.ceil(industry * slots) for n in Counter(industries[name] for name in answer).values())


def test_the_even_part_is_uniform_where_nothing_is_capped() -> None:
    shares = even_shares(facts(7), 3, Controls())
    assert all(share == pytest.approx(3 / 7) for share in shares.values())
    assert all(share == 1.0 for share in even_shares(facts(2), 5, Controls()).values())
    assert even_shares([], 3, Controls()) == {}


def test_an_answer_is_not_all_of_one_industry_where_there_is_a_choice() -> None:
    many = [VenueFacts(venue_id=f"a{i}", industry="toys") for i in range(9)]
    few = [VenueFacts(venue_id="b", industry="tea")]
    assert diverse(Controls(), [*many, *(VenueFacts(venue_id=f"t{i}", industry="tea") for i in range(9))], 6).industry_cap == 0.5
    assert diverse(Controls(), [*many, *few], 6).industry_cap == pytest.approx(5 / 6)
    assert diverse(Controls(), many, 6).industry_cap == 1.0
    assert diverse(Controls(industry_cap=0.3), many, 6).industry_cap == 0.3
    assert diverse(Controls(), [VenueFacts(venue_id=f"u{i}") for i in range(9)], 6).cap_of_industry("") == 1.0


def a_verdict(shown: int = 0, clicks: int = 0):  # type: ignore[no-untyped-def]
    evidence = Evidence()
    if shown:
        evidence = gather([Stratum(shown=shown, clicks=clicks, baseline_shown=20 * shown, baseline_clicks=shown)])
    return judge(evidence, Rule(margin=0.1))


def test_newcomers_are_sure_of_what_they_need_until_they_are_judged() -> None:
    verdicts = {"new": a_verdict(), "weak": a_verdict(5000, 20), "spent": a_verdict().model_copy(update={"shown": 10**7})}
    assert verdicts["weak"].kind == "retire"
    floors = newcomer_floors(verdicts, answers_per_hour=1000, slots=5, rate=0.05, baseline_per_impression=1.0)
    assert set(floors.shares) == {"new"}
    assert 0 < floors.shares["new"] <= 0.25
    assert floors.stretched == 1.0


def test_many_newcomers_share_their_part_and_wait_longer() -> None:
    rule = NewcomerRule(together=0.2)
    verdicts = {f"n{i}": a_verdict() for i in range(100)}
    floors = newcomer_floors(verdicts, answers_per_hour=100, slots=5, rate=0.05, baseline_per_impression=1.0, rule=rule)
    assert sum(floors.shares.values()) == pytest.approx(0.2 * 5)
    assert floors.stretched > 1


@pytest.mark.parametrize(("answers", "rate"), [(0, 0.1), (100, 0.0), (100, math.nan)])
def test_without_traffic_or_a_rate_nobody_is_promised_anything(answers: float, rate: float) -> None:
    floors = newcomer_floors({"n": a_verdict()}, answers_per_hour=answers, slots=5, rate=rate, baseline_per_impression=1.0)
    assert floors.shares == {}


def test_a_paced_venue_spends_its_day_as_buyers_come_and_never_more() -> None:
    profile, delivered = [1 + (hour % 12) for hour in range(24)], 0
    spent = []
    for hour in range(24):
        answers = 100.0 * profile[hour]
        share = paced_cap(1000, delivered, profile, hour, answers)
        got = int(share * answers)
        delivered += got
        spent.append(got / profile[hour])
    assert 950 <= delivered <= 1000
    assert max(spent) - min(spent) < 3
    assert paced_cap(1000, 1000, profile, 5, 10) == 0.0
    assert paced_cap(10**9, 0, profile, 5, 10) == 1.0
    with pytest.raises(ValueError, match="24"):
        paced_cap(1, 0, [1.0], 0, 1)


def test_rules_are_joined_by_the_stricter_one() -> None:
    joined = Controls(venues={"a": VenueRule(floor=0.2, cap=0.5, why="campaign")}).with_shares(
        {"a": 0.1, "b": 0.3}, {"a": 0.9, "b": 0.4}, {"b": "newcomer"}
    )
    assert joined.rule("a") == VenueRule(floor=0.2, cap=0.5, why="campaign")
    assert joined.rule("b") == VenueRule(floor=0.3, cap=0.4, why="newcomer")


def test_conflicts_are_said_in_both_languages() -> None:
    floor = Conflict(kind="floor", subject="v1", asked=0.5, got=0.25, because=("industry:toys", "venue:v1"))
    assert worded(floor, "en", {"v1": "Pandas"}) == (
        "The floor of venue Pandas cannot be met: 50.0 % of the answers were asked for, 25.0 % are possible, because of: "
        "the cap of industry toys, the cap of venue Pandas itself."
    )
    assert "保底" in worded(floor, "zh")
    assert "25.0 %" in worded(floor, "zh")
    empty = Conflict(kind="empty", subject="", asked=1.0, got=0.8, because=())
    assert "not enough venues" in worded(empty, "en")
    assert "没有足够的会场" in worded(empty, "zh")
