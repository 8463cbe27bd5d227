"""What buyers did, counted: the one input of ranking, verdicts and results."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated

from pydantic import Field, model_validator

from huichang.kernel.model import Model

# The segment of a buyer of whom nothing is known.
NO_SEGMENT = "none"
_WINDOW = "%Y-%m-%dT%H"

Count = Annotated[int, Field(ge=0)]


class Cell(Model):
    """Counts of one (window, placement, segment, position, venue, image, explored).

    `window` is a UTC hour ("2026-11-29T10"), that of the impressions: what follows from an impression is counted in the impression's
    window, however late it arrives. `position` counts from 1. `image` "": the venue's default. `explored`: drawn by the policy's uniform
    part. `order_value` is in minor units of the deployment's currency. Raises ValueError for more clicks, carts or orders than impressions.
    """

    window: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}$")]
    placement: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z0-9_-]+$")]
    segment: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,24}$")] = NO_SEGMENT
    position: Annotated[int, Field(ge=1)] = 1
    venue_id: Annotated[str, Field(min_length=1, max_length=64)]
    image: str = ""
    explored: bool = False
    impressions: Count = 0
    clicks: Count = 0
    carts: Count = 0
    orders: Count = 0
    order_value: Count = 0

    @model_validator(mode="after")
    def _possible(self) -> Cell:
        if max(self.clicks, self.carts, self.orders) > self.impressions:
            raise ValueError("more clicks, carts or orders than impressions: count each impression's first only")
        hour_of(self.window)
        return self


@lru_cache(maxsize=4096)
def hour_of(window: str) -> int:
    """The window's number in hours since the epoch. ValueError if it is no window."""
    return int(datetime.strptime(window, _WINDOW).replace(tzinfo=UTC).timestamp()) // 3600


def window_of(moment: datetime) -> str:
    """The window a moment lies in."""
    return moment.astimezone(UTC).strftime(_WINDOW)
