"""A venue's goods: what operators edit, what an edit would move, and why a product is there or not."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from huichang.kernel.model import Model
from huichang.selection.edits import MAX_RULES, EditRule, MerchandisingEdits
from huichang.venues.model import Actor
from huichang.web.access import ANY_ROLE, OPERATOR
from huichang.web.exchange import Answer, Request, json_answer
from huichang.web.routing import Routes
from huichang.web.services import Services


class WantedEdits(Model):
    """The whole new state of a venue's edits, never a difference."""

    rules: Annotated[tuple[EditRule, ...], Field(max_length=MAX_RULES)]
    allow_thin: bool = False

    def edits(self) -> MerchandisingEdits:
        """As the selection takes them."""
        return MerchandisingEdits(rules=self.rules, allow_thin=self.allow_thin)


class Preview(WantedEdits):
    """Body of edits/preview. `at`: judged at this moment, with its time zone, instead of now."""

    at: AwareDatetime | None = None


class Save(WantedEdits):
    """Body of PUT edits. `version`: the version that was looked at."""

    version: Annotated[int, Field(ge=0)]
    accept_conflicts: bool = False
    note: Annotated[str, Field(max_length=500)] = ""


class Undo(Model):
    """Body of edits/undo. `to`: a version to bring back; without it, the one before the last save."""

    version: Annotated[int, Field(ge=0)]
    to: Annotated[int, Field(ge=0)] | None = None


def routes(services: Services) -> Routes:
    """Everything below /api/venues/<venue_id>/edits, and /api/venues/<venue_id>/products/<product_id>/why."""
    on = Routes()

    @on.on("GET", "/api/venues/<venue_id>/edits", ANY_ROLE)
    def history(request: Request, _: Actor) -> Answer:
        return json_answer(services.merchandising.history(request["venue_id"]))

    @on.on("PUT", "/api/venues/<venue_id>/edits", OPERATOR)
    def save(request: Request, actor: Actor) -> Answer:
        wanted = request.body(Save)
        venue = services.merchandising.save(
            request["venue_id"], wanted.edits(), wanted.version, actor, accept_conflicts=wanted.accept_conflicts, note=wanted.note
        )
        return json_answer(venue, 202)

    @on.on("POST", "/api/venues/<venue_id>/edits/preview", ANY_ROLE)
    def preview(request: Request, _: Actor) -> Answer:
        wanted = request.body(Preview)
        return json_answer(services.merchandising.preview(request["venue_id"], wanted.edits(), wanted.at))

    @on.on("POST", "/api/venues/<venue_id>/edits/undo", OPERATOR)
    def undo(request: Request, actor: Actor) -> Answer:
        wanted = request.body(Undo)
        return json_answer(services.merchandising.undo(request["venue_id"], wanted.version, actor, wanted.to), 202)

    @on.on("GET", "/api/venues/<venue_id>/products/<product_id>/why", ANY_ROLE)
    def why(request: Request, _: Actor) -> Answer:
        return json_answer(services.explainer.why(request["venue_id"], request["product_id"]))

    return on
