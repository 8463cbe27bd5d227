"""Campaigns that start by themselves."""

from __future__ import annotations

from typing import Annotated, Protocol

from pydantic import Field, model_validator

from huichang.kernel.model import Model
from huichang.themes.model import CampaignRequest


class CampaignSchedule(Model):
    """At one moment (`at`, local time without zone) or again and again (`cron`, six fields), in `timezone`."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
    request: CampaignRequest
    at: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$")] | None = None
    cron: Annotated[str, Field(min_length=11, max_length=100)] | None = None
    timezone: str = "Asia/Shanghai"
    created_by: str = ""

    @model_validator(mode="after")
    def _one_of_both(self) -> CampaignSchedule:
        if (self.at is None) == (self.cron is None):
            raise ValueError("give either at or cron")
        return self


class CampaignSchedules(Protocol):
    """Where schedules are kept and fired from."""

    def create(self, schedule: CampaignSchedule) -> None:
        """Raises ConflictError if the name is taken, InvalidInputError if the expression is not understood."""
        ...

    def all(self) -> list[CampaignSchedule]:
        """Every schedule that will still fire."""
        ...

    def delete(self, name: str) -> None:
        """Raises NotFoundError."""
        ...
