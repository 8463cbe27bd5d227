"""Ranking policies: the gate on the live log, who may release, and what was released."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from huichang.bootstrap.delivery import event_log, placements
from huichang.bootstrap.parts import audit, bodies, cells, clock, live_venues, rebuilds, settings, table

if TYPE_CHECKING:
    from huichang.adapters.dynamodb.policies import DynamoPolicies
    from huichang.delivery.release.judging import Judge, RuleGate
    from huichang.line.policies import PolicyDesk, ReleasedPolicies


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
    from huichang.bootstrap.traffic import rulebook
    from huichang.delivery.release.judging import Judge

    sample = DynamoDecisionSample(table(), Shards(table(), clock()))
    return Judge(sample, event_log(), cells(), live_venues().live, placements(), rulebook())


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

    return PolicyDesk(policy_store(), SqsJudgements(Queue(settings().judgement_queue_url)), placements(), audit(), clock(), rebuilds())


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
