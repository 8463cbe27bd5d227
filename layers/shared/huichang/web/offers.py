"""New prices, stock and enrolment, from merchants' systems."""

from __future__ import annotations

from huichang.line.offers import OfferBatch
from huichang.line.review import Actor
from huichang.web.access import OPERATOR
from huichang.web.exchange import Answer, Request, json_answer
from huichang.web.routing import Routes
from huichang.web.services import Services


def routes(services: Services) -> Routes:
    """POST /api/catalogue/offers."""
    on = Routes()

    @on.on("POST", "/api/catalogue/offers", OPERATOR)
    def take(request: Request, actor: Actor) -> Answer:
        return json_answer(services.offers.take(request.body(OfferBatch).offers, actor), 202)

    return on
