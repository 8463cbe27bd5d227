"""The feed's own log, from decisions and beacons to a verdict on another slate policy."""

from __future__ import annotations

import random

import pytest

from huichang.delivery.control.evenly import even_draw
from huichang.delivery.control.rules import Controls
from huichang.delivery.facts import VenueFacts
from huichang.delivery.model import Beacon, Decision, FeedItem
from huichang.delivery.offpolicy.logs import read_decisions
from huichang.delivery.offpolicy.targets import of_slates
from huichang.delivery.offpolicy.verdicts import judge
from huichang.delivery.ranking.beliefs import Beliefs
from huichang.delivery.ranking.history import Sums
from huichang.delivery.ranking.policies import EXPLORE, Policy, build_policy

RATES = {"a": 0.3, "b": 0.15, "c": 0.08, "d": 0.04}
LOOKS = (1.0, 0.6)
"""Share of the clicks at the first position that the second gets."""


def slates(clicks: dict[str, int], explore: float, seed: int = 1) -> Policy:
    facts = {venue: VenueFacts(venue_id=venue) for venue in clicks}
    beliefs = Beliefs({("none", venue, 1): Sums(400, count, count) for venue, count in clicks.items()}, facts.values())
    generator = random.Random(seed)
    even = even_draw(list(facts.values()), 2, Controls(), generator)
    return build_policy({venue: beliefs.of(venue) for venue in facts}, facts, 2, Controls(), even, generator, explore=explore)


def served(policy: Policy, decisions: int) -> tuple[list[Decision], list[Beacon]]:
    """Every fifth second place is not scrolled to; clicks come twice and before their impressions."""
    rng = random.Random(7)
    made, beacons = [], []
    for i in range(decisions):
        placed = policy.draw(rng)
        items = tuple(
            FeedItem(venue_id=p.venue_id, position=p.position, title=p.venue_id, href="/", propensity=p.propensity, language="zh")
            for p in placed
        )
        made.append(Decision(decision_id=f"d{i}", placement="home", at="2026-09-01T00:00:00Z", policy="ts", items=items, candidates=4))
        for p in placed:
            if p.position == 2 and rng.random() < 0.2:
                continue
            told = [("impression", 0)]
            if rng.random() < RATES[p.venue_id] * LOOKS[p.position - 1]:
                told = [("click", 0), ("impression", 0), ("click", 1)]
            beacons += [
                Beacon.model_validate(
                    {
                        "beacon_id": f"{kind}-{i}-{p.venue_id}-{n}",
                        "kind": kind,
                        "venue_id": p.venue_id,
                        "placement": "home",
                        "decision_id": f"d{i}",
                    }
                )
                for kind, n in told
            ]
    return made, beacons


def truth(policy: Policy) -> float:
    """Expected clicks per seen place; second places are seen four times in five."""
    by_place = [sum(policy.propensity(v, k) * rate * LOOKS[k - 1] for v, rate in RATES.items()) for k in (1, 2)]
    return (by_place[0] + 0.8 * by_place[1]) / 1.8


def test_another_slate_policy_is_judged_by_the_feeds_log() -> None:
    present = slates({"a": 40, "b": 40, "c": 40, "d": 40}, explore=0.3, seed=2)
    log = read_decisions(*served(present, 3000))
    informed = slates({"a": 120, "b": 60, "c": 32, "d": 16}, explore=0.1)
    said = judge(log, of_slates({"home": informed}))
    assert said.verdict == "ship"
    for name, found in said.estimates.items():
        assert found.value == pytest.approx(truth(informed), rel=0.12), name
        assert found.interval.holds(truth(informed))
    misled = slates({"a": 16, "b": 32, "c": 60, "d": 120}, explore=0.1)
    assert judge(log, of_slates({"home": misled})).verdict == "do_not_ship"


def test_a_venue_that_the_log_never_offered_is_missing_support() -> None:
    present = slates({"a": 40, "b": 40, "c": 40, "d": 40}, explore=0.3)
    log = read_decisions(*served(present, 300))
    said = judge(log, of_slates({"home": slates(dict.fromkeys((*RATES, "new"), 40), EXPLORE)}))
    assert said.refused
    assert said.reasons[0].code == "no_support"
    assert "new@home/1" in said.words["en"]
