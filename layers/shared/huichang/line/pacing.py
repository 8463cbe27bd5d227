"""How long people look at a venue before they decide: kept for each decision, told as medians."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Literal, Protocol

from pydantic import Field

from huichang.kernel.clock import Clock, iso
from huichang.kernel.model import Model
from huichang.venues.model import Actor, Venue

# Who looks longer than this at one venue was called away: the decision counts, the time does not. The console already leaves out
# hidden tabs and counts at most a minute of a pause without any key, touch or move of the mouse.
IDLE_SECONDS = 600.0
Looked = Annotated[float, Field(ge=0, le=86_400)]


class Decision(Model):
    """One decision about one venue. `seconds`: from the moment it was on the screen, None where that was not measured."""

    venue_id: str
    campaign_id: str
    version_id: str
    reviewer: str
    decision: Literal["approved", "rejected"]
    at: str
    seconds: float | None = None


class Pace(Model):
    """Of some decisions: how many, how many of them have a time, and the median of those."""

    decisions: int = 0
    approved: int = 0
    rejected: int = 0
    measured: int = 0
    median_seconds: float | None = None


class CampaignPace(Pace):
    """Of one campaign."""

    campaign_id: str


class ReviewerPace(Pace):
    """Of one person."""

    reviewer: str


class PaceShown(Model):
    """Of the last `days` days (UTC, today included). `idle_seconds`: longer looks count as decisions without a time."""

    days: int
    idle_seconds: float = IDLE_SECONDS
    total: Pace
    campaigns: tuple[CampaignPace, ...]
    reviewers: tuple[ReviewerPace, ...]


class DecisionStore(Protocol):
    """Decisions by day."""

    def keep(self, decision: Decision) -> None:
        """Store it; the same decision told twice is one."""
        ...

    def of_day(self, day: date) -> Sequence[Decision]:
        """All of a day (UTC), oldest first."""
        ...


def pace_of(decisions: Iterable[Decision]) -> Pace:
    """Pure: counts and the median, to a tenth of a second."""
    found = list(decisions)
    times = [each.seconds for each in found if each.seconds is not None]
    return Pace(
        decisions=len(found),
        approved=sum(each.decision == "approved" for each in found),
        rejected=sum(each.decision == "rejected" for each in found),
        measured=len(times),
        median_seconds=round(statistics.median(times), 1) if times else None,
    )


@dataclass(frozen=True)
class PaceKeeper:
    """Keeps the times and tells them."""

    store: DecisionStore
    clock: Clock

    def decided(self, venue: Venue, version_id: str, actor: Actor, decision: Literal["approved", "rejected"], looked: float | None) -> None:
        """Keep a decision. `venue` as it was in review: nobody can have looked longer than it has waited."""
        now = self.clock.now()
        seconds = looked
        if looked is not None:
            waited = max(0.0, (now - datetime.fromisoformat(venue.updated_at)).total_seconds())
            seconds = None if looked > IDLE_SECONDS else round(min(looked, waited), 2)
        self.store.keep(
            Decision(
                venue_id=venue.venue_id,
                campaign_id=venue.campaign_id,
                version_id=version_id,
                reviewer=actor.name,
                decision=decision,
                at=iso(now),
                seconds=seconds,
            )
        )

    def shown(self, days: int, campaign_id: str = "") -> PaceShown:
        """Medians of the last `days` days: of everything (or of one campaign), of each campaign, of each reviewer; most decisions first."""
        today = self.clock.now().date()
        found = [each for back in range(days - 1, -1, -1) for each in self.store.of_day(today - timedelta(days=back))]
        if campaign_id:
            found = [each for each in found if each.campaign_id == campaign_id]

        def by(name: str) -> list[tuple[str, Pace]]:
            names = dict.fromkeys(getattr(each, name) for each in found)
            paces = [(value, pace_of(each for each in found if getattr(each, name) == value)) for value in names]
            return sorted(paces, key=lambda item: (-item[1].decisions, item[0]))

        return PaceShown(
            days=days,
            total=pace_of(found),
            campaigns=tuple(CampaignPace(campaign_id=value, **pace.model_dump()) for value, pace in by("campaign_id")),
            reviewers=tuple(ReviewerPace(reviewer=value, **pace.model_dump()) for value, pace in by("reviewer")),
        )
