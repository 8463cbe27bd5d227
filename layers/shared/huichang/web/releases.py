"""A campaign's releases: what would change, doing it, going back, and when it comes by itself."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from huichang.kernel.model import Model
from huichang.line.promoting import ReleasePreview
from huichang.pages.release_plans import PlanTerms
from huichang.pages.releases import ReleaseKind
from huichang.venues.model import Actor
from huichang.web.access import ANY_ROLE, OPERATOR
from huichang.web.exchange import Answer, Request, json_answer
from huichang.web.routing import Routes
from huichang.web.services import Services

VenueId = Annotated[str, Field(min_length=1, max_length=64)]


class WantedRelease(Model):
    """Body of POST releases. `expect`: the number of the release that was looked at (`number` of a dry run). `to`: where a rollback
    goes back to; 0: the release before. `venues`: only these. `dry_run`: say what would change, and change nothing."""

    action: ReleaseKind = "release"
    to: Annotated[int, Field(ge=0)] = 0
    venues: Annotated[tuple[VenueId, ...], Field(max_length=500)] = ()
    expect: Annotated[int, Field(ge=0)] | None = None
    leave_out_blocked: bool = False
    note: Annotated[str, Field(max_length=500)] = ""
    dry_run: bool = False


class WantedPlan(PlanTerms):
    """Body of PUT release-plan. `revision`: of the plan that was looked at; without it, whatever stands is replaced."""

    revision: Annotated[int, Field(ge=0)] | None = None

    def terms(self) -> PlanTerms:
        """What is planned."""
        return PlanTerms.model_validate(self.model_dump(exclude={"revision"}))


def shown(preview: ReleasePreview) -> dict[str, object]:
    """The preview with what follows from it."""
    return preview.model_dump(mode="json") | {"blocked": len(preview.blocked), "changes": len(preview.changes)}


def routes(services: Services) -> Routes:
    """GET and POST /api/campaigns/<campaign_id>/releases, GET and PUT its release-plan."""
    on = Routes()

    @on.on("GET", "/api/campaigns/<campaign_id>/releases", ANY_ROLE)
    def listed(request: Request, _: Actor) -> Answer:
        campaign_id = request["campaign_id"]
        return json_answer({"releases": services.releases.history(campaign_id), "settling": services.releases.settling(campaign_id)})

    @on.on("POST", "/api/campaigns/<campaign_id>/releases", OPERATOR)
    def make(request: Request, actor: Actor) -> Answer:
        wanted = request.body(WantedRelease) if request.raw_body.strip() else WantedRelease()
        kind: ReleaseKind = "release" if wanted.action == "publish" else wanted.action
        if wanted.dry_run:
            return json_answer(shown(services.releases.preview(request["campaign_id"], kind, to=wanted.to, only=wanted.venues)))
        made = services.releases.apply(
            request["campaign_id"],
            kind,
            actor,
            to=wanted.to,
            only=wanted.venues,
            expect=wanted.expect,
            leave_out_blocked=wanted.leave_out_blocked,
            note=wanted.note,
        )
        return json_answer(made, 201)

    @on.on("GET", "/api/campaigns/<campaign_id>/release-plan", ANY_ROLE)
    def plan(request: Request, _: Actor) -> Answer:
        return json_answer(services.release_schedule.shown(request["campaign_id"]))

    @on.on("PUT", "/api/campaigns/<campaign_id>/release-plan", OPERATOR)
    def change(request: Request, actor: Actor) -> Answer:
        wanted = request.body(WantedPlan)
        return json_answer(services.release_schedule.change(request["campaign_id"], wanted.terms(), actor, wanted.revision))

    return on
