"""PolicyStore on the state table and the bucket of bodies; the log of decisions in bounded reads."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable

from huichang.adapters.dynamodb.cells import Shards
from huichang.adapters.dynamodb.delivery import logged_of
from huichang.adapters.dynamodb.table import Item, Table, body_of
from huichang.adapters.s3 import Bucket
from huichang.delivery.model import LoggedDecision
from huichang.delivery.release.model import Candidate, Live, Verdict
from huichang.kernel.errors import NotFoundError, TransientError

PREFIX = "policies/"
_TRIES = 12


class DynamoPolicies:
    """pk POLICIES, sk CANDIDATE#<policy>: candidates, each with the note of its verdict. pk POLICIES-LIVE, sk <number>: what has had the
    traffic, state by state, never changed. S3 policies/<policy>/<verdict>.json: verdicts whole."""

    def __init__(self, table: Table, bucket: Bucket) -> None:
        self._table = table
        self._bucket = bucket

    def propose(self, candidate: Candidate) -> bool:
        """See PolicyStore."""
        return self._table.put_new(_item(candidate, 1))

    def get(self, policy_id: str) -> Candidate:
        """See PolicyStore."""
        return body_of(self._read(policy_id), Candidate)

    def all(self) -> list[Candidate]:
        """See PolicyStore."""
        found = [body_of(item, Candidate) for item in self._table.query("POLICIES", prefix="CANDIDATE#")]
        return sorted(found, key=lambda each: (each.proposed_at, each.policy_id), reverse=True)

    def change(self, policy_id: str, edit: Callable[[Candidate], Candidate]) -> Candidate:
        """See PolicyStore."""
        for attempt in range(_TRIES):
            item = self._read(policy_id)
            changed = edit(body_of(item, Candidate))
            if self._table.put(
                _item(changed, int(item["lock"]) + 1), condition="#lock = :lock", names={"#lock": "lock"}, values={":lock": item["lock"]}
            ):
                return changed
            time.sleep(random.uniform(0, 0.02 * 2 ** min(attempt, 5)))
        raise TransientError(f"policy {policy_id} is being changed by too many at once", where="policy")

    def keep(self, verdict: Verdict) -> None:
        """See PolicyStore."""
        self._bucket.put(_key(verdict.policy_id, verdict.verdict_id), verdict.model_dump_json().encode(), "application/json")

    def verdict(self, policy_id: str, verdict_id: str) -> Verdict:
        """See PolicyStore."""
        return Verdict.model_validate_json(self._bucket.get(_key(policy_id, verdict_id)))

    def current(self) -> Live:
        """See PolicyStore."""
        return next(iter(self.states(1)), Live())

    def states(self, limit: int = 100) -> list[Live]:
        """See PolicyStore."""
        return [body_of(item, Live) for item in self._table.query("POLICIES-LIVE", newest_first=True, limit=limit)]

    def put_live(self, live: Live, candidate: Candidate | None = None) -> bool:
        """See PolicyStore. One transaction."""
        puts = [{"Put": self._table.new({"pk": "POLICIES-LIVE", "sk": f"{live.number:08d}", "body": live.model_dump_json()})}]
        if candidate is not None:
            item = self._read(candidate.policy_id)
            # What the release rests on is what was read: a verdict that came meanwhile, or a withdrawal, stops it.
            if body_of(item, Candidate) != candidate:
                return False
            released = candidate.model_copy(update={"releases": (*candidate.releases, live.number)})
            puts.append(self._table.replacing(item, _item(released, int(item["lock"]) + 1)))
        return not self._table.transact(puts)

    def _read(self, policy_id: str) -> Item:
        item = self._table.get("POLICIES", f"CANDIDATE#{policy_id}")
        if item is None:
            raise NotFoundError(f"there is no policy {policy_id}", where="policy", mend="one of those that are listed")
        return item


class DynamoDecisionSample:
    """DecisionSample: the first of each shard. A decision takes its shard by lot, so what is read is chosen by nothing but the minute."""

    def __init__(self, table: Table, shards: Shards) -> None:
        self._table = table
        self._shards = shards

    def first(self, placement: str, window: str, most: int) -> list[LoggedDecision]:
        """See DecisionSample."""
        count = self._shards.of(placement, now=True)
        # Of more shards than decisions are wanted a few are enough.
        chosen = random.Random(f"{placement} {window}").sample(range(count), min(count, most))
        each = math.ceil(most / len(chosen))
        found = [
            logged_of(placement, item)
            for shard in chosen
            for item in self._table.query(f"DECISIONS#{placement}#{window}#{shard}", limit=each)
        ]
        return sorted(found, key=lambda decision: (decision.at, decision.decision_id))[:most]


def _item(candidate: Candidate, lock: int) -> Item:
    return {"pk": "POLICIES", "sk": f"CANDIDATE#{candidate.policy_id}", "lock": lock, "body": candidate.model_dump_json()}


def _key(policy_id: str, verdict_id: str) -> str:
    return f"{PREFIX}{policy_id}/{verdict_id}.json"
