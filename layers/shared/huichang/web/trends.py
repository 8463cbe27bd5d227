"""Trends and festivals."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from huichang.kernel.model import Model
from huichang.line.review import Actor
from huichang.web.access import ANY_ROLE, OPERATOR
from huichang.web.exchange import Answer, Request, json_answer
from huichang.web.routing import Routes
from huichang.web.services import Services

DAYS: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=1, le=400)])
DEFAULT_DAYS = 90


class TrendRows(Model):
    """Body of POST /api/trends. Rows are checked one by one: a bad one is reported and stops no other."""

    trends: Annotated[tuple[dict[str, Any], ...], Field(min_length=1, max_length=500)]


def routes(services: Services) -> Routes:
    """POST and GET /api/trends, GET /api/festivals."""
    on = Routes()

    @on.on("POST", "/api/trends", OPERATOR)
    def take(request: Request, actor: Actor) -> Answer:
        return json_answer(services.trends.take(request.body(TrendRows).trends, actor))

    @on.on("GET", "/api/trends", ANY_ROLE)
    def listed(_: Request, __: Actor) -> Answer:
        trends = [{"id": trend.id, **trend.model_dump(mode="json")} for trend in services.trends.all()]
        return json_answer({"trends": trends})

    @on.on("GET", "/api/festivals", ANY_ROLE)
    def festivals(request: Request, _: Actor) -> Answer:
        return json_answer({"festivals": services.trends.festivals(request.asked("days", DAYS, DEFAULT_DAYS))})

    return on
