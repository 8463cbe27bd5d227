"""Venues: looking at them, deciding about them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, TypeAdapter

from huichang.kernel.model import Model
from huichang.line.pacing import Looked as Seconds
from huichang.line.review import Looked, MaterialRejection
from huichang.materials.checks import Checks, Region
from huichang.materials.constraints import Level
from huichang.materials.model import ReasonCode, ReviewConstraint
from huichang.venues.model import Actor, VenueStatus
from huichang.web.access import ANY_ROLE, OPERATOR, REVIEWER
from huichang.web.exchange import Answer, Request, json_answer, tagged_answer
from huichang.web.routing import Routes
from huichang.web.services import Services

VersionId = Annotated[str, Field(min_length=1, max_length=80)]
Note = Annotated[str, Field(max_length=500)]
STATUS: TypeAdapter[VenueStatus | None] = TypeAdapter(VenueStatus | None)


class LookedAt(Model):
    """What a decision is about: the version that was looked at, and how.

    `saw`: the `seen` of each material as it was shown; a decision about something else is refused. `looked_seconds`: how long.
    """

    version_id: VersionId
    note: Note = ""
    saw: Annotated[dict[str, Annotated[str, Field(max_length=80)]], Field(max_length=200)] | None = None
    looked_seconds: Seconds | None = None

    @property
    def looked(self) -> Looked:
        """As the review takes it."""
        return Looked(saw=self.saw, seconds=self.looked_seconds)


class Approval(LookedAt):
    """Body of approve."""


class SentBack(Model):
    """One material to be made again, and why. What it said is looked up, never taken from the body.

    `scope`: where the constraint made of it holds; `slot`: the only text it is about; `region`: the marked part of a picture.
    """

    material_id: Annotated[str, Field(min_length=1, max_length=120)]
    code: ReasonCode
    text: Annotated[str, Field(max_length=300)] = ""
    scope: Level = "component"
    checks: Checks = Checks()
    slot: Annotated[str, Field(max_length=80)] = ""
    region: Region | None = None

    def rejection(self) -> MaterialRejection:
        """As the review takes it."""
        said = ReviewConstraint(code=self.code, text=self.text, checks=self.checks, slot=self.slot, region=self.region)
        return MaterialRejection(material_id=self.material_id, constraint=said, level=self.scope)


class Rejection(LookedAt):
    """Body of reject."""

    materials: Annotated[tuple[SentBack, ...], Field(min_length=1, max_length=100)]


class RollBack(Model):
    """Body of rollback; without a version, the one before."""

    version_id: Annotated[str, Field(max_length=80)] = ""


def routes(services: Services) -> Routes:
    """GET /api/venues and everything below /api/venues/<venue_id>."""
    on = Routes()

    @on.on("GET", "/api/venues", ANY_ROLE)
    def listed(request: Request, _: Actor) -> Answer:
        return json_answer({"venues": services.reader.venues(request.asked("status", STATUS, None))})

    @on.on("GET", "/api/venues/<venue_id>", ANY_ROLE)
    def detail(request: Request, _: Actor) -> Answer:
        return tagged_answer(request, services.reader.venue(request["venue_id"]))

    @on.on("GET", "/api/venues/<venue_id>/products", ANY_ROLE)
    def products(request: Request, _: Actor) -> Answer:
        return json_answer(services.reader.venue_products(request["venue_id"]))

    @on.on("GET", "/api/venues/<venue_id>/calls", ANY_ROLE)
    def calls(request: Request, _: Actor) -> Answer:
        return json_answer({"calls": services.reader.venue_calls(request["venue_id"])})

    @on.on("GET", "/api/venues/<venue_id>/materials/<material_id>/moves", ANY_ROLE)
    def moves(request: Request, _: Actor) -> Answer:
        return json_answer({"moves": services.reader.material_moves(request["venue_id"], request["material_id"])})

    @on.on("GET", "/api/venues/<venue_id>/inspection/<picture>", ANY_ROLE)
    def finding_picture(request: Request, _: Actor) -> Answer:
        return json_answer(services.reader.finding_picture(request["venue_id"], request["picture"]))

    @on.on("GET", "/api/venues/<venue_id>/audit", ANY_ROLE)
    def audit(request: Request, _: Actor) -> Answer:
        return json_answer({"entries": services.reader.venue_audit(request["venue_id"])})

    @on.on("POST", "/api/venues/<venue_id>/preview", ANY_ROLE)
    def preview(request: Request, _: Actor) -> Answer:
        return json_answer(services.previews.issue(request["venue_id"]))

    @on.on("POST", "/api/venues/<venue_id>/approve", REVIEWER)
    def approve(request: Request, actor: Actor) -> Answer:
        said = request.body(Approval)
        return json_answer(services.review.approve(request["venue_id"], said.version_id, actor, said.note, said.looked), 202)

    @on.on("POST", "/api/venues/<venue_id>/reject", REVIEWER)
    def reject(request: Request, actor: Actor) -> Answer:
        said = request.body(Rejection)
        rejections = [material.rejection() for material in said.materials]
        return json_answer(services.review.reject(request["venue_id"], said.version_id, rejections, actor, said.note, said.looked), 202)

    @on.on("POST", "/api/venues/<venue_id>/publish", OPERATOR)
    def publish(request: Request, actor: Actor) -> Answer:
        return json_answer(services.review.publish(request["venue_id"], actor))

    @on.on("POST", "/api/venues/<venue_id>/rollback", OPERATOR)
    def roll_back(request: Request, actor: Actor) -> Answer:
        wanted = request.body(RollBack) if request.raw_body.strip() else RollBack()
        return json_answer(services.review.roll_back(request["venue_id"], actor, wanted.version_id))

    @on.on("POST", "/api/venues/<venue_id>/retire", OPERATOR)
    def retire(request: Request, actor: Actor) -> Answer:
        return json_answer(services.review.retire(request["venue_id"], actor))

    return on
