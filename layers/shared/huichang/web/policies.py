"""Ranking policies: proposed, judged by logged decisions, released, gone back to."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, TypeAdapter

from huichang.kernel.model import Model
from huichang.line.policies import Back, Order, Proposal
from huichang.venues.model import Actor
from huichang.web.access import ANY_ROLE, Access
from huichang.web.exchange import Answer, Request, json_answer
from huichang.web.routing import Routes
from huichang.web.services import Services

# Admins first: who is both may override.
_RELEASE = Access(roles=("admin", "operator"))
_TEXT: TypeAdapter[str] = TypeAdapter(Annotated[str, Field(max_length=100)])


class Closing(Model):
    """Body of POST withdraw and refuse."""

    why: Annotated[str, Field(min_length=1, max_length=500)]


def routes(services: Services) -> Routes:
    """/api/delivery/policies."""
    on = Routes()

    @on.on("GET", "/api/delivery/policies", ANY_ROLE)
    def listed(_: Request, __: Actor) -> Answer:
        return json_answer(services.policies.shown())

    @on.on("POST", "/api/delivery/policies", _RELEASE)
    def propose(request: Request, actor: Actor) -> Answer:
        return json_answer(services.policies.propose(request.body(Proposal), actor), 201)

    @on.on("GET", "/api/delivery/policies/<policy_id>/verdict", ANY_ROLE)
    def verdict(request: Request, _: Actor) -> Answer:
        return json_answer(services.policies.verdict(request["policy_id"], request.asked("verdict_id", _TEXT, "")))

    @on.on("POST", "/api/delivery/policies/<policy_id>/judgements", _RELEASE)
    def judge(request: Request, actor: Actor) -> Answer:
        return json_answer(services.policies.judge(request["policy_id"], actor), 202)

    @on.on("POST", "/api/delivery/policies/<policy_id>/release", _RELEASE)
    def release(request: Request, actor: Actor) -> Answer:
        order = request.body(Order) if request.raw_body.strip() else Order()
        return json_answer(services.policies.release(request["policy_id"], order, actor), 201)

    @on.on("POST", "/api/delivery/policies/<policy_id>/withdraw", _RELEASE)
    def withdraw(request: Request, actor: Actor) -> Answer:
        return json_answer(services.policies.close(request["policy_id"], request.body(Closing).why, actor, refused=False))

    @on.on("POST", "/api/delivery/policies/<policy_id>/refuse", _RELEASE)
    def refuse(request: Request, actor: Actor) -> Answer:
        return json_answer(services.policies.close(request["policy_id"], request.body(Closing).why, actor, refused=True))

    @on.on("POST", "/api/delivery/policy-rollback", _RELEASE)
    def roll_back(request: Request, actor: Actor) -> Answer:
        back = request.body(Back) if request.raw_body.strip() else Back()
        return json_answer(services.policies.roll_back(back, actor), 201)

    return on
