"""Trends and schedules as operators handle them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from huichang.kernel.clock import Clock, iso
from huichang.line.review import Actor
from huichang.line.view_models import FestivalView, RejectedTrend, TrendReport
from huichang.selection.words import IndustryEntry
from huichang.themes.interpreting import check_request
from huichang.trends.calendar import upcoming
from huichang.trends.importing import parse_trends
from huichang.trends.trend import Trend, TrendStore
from huichang.venues.model import AuditEntry, AuditTrail
from huichang.venues.schedules import CampaignSchedule, CampaignSchedules


@dataclass(frozen=True)
class TrendDesk:
    """Trends and the festival calendar."""

    store: TrendStore
    audit: AuditTrail
    clock: Clock
    industries: Sequence[IndustryEntry]

    def take(self, rows: Sequence[Mapping[str, Any]], actor: Actor) -> TrendReport:
        """Check each row by itself and store the good ones."""
        trends, rejected = parse_trends(rows, {industry.code for industry in self.industries})
        self.store.put_many(trends)
        self.audit.record(
            AuditEntry(
                at=iso(self.clock.now()),
                actor=actor.name,
                role=actor.role,
                action="import_trends",
                subject="trends",
                detail={"accepted": len(trends), "rejected": len(rejected)},
            )
        )
        return TrendReport(
            accepted=len(trends),
            rejected=tuple(RejectedTrend(row=row.line, reason=row.reason) for row in rejected),
        )

    def all(self) -> Sequence[Trend]:
        """Hottest first."""
        return self.store.all()

    def festivals(self, days: int) -> Sequence[FestivalView]:
        """Nearest first."""
        return [
            FestivalView(
                code=festival.code,
                name=festival.name,
                date=festival.on.isoformat(),
                days_left=festival.days_left,
                lead_days=festival.lead_days,
            )
            for festival in upcoming(self.clock.now().date(), days)
        ]


@dataclass(frozen=True)
class ScheduleDesk:
    """Campaigns that start by themselves."""

    store: CampaignSchedules
    audit: AuditTrail
    clock: Clock
    industries: Sequence[IndustryEntry]

    def create(self, schedule: CampaignSchedule, actor: Actor) -> CampaignSchedule:
        """A sentence that could not start a campaign today is refused today, not at midnight."""
        check_request(schedule.request, self.industries)
        named = schedule.model_copy(update={"created_by": actor.name})
        self.store.create(named)
        self._record(actor, "create_schedule", schedule.name, schedule.model_dump(mode="json"))
        return named

    def all(self) -> Sequence[CampaignSchedule]:
        """Those that will still fire."""
        return self.store.all()

    def delete(self, name: str, actor: Actor) -> None:
        """Raises NotFoundError."""
        self.store.delete(name)
        self._record(actor, "delete_schedule", name, {})

    def _record(self, actor: Actor, action: str, name: str, detail: dict[str, Any]) -> None:
        entry = AuditEntry(at=iso(self.clock.now()), actor=actor.name, role=actor.role, action=action, subject=name, detail=detail)
        self.audit.record(entry)
