"""First images of a venue: which there are, what came of them, and the switch of each."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, TypeAdapter

from huichang.kernel.model import Model
from huichang.venues.model import Actor
from huichang.web.access import ANY_ROLE, Access
from huichang.web.exchange import Answer, Request, json_answer
from huichang.web.routing import Routes
from huichang.web.services import Services

PLACEMENT: TypeAdapter[str] = TypeAdapter(Annotated[str, Field(max_length=40)])
# Whoever may approve a picture approves it; whoever steers traffic switches what was approved.
EITHER = Access(roles=("reviewer", "operator"))


class Switch(Model):
    """Body of PUT: on or off (which, while the venue is reviewed, is to refuse it)."""

    on: Annotated[bool, Field(strict=True)]


def routes(services: Services) -> Routes:
    """GET /api/venues/<venue_id>/first-images, PUT one of them."""
    on = Routes()

    @on.on("GET", "/api/venues/<venue_id>/first-images", ANY_ROLE)
    def shown(request: Request, _: Actor) -> Answer:
        return json_answer(services.first_images.view(request["venue_id"], request.asked("placement", PLACEMENT, "home")))

    @on.on("PUT", "/api/venues/<venue_id>/first-images/<image_id>", EITHER)
    def switch(request: Request, actor: Actor) -> Answer:
        wanted = request.body(Switch)
        return json_answer(services.first_images.switch(request["venue_id"], request["image_id"], wanted.on, actor))

    return on
