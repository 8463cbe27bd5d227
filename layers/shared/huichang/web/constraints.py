"""Lasting constraints: listed, written, changed, retired; and the feedback that rejections and acceptances make."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, TypeAdapter

from huichang.kernel.language import Language
from huichang.kernel.model import Model
from huichang.line.constraining import NewConstraint
from huichang.materials.checks import Checks
from huichang.materials.constraints import Level, Scope, Status
from huichang.materials.feedback import line_of
from huichang.materials.model import MaterialKind, ReasonCode, ReviewConstraint
from huichang.venues.model import Actor
from huichang.web.access import ANY_ROLE, REVIEWER
from huichang.web.exchange import Answer, Request, json_answer, printable
from huichang.web.routing import Routes
from huichang.web.services import Services

Words = Annotated[str, Field(max_length=300)]
Slot = Annotated[str, Field(max_length=80)]
STATUS: TypeAdapter[Status | None] = TypeAdapter(Status | None)
LIMIT: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=1, le=200)])
YES: TypeAdapter[bool] = TypeAdapter(bool)


class Where(Model):
    """A scope in a body: `value` and `component` where the level needs them."""

    level: Level
    value: Annotated[str, Field(max_length=120)] = ""
    component: Annotated[str, Field(max_length=80)] = ""

    def scope(self) -> Scope:
        """As the store keeps it: what the level does not need is left out."""
        component = self.component if self.level == "component" else ""
        return Scope(level=self.level, value="" if self.level == "everywhere" else self.value, component=component)


class Wanted(Model):
    """Body of POST /api/constraints."""

    kind: MaterialKind
    language: Language | None = None
    scope: Where
    code: ReasonCode = "other"
    text: Words = ""
    checks: Checks = Checks()
    slot: Slot = ""


class Change(Model):
    """Body of PUT /api/constraints/<constraint_id>: what is left out stays."""

    revision: Annotated[int, Field(ge=1)]
    code: ReasonCode | None = None
    text: Words | None = None
    checks: Checks | None = None
    slot: Slot | None = None
    scope: Where | None = None
    status: Status | None = None

    def changes(self) -> dict[str, Any]:
        """Only what was sent."""
        sent = {name: getattr(self, name) for name in ("code", "text", "checks", "slot", "status") if getattr(self, name) is not None}
        return sent | ({"scope": self.scope.scope()} if self.scope else {})


def routes(services: Services) -> Routes:
    """GET and POST /api/constraints, PUT /api/constraints/<constraint_id>, GET /api/feedback."""
    on = Routes()

    @on.on("GET", "/api/constraints", ANY_ROLE)
    def listed(request: Request, _: Actor) -> Answer:
        cursor = printable(request.query.get("cursor", ""), "cursor", 120)
        return json_answer(services.constraints.shown(request.asked("status", STATUS, None), cursor, request.asked("limit", LIMIT, 50)))

    @on.on("POST", "/api/constraints", REVIEWER)
    def create(request: Request, actor: Actor) -> Answer:
        sent = request.body(Wanted)
        said = ReviewConstraint(code=sent.code, text=sent.text, checks=sent.checks, slot=sent.slot)
        wanted = NewConstraint(kind=sent.kind, language=sent.language, scope=sent.scope.scope(), said=said)
        return json_answer(services.constraints.create(wanted, actor), 201)

    @on.on("PUT", "/api/constraints/<constraint_id>", REVIEWER)
    def change(request: Request, actor: Actor) -> Answer:
        sent = request.body(Change)
        return json_answer(services.constraints.change(request["constraint_id"], sent.revision, sent.changes(), actor))

    @on.on("GET", "/api/feedback", REVIEWER)
    def feedback(request: Request, _: Actor) -> Answer:
        cursor = printable(request.query.get("cursor", ""), "cursor", 120)
        page = services.feedback.page(cursor=cursor, limit=request.asked("limit", LIMIT, 50))
        only_pairs = request.asked("pairs", YES, False)
        lines = [line_of(entry) for entry in page.entries if entry.is_pair or not only_pairs]
        return json_answer({"entries": lines, "next": page.next})

    return on
