"""Limiter on the state table: one item for each model, changed only if nobody changed it since it was read."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from huichang.adapters.dynamodb.table import Table
from huichang.kernel.clock import Clock
from huichang.kernel.errors import ThrottledError
from huichang.quotas import policy
from huichang.quotas.model import UNLIMITED, Ask, Grant, Quota, Standing
from huichang.quotas.policy import Refusal, Slot, State

Outcome = TypeVar("Outcome")
_TRIES = 16
_CROWDED_SECONDS = 1.0


class DynamoLimiter:
    """pk QUOTA#<model>, sk STATE: the state of quotas/policy.py and a lock. A model without a quota is only read, unless it
    is in trouble."""

    def __init__(self, table: Table, quotas: Mapping[str, Quota], clock: Clock, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._table = table
        self._quotas = quotas
        self._clock = clock
        self._sleep = sleep

    def acquire(self, model: str, ask: Ask) -> Grant:
        """See Limiter."""
        quota = self._quota(model)

        def decided(state: State, now: float) -> tuple[State, Slot | Refusal]:
            return policy.decide(state, quota, ask, now, random.random())

        verdict = self._change(model, decided)
        if verdict is None:
            # Sixteen lost races: as many workers ask at once. This one steps aside, which is what the others need.
            raise ThrottledError(
                f"too many workers ask for {model} at once", retry_after=_CROWDED_SECONDS * (1 + random.random()), where=model, code="quota"
            )
        if isinstance(verdict, Refusal):
            raise ThrottledError(f"{model}: {verdict.why}", retry_after=verdict.seconds, where=model, code=verdict.code)
        return Grant(
            model=model,
            campaign_id=ask.campaign_id,
            purpose=ask.purpose,
            at=verdict.at,
            tokens=verdict.tokens,
            learned=verdict.learned,
            probe=verdict.probe,
        )

    def answered(self, grant: Grant, *, input_tokens: int | None = None, output_tokens: int | None = None) -> None:
        """See Limiter."""
        quota = self._quota(grant.model)
        used = (input_tokens, output_tokens) if input_tokens is not None and output_tokens is not None else None
        self._tell(grant.model, lambda state, _: policy.answered(state, quota, grant.purpose, grant.tokens, used, learned=grant.learned))

    def throttled(self, grant: Grant, seconds: float | None) -> None:
        """See Limiter."""
        self._tell(grant.model, lambda state, now: policy.throttled(state, now, seconds))

    def failed(self, grant: Grant, reason: str) -> None:
        """See Limiter."""
        self._tell(grant.model, lambda state, now: policy.failed(state, now, reason[:300], probe=grant.probe))

    def unused(self, grant: Grant) -> None:
        """See Limiter."""
        quota = self._quota(grant.model)
        self._tell(grant.model, lambda state, now: policy.unused(state, quota, grant.campaign_id, grant.tokens, now, probe=grant.probe))

    def standings(self) -> list[Standing]:
        """How every model that has a quota, or was in trouble, stands."""
        now = self._clock.now().timestamp()
        names = dict.fromkeys((*self._quotas, *(str(item["sk"]) for item in self._table.query("QUOTAS"))))
        return [self._standing(name, now) for name in names]

    def _standing(self, model: str, now: float) -> Standing:
        quota = self._quota(model)
        state = policy.sane(self._read(model)[0], quota, now)
        ahead = max(state.requests_until if quota.requests_per_minute else now, state.tokens_until if quota.tokens_per_minute else now)
        return Standing(
            model=model,
            quota=quota,
            circuit=state.circuit,
            why=state.why if state.circuit != "closed" else "",
            opens_at=state.opens_at if state.circuit == "open" else 0,
            waits_until=state.blocked_until if state.blocked_until > now else 0,
            booked_seconds=round(max(ahead - now, 0), 2),
            campaigns=tuple(key for key, lane in state.lanes.items() if now - lane.asked <= policy.ACTIVE_SECONDS),
        )

    def _quota(self, model: str) -> Quota:
        return self._quotas.get(model, UNLIMITED)

    def _read(self, model: str) -> tuple[State, int]:
        item = self._table.get(f"QUOTA#{model}", "STATE")
        return (State.model_validate_json(item["body"]), int(item["lock"])) if item else (State(), 0)

    def _tell(self, model: str, edit: Callable[[State, float], State]) -> None:
        """What is told and lost to sixteen races is only a correction: the line is a little longer than it need be."""
        self._change(model, lambda state, now: (edit(state, now), True))

    def _change(self, model: str, edit: Callable[[State, float], tuple[State, Outcome]]) -> Outcome | None:
        for attempt in range(_TRIES):
            state, lock = self._read(model)
            changed, outcome = edit(state, self._clock.now().timestamp())
            if changed == state:
                return outcome
            item = {"pk": f"QUOTA#{model}", "sk": "STATE", "body": changed.model_dump_json(), "lock": lock + 1}
            if lock == 0:
                won = self._table.put_new(item)
                if won:
                    self._table.put({"pk": "QUOTAS", "sk": model})
            else:
                won = self._table.put(item, condition="#lock = :lock", names={"#lock": "lock"}, values={":lock": lock})
            if won:
                return outcome
            self._sleep(random.uniform(0, 0.01 * 2 ** min(attempt, 4)))
        return None


class RushedCampaigns:
    """Priorities, read from the campaigns' budgets and remembered for some seconds."""

    def __init__(self, rush: Callable[[str], bool], clock: Clock, seconds: float = 15.0) -> None:
        self._rush = rush
        self._clock = clock
        self._seconds = seconds
        self._known: dict[str, tuple[float, bool]] = {}

    def rush(self, campaign_id: str) -> bool:
        """See Priorities."""
        now = self._clock.now().timestamp()
        at, rush = self._known.get(campaign_id, (0.0, False))
        if not 0 <= now - at < self._seconds:
            rush = self._rush(campaign_id)
            self._known[campaign_id] = (now, rush)
        return rush
