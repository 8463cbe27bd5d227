"""The routes buyers and search engines reach: small functions of their own, without tokens, resolver or models."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Protocol
from urllib.parse import urlsplit

from pydantic import Field, TypeAdapter

from huichang.delivery.events.accepting import Sender, Taken
from huichang.delivery.events.offering import Offers
from huichang.delivery.events.shops import ShopBatch, check_request
from huichang.delivery.model import BeaconBatch, LiveVenue
from huichang.delivery.segments import Observed, cookie, segment_of
from huichang.kernel.errors import NotFoundError
from huichang.kernel.language import Language
from huichang.observability import count
from huichang.pages.sharing import robots_of, sitemap_of
from huichang.web.exchange import JSON, Answer, Request, answering, json_answer

SLOTS: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=-(10**6), le=10**6)])
LANGUAGE: TypeAdapter[Language | None] = TypeAdapter(Language | None)
OBSERVED: TypeAdapter[Observed] = TypeAdapter(Observed)
DEFAULT_SLOTS = 6
# The console sets it in the browsers of those who sign in: their own clicks are not buyers'.
STAFF_COOKIE = "hc_staff"
# What a buyer was shown lately (delivery/serving/memory.py): it names nobody, is forgotten after a day, and goes nowhere else.
MEMORY_COOKIE = "hc_mem"
# After this a feed that had nothing to say is asked again.
RETRY_SECONDS = 5
# sendBeacon sends a plain string as text/plain; asking pages for more would lose what they report while they close.
BEACON_TYPES = (JSON, "text/plain")

EventHandler = Callable[[Mapping[str, Any]], dict[str, Any]]


class TakeBeacons(Protocol):
    """delivery/events/accepting.py AcceptBeacons."""

    def __call__(self, batch: BeaconBatch, sender: Sender) -> Taken:
        """Check and queue."""
        ...


def feed_app(offer: Offers) -> EventHandler:
    """GET /api/feed?placement=&slots=&language=&segment=&buyer=&cursor=&memory=, and GET /api/beacon.js for pages that show its answers.

    `memory` is what the answer before gave; a same-site page may leave it to the cookie instead, which is set only where the placement has
    a bound for a buyer and the caller does not keep the note itself.
    """

    def feed(request: Request) -> Answer:
        if request.path == "/api/beacon.js":
            headers = {"Cache-Control": "public, max-age=3600", "Cross-Origin-Resource-Policy": "cross-origin"}
            return Answer(status=200, body=beacon_script(), content_type="text/javascript; charset=utf-8", headers=headers)
        placement = request.query.get("placement", "").strip()
        slots = request.asked("slots", SLOTS, DEFAULT_SLOTS)
        declared = request.query.get("segment", "").strip() or cookie(request.header("cookie"), "hc_seg")
        segment = segment_of(declared, request.asked("buyer", OBSERVED, ""))
        kept = request.query.get("memory", "").strip()
        screen = offer(
            placement,
            slots,
            request.asked("language", LANGUAGE, None),
            segment,
            cursor=request.query.get("cursor", "").strip(),
            memory=kept or cookie(request.header("cookie"), MEMORY_COOKIE),
        )
        if screen.items and not screen.items[0].token:
            count("feed_unsigned")
        answer = json_answer(screen)
        headers = dict(answer.headers)
        if screen.degraded and not screen.items:
            headers["Retry-After"] = str(RETRY_SECONDS)
        if screen.memory and not kept:
            headers["Set-Cookie"] = f"{MEMORY_COOKIE}={screen.memory}; Max-Age=86400; Path=/api/feed; Secure; HttpOnly; SameSite=Lax"
        return replace(answer, headers=headers)

    return answering(feed)


def beacons_app(take: TakeBeacons, shop_secrets: Callable[[], tuple[str, ...]], now: Callable[[], float] = time.time) -> EventHandler:
    """POST /api/beacons from browsers, POST /api/orders from shops' servers."""

    def beacons(request: Request) -> Answer:
        if request.path == "/api/orders":
            sent = request.body(ShopBatch)
            check_request(shop_secrets(), sent.shop, request.raw_body, request.header("x-huichang-signature"), int(now()))
            taken = take(sent.beacons(), Sender(user_agent=request.header("user-agent"), shop=sent.shop))
        else:
            taken = take(request.body(BeaconBatch, BEACON_TYPES), sender_of(request))
        for code, number in taken.told.items():
            count(f"beacons_{code}", number)
        return json_answer(taken.answer, 202)

    return answering(beacons)


def sender_of(request: Request) -> Sender:
    """Who reports: staff carry the console's cookie, a token, or come from a preview. The address is the one the front door saw.

    CloudFront appends the viewer's address to what the viewer says of itself, and API Gateway CloudFront's: the last but one is it.
    """
    hops = [hop.strip() for hop in request.header("x-forwarded-for").split(",") if hop.strip()]
    staff = (
        cookie(request.header("cookie"), STAFF_COOKIE) == "1"
        or bool(request.header("authorization"))
        or urlsplit(request.header("referer")).path.startswith("/preview/")
    )
    return Sender(user_agent=request.header("user-agent"), address=hops[-2] if len(hops) > 1 else "".join(hops), staff=staff)


@cache
def beacon_script() -> str:
    """What a placement's page includes to report what of a feed was really seen."""
    return Path(__file__).with_name("beacon.js").read_text("utf-8")


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
