"""What campaigns may spend, what every day cost, and how the models stand."""

from __future__ import annotations

from huichang.line.budgets import BudgetTerms
from huichang.venues.model import Actor
from huichang.web.access import ANY_ROLE, Access
from huichang.web.exchange import Answer, Request, json_answer
from huichang.web.routing import Routes
from huichang.web.services import Services

# Admins first: who is both may do what only an admin may.
_BUDGET = Access(roles=("admin", "operator"))


def routes(services: Services) -> Routes:
    """GET and PATCH /api/campaigns/<campaign_id>/budget, GET /api/spending, GET /api/limits."""
    on = Routes()

    @on.on("GET", "/api/campaigns/<campaign_id>/budget", ANY_ROLE)
    def budget(request: Request, _: Actor) -> Answer:
        return json_answer(services.budgets.show(request["campaign_id"]))

    @on.on("PATCH", "/api/campaigns/<campaign_id>/budget", _BUDGET)
    def change(request: Request, actor: Actor) -> Answer:
        return json_answer(services.budgets.change(request["campaign_id"], request.body(BudgetTerms), actor))

    @on.on("GET", "/api/spending", ANY_ROLE)
    def spending(_: Request, __: Actor) -> Answer:
        return json_answer({"days": services.spending.days()})

    @on.on("GET", "/api/limits", ANY_ROLE)
    def limits(_: Request, __: Actor) -> Answer:
        return json_answer({"models": services.limits.standings()})

    return on
