"""Traffic rules: what operators order, what it would do, and what holds."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, TypeAdapter

from huichang.delivery.control.orders import OrderTerms, Reason
from huichang.kernel.model import Model
from huichang.venues.model import Actor
from huichang.web.access import ANY_ROLE, OPERATOR
from huichang.web.exchange import Answer, Request, json_answer, printable
from huichang.web.routing import Routes
from huichang.web.services import Services

_FLAG = TypeAdapter(bool)
PlacementAsked = Annotated[str, Field(max_length=40)]


class WantedOrder(OrderTerms):
    """Body of POST orders. `override`: why it shall hold although the gate does not say "ship". `dry`: say what would become of traffic,
    in `look` (a placement) where it holds in all of them, and change nothing."""

    override: Annotated[str, Field(max_length=300)] = ""
    dry: bool = False
    look: PlacementAsked = ""

    def terms(self) -> OrderTerms:
        """What is ordered."""
        return OrderTerms.model_validate(self.model_dump(exclude={"override", "dry", "look"}))


class WantedWithdrawal(Model):
    """Body of POST withdraw. `dry`, `look`: as above."""

    why: Reason
    dry: bool = False
    look: PlacementAsked = ""


def routes(services: Services) -> Routes:
    """GET and POST /api/delivery/orders, POST its withdraw, GET /api/delivery/rules and /api/delivery/subjects."""
    on = Routes()

    @on.on("GET", "/api/delivery/orders", ANY_ROLE)
    def listed(request: Request, _: Actor) -> Answer:
        placement = printable(request.query.get("placement", ""), "placement", 40)
        finished = request.asked("finished", _FLAG, False)
        return json_answer({"orders": list(services.traffic.listed(placement, finished=finished))})

    @on.on("POST", "/api/delivery/orders", OPERATOR)
    def give(request: Request, actor: Actor) -> Answer:
        wanted = request.body(WantedOrder)
        if wanted.dry:
            return json_answer(services.traffic.preview(wanted.terms(), wanted.look))
        key = printable(request.header("idempotency-key"), "Idempotency-Key", 200)
        return json_answer(services.traffic.order(wanted.terms(), actor, override=wanted.override.strip(), key=key), 201)

    @on.on("POST", "/api/delivery/orders/<order_id>/withdraw", OPERATOR)
    def withdraw(request: Request, actor: Actor) -> Answer:
        wanted = request.body(WantedWithdrawal)
        if wanted.dry:
            return json_answer(services.traffic.without(request["order_id"], wanted.look))
        return json_answer(services.traffic.withdraw(request["order_id"], wanted.why, actor))

    @on.on("GET", "/api/delivery/rules", ANY_ROLE)
    def rules(request: Request, _: Actor) -> Answer:
        return json_answer(services.traffic.rules(printable(request.query.get("placement", ""), "placement", 40)))

    @on.on("GET", "/api/delivery/subjects", ANY_ROLE)
    def subjects(_: Request, __: Actor) -> Answer:
        return json_answer(services.traffic.subjects())

    return on
