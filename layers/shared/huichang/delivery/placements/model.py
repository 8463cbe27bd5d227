"""A placement, and who may be shown there."""

from __future__ import annotations

from typing import Annotated, Literal, Protocol

from pydantic import Field

from huichang.kernel.language import Language, Told
from huichang.kernel.model import Model

# More than anybody scrolls through; whoever asks for more is told so.
MAX_SLOTS = 20
PlacementName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Weight = Annotated[float, Field(ge=0, le=1000)]
_EVEN = (1.0,) * 24


class Eligibility(Model):
    """Which venues may be there, and who sees them. An empty list bounds nothing. `regions`: where the placement is (ISO 3166-1 alpha-2).
    `merchants`: whose channel it is; a venue is a merchant's who sells most of its goods. `buyers`: segments of delivery/segments.py."""

    industries: tuple[str, ...] = ()
    languages: tuple[Language, ...] = ()
    regions: tuple[str, ...] = ()
    merchants: tuple[str, ...] = ()
    buyers: tuple[str, ...] = ()


class Placement(Model):
    """A place. `public` is what every visitor sees, `private` a merchant's or a buyer's own channel.

    `slots`: most venues in one answer. `capacity`: most venues that may be there at a time. `priority`: which placement a venue's daily
    limit is spent in first. `busy`: how busy each UTC hour usually is, for pacing. `per_buyer_day`: how often one buyer is shown one venue
    there in a day, where the caller can tell (0: no bound). `margin`, `alpha`: of its verdicts (delivery/verdicts/judging.py Rule).
    `version` counts changes from 1; what ships with the product has 0.
    """

    name: PlacementName
    kind: Literal["public", "private"]
    what: Told
    offered: bool = True
    eligible: Eligibility = Eligibility()
    slots: Annotated[int, Field(ge=1, le=MAX_SLOTS)] = MAX_SLOTS
    capacity: Annotated[int, Field(ge=1, le=100_000)] = 10_000
    priority: Annotated[int, Field(ge=0, le=3)] = 1
    busy: Annotated[tuple[Weight, ...], Field(min_length=24, max_length=24)] = _EVEN
    per_buyer_day: Annotated[int, Field(ge=0, le=100)] = 0
    margin: Annotated[float, Field(gt=0, lt=1)] = 0.02
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    version: int = 0


class Placements(Protocol):
    """All placements: those that ship with the product, under what operators changed and added."""

    def all(self) -> list[Placement]:
        """Sorted by name. Raises TransientError."""
        ...

    def get(self, name: str) -> Placement | None:
        """One. Raises TransientError."""
        ...
