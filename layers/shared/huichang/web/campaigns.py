"""Campaigns: one sentence in, and what became of it."""

from __future__ import annotations

from huichang.kernel.model import Model
from huichang.line.budgets import BudgetTerms, Cap
from huichang.line.releasing import ReviewTerms
from huichang.themes.model import BriefChanges, CampaignRequest
from huichang.venues.model import Actor
from huichang.web.access import ADMIN, ANY_ROLE, OPERATOR
from huichang.web.exchange import Answer, Request, json_answer, printable, tagged_answer
from huichang.web.routing import Routes
from huichang.web.services import Services


class NewCampaign(CampaignRequest):
    """A request, and its budget where it shall not be the default one."""

    cap_usd: Cap | None = None
    rush: bool = False

    def parts(self) -> tuple[CampaignRequest, BudgetTerms | None]:
        """What is asked for, and on what terms."""
        money = {"cap_usd", "rush"}
        request = CampaignRequest.model_validate(self.model_dump(exclude=money))
        terms = self.model_dump(include=money & self.model_fields_set)
        return request, BudgetTerms.model_validate(terms) if terms else None


class BriefCorrection(Model):
    """`plan`: the number of the plan that was in front of the operator, so that two corrections do not overwrite each other."""

    brief: BriefChanges
    plan: int | None = None


def routes(services: Services) -> Routes:
    """POST and GET /api/campaigns, GET /api/campaigns/<campaign_id>, PATCH its brief and its review."""
    on = Routes()

    @on.on("POST", "/api/campaigns", OPERATOR)
    def create(request: Request, actor: Actor) -> Answer:
        wanted, terms = request.body(NewCampaign).parts()
        key = printable(request.header("idempotency-key"), "Idempotency-Key", 200)
        return json_answer(services.start_campaign(wanted, actor, key, terms), 202)

    @on.on("GET", "/api/campaigns", ANY_ROLE)
    def listed(_: Request, __: Actor) -> Answer:
        return json_answer({"campaigns": services.reader.campaigns()})

    @on.on("GET", "/api/campaigns/<campaign_id>", ANY_ROLE)
    def detail(request: Request, _: Actor) -> Answer:
        return tagged_answer(request, services.reader.campaign(request["campaign_id"]))

    @on.on("PATCH", "/api/campaigns/<campaign_id>/brief", OPERATOR)
    def correct(request: Request, actor: Actor) -> Answer:
        sent = request.body(BriefCorrection)
        changed = services.edit_brief(request["campaign_id"], sent.brief, actor, sent.plan)
        return json_answer(changed, 202)

    @on.on("PATCH", "/api/campaigns/<campaign_id>/review", ADMIN)
    def review_terms(request: Request, actor: Actor) -> Answer:
        return json_answer(services.release.change(request["campaign_id"], request.body(ReviewTerms), actor))

    return on
