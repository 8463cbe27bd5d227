"""Venues' standings in a placement: verdicts, who was taken out and why, and what people decide."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints, TypeAdapter

from huichang.kernel.model import Model
from huichang.venues.model import Actor
from huichang.web.access import ANY_ROLE, OPERATOR
from huichang.web.exchange import Answer, Request, json_answer, printable
from huichang.web.routing import Routes
from huichang.web.services import Services

_LIMIT: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=1, le=1000)])
_USUAL = 200


class Because(Model):
    """Body of a decision: why. It stands in the audit trail and beside the venue."""

    why: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=500)]


class WantedFreeze(Because):
    """Body of PUT freeze."""

    frozen: bool


class WantedDay(Model):
    """Body of POST refold: a UTC day such as 2026-11-29."""

    day: Annotated[str, Field(max_length=10)]


def routes(services: Services) -> Routes:
    """GET /api/placements/<name>/standing; below it POST <venue_id>/restore, <venue_id>/retire and refold, PUT freeze."""
    on = Routes()

    @on.on("GET", "/api/placements/<name>/standing", ANY_ROLE)
    def shown(request: Request, _: Actor) -> Answer:
        found = services.standing.view(
            request["name"],
            attention=printable(request.query.get("attention", ""), "attention", 40),
            venue=printable(request.query.get("venue", ""), "venue", 80),
            limit=request.asked("limit", _LIMIT, _USUAL),
        )
        return json_answer(found)

    @on.on("POST", "/api/placements/<name>/standing/<venue_id>/restore", OPERATOR)
    def restore(request: Request, actor: Actor) -> Answer:
        return json_answer(services.standing.restore(request["name"], request["venue_id"], request.body(Because).why, actor))

    @on.on("POST", "/api/placements/<name>/standing/<venue_id>/retire", OPERATOR)
    def retire(request: Request, actor: Actor) -> Answer:
        return json_answer(services.standing.retire(request["name"], request["venue_id"], request.body(Because).why, actor))

    @on.on("PUT", "/api/placements/<name>/standing/freeze", OPERATOR)
    def freeze(request: Request, actor: Actor) -> Answer:
        wanted = request.body(WantedFreeze)
        if wanted.frozen:
            return json_answer({"frozen": services.standing.freeze(request["name"], wanted.why, actor)})
        services.standing.thaw(request["name"], wanted.why, actor)
        return json_answer({"frozen": None})

    @on.on("POST", "/api/placements/<name>/standing/refold", OPERATOR)
    def refold(request: Request, actor: Actor) -> Answer:
        return json_answer({"windows": services.standing.refold(request["name"], request.body(WantedDay).day, actor)}, 202)

    return on
