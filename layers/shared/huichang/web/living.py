"""What a live page claims, and since when that is known."""

from __future__ import annotations

from huichang.venues.model import Actor
from huichang.web.access import ANY_ROLE
from huichang.web.exchange import Answer, Request, json_answer
from huichang.web.routing import Routes
from huichang.web.services import Services


def routes(services: Services) -> Routes:
    """GET /api/venues/<venue_id>/claims."""
    on = Routes()

    @on.on("GET", "/api/venues/<venue_id>/claims", ANY_ROLE)
    def shown(request: Request, _: Actor) -> Answer:
        return json_answer(services.claims.view(request["venue_id"]))

    return on
