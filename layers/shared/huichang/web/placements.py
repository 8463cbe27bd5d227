"""Placements: where venues are shown, who may be there, and who is."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, TypeAdapter

from huichang.delivery.placements.model import Placement
from huichang.kernel.errors import InvalidInputError
from huichang.line.placing import MOST_SHOWN, PlacementView, Which
from huichang.venues.model import Actor
from huichang.web.access import ANY_ROLE, OPERATOR
from huichang.web.exchange import Answer, Request, json_answer, printable
from huichang.web.routing import Routes
from huichang.web.services import Services

_WHICH: TypeAdapter[Which] = TypeAdapter(Which)
_LIMIT: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=1, le=MOST_SHOWN)])
_VERSION: TypeAdapter[int | None] = TypeAdapter(Annotated[int, Field(ge=0, le=2**53)])


def routes(services: Services) -> Routes:
    """GET /api/placements, GET, PUT and DELETE /api/placements/<name>, GET /api/placements/<name>/venues."""
    on = Routes()

    @on.on("GET", "/api/placements", ANY_ROLE)
    def listed(_: Request, __: Actor) -> Answer:
        return json_answer({"placements": list(services.placements.all())})

    @on.on("GET", "/api/placements/<name>", ANY_ROLE)
    def show(request: Request, _: Actor) -> Answer:
        return _answer(services.placements.show(request["name"]))

    @on.on("PUT", "/api/placements/<name>", OPERATOR)
    def put(request: Request, actor: Actor) -> Answer:
        wanted = request.body(Placement)
        if wanted.name != request["name"]:
            mend = "a placement keeps its name; add another one and remove this one"
            raise InvalidInputError(f"the body names {wanted.name}", where="name", mend=mend, code="name_differs")
        matched = _matched(request)
        if matched is not None:
            wanted = wanted.model_copy(update={"version": matched})
        return _answer(services.placements.put(wanted, actor))

    @on.on("DELETE", "/api/placements/<name>", OPERATOR)
    def remove(request: Request, actor: Actor) -> Answer:
        version = _matched(request)
        if version is None:
            version = request.asked("version", _VERSION, None)
        if version is None:
            mend = "send If-Match with the ETag of the placement, or ?version="
            raise InvalidInputError("which version is to be removed was not said", where="version", mend=mend, code="version_missing")
        left = services.placements.remove(request["name"], version, actor)
        return Answer(status=204) if left is None else _answer(left)

    @on.on("GET", "/api/placements/<name>/venues", ANY_ROLE)
    def venues(request: Request, _: Actor) -> Answer:
        found = services.placements.venues(
            request["name"],
            which=request.asked("which", _WHICH, "all"),
            venue_id=printable(request.query.get("venue", ""), "venue", 80),
            cursor=printable(request.query.get("cursor", ""), "cursor", 200),
            limit=request.asked("limit", _LIMIT, 50),
        )
        return json_answer(found)

    return on


def _answer(view: PlacementView) -> Answer:
    return Answer(
        status=200,
        body=view.model_dump_json(),
        headers={"ETag": f'"{view.placement.version}"', "Cache-Control": "no-store"},
    )


def _matched(request: Request) -> int | None:
    """The version in If-Match; None where the header was not sent. Raises InvalidInputError."""
    sent = request.header("if-match").strip()
    if not sent:
        return None
    text = sent.removeprefix("W/").strip('"')
    if not text.isdecimal() or not text.isascii() or len(text) > 15:
        mend = "send the ETag that GET /api/placements/<name> answered"
        raise InvalidInputError(f"If-Match is {sent[:40]!r}", where="if-match", mend=mend, code="invalid_if_match")
    return int(text)
