"""A policy from the plainest counters there are: impressions and clicks of a venue in a placement, without segment, position or hour."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from huichang.delivery.cells import NO_SEGMENT
from huichang.delivery.control.diversity import diverse
from huichang.delivery.control.evenly import even_draw
from huichang.delivery.control.rules import Controls
from huichang.delivery.facts import VenueFacts
from huichang.delivery.ranking.beliefs import Beliefs
from huichang.delivery.ranking.history import Sums
from huichang.delivery.ranking.policies import DRAWS, EXPLORE, Policy, build_policy
from huichang.kernel.model import Model

# Below this many impressions a venue is a newcomer: its rate is known to about +-4 percentage points at best.
NEWCOMER_IMPRESSIONS = 100
# Newcomers together are sure of this share of the places, one of them of at most this share of the answers.
NEWCOMERS_TOGETHER, NEWCOMERS_EACH = 0.15, 0.25


class Arm(Model):
    """A candidate and what is known about it in this placement. More clicks than impressions (a lost beacon) count as all clicked."""

    venue_id: str
    impressions: Annotated[int, Field(ge=0)] = 0
    clicks: Annotated[int, Field(ge=0)] = 0
    industry: str = ""


def policy_of(arms: Sequence[Arm], slots: int, generator: random.Random, *, explore: float = EXPLORE, draws: int = DRAWS) -> Policy:
    """With floors for newcomers and diversity of industries. Raises ValueError for an arm that occurs twice."""
    facts = {arm.venue_id: VenueFacts(venue_id=arm.venue_id, industry=arm.industry) for arm in arms}
    if len(facts) != len(arms):
        raise ValueError("an arm occurs twice")
    tally = {}
    for arm in arms:
        if arm.impressions:
            clicks = min(arm.clicks, arm.impressions)
            tally[NO_SEGMENT, arm.venue_id, 1] = Sums(arm.impressions, clicks, clicks)
    beliefs = Beliefs(tally, facts.values())
    newcomers = [arm.venue_id for arm in arms if arm.impressions < NEWCOMER_IMPRESSIONS]
    floor = min(NEWCOMERS_EACH, NEWCOMERS_TOGETHER * min(slots, len(facts)) / len(newcomers)) if newcomers else 0.0
    controls = diverse(Controls(), facts.values(), slots).with_shares(dict.fromkeys(newcomers, floor), {})
    even = even_draw(list(facts.values()), slots, controls, generator)
    return build_policy({name: beliefs.of(name) for name in facts}, facts, slots, controls, even, generator, explore=explore, draws=draws)
