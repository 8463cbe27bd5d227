"""What was counted of each image of each venue, with the age and the place of an impression taken out.

The counts go through ranking's own history and positions: an arm is a venue *with* an image, so an impression fades, waits for its
reward and is discounted for its position in exactly the same way. Ranking itself adds the images of a venue together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, cast

from huichang.delivery.cells import Cell
from huichang.delivery.ranking.history import History
from huichang.delivery.ranking.positions import fit_positions
from huichang.delivery.ranking.rewards import Reward

# Neither a venue's id nor an image's holds one.
_JOINT = "\n"


@dataclass
class Exposure:
    """`shown`: impressions, each as much as its place is seen, its age is remembered and its reward is due; `events`: rewards."""

    shown: float = 0.0
    events: float = 0.0


# Segment -> image ("": the default) -> exposure.
Stratum = dict[str, Exposure]


@dataclass
class ImageHistory:
    """Of one placement. Give it the cells of venues that have a choice; of the others there is nothing to learn."""

    arms: History = field(default_factory=lambda: History(Reward()))

    def put(self, window: str, cells: Iterable[Cell]) -> frozenset[str]:
        """Replace what is known of a window (see History.put). Returns the segments in which something changed. Raises ValueError."""
        return self.arms.put(window, as_arms(cells))

    def tally(self, now: datetime) -> dict[str, dict[str, Stratum]]:
        """Venue -> segment -> image -> exposure as of `now`, which must not run backwards."""
        tally = self.arms.tally(now)
        seen = fit_positions(tally)
        found: dict[str, dict[str, Stratum]] = {}
        for (segment, arm, position), sums in tally.items():
            venue_id, _, image = arm.partition(_JOINT)
            exposure = found.setdefault(venue_id, {}).setdefault(segment, {}).setdefault(image, Exposure())
            exposure.shown += sums.shown * seen[position]
            exposure.events += sums.events
        return found


class Row(NamedTuple):
    """What is read of a cell here. (Making a model of each would cost more than all the rest of the building.)"""

    window: str
    segment: str
    venue_id: str
    image: str
    position: int
    impressions: int
    clicks: int
    carts: int = 0
    orders: int = 0
    order_value: int = 0
    explored: bool = False


def as_arms(cells: Iterable[Cell]) -> list[Cell]:
    """Cells of "venues" that are each a venue with an image, for ranking's history."""
    arms = [
        Row(
            cell.window,
            cell.segment,
            f"{cell.venue_id}{_JOINT}{cell.image}",
            "",
            cell.position,
            cell.impressions,
            cell.clicks,
            cell.carts,
            cell.orders,
            cell.order_value,
            cell.explored,
        )
        for cell in cells
    ]
    return cast(list[Cell], arms)
