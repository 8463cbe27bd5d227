"""How long people look at a venue before they decide about it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, TypeAdapter

from huichang.venues.model import Actor
from huichang.web.access import ANY_ROLE
from huichang.web.exchange import Answer, Request, json_answer, printable
from huichang.web.routing import Routes
from huichang.web.services import Services

DAYS: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=1, le=31)])


def routes(services: Services) -> Routes:
    """GET /api/review/pace."""
    on = Routes()

    @on.on("GET", "/api/review/pace", ANY_ROLE)
    def shown(request: Request, _: Actor) -> Answer:
        campaign_id = printable(request.query.get("campaign_id", ""), "campaign_id", 120)
        return json_answer(services.pace.shown(request.asked("days", DAYS, 7), campaign_id))

    return on
