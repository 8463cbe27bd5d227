"""Floors: arranging those of a venue, and the library of floors that operators made."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from huichang.kernel.model import Model
from huichang.selection.model import ArrangedFloor
from huichang.venues.model import Actor
from huichang.web.access import ANY_ROLE, OPERATOR
from huichang.web.exchange import Answer, Request, json_answer
from huichang.web.routing import Routes
from huichang.web.services import Services

ProductId = Annotated[str, Field(min_length=1, max_length=120)]
Title = Annotated[str, Field(max_length=80)]


class WantedFloor(Model):
    """One floor of the body of PUT floors."""

    title: Title
    product_ids: Annotated[tuple[ProductId, ...], Field(max_length=500)]


class Arrangement(Model):
    """Body of PUT floors: the whole new state, and the plan it was made from."""

    plan_id: Annotated[str, Field(max_length=64)]
    floors: Annotated[tuple[WantedFloor, ...], Field(min_length=1, max_length=24)]


class KeptChange(Model):
    """Body of PUT floor-library: what is left out stays."""

    revision: Annotated[int, Field(ge=1)]
    titles: Annotated[tuple[Title, ...], Field(max_length=12)] | None = None
    status: Literal["active", "retired"] | None = None


def routes(services: Services) -> Routes:
    """PUT and DELETE /api/venues/<venue_id>/floors, GET and PUT /api/floor-library."""
    on = Routes()

    @on.on("PUT", "/api/venues/<venue_id>/floors", OPERATOR)
    def arrange(request: Request, actor: Actor) -> Answer:
        wanted = request.body(Arrangement)
        floors = [ArrangedFloor(title=floor.title, product_ids=floor.product_ids) for floor in wanted.floors]
        return json_answer(services.floors.arrange(request["venue_id"], wanted.plan_id, floors, actor), 202)

    @on.on("DELETE", "/api/venues/<venue_id>/floors", OPERATOR)
    def automatic(request: Request, actor: Actor) -> Answer:
        return json_answer(services.floors.automatic(request["venue_id"], actor), 202)

    @on.on("GET", "/api/floor-library", ANY_ROLE)
    def kept(_: Request, __: Actor) -> Answer:
        return json_answer({"entries": services.floors.kept()})

    @on.on("PUT", "/api/floor-library/<entry_id>", OPERATOR)
    def change(request: Request, actor: Actor) -> Answer:
        wanted = request.body(KeptChange)
        changed = services.floors.change_kept(request["entry_id"], wanted.revision, actor, titles=wanted.titles, status=wanted.status)
        return json_answer(changed)

    return on
