"""An answer that is not all of one industry, where there is a choice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from huichang.delivery.control.rules import Controls
from huichang.delivery.facts import VenueFacts

# No industry has more than half of an answer, unless the others cannot fill it.
USUAL = 0.5


def diverse(controls: Controls, venues: Iterable[VenueFacts], slots: int) -> Controls:
    """With a cap for every industry: half of the places, or the least with which the answer can still be filled.

    A cap that operators set stays. Venues of which the industry is not known are nobody's share.
    """
    counted = Counter(venue.industry for venue in venues if not controls.rule(venue.venue_id).hold)
    known = {name: number for name, number in counted.items() if name}
    if not slots or controls.industry_cap < 1 or sum(known.values()) + counted[""] <= slots:
        return controls
    most = max(1, int(slots * USUAL))
    while most < slots and counted[""] + sum(min(number, most) for number in known.values()) < slots:
        most += 1
    return controls.model_copy(update={"industry_cap": most / slots})
