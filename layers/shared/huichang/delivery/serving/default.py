"""What is shown where no snapshot can be had: the newest of what is live, not all of one industry, drawn evenly."""

from __future__ import annotations

import random
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from huichang.delivery.control.diversity import diverse
from huichang.delivery.control.evenly import even_draw
from huichang.delivery.control.rules import Controls
from huichang.delivery.facts import VenueFacts
from huichang.delivery.model import DeliveryStore, LiveVenue
from huichang.delivery.placements.entering import entered
from huichang.delivery.placements.model import Placement
from huichang.delivery.ranking.policies import Policy
from huichang.delivery.serving.memory import short
from huichang.delivery.serving.model import Size
from huichang.kernel.clock import Clock

# An even draw of more would show mostly what nobody knows anything about.
NEWEST = 60
REFRESH_SECONDS = 10.0
_MOST_KEPT = 200


def facts_of(venue: LiveVenue) -> VenueFacts:
    """What ranking and rules group it by."""
    return VenueFacts(venue_id=venue.venue_id, industry=venue.industry or "", kind=venue.kind, merchant=venue.merchant)


@dataclass
class Default:
    """Knows what is live for some seconds; a store that goes away meanwhile is not missed."""

    store: DeliveryStore
    clock: Clock
    _live: list[LiveVenue] | None = None
    _until: datetime | None = None
    _kept: OrderedDict[tuple[str, Size], tuple[Policy, dict[str, LiveVenue]]] = field(default_factory=OrderedDict)

    def __call__(self, placement: Placement, size: Size, without: frozenset[str] = frozenset()) -> tuple[Policy, dict[str, LiveVenue]]:
        """A policy that is all exploration, and the venues it draws from. `without`: short hashes of venues that are not shown. Raises
        TransientError."""
        live = self._current()
        key = (placement.name, size)
        if not without and key in self._kept:
            return self._kept[key]
        fitting = [venue for venue in live if size.language in (None, venue.language)]
        newest = list(entered(placement, fitting).venues)
        newest.sort(key=lambda venue: (venue.published_at, venue.venue_id), reverse=True)
        chosen = {venue.venue_id: venue for venue in newest[:NEWEST] if not without or short(venue.venue_id) not in without}
        facts = [facts_of(venue) for venue in chosen.values()]
        slots = min(size.slots, len(chosen))
        even = even_draw(facts, slots, diverse(Controls(), facts, slots), random.Random(size.name))
        made = Policy((), even, 1.0), chosen
        if not without:
            self._kept[key] = made
            if len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return made

    def _current(self) -> list[LiveVenue]:
        now = self.clock.now()
        if self._live is None or self._until is None or now >= self._until:
            self._live = self.store.live()
            self._until = now + timedelta(seconds=REFRESH_SECONDS)
            self._kept.clear()
        return self._live
