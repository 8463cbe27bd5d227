"""Ranking policies: the gate on the live log, who may release, and what was released."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from huichang.bootstrap.delivery import event_log
from huichang.bootstrap.parts import audit, bodies, cells, clock, delivery, settings, table

if TYPE_CHECKING:
    from datetime import datetime

    from huichang.adapters.dynamodb.policies import DynamoPolicies
    from huichang.delivery.control.rules import Controls
    from huichang.delivery.placements.model import Placement
    from huichang.delivery.release.judging import Judge, RuleGate
    from huichang.line.policies import PolicyDesk, ReleasedPolicies


class _Shipped:
    """Placements: those that ship with the product."""

    def all(self) -> list[Placement]:
        from huichang.delivery.placements.shipped import PLACEMENTS

        return [PLACEMENTS[name] for name in sorted(PLACEMENTS)]

    def get(self, name: str) -> Placement | None:
        from huichang.delivery.placements.shipped import PLACEMENTS

        return PLACEMENTS.get(name)


class _Unruled:
    """Rulebook: nobody asks anything of traffic."""

    def controls(self, placement: str, now: datetime) -> Controls:  # noqa: ARG002 - a port's signature
        from huichang.delivery.control.rules import Controls

        return Controls()


@cache
def policy_store() -> DynamoPolicies:
    """Candidates, verdicts, states."""
    from huichang.adapters.dynamodb.policies import DynamoPolicies

    return DynamoPolicies(table(), bodies())


@cache
def live_policy() -> ReleasedPolicies:
    """LivePolicy, for the builder of snapshots."""
    from huichang.line.policies import ReleasedPolicies

    return ReleasedPolicies(policy_store())


@cache
def policy_judge() -> Judge:
    """The gate."""
    from huichang.adapters.dynamodb.cells import Shards
    from huichang.adapters.dynamodb.policies import DynamoDecisionSample
    from huichang.delivery.release.judging import Judge

    sample = DynamoDecisionSample(table(), Shards(table(), clock()))
    return Judge(sample, event_log(), cells(), delivery().live, _Shipped(), _Unruled())


@cache
def rule_gate() -> RuleGate:
    """The gate of operators' rules."""
    from huichang.delivery.release.judging import RuleGate

    return RuleGate(policy_judge(), live_policy(), clock())


@cache
def policy_desk() -> PolicyDesk:
    """For the API."""
    from huichang.adapters.judgements import SqsJudgements
    from huichang.adapters.messaging import Queue
    from huichang.line.policies import PolicyDesk

    return PolicyDesk(policy_store(), SqsJudgements(Queue(settings().judgement_queue_url)), _Shipped(), audit(), clock())


def judge_policy() -> Callable[[str], dict[str, object]]:
    """For functions/judge_policy: gets a message's body, says what came of it."""
    from huichang.line.policies import JudgePolicies

    work = JudgePolicies(policy_store(), policy_judge())

    def judge(body: str) -> dict[str, object]:
        told = json.loads(body)
        verdict = work(told["policy"], told["job"])
        if verdict is None:
            return {"policy": told["policy"], "answer": "nobody waits for it any more"}
        return {"policy": verdict.policy_id, "answer": verdict.answer, "codes": verdict.codes, "rows": verdict.data.rows}

    return judge
