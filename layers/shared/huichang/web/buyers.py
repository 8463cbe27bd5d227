"""The two routes buyers reach: small functions of their own, without tokens, resolver or models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Protocol

from pydantic import Field, TypeAdapter

from huichang.delivery.beacons import Accepted
from huichang.delivery.model import BeaconBatch, Decision
from huichang.kernel.language import Language
from huichang.web.exchange import JSON, Answer, Request, answering, json_answer

SLOTS: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=-(10**6), le=10**6)])
LANGUAGE: TypeAdapter[Language | None] = TypeAdapter(Language | None)
DEFAULT_SLOTS = 6
# sendBeacon sends a plain string as text/plain; asking pages for more would lose what they report while they close.
BEACON_TYPES = (JSON, "text/plain")

EventHandler = Callable[[Mapping[str, Any]], dict[str, Any]]


class OfferVenues(Protocol):
    """delivery/feed.py Feed."""

    def __call__(self, placement: str, slots: int, language: Language | None = None) -> Decision:
        """Choose and log."""
        ...


class TakeBeacons(Protocol):
    """delivery/beacons.py AcceptBeacons."""

    def __call__(self, batch: BeaconBatch, user_agent: str) -> Accepted:
        """Check and queue."""
        ...


def feed_app(offer: OfferVenues) -> EventHandler:
    """GET /api/feed?placement=&slots=&language=."""

    def feed(request: Request) -> Answer:
        placement = request.query.get("placement", "").strip()
        slots = request.asked("slots", SLOTS, DEFAULT_SLOTS)
        return json_answer(offer(placement, slots, request.asked("language", LANGUAGE, None)))

    return answering(feed)


def beacons_app(take: TakeBeacons) -> EventHandler:
    """POST /api/beacons."""

    def beacons(request: Request) -> Answer:
        return json_answer(take(request.body(BeaconBatch, BEACON_TYPES), request.header("user-agent")), 202)

    return answering(beacons)
