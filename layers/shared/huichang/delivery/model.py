"""Beacons, decisions, live venues and the ports behind them."""

from __future__ import annotations

from typing import Annotated, Literal, Protocol

from pydantic import Field

from huichang.kernel.language import Language
from huichang.kernel.model import Model

BeaconKind = Literal["impression", "click", "cart", "order"]


class Beacon(Model):
    """One thing that was reported. `token`: the decision token of an offered item (events/tokens.py); without one it is a direct visit.

    `beacon_id` is made by the browser: a direct visit's counts once. `decision_id` is what pages sent before there were tokens; nobody
    believes it. `order` (a hash of the shop's number) and `value` (minor units) are of orders, `product_id` of clicks and carts.
    """

    beacon_id: Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9-]+$")]
    kind: BeaconKind
    venue_id: Annotated[str, Field(min_length=1, max_length=64)]
    placement: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z0-9_-]+$")] = "direct"
    decision_id: Annotated[str, Field(max_length=80)] = ""
    token: Annotated[str, Field(max_length=400)] = ""
    product_id: Annotated[str, Field(max_length=120)] = ""
    order: Annotated[str, Field(pattern=r"^([0-9a-f]{32,64})?$")] = ""
    value: Annotated[int, Field(strict=True, ge=0, le=10**9)] = 0
    at: Annotated[str, Field(max_length=40)] = ""


class BeaconBatch(Model):
    """Body of POST /api/beacons."""

    beacons: Annotated[tuple[Beacon, ...], Field(min_length=1, max_length=50)]


class FeedItem(Model):
    """One venue offered. `propensity` is the probability with which the policy puts it at this position.

    `explored`: drawn by the policy's uniform part. `image`: the id of its first image, "" for the venue's default. `image_propensity`: the
    probability with which that image was picked, given the venue; `propensity` is the venue's alone, because that is what policies of
    ranking are judged by (the two multiplied would count a venue once for each of its images). `token`: see events/tokens.py.
    """

    venue_id: str
    position: int
    title: str
    subtitle: str = ""
    href: str
    picture: str = ""
    propensity: float
    language: Language
    explored: bool = False
    image: str = ""
    image_propensity: float = 1.0
    token: str = ""


class Decision(Model):
    """What the feed answered; logged whole so that another policy can be judged by it later."""

    decision_id: str
    placement: str
    at: str
    policy: str
    items: tuple[FeedItem, ...]
    candidates: int
    segment: str = "none"


class LoggedItem(Model):
    """An offered item as the log keeps it."""

    venue_id: str
    position: int
    propensity: float
    explored: bool
    image: str = ""
    image_propensity: float = 1.0


class LoggedDecision(Model):
    """A decision as the log keeps it: what another policy is judged by. Joins cells by (window of `at`, placement, segment) and each
    item's (position, venue, image, explored); joins logged events by `decision_id` and venue."""

    decision_id: str
    placement: str
    at: str
    policy: str
    segment: str
    candidates: int
    items: tuple[LoggedItem, ...]


class FirstImage(Model):
    """One picture a venue may be shown with. `image_id` is what cells count ("" is never one: it stands for the venue's default)."""

    image_id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
    picture: str
    alt: str = ""


class LiveVenue(Model):
    """A published venue as the feed needs it.

    `kind`: of its theme. `merchant`: who sells most of its goods, "" where no one does. `regions`: where it may be shown (empty:
    everywhere). `images`: reviewed first images besides the default `picture`.
    """

    venue_id: str
    title: str
    subtitle: str = ""
    href: str
    picture: str = ""
    industry: str | None = None
    language: Language
    published_at: str
    campaign_id: str = ""
    kind: str = ""
    merchant: str = ""
    regions: tuple[str, ...] = ()
    images: tuple[FirstImage, ...] = ()


class DeliveryStore(Protocol):
    """Live venues and decisions."""

    def put_live(self, venue: LiveVenue) -> None:
        """A venue can be handed out from now on."""
        ...

    def remove_live(self, venue_id: str) -> None:
        """It cannot any more."""
        ...

    def live(self) -> list[LiveVenue]:
        """All that can be handed out."""
        ...

    def logged(self, placement: str, window: str) -> list[LoggedDecision]:
        """Those of a placement in a window (2026-11-29T10), earliest first."""
        ...

    def log_decision(self, decision: Decision) -> None:
        """Keep the decision for 90 days: one write, without what is only for show (adapters/dynamodb/delivery.py)."""
        ...
