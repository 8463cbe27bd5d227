"""What a venue can prove: its release manifest, why it is as it is, and the page rebuilt from its inputs."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, TypeAdapter

from huichang.venues.model import Actor
from huichang.web.access import ANY_ROLE
from huichang.web.exchange import Answer, Request, json_answer
from huichang.web.routing import Routes
from huichang.web.services import Services

_VERSION: TypeAdapter[str] = TypeAdapter(Annotated[str, Field(max_length=80)])


def routes(services: Services) -> Routes:
    """GET /api/venues/<venue_id>/proof, /why and /replay."""
    on = Routes()

    @on.on("GET", "/api/venues/<venue_id>/proof", ANY_ROLE)
    def proof(request: Request, _: Actor) -> Answer:
        return json_answer(services.proof.proof(request["venue_id"], request.asked("version", _VERSION, "")))

    @on.on("GET", "/api/venues/<venue_id>/why", ANY_ROLE)
    def why(request: Request, _: Actor) -> Answer:
        return json_answer(services.proof.why(request["venue_id"]))

    @on.on("GET", "/api/venues/<venue_id>/replay", ANY_ROLE)
    def replay(request: Request, _: Actor) -> Answer:
        report = services.replay(request["venue_id"], request.asked("version", _VERSION, ""))
        return json_answer(report.model_dump(mode="json") | {"proved": report.proved})

    return on
