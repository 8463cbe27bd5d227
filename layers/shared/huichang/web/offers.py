"""New prices, stock and enrolment, from merchants' systems; the synonyms of the search."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from huichang.kernel.model import Model
from huichang.line.offers import OfferBatch
from huichang.venues.model import Actor
from huichang.web.access import ANY_ROLE, OPERATOR
from huichang.web.exchange import Answer, Request, json_answer
from huichang.web.routing import Routes
from huichang.web.services import Services


class WantedSynonyms(Model):
    """Body of PUT /api/catalogue/synonyms: the whole file."""

    text: Annotated[str, Field(max_length=500_000)]


def routes(services: Services) -> Routes:
    """POST /api/catalogue/offers, GET and PUT /api/catalogue/synonyms."""
    on = Routes()

    @on.on("POST", "/api/catalogue/offers", OPERATOR)
    def take(request: Request, actor: Actor) -> Answer:
        return json_answer(services.offers.take(request.body(OfferBatch).offers, actor), 202)

    @on.on("GET", "/api/catalogue/synonyms", ANY_ROLE)
    def show(_: Request, __: Actor) -> Answer:
        return json_answer(services.synonyms.show())

    @on.on("PUT", "/api/catalogue/synonyms", OPERATOR)
    def replace(request: Request, actor: Actor) -> Answer:
        return json_answer(services.synonyms.replace(request.body(WantedSynonyms).text, actor))

    return on
