"""PolicyStore and JudgementQueue in memory; they keep the ports' promises."""

from __future__ import annotations

import threading
from collections.abc import Callable

from huichang.delivery.release.model import Candidate, Live, Verdict
from huichang.kernel.errors import NotFoundError
from huichang.line.policies import PolicyDesk
from huichang.venues.model import AuditTrail
from infra.bench.policy_worlds import ShippedPlacements
from tests.support.fakes import FakeClock


class MemoryPolicies:
    """PolicyStore. `before_put` is called before each conditional write, as a rival would come."""

    def __init__(self) -> None:
        self.candidates: dict[str, Candidate] = {}
        self.verdicts: dict[tuple[str, str], Verdict] = {}
        self.lives: dict[int, Live] = {}
        self.before_put: Callable[[], None] = lambda: None
        self._lock = threading.Lock()

    def propose(self, candidate: Candidate) -> bool:
        return self.candidates.setdefault(candidate.policy_id, candidate) is candidate

    def get(self, policy_id: str) -> Candidate:
        if policy_id not in self.candidates:
            raise NotFoundError(f"there is no policy {policy_id}", where="policy")
        return self.candidates[policy_id]

    def all(self) -> list[Candidate]:
        return sorted(self.candidates.values(), key=lambda each: (each.proposed_at, each.policy_id), reverse=True)

    def change(self, policy_id: str, edit: Callable[[Candidate], Candidate]) -> Candidate:
        with self._lock:
            self.candidates[policy_id] = edit(self.get(policy_id))
            return self.candidates[policy_id]

    def keep(self, verdict: Verdict) -> None:
        self.verdicts[verdict.policy_id, verdict.verdict_id] = verdict

    def verdict(self, policy_id: str, verdict_id: str) -> Verdict:
        if (policy_id, verdict_id) not in self.verdicts:
            raise NotFoundError("there is no such verdict", where="verdict")
        return self.verdicts[policy_id, verdict_id]

    def current(self) -> Live:
        return next(iter(self.states(1)), Live())

    def states(self, limit: int = 100) -> list[Live]:
        return [self.lives[number] for number in sorted(self.lives, reverse=True)][:limit]

    def put_live(self, live: Live, candidate: Candidate | None = None) -> bool:
        self.before_put()
        with self._lock:
            if live.number in self.lives or (candidate is not None and self.candidates.get(candidate.policy_id) != candidate):
                return False
            self.lives[live.number] = live
            if candidate is not None:
                self.candidates[candidate.policy_id] = candidate.model_copy(update={"releases": (*candidate.releases, live.number)})
            return True


class MemoryJudgements:
    """JudgementQueue."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def ask(self, policy_id: str, job: str) -> None:
        self.asked.append((policy_id, job))


class MemoryRebuilds:
    """Rebuilds."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def ask(self, placement: str) -> None:
        self.asked.append(placement)


def a_policy_desk(trail: AuditTrail, clock: FakeClock | None = None) -> tuple[PolicyDesk, MemoryPolicies, MemoryJudgements, MemoryRebuilds]:
    """A desk, and what stands behind it."""
    store, queue, rebuilds = MemoryPolicies(), MemoryJudgements(), MemoryRebuilds()
    return PolicyDesk(store, queue, ShippedPlacements(), trail, clock or FakeClock(), rebuilds), store, queue, rebuilds
