"""The audit trail."""

from __future__ import annotations

from huichang.venues.model import Actor
from huichang.web.access import ADMIN
from huichang.web.exchange import Answer, Request, json_answer
from huichang.web.routing import Routes
from huichang.web.services import Services


def routes(services: Services) -> Routes:
    """GET /api/audit."""
    on = Routes()

    @on.on("GET", "/api/audit", ADMIN)
    def recent(_: Request, __: Actor) -> Answer:
        return json_answer({"entries": services.reader.audit()})

    return on
