"""The policy gate: its rules, a check of words, and the brand rules on top of the law."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from huichang.kernel.model import Model
from huichang.materials.policy import BrandBook, the_gate
from huichang.venues.model import Actor
from huichang.web.access import ANY_ROLE, OPERATOR
from huichang.web.exchange import Answer, Request, json_answer
from huichang.web.routing import Routes
from huichang.web.services import Services


class WantedCheck(Model):
    """Body of POST /api/policy/check. `industry`: a code of the catalogue; `campaign_id`: with its brand's rules."""

    texts: Annotated[tuple[Annotated[str, Field(max_length=20_000)], ...], Field(min_length=1, max_length=100)]
    industry: Annotated[str, Field(max_length=60)] = ""
    campaign_id: Annotated[str, Field(max_length=120)] = ""


def routes(services: Services) -> Routes:
    """GET /api/policy/rules, POST /api/policy/check, GET and PUT /api/policy/brands."""
    on = Routes()

    @on.on("GET", "/api/policy/rules", ANY_ROLE)
    def rules(_: Request, __: Actor) -> Answer:
        gate = the_gate()
        return json_answer({"hash": gate.hash, "rules": gate.rules})

    @on.on("POST", "/api/policy/check", ANY_ROLE)
    def check(request: Request, _: Actor) -> Answer:
        wanted = request.body(WantedCheck)
        verdict = services.brands.check(wanted.texts, wanted.industry, wanted.campaign_id)
        return json_answer({"blocked": verdict.blocked, "rules": verdict.rules, "findings": verdict.findings})

    @on.on("GET", "/api/policy/brands", ANY_ROLE)
    def brands(_: Request, __: Actor) -> Answer:
        return json_answer(services.brands.show())

    @on.on("PUT", "/api/policy/brands", OPERATOR)
    def replace(request: Request, actor: Actor) -> Answer:
        return json_answer(services.brands.replace(request.body(BrandBook), actor))

    return on
