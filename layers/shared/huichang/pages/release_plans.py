"""When a campaign is released and when it is retired, in its own time zone."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Protocol

from pydantic import Field, field_validator, model_validator

from huichang.kernel.errors import ConflictError, in_both
from huichang.kernel.language import Text, both
from huichang.kernel.model import Model
from huichang.kernel.zones import DEFAULT_ZONE, TimeZone, in_zone, moment_of

LocalTime = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$")]


class PlanTerms(Model):
    """What somebody asks for. Times are local, without zone ("2026-12-12T00:00:00"); None: never by itself.

    `on_trouble`: a venue that may not go live keeps all back ("wait", looked at again every minute), or is left out.
    """

    starts_at: LocalTime | None = None
    ends_at: LocalTime | None = None
    timezone: TimeZone = DEFAULT_ZONE
    on_trouble: Literal["wait", "leave_out"] = "wait"

    @field_validator("starts_at", "ends_at")
    @classmethod
    def _a_day_that_is(cls, local: str | None) -> str | None:
        if local is not None:
            datetime.fromisoformat(local)  # ValueError for 2026-02-30
        return local

    @model_validator(mode="after")
    def _in_order(self) -> PlanTerms:
        if self.starts_at and self.ends_at and self.start >= self.end:  # type: ignore[operator]
            raise ValueError("it would end before it starts")
        return self

    @property
    def start(self) -> datetime | None:
        """The moment of the release, UTC."""
        return moment_of(self.starts_at, self.timezone) if self.starts_at else None

    @property
    def end(self) -> datetime | None:
        """The moment of the retirement, UTC: no earlier than the local time can be meant."""
        return moment_of(self.ends_at, self.timezone, last=True) if self.ends_at else None

    @property
    def ends(self) -> str:
        """The end as pages carry it: ISO 8601 with the zone's offset; "" where nothing ends it."""
        return in_zone(self.end, self.timezone) if self.end else ""


class ReleasePlan(PlanTerms):
    """The plan of a campaign. `released`, `retired`: numbers of the releases that came of it; -1: its time passed with nothing to do.
    `trouble`: why the release is kept back."""

    campaign_id: str
    by: str
    revision: int = 0
    released: int = 0
    retired: int = 0
    trouble: Text = {}

    def holds(self, now: datetime) -> bool:
        """Whether an approved page waits instead of going live by itself."""
        if self.retired or (self.end is not None and now >= self.end):
            return True
        return self.start is not None and not self.released


def plan_changed(current: ReleasePlan | None, expected: int) -> ConflictError:
    """What somebody is told whose plan another one came before."""
    who = current.by if current else ""
    told = both(f"{who or '别人'} 已经改了发布计划", f"{who or 'somebody'} has changed the plan of releases meanwhile")
    todo = both("重新载入，再改一次", "load it again, and change that one")
    where = f"revision {expected}"
    return in_both(ConflictError(f"{told['en']} ({where})", where="revision", mend=todo["en"], code="plan_changed"), told, todo)


class ReleasePlans(Protocol):
    """Where plans are kept."""

    def get(self, campaign_id: str) -> ReleasePlan | None:
        """None where nobody planned anything."""
        ...

    def put(self, plan: ReleasePlan, expect: int) -> ReleasePlan:
        """Write it as revision `expect` + 1; ConflictError (code plan_changed) if it is not at `expect` (0: there is none)."""
        ...

    def all(self) -> list[ReleasePlan]:
        """Every plan."""
        ...
