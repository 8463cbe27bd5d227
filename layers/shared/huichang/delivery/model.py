"""Beacons, counters, decisions and the ports behind them."""

from __future__ import annotations

from typing import Annotated, Literal, Protocol

from pydantic import Field

from huichang.kernel.language import Language
from huichang.kernel.model import Model

BeaconKind = Literal["impression", "click"]


class Beacon(Model):
    """One thing a buyer's browser reported. `beacon_id` is made by the browser: the same id counts once."""

    beacon_id: Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9-]+$")]
    kind: BeaconKind
    venue_id: Annotated[str, Field(min_length=1, max_length=64)]
    placement: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z0-9_-]+$")] = "direct"
    decision_id: Annotated[str, Field(max_length=80)] = ""
    product_id: Annotated[str, Field(max_length=120)] = ""
    at: str = ""


class BeaconBatch(Model):
    """Body of POST /api/beacons."""

    beacons: Annotated[tuple[Beacon, ...], Field(min_length=1, max_length=50)]


class VenueCounters(Model):
    """What is known about a venue in a placement."""

    venue_id: str
    placement: str
    impressions: int = 0
    clicks: int = 0


class FeedItem(Model):
    """One venue offered. `propensity` is the probability with which the policy puts it at this position."""

    venue_id: str
    position: int
    title: str
    subtitle: str = ""
    href: str
    picture: str = ""
    propensity: float
    language: Language


class Decision(Model):
    """What the feed answered; logged whole so that another policy can be judged by it later."""

    decision_id: str
    placement: str
    at: str
    policy: str
    items: tuple[FeedItem, ...]
    candidates: int


class LiveVenue(Model):
    """A published venue as the feed needs it."""

    venue_id: str
    title: str
    subtitle: str = ""
    href: str
    picture: str = ""
    industry: str | None = None
    language: Language
    published_at: str
    campaign_id: str = ""


class DeliveryStore(Protocol):
    """Live venues, counters and decisions."""

    def put_live(self, venue: LiveVenue) -> None:
        """A venue can be handed out from now on."""
        ...

    def remove_live(self, venue_id: str) -> None:
        """It cannot any more."""
        ...

    def live(self) -> list[LiveVenue]:
        """All that can be handed out."""
        ...

    def counters(self, placement: str) -> dict[str, VenueCounters]:
        """By venue id."""
        ...

    def count(self, beacon: Beacon) -> bool:
        """Add to the counters exactly once per beacon id; False if it was counted before."""
        ...

    def log_decision(self, decision: Decision) -> None:
        """Keep the decision for 90 days."""
        ...


class BeaconQueue(Protocol):
    """Between the public endpoint and the counters."""

    def send(self, beacons: tuple[Beacon, ...]) -> None:
        """Enqueue. Raises TransientError."""
        ...
