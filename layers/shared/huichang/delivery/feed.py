"""Which venues a placement shows now: chosen by the policy, logged with the probability of every choice."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from huichang.delivery.model import Decision, DeliveryStore, FeedItem, LiveVenue
from huichang.delivery.placements.model import MAX_SLOTS
from huichang.delivery.placements.shipped import placement_to_fill
from huichang.delivery.ranking.counted import Arm, policy_of
from huichang.delivery.ranking.policies import EXPLORE, Placed, Policy
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import InvalidInputError
from huichang.kernel.ids import new_id
from huichang.kernel.language import Language

# Counters and live venues change slowly; a feed function that is asked often asks the store once in this time.
REFRESH_SECONDS = 15
# Beyond this only the newest are compared; a slate of 20 out of 300 is choice enough.
MAX_CANDIDATES = 300


@dataclass
class _Known:
    policy: Policy
    venues: dict[str, LiveVenue]
    until: datetime


@dataclass
class Feed:
    """Answers feed requests. Keeps the policy of each (placement, slots, language) for some seconds."""

    store: DeliveryStore
    clock: Clock
    generator: random.Random = field(default_factory=random.Random)
    refresh_seconds: float = REFRESH_SECONDS
    explore: float = EXPLORE
    _known: dict[tuple[str, int, Language | None], _Known] = field(default_factory=dict)

    def __call__(self, placement: str, slots: int, language: Language | None = None, segment: str = "none") -> Decision:
        """Up to `slots` (1..20) venues, of one language only if it is given. Raises InvalidInputError, TransientError.

        The decision is logged before it is answered: traffic whose probabilities are not known teaches nothing.
        """
        name = placement_to_fill(placement).name
        if not 1 <= slots <= MAX_SLOTS:
            raise InvalidInputError(
                f"{slots} slots were asked for",
                where="slots",
                mend=f"between 1 and {MAX_SLOTS}",
                code="slots_out_of_range",
            )
        known = self._current(name, slots, language)
        now = self.clock.now()
        items = tuple(_item(known.venues[placed.venue_id], placed) for placed in known.policy.draw(self.generator))
        decision = Decision(
            decision_id=new_id("d", now),
            placement=name,
            at=iso(now),
            policy=f"thompson-gamma/2 draws={len(known.policy.answers)} explore={self.explore}",
            items=items,
            candidates=len(known.venues),
            segment=segment,
        )
        self.store.log_decision(decision)
        return decision

    def _current(self, placement: str, slots: int, language: Language | None) -> _Known:
        key = (placement, slots, language)
        now = self.clock.now()
        known = self._known.get(key)
        if known is not None and now < known.until:
            return known
        counters = self.store.counters(placement)
        fitting = [venue for venue in self.store.live() if language is None or venue.language == language]
        # Newest first, so that the cap never hides a newcomer.
        fitting = sorted(fitting, key=lambda venue: (venue.published_at, venue.venue_id), reverse=True)[:MAX_CANDIDATES]
        arms = []
        for venue in fitting:
            count = counters.get(venue.venue_id)
            arms.append(
                Arm(
                    venue_id=venue.venue_id,
                    impressions=count.impressions if count else 0,
                    clicks=count.clicks if count else 0,
                    industry=venue.industry or "",
                )
            )
        policy = policy_of(arms, slots, self.generator, explore=self.explore)
        fresh = _Known(policy, {venue.venue_id: venue for venue in fitting}, now + timedelta(seconds=self.refresh_seconds))
        self._known[key] = fresh
        return fresh


def _item(venue: LiveVenue, placed: Placed) -> FeedItem:
    return FeedItem(
        venue_id=venue.venue_id,
        position=placed.position,
        title=venue.title,
        subtitle=venue.subtitle,
        href=venue.href,
        picture=venue.picture,
        propensity=placed.propensity,
        language=venue.language,
        explored=placed.explored,
    )
