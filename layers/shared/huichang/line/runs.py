"""Starting venues again, and the sweep that finds what died."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, Protocol

from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import HuichangError
from huichang.kernel.events import EventBus, VenueFailed
from huichang.materials.desk import MaterialDesk
from huichang.venues.model import TERMINAL, Campaign, CampaignStatus, Failure, Venue, VenueStatus, VenueStore

MAX_RUNS = 8
# A venue that nothing has touched for this long is looked at; younger ones are surely in a step.
QUIET_SECONDS = 20
# What was written so far ahead of now was written before the clock was set back: it would look untouched until the clock has caught up.
AHEAD_SECONDS = 300
ExecutionStatus = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "MISSING"]


class RunMachines(Protocol):
    """State machines as the runs need them."""

    def start_campaign(self, campaign_id: str, run: int = 1) -> str:
        """Start or find."""
        ...

    def start_venue(self, venue_id: str, campaign_id: str, run: int, round: int = 1) -> str:  # noqa: A002
        """Start or find."""
        ...

    def venue_execution(self, venue_id: str, run: int) -> str:
        """ARN of this run's execution."""
        ...

    def status(self, execution: str) -> ExecutionStatus:
        """Status of an execution."""
        ...

    def stop(self, execution: str, reason: str) -> None:
        """Stop; harmless if it has ended."""
        ...


class CampaignRecords(Protocol):
    """Campaigns as the sweep needs them."""

    def update(self, campaign_id: str, **changes: Any) -> Campaign:
        """Set fields."""
        ...

    def with_status(self, status: str, limit: int = 50) -> list[Campaign]:
        """Longest unchanged first."""
        ...


class Completion(Protocol):
    """Wakes a page whose materials have all ended, or whose review was answered."""

    def collect(self, venue_id: str) -> bool:
        """True if the page was complete and its state was told."""
        ...

    def remind(self, venue: Venue) -> bool:
        """True if a review's answer had not reached its state, and now did."""
        ...


class DueWork(Protocol):
    """Edits whose time window has opened or closed."""

    def apply(self) -> int:
        """Select anew where they change something; how many venues."""
        ...


class HeldMoney(Protocol):
    """Reservations of model calls."""

    def reclaim(self) -> int:
        """End what has expired; how many."""
        ...


@dataclass(frozen=True)
class Runs:
    """Runs of machines over their lifetime."""

    venues: VenueStore
    campaigns: CampaignRecords
    machines: RunMachines
    bus: EventBus
    clock: Clock

    def start_again(self, venue: Venue, reason: str) -> Venue:
        """Stop the current run, start the next one. Steps find their model calls and ready materials: nothing is paid twice."""
        run = venue.run + 1
        self.machines.stop(self.machines.venue_execution(venue.venue_id, venue.run), reason)
        execution = self.machines.venue_execution(venue.venue_id, run)
        again = self.venues.update(
            venue.venue_id,
            run=run,
            status="planned",
            failure=None,
            decision="",
            execution=execution,
            review_note=reason,
            superseded=False,
            held=False,
        )
        self.machines.start_venue(venue.venue_id, venue.campaign_id, run, venue.round)
        return again

    def fail(self, venue: Venue, failure: Failure) -> None:
        """End a venue with its reason."""
        self.venues.update(venue.venue_id, status="failed", failure=failure.model_dump())
        self.bus.publish(
            VenueFailed(
                campaign_id=venue.campaign_id,
                venue_id=venue.venue_id,
                at=iso(self.clock.now()),
                code=failure.code,
                reason=failure.message,
            )
        )

    def sweep(self, completion: Completion, desk: MaterialDesk, edits: DueWork, money: HeldMoney) -> dict[str, int]:
        """Retry stale materials, apply edits that are due, free money that is held for the dead, tell complete pages, restart runs
        that died, close campaigns. Counts.

        One venue in trouble does not keep the others from being looked at; its error is raised at the end.
        """
        done = {"materials": 0, "completed": 0, "reminded": 0, "restarted": 0, "failed": 0, "campaigns": 0, "edits": 0, "reservations": 0}
        problems: list[HuichangError] = []
        try:
            done["materials"] = desk.sweep()
        except HuichangError as error:
            problems.append(error)
        try:
            done["edits"] = edits.apply()
        except HuichangError as error:
            problems.append(error)
        try:
            done["reservations"] = money.reclaim()
        except HuichangError as error:
            problems.append(error)
        now = self.clock.now()
        before, ahead = iso(now - timedelta(seconds=QUIET_SECONDS)), iso(now + timedelta(seconds=AHEAD_SECONDS))
        waiting: tuple[VenueStatus, ...] = ("planned", "selecting", "generating", "staged", "in_review", "approved")
        for status in waiting:
            for venue in self.venues.with_status(status):
                if before <= venue.updated_at <= ahead:
                    continue
                try:
                    outcome = self._look_after(venue, completion)
                except HuichangError as error:
                    problems.append(error)
                    continue
                if outcome:
                    done[outcome] += 1
        done["campaigns"] = self._close_campaigns(before, ahead)
        if problems:
            raise problems[0]
        return done

    def _look_after(self, venue: Venue, completion: Completion) -> str:
        if venue.held and venue.status == "approved":
            return ""  # it waits for its campaign's release
        if venue.superseded and venue.status not in ("in_review", "approved"):
            # A step that was in flight when its campaign's brief was corrected wrote its status after all.
            self.machines.stop(self.machines.venue_execution(venue.venue_id, venue.run), "the brief was corrected")
            self.venues.update(venue.venue_id, status="retired")
            return ""
        if venue.status == "generating" and completion.collect(venue.venue_id):
            return "completed"
        if venue.status in ("approved", "generating") and completion.remind(venue):
            return "reminded"
        return self._reconcile(venue)

    def _reconcile(self, venue: Venue) -> Literal["restarted", "failed", ""]:
        status = self.machines.status(self.machines.venue_execution(venue.venue_id, venue.run))
        if status == "RUNNING":
            return ""
        if status == "MISSING" and venue.run == 1:
            return ""  # its campaign's Map has not come to it yet, or the campaign itself is started again below
        if status in ("ABORTED", "MISSING") and venue.run < MAX_RUNS:
            self.start_again(venue, f"run {venue.run} was {status.lower()}")
            return "restarted"
        self.fail(
            venue,
            Failure(
                code="run_ended",
                message=f"run {venue.run} ended {status.lower()} without telling why",
                mend="look at the execution's history, then start the venue again by saving its edits",
            ),
        )
        return "failed"

    def _close_campaigns(self, before: str, ahead: str) -> int:
        closed = 0
        unfinished: tuple[CampaignStatus, ...] = ("requested", "planning", "building")
        for status in unfinished:
            for campaign in self.campaigns.with_status(status):
                alive = campaign.execution and self.machines.status(campaign.execution) == "RUNNING"
                if before <= campaign.updated_at <= ahead or alive:
                    continue
                closed += 1
                venues = self.venues.of_campaign(campaign.campaign_id)
                if status == "building" and venues and all(venue.status in TERMINAL for venue in venues):
                    self.campaigns.update(campaign.campaign_id, status="finished")
                elif status == "building" and all(venue.run > 1 or venue.status != "planned" for venue in venues):
                    closed -= 1  # its Map is gone, but every venue goes on by itself
                else:
                    run = int(campaign.execution.rsplit("-run-", 1)[-1]) + 1 if campaign.execution else 1
                    if run > MAX_RUNS + campaign.plan - 1:  # each corrected brief was a run of its own
                        failure = Failure(code="run_ended", message="planning died again and again", mend="see the logs")
                        self.campaigns.update(campaign.campaign_id, status="failed", failure=failure.model_dump())
                    else:
                        execution = self.machines.start_campaign(campaign.campaign_id, run)
                        self.campaigns.update(campaign.campaign_id, execution=execution)
        return closed
