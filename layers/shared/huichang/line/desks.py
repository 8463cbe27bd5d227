"""Trends and schedules as operators handle them."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from huichang.kernel.clock import Clock, iso
from huichang.kernel.language import Language
from huichang.line.view_models import FestivalView, RejectedTrend, TrendReport
from huichang.selection.words import IndustryEntry
from huichang.themes.interpreting import check_request
from huichang.themes.upcoming import Upcoming, UpcomingThemes
from huichang.trends.calendar import upcoming
from huichang.trends.heat import ranked
from huichang.trends.importing import RejectedRow, TrendReader
from huichang.trends.mapping import load_trend_mapping
from huichang.trends.merging import MergedTrend, merged
from huichang.trends.report import EXAMPLES, TrendSummary, summary_of
from huichang.trends.sorting import TrendSorter
from huichang.trends.trend import DropCode, Trend, TrendStore
from huichang.venues.model import Actor, AuditTrail
from huichang.venues.schedules import CampaignSchedule, CampaignSchedules


@dataclass(frozen=True)
class TrendDesk:
    """Trends and the festival calendar."""

    store: TrendStore
    audit: AuditTrail
    clock: Clock
    industries: Sequence[IndustryEntry]
    sorter: TrendSorter
    upcoming: Upcoming

    def take(self, rows: Sequence[Mapping[str, Any]], actor: Actor, mapping: str = "") -> TrendReport:
        """Check each row by itself, sort the good ones, and store them: those nothing can be promoted on with their reason."""
        known = load_trend_mapping(mapping) if mapping else None
        reader = TrendReader({industry.code for industry in self.industries}, self.clock.now().date(), known)
        read = list(reader.rows(rows))
        sorted_trends = self.sorter.sort(item for item in read if isinstance(item, Trend))
        changed = self.store.put_many(sorted_trends)
        report = TrendReport(
            accepted=len(sorted_trends),
            rejected=tuple(
                RejectedTrend(row=item.line, code=item.code, reason=item.reason) for item in read if isinstance(item, RejectedRow)
            ),
            changed=changed,
            dropped=dict(Counter(trend.verdict.drop for trend in sorted_trends if trend.verdict and trend.verdict.drop)),
            unsorted=sum(trend.waits for trend in sorted_trends),
        )
        self.audit.record(
            actor.did(
                "import_trends",
                "trends",
                at=iso(self.clock.now()),
                detail={"accepted": report.accepted, "rejected": len(report.rejected), "dropped": sum(report.dropped.values())},
            )
        )
        return report

    def ranked(self) -> Sequence[MergedTrend]:
        """What can be promoted, near-duplicates once, warmest first."""
        return merged(ranked(self.store.all(), self.clock.now().date()))

    def dropped(self, code: DropCode | None, most: int) -> Sequence[Trend]:
        """The hottest of those that were dropped, for one reason or for any."""
        codes = [code] if code else list(self.store.dropped_counts())
        found = (trend for each in codes for trend in self.store.dropped(each, most))
        return heapq.nsmallest(most, found, key=lambda trend: (-trend.heat, trend.id))

    def summary(self) -> TrendSummary:
        """Counts over everything that is stored, without reading it."""

        def hottest(code: DropCode) -> list[str]:
            return [trend.title for trend in self.store.dropped(code, EXAMPLES)]

        return summary_of(self.store.all(), self.store.dropped_counts(), hottest)

    def calendar(self, days: int, language: Language, catalogue: str | None) -> UpcomingThemes:
        """What is coming, and which themes have stock for it."""
        return self.upcoming(self.clock.now().date(), days, language, catalogue)

    def festivals(self, days: int) -> Sequence[FestivalView]:
        """Those one can promote for, nearest first."""
        return [
            FestivalView(
                code=festival.code,
                name=festival.name,
                date=festival.on.isoformat(),
                days_left=festival.days_left,
                lead_days=festival.lead_days,
            )
            for festival in upcoming(self.clock.now().date(), days)
            if festival.promote
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
        entry = actor.did(action, name, at=iso(self.clock.now()), detail=detail)
        self.audit.record(entry)
