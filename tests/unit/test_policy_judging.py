"""The gate on worlds with a known truth: what is better ships, what is worse does not, and where the log is silent so is the gate."""

from __future__ import annotations

import copy
import dataclasses
import random
from functools import cache

import pytest

from huichang.delivery.control.rules import Controls, VenueRule
from huichang.delivery.events.cells import CellKey, Event
from huichang.delivery.model import LoggedDecision
from huichang.delivery.offpolicy.estimators import Influence, estimate, weigh
from huichang.delivery.offpolicy.logs import LogBuilder
from huichang.delivery.offpolicy.model import LoggedRow, TargetPolicy
from huichang.delivery.offpolicy.screens import screens_of
from huichang.delivery.offpolicy.verdicts import Judgement
from huichang.delivery.ranking.rewards import Reward
from huichang.delivery.release import judging
from huichang.delivery.release.judging import AT_ONCE, JOB, Bounds, RuleGate, usual
from huichang.delivery.release.model import Candidate, Live, Verdict
from huichang.delivery.release.replay import Replayed, gap_of, rows_of
from huichang.delivery.serving.ports import PolicySettings
from infra.bench.policy_worlds import LOOKS, NOW, World
from tests.support.fakes import FakeClock

QUICK = Bounds(blocks=12)


def settings(policy_id: str = "built-in", **changes: object) -> PolicySettings:
    return PolicySettings.model_validate({"policy_id": policy_id, "draws": 48} | changes)


def a_candidate(placement: str = "home", margin: float = 0.0, **changes: object) -> Candidate:
    return Candidate(settings=settings("cand", **changes), placement=placement, margin=margin, proposed_by="lin", proposed_at="2026-09-03")


@cache
def world(explore: float, seed: int = 1, **changes: object) -> World:
    return World(settings(explore=explore), venues=8, hours=20, per_hour=100, best=0.3, seed=seed, **changes)  # type: ignore[arg-type]


def judged(lived: World, candidate: Candidate, bounds: Bounds = QUICK, **parts: object) -> Verdict:
    return lived.judge(**parts).candidate(candidate, Live(everywhere=lived.settings), NOW, "job-1", bounds)


def test_what_is_clearly_better_ships() -> None:
    verdict = judged(world(0.8), a_candidate(explore=0.05))
    assert (verdict.answer, verdict.refused, verdict.codes) == ("ship", False, ("better",))
    assert verdict.against_policies == ("built-in",)
    assert verdict.data.placements == ("home",)
    assert verdict.data.rows > 1000
    assert verdict.words["en"].startswith("Ship.")
    assert verdict.words["zh"].startswith("可以上线。")
    assert verdict.judgement is not None
    assert set(verdict.judgement.estimates) == {"ips", "snips", "dr", "switch"}
    # The policy in place, built anew in the same way, is what it was.
    assert verdict.rehearsal is not None
    assert verdict.rehearsal.low < 0 < verdict.rehearsal.high


def test_what_is_clearly_worse_does_not() -> None:
    verdict = judged(world(0.3), a_candidate(explore=1.0))
    assert (verdict.answer, verdict.codes) == ("do_not_ship", ("worse",))


def test_the_same_policy_is_not_told_apart_from_itself() -> None:
    assert judged(world(0.3), a_candidate(explore=0.3)).answer == "cannot_tell"


def test_estimates_hold_what_the_candidate_would_really_have_earned() -> None:
    seen = []
    lived = world(0.8)
    verdict = judged(lived, a_candidate(explore=0.05), settle=lambda past, margin: (seen.append(past), judging.settle(past, margin))[1])
    replayed, rates = seen[0], lived.rates["none"]
    truth = sum(
        sum(p * rates[venue] * LOOKS[int(row.context[-1]) - 1] for venue, p in replayed.target.probabilities[row.context].items())
        for row in replayed.rows
    ) / len(replayed.rows)
    assert verdict.judgement is not None
    for name, found in verdict.judgement.estimates.items():
        assert found.interval.holds(truth), name


def test_the_same_job_gives_the_same_verdict() -> None:
    one, other = (judged(world(0.8), a_candidate(explore=0.05)) for _ in range(2))
    assert one == other


def test_nothing_is_learnt_from_what_it_is_judged_by() -> None:
    """Clicks of the last hour are turned round: no policy that is judged by that hour may know of it."""
    lived = world(0.8)
    last = max(lived.counted)
    changed = copy.copy(lived)
    changed.counted = dict(lived.counted)
    changed.counted[last] = {
        key: counts.model_copy(update={"clicks": counts.impressions - counts.clicks}) for key, counts in lived.counted[last].items()
    }
    assert judged(changed, a_candidate(explore=0.05)).judgement == judged(lived, a_candidate(explore=0.05)).judgement


def test_what_building_anew_wins_or_loses_is_not_the_candidates() -> None:
    """The policy in place, rehearsed, does as well as the candidate, or as badly: then it is the rehearsal that does."""

    def twice(past: Replayed, margin: float) -> Judgement:
        if not told:
            told.append(judging.settle(past, margin))
        return told[0]

    told: list[Judgement] = []
    won = judged(world(0.8), a_candidate(explore=0.05), settle=twice)
    assert (won.answer, won.codes) == ("cannot_tell", ("better", "rehearsal_wins"))
    told.clear()
    lost = judged(world(0.3), a_candidate(explore=1.0), settle=twice)
    assert (lost.answer, lost.codes) == ("cannot_tell", ("worse", "rehearsal_loses"))
    assert lost.words["zh"].startswith("现在无法判断。")


def test_rows_of_one_screen_are_one_piece_of_luck() -> None:
    """Three rows that always go together are worth one; rows of screens of their own are worth themselves."""
    rng = random.Random(1)
    target = TargetPolicy({"c": {"a": 0.5, "b": 0.5}})
    for together in (True, False):
        rows = []
        for screen in range(600):
            rare = rng.random() < 0.1
            for place in range(3):
                rare = rare if together else rng.random() < 0.1
                rows.append(
                    LoggedRow(
                        "c",
                        "a" if rare else "b",
                        0.1 if rare else 0.9,
                        float(rng.random() < 0.3),
                        screen if together else 3 * screen + place,
                    )
                )
        builder = LogBuilder(keep_repeated=True)
        for row in rows:
            builder.add(row)
        weighed = weigh(builder.build(), target)
        effect = screens_of(weighed, rows).effect(lambda term: Influence(term.weight, 0.0))
        assert effect == pytest.approx(3.0 if together else 1.0, abs=1e-9)
        plain, wide = estimate(weighed, "ips"), estimate(weighed, "ips", clusters=screens_of(weighed, rows))
        assert (wide.interval.high > plain.interval.high) is together


def test_an_empty_log_cannot_tell_and_says_what_is_needed() -> None:
    lived = copy.copy(world(0.8))
    lived.decisions, lived.events, lived.counted = {}, {}, {}
    verdict = judged(lived, a_candidate(explore=0.05))
    assert (verdict.answer, verdict.refused, verdict.codes, verdict.judgement) == ("cannot_tell", False, ("empty_log",), None)
    assert "46,716" in verdict.words["en"]  # rows for 10 % at 5 %
    assert "约需" in verdict.words["zh"]


def test_decisions_of_other_policies_say_nothing() -> None:
    lived = world(0.8)
    verdict = lived.judge().candidate(a_candidate(explore=0.05), Live(everywhere=settings("another")), NOW, "job-1", QUICK)
    assert (verdict.answer, verdict.codes) == ("cannot_tell", ("empty_log",))
    assert verdict.data.others["built-in"] > 1000
    assert "built-in" not in verdict.against_policies


def test_of_a_mixture_only_the_policy_in_place_counts() -> None:
    lived = copy.copy(world(0.8))
    lived.decisions = {
        window: [d.model_copy(update={"policy": "older/s-9"}) if number % 2 else d for number, d in enumerate(listed)]
        for window, listed in world(0.8).decisions.items()
    }
    verdict = judged(lived, a_candidate(explore=0.05))
    assert verdict.data.decisions == verdict.data.others["older"]
    assert "older" in verdict.words["en"]
    assert verdict.answer == "ship"


@pytest.mark.parametrize("wrong", [0.0, -0.1, 1.5, float("nan")])
def test_propensities_that_are_none_are_refused(wrong: float) -> None:
    lived = copy.copy(world(0.8))
    lived.decisions = dict(lived.decisions)
    window = sorted(lived.decisions)[-3]
    first = lived.decisions[window][0]
    items = (first.items[0].model_copy(update={"propensity": wrong}), *first.items[1:])
    lived.decisions[window] = [first.model_copy(update={"items": items}), *lived.decisions[window][1:]]
    verdict = judged(lived, a_candidate(explore=0.05))
    assert (verdict.answer, verdict.refused, verdict.codes) == ("cannot_tell", True, ("propensity",))


def test_propensities_that_do_not_fit_are_not_believed() -> None:
    """Somebody logs twice the probability that it was."""
    lived = copy.copy(world(0.8))
    lived.decisions = {
        window: [
            d.model_copy(update={"items": tuple(i.model_copy(update={"propensity": min(1.0, 2 * i.propensity)}) for i in d.items)})
            for d in listed
        ]
        for window, listed in world(0.8).decisions.items()
    }
    verdict = judged(lived, a_candidate(explore=0.05))
    assert (verdict.answer, verdict.refused) == ("cannot_tell", True)
    assert {"weights_off", "propensities_off"} & set(verdict.codes)


def test_a_reward_nobody_ever_earned_cannot_tell_and_says_what_is_needed() -> None:
    verdict = judged(world(0.8), a_candidate(explore=0.05, reward=Reward(kind="order")))
    assert (verdict.answer, verdict.refused) == ("cannot_tell", True)
    assert "few_rewards" in verdict.codes
    assert "takes about" in verdict.words["en"]


def test_a_candidate_for_all_placements_is_judged_by_all_that_have_a_log() -> None:
    verdict = judged(world(0.8), a_candidate("", explore=0.05))
    assert verdict.answer == "ship"
    assert len(verdict.data.placements) == 8


def test_more_than_can_be_looked_at_is_sampled_and_said() -> None:
    verdict = judged(world(0.8), a_candidate(explore=0.05), dataclasses.replace(QUICK, decisions=700))
    assert verdict.data.sampled
    assert verdict.data.decisions <= 800
    assert "more than could be looked at" in verdict.words["en"]


def test_what_takes_too_long_or_too_much_is_given_up() -> None:
    ticks = iter(range(0, 10**6, 7))
    slow = judged(world(0.8), a_candidate(explore=0.05), dataclasses.replace(QUICK, seconds=5), watch=lambda: float(next(ticks)))
    assert slow.answer == "cannot_tell"
    large = judged(world(0.8), a_candidate(explore=0.05), dataclasses.replace(QUICK, entries=20))
    assert (large.answer, large.codes) == ("cannot_tell", ("too_much",))


# --- rules ------------------------------------------------------------------------------------------------------------


class Policies:
    def settings(self, placement: str) -> PolicySettings:
        return world(0.3).settings


def gate(lived: World, bounds: Bounds = AT_ONCE) -> RuleGate:
    return RuleGate(lived.judge(), Policies(), FakeClock(NOW))


def test_a_venue_that_was_held_has_no_support() -> None:
    held = Controls(venues={"v-00": VenueRule(hold=True)})
    lived = _held()
    said = gate(lived).judge("home", held, Controls(venues={"v-00": VenueRule(floor=0.5)}))
    assert (said.kind, said.refused) == ("cannot_tell", True)
    assert "no_support" in said.codes
    assert "v-00" in said.words["en"]


@cache
def _held() -> World:
    return World(
        settings(explore=0.3), venues=8, hours=20, per_hour=60, best=0.35, controls=Controls(venues={"v-00": VenueRule(hold=True)})
    )


def test_a_floor_for_the_poorest_does_not_ship_and_one_for_the_best_does() -> None:
    lived = world(0.3)
    ranked = sorted(lived.rates["none"], key=lambda name: lived.rates["none"][name])
    poor = Controls(venues={name: VenueRule(floor=0.9) for name in ranked[:3]})
    assert gate(lived).judge("home", Controls(), poor).kind == "do_not_ship"
    best = Controls(venues={ranked[-1]: VenueRule(floor=0.2)})
    assert gate(lived).judge("home", Controls(), best).kind in ("ship", "cannot_tell")


def test_rules_of_a_placement_without_a_log_cannot_be_told() -> None:
    said = gate(world(0.3)).judge("search", Controls(), Controls(industry_cap=0.5))
    assert (said.kind, said.codes) == ("cannot_tell", ("empty_log",))


# --- rows -------------------------------------------------------------------------------------------------------------


def a_decision(**changes: object) -> LoggedDecision:
    item = {"venue_id": "v-1", "position": 1, "propensity": 0.5, "explored": False}
    told = {"decision_id": "d-1", "placement": "home", "at": "2026-09-03T10:05:00.000Z", "policy": "built-in/s", "segment": "none"}
    return LoggedDecision.model_validate(told | {"candidates": 3, "items": [item]} | changes)


def an_event(kind: str, **changes: object) -> Event:
    cell = CellKey(window="2026-09-03T10", placement="home", segment="none", position=1, venue_id="v-1")
    return Event.model_validate(
        {"kind": kind, "beacon_id": "b", "decision_id": "d-1", "cell": cell, "at": "2026-09-03T10:06:00.000Z"} | changes
    )


@pytest.mark.parametrize(
    ("kinds", "reward", "expected"),
    [
        (["impression"], "click", [0.0]),
        (["click", "impression", "click"], "click", [1.0]),
        (["click"], "click", []),  # nobody saw it, as far as was told
        (["impression", "order"], "click", [1.0]),
        (["impression", "click"], "order", [0.0]),
        (["impression", "cart"], "cart", [1.0]),
        ([], "click", []),
    ],
)
def test_a_row_is_an_offer_that_was_seen(kinds: list[str], reward: str, expected: list[float]) -> None:
    events = [an_event(kind) for kind in kinds]
    rows = rows_of([a_decision(), a_decision()], events, Reward.model_validate({"kind": reward}))
    assert [row.reward for row in rows] == expected


def test_values_of_all_orders_count_up_to_the_cap_each_order_once() -> None:
    orders = [an_event("order", subject=subject, value=300) for subject in ("a" * 32, "a" * 32, "b" * 32)]
    reward = Reward(kind="order_value", value_cap=500)
    assert [row.reward for row in rows_of([a_decision()], [an_event("impression"), *orders], reward)] == [500.0]
    assert [row.reward for row in rows_of([a_decision()], [an_event("impression"), *orders[:2]], reward)] == [300.0]


def test_only_answers_as_the_policy_makes_them_are_looked_at() -> None:
    plain = [a_decision(decision_id=f"d-{n}") for n in range(3)]
    second = [i.model_dump() | {"position": 7} for i in plain[0].items]
    odd = [
        a_decision(policy="built-in/s page=2"),
        a_decision(policy="built-in/s without=3"),
        a_decision(items=second),
        a_decision(candidates=2),
        a_decision(items=[]),
    ]
    assert usual([*odd, *plain]) == plain
    assert usual(odd[:3]) == []


def test_what_was_still_on_its_way_is_not_learnt_from() -> None:
    assert gap_of(Reward()) == 1
    assert gap_of(Reward(kind="order", delay_hours=6)) == 30
    assert gap_of(Reward(kind="order", delay_hours=100)) == 48
    assert JOB.seconds * 2 < 300 - 30
