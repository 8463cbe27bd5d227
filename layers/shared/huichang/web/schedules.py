"""Campaigns that start by themselves."""

from __future__ import annotations

from pydantic import ValidationError

from huichang.kernel.language import Language
from huichang.kernel.model import Model
from huichang.themes.model import CampaignRequest
from huichang.venues.model import Actor
from huichang.venues.schedules import CampaignSchedule
from huichang.web.access import OPERATOR
from huichang.web.exchange import Answer, Request, json_answer
from huichang.web.problems import FieldsError
from huichang.web.routing import Routes
from huichang.web.services import Services


class WantedSchedule(Model):
    """Body of POST /api/schedules: a campaign request, and when."""

    name: str
    sentence: str
    industry: str | None = None
    venues: int | None = None
    catalogue: str | None = None
    language: Language | None = None
    promotion: str | None = None
    at: str | None = None
    cron: str | None = None
    timezone: str = "Asia/Shanghai"

    def schedule(self, actor: Actor) -> CampaignSchedule:
        """As the job takes it. Raises FieldsError that names the fields of this body."""
        try:
            request = CampaignRequest(
                sentence=self.sentence,
                industry=self.industry,
                venues=self.venues,
                catalogue=self.catalogue,
                language=self.language,
                promotion=self.promotion,
                timezone=self.timezone,
            )
            return CampaignSchedule(
                name=self.name,
                request=request,
                at=self.at,
                cron=self.cron,
                timezone=self.timezone,
                created_by=actor.name,
            )
        except ValidationError as error:
            raise FieldsError.of(error) from error


def routes(services: Services) -> Routes:
    """POST and GET /api/schedules, DELETE /api/schedules/<name>."""
    on = Routes()

    @on.on("POST", "/api/schedules", OPERATOR)
    def create(request: Request, actor: Actor) -> Answer:
        return json_answer(services.schedules.create(request.body(WantedSchedule).schedule(actor), actor), 201)

    @on.on("GET", "/api/schedules", OPERATOR)
    def listed(_: Request, __: Actor) -> Answer:
        return json_answer({"schedules": services.schedules.all()})

    @on.on("DELETE", "/api/schedules/<name>", OPERATOR)
    def delete(request: Request, actor: Actor) -> Answer:
        services.schedules.delete(request["name"], actor)
        return Answer(status=204, headers={"Cache-Control": "no-store"})

    return on
