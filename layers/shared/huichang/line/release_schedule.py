"""Releases and retirements that come by themselves. A tick every minute; one that comes late does what the missed ones would have done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import ConflictError, HuichangError, InvalidInputError, TransientError
from huichang.kernel.language import both
from huichang.kernel.model import Model
from huichang.line.promoting import CampaignReleases
from huichang.pages.release_plans import PlanTerms, ReleasePlan, ReleasePlans
from huichang.pages.releases import ReleaseKind
from huichang.venues.model import Actor, AuditTrail, CampaignStore

SCHEDULE = Actor(name="schedule:releases", role="schedule")
NOTHING = -1


class PlanShown(Model):
    """The plan, the moments it means (ISO 8601, UTC), and what the campaign's own window would make of it."""

    plan: ReleasePlan | None
    starts: str = ""
    ends: str = ""
    suggested: PlanTerms | None = None


@dataclass(frozen=True)
class ReleaseSchedule:
    """Plans of releases, and carrying them out."""

    campaigns: CampaignStore
    plans: ReleasePlans
    releases: CampaignReleases
    audit: AuditTrail
    clock: Clock

    def shown(self, campaign_id: str) -> PlanShown:
        """Raises NotFoundError for an unknown campaign."""
        campaign = self.campaigns.get(campaign_id)
        plan = self.plans.get(campaign_id)
        window = campaign.brief.window if campaign.brief else None
        suggested = None
        if window is not None:
            # A day of a promotion ends when the next one begins.
            end = datetime.fromordinal(window.end.toordinal() + 1)
            suggested = PlanTerms(
                starts_at=f"{window.start.isoformat()}T00:00:00", ends_at=end.isoformat(), timezone=campaign.request.timezone
            )
        start, end_at = (plan.start, plan.end) if plan else (None, None)
        return PlanShown(plan=plan, starts=iso(start) if start else "", ends=iso(end_at) if end_at else "", suggested=suggested)

    def change(self, campaign_id: str, terms: PlanTerms, actor: Actor, revision: int | None = None) -> PlanShown:
        """Plan it, or plan it anew; both times None: nothing comes by itself any more, and pages do not wait.

        `revision`: of the plan that was looked at (ConflictError, code plan_changed). Raises InvalidInputError for an end that is over.
        """
        self.campaigns.get(campaign_id)
        now = self.clock.now()
        if terms.end is not None and terms.end <= now:
            raise InvalidInputError(f"{terms.ends_at} is over in {terms.timezone}", where="ends_at", mend="name a time that is ahead")
        before = self.plans.get(campaign_id)
        at = before.revision if before else 0
        started = before.released if before and before.starts_at == terms.starts_at and before.timezone == terms.timezone else 0
        plan = ReleasePlan(**terms.model_dump(), campaign_id=campaign_id, by=actor.name, released=started)
        self.plans.put(plan, at if revision is None else revision)
        # Pages that are made from now on say this end; those that are made already say the one they were reviewed with.
        self.campaigns.update(campaign_id, timezone=plan.timezone, ends_at=plan.ends)
        self.audit.record(actor.did("plan_release", campaign_id, at=iso(now), detail=terms.model_dump(mode="json")))
        return self.shown(campaign_id)

    def holds(self, campaign_id: str) -> ReleasePlan | None:
        """The plan for whose moment an approved page waits; None where it may go live."""
        plan = self.plans.get(campaign_id)
        return plan if plan is not None and plan.holds(self.clock.now()) else None

    def tick(self) -> int:
        """Carry out what is due; how many releases were made. One campaign in trouble does not keep the others back."""
        done = 0
        problems: list[TransientError] = []
        for plan in self.plans.all():
            try:
                done += self._carry_out(plan)
            except TransientError as error:
                problems.append(error)
        if problems:
            raise problems[0]
        return done

    def _carry_out(self, plan: ReleasePlan) -> int:
        now, start, end = self.clock.now(), plan.start, plan.end
        if end is not None and now >= end:
            if plan.retired:
                return 0
            # Late by more than the whole promotion: what was to be released then is not released now.
            return self._make(plan, "retire", "retired")
        if start is not None and now >= start and not plan.released:
            return self._make(plan, "release", "released")
        return 0

    def _make(self, plan: ReleasePlan, kind: ReleaseKind, field: str) -> int:
        # A tick that dies between the release and this note makes it again: then nothing is left to change, and that is noted.
        number, trouble = NOTHING, {}
        try:
            note = f"{plan.starts_at if kind == 'release' else plan.ends_at} {plan.timezone}"
            leave_out = plan.on_trouble == "leave_out"
            number = self.releases.apply(plan.campaign_id, kind, SCHEDULE, leave_out_blocked=leave_out, note=note).number
        except ConflictError as error:
            if error.code != "nothing_to_release":
                return 0  # somebody released at this very moment; the next tick sees what is left to do
        except TransientError:
            raise
        except HuichangError as error:
            trouble, number = error.told or both(error.message, error.message), 0
        changes = {field: number, "trouble": trouble}
        if any(getattr(plan, name) != value for name, value in changes.items()):
            try:
                self.plans.put(plan.model_copy(update=changes), plan.revision)
            except ConflictError:
                return 1 if number > 0 else 0  # it was planned anew meanwhile, and the next tick looks at that
            if trouble:
                detail = {"kind": kind, "trouble": trouble["en"]}
                self.audit.record(SCHEDULE.did("release_kept_back", plan.campaign_id, at=iso(self.clock.now()), detail=detail))
        return 1 if number > 0 else 0
