"""Buyer segments: which are on, what each one's page is, and why."""

from __future__ import annotations

from huichang.line.segmenting import SegmentSetting
from huichang.venues.model import Actor
from huichang.web.access import ANY_ROLE, OPERATOR
from huichang.web.exchange import Answer, Request, json_answer
from huichang.web.routing import Routes
from huichang.web.services import Services


def routes(services: Services) -> Routes:
    """GET and PUT /api/venues/<venue_id>/segments, POST its previews, PUT /api/campaigns/<campaign_id>/segments."""
    on = Routes()

    @on.on("GET", "/api/venues/<venue_id>/segments", ANY_ROLE)
    def shown(request: Request, _: Actor) -> Answer:
        return json_answer(services.segments.view(request["venue_id"]))

    @on.on("PUT", "/api/venues/<venue_id>/segments", OPERATOR)
    def set_venue(request: Request, actor: Actor) -> Answer:
        return json_answer(services.segments.set_venue(request["venue_id"], request.body(SegmentSetting), actor))

    @on.on("POST", "/api/venues/<venue_id>/segments/<segment>/preview", ANY_ROLE)
    def preview(request: Request, _: Actor) -> Answer:
        version_id = services.segments.version_of(request["venue_id"], request["segment"])
        return json_answer(services.previews.link(request["venue_id"], version_id))

    @on.on("PUT", "/api/campaigns/<campaign_id>/segments", OPERATOR)
    def set_campaign(request: Request, actor: Actor) -> Answer:
        return json_answer(services.segments.set_campaign(request["campaign_id"], request.body(SegmentSetting), actor))

    return on
