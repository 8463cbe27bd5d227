"""What the builder of snapshots is told by the rooms around it. Each is asked once for a placement that is built."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Protocol

from pydantic import Field

from huichang.delivery.control.rules import Controls
from huichang.delivery.ranking.policies import CALM, DRAWS, EXPLORE
from huichang.delivery.ranking.rewards import Reward
from huichang.delivery.ranking.snapshot import SEGMENT_EVENTS
from huichang.delivery.verdicts.judging import Verdict
from huichang.kernel.model import Model


class PolicySettings(Model):
    """A ranking policy as data: what is released after a verdict of the off-policy gate. `policy_id` goes into every logged decision."""

    policy_id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")] = "built-in"
    reward: Reward = Reward()
    explore: Annotated[float, Field(ge=0.01, le=1)] = EXPLORE
    calm: Annotated[float, Field(gt=0, le=100)] = CALM
    draws: Annotated[int, Field(ge=16, le=1024)] = DRAWS
    segment_events: Annotated[float, Field(ge=1)] = SEGMENT_EVENTS


class Rulebook(Protocol):
    """What operators ask of a placement's traffic (holds, boosts, floors, caps, campaigns' priorities, daily limits)."""

    def controls(self, placement: str, now: datetime) -> Controls:
        """As of now: rules that have ended are not in it. Raises TransientError."""
        ...


class Standings(Protocol):
    """What verdicts came to in a placement."""

    def eliminated(self, placement: str) -> frozenset[str]:
        """Venues that were retired from it and not put back. Raises TransientError."""
        ...

    def verdicts(self, placement: str) -> Mapping[str, Verdict]:
        """The newest of each venue that was judged there; who is missing was never shown. Raises TransientError."""
        ...


class LivePolicy(Protocol):
    """Which ranking policy has the traffic."""

    def settings(self, placement: str) -> PolicySettings:
        """The released one. Raises TransientError."""
        ...


class Rebuilds(Protocol):
    """Asks for a placement's snapshot to be built soon: a rule, a verdict, a policy or a venue changed."""

    def ask(self, placement: str) -> None:
        """ "": all placements. Idempotent; raises TransientError."""
        ...
