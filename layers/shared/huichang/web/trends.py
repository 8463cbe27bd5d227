"""Trends, festivals, and what is coming."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from huichang.kernel.language import Language
from huichang.kernel.model import Model
from huichang.trends.trend import DropCode, Trend
from huichang.venues.model import Actor
from huichang.web.access import ANY_ROLE, OPERATOR
from huichang.web.exchange import Answer, Request, json_answer
from huichang.web.routing import Routes
from huichang.web.services import Services

DAYS: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=1, le=400)])
DEFAULT_DAYS = 90
LOOK_AHEAD: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=1, le=180)])
DEFAULT_LOOK_AHEAD = 60
LIMIT: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=1, le=2000)])
DEFAULT_LIMIT = 500
LANGUAGE: TypeAdapter[Language] = TypeAdapter(Language)
CATALOGUE: TypeAdapter[str | None] = TypeAdapter(str | None)
CODE: TypeAdapter[DropCode | None] = TypeAdapter(DropCode | None)


class TrendRows(Model):
    """Body of POST /api/trends. Rows are checked one by one: a bad one is reported and stops no other.

    `mapping`: how a feed's own columns become trends: the name of a mapping of ours, or its YAML. Without it the rows are trends.
    """

    trends: Annotated[tuple[Any, ...], Field(min_length=1, max_length=500)]
    mapping: Annotated[str, Field(max_length=64_000)] = ""


def routes(services: Services) -> Routes:
    """POST and GET /api/trends, GET /api/trends/report, /api/trends/dropped, /api/festivals and /api/calendar."""
    on = Routes()

    @on.on("POST", "/api/trends", OPERATOR)
    def take(request: Request, actor: Actor) -> Answer:
        body = request.body(TrendRows)
        return json_answer(services.trends.take(body.trends, actor, body.mapping))

    @on.on("GET", "/api/trends", ANY_ROLE)
    def listed(request: Request, _: Actor) -> Answer:
        found = services.trends.ranked()
        trends = [
            {**_shown(item.trend), "warmth": round(item.warmth, 4), "members": [member.model_dump() for member in item.members]}
            for item in found[: request.asked("limit", LIMIT, DEFAULT_LIMIT)]
        ]
        return json_answer({"trends": trends, "total": len(found)})

    @on.on("GET", "/api/trends/report", ANY_ROLE)
    def report(_: Request, __: Actor) -> Answer:
        return json_answer(services.trends.summary())

    @on.on("GET", "/api/trends/dropped", ANY_ROLE)
    def dropped(request: Request, _: Actor) -> Answer:
        most = request.asked("limit", LIMIT, 100)
        found = services.trends.dropped(request.asked("code", CODE, None), most)
        return json_answer({"trends": [_shown(trend) for trend in found]})

    @on.on("GET", "/api/festivals", ANY_ROLE)
    def festivals(request: Request, _: Actor) -> Answer:
        return json_answer({"festivals": services.trends.festivals(request.asked("days", DAYS, DEFAULT_DAYS))})

    @on.on("GET", "/api/calendar", ANY_ROLE)
    def calendar(request: Request, _: Actor) -> Answer:
        days = request.asked("days", LOOK_AHEAD, DEFAULT_LOOK_AHEAD)
        language = request.asked("language", LANGUAGE, "zh")
        return json_answer(services.trends.calendar(days, language, request.asked("catalogue", CATALOGUE, None)))

    return on


def _shown(trend: Trend) -> dict[str, Any]:
    """A trend as the API shows it: the days it was seen on as their number."""
    return {"id": trend.id, **trend.model_dump(mode="json", exclude={"days"}), "days_seen": trend.days_seen}
