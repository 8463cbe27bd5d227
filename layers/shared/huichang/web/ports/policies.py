"""What the API asks of ranking policies."""

from __future__ import annotations

from typing import Protocol

from huichang.delivery.release.model import Live, Verdict
from huichang.line.policies import Back, Order, PoliciesView, Proposal, Shown
from huichang.venues.model import Actor


class Policies(Protocol):
    """line/policies.py PolicyDesk."""

    def shown(self) -> PoliciesView:
        """What has the traffic, candidates, states."""
        ...

    def verdict(self, policy_id: str, verdict_id: str = "") -> Verdict:
        """Raises NotFoundError."""
        ...

    def propose(self, wanted: Proposal, actor: Actor) -> Shown:
        """Raises InvalidInputError, ConflictError."""
        ...

    def judge(self, policy_id: str, actor: Actor) -> Shown:
        """Raises NotFoundError, ConflictError."""
        ...

    def release(self, policy_id: str, order: Order, actor: Actor) -> Live:
        """Raises NotFoundError, ConflictError, ForbiddenError."""
        ...

    def roll_back(self, back: Back, actor: Actor) -> Live:
        """Raises NotFoundError, ConflictError."""
        ...

    def close(self, policy_id: str, why: str, actor: Actor, *, refused: bool) -> Shown:
        """Raises NotFoundError, ConflictError."""
        ...
