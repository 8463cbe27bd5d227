"""The routes buyers and search engines reach: small functions of their own, without tokens, resolver or models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Protocol

from pydantic import Field, TypeAdapter

from huichang.delivery.beacons import Accepted
from huichang.delivery.model import BeaconBatch, Decision, LiveVenue
from huichang.kernel.errors import NotFoundError
from huichang.kernel.language import Language
from huichang.pages.sharing import robots_of, sitemap_of
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


def sitemap_app(live: Callable[[], Sequence[LiveVenue]], base: str) -> EventHandler:
    """GET /sitemap.xml and GET /robots.txt. `base`: where the pages are opened ("https://…")."""

    def route(request: Request) -> Answer:
        # Long enough that a crawler in a hurry costs nothing, short enough that a retired page is soon not named any more.
        headers = {"Cache-Control": "public, max-age=300"}
        if request.path == "/robots.txt":
            return Answer(status=200, body=robots_of(base), content_type="text/plain; charset=utf-8", headers=headers)
        if request.path == "/sitemap.xml":
            return Answer(status=200, body=sitemap_of(live(), base), content_type="application/xml; charset=utf-8", headers=headers)
        raise NotFoundError(f"there is nothing at {request.path}", where="path", mend="see docs/api.md", code="no_route")

    return answering(route)
