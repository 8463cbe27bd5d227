"""What the API calls for campaigns: their beginning, budgets, pace, releases and schedules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from huichang.ledger.model import DaySpend
from huichang.line.budgets import BudgetTerms, BudgetView
from huichang.line.pacing import PaceShown
from huichang.line.promoting import ReleasePreview
from huichang.line.release_schedule import PlanShown
from huichang.line.releasing import ReviewTerms
from huichang.pages.release_plans import PlanTerms
from huichang.pages.releases import Release as CampaignRelease
from huichang.pages.releases import ReleaseKind
from huichang.quotas.model import Standing
from huichang.themes.model import BriefChanges, CampaignRequest
from huichang.venues.model import Actor, Campaign
from huichang.venues.schedules import CampaignSchedule


class StartCampaign(Protocol):
    """line/campaign.py StartCampaign: checks the request (themes/interpreting.py), stores it, starts the machine."""

    def __call__(self, request: CampaignRequest, actor: Actor, idempotency_key: str = "", terms: BudgetTerms | None = None) -> Campaign:
        """The campaign; the same key gives the same one. ConflictError if the key came with another request."""
        ...


class EditBrief(Protocol):
    """line/briefing.py EditBrief."""

    def __call__(self, campaign_id: str, changes: BriefChanges, actor: Actor, saw_plan: int | None = None) -> Campaign:
        """Correct the brief and plan again. ConflictError if another plan than `saw_plan` is the newest."""
        ...


class Budgets(Protocol):
    """line/budgets.py BudgetDesk."""

    def show(self, campaign_id: str) -> BudgetView:
        """Raises NotFoundError."""
        ...

    def change(self, campaign_id: str, terms: BudgetTerms, actor: Actor) -> BudgetView:
        """Set cap and priority; what the cap had stopped goes on. ForbiddenError above what operators may set."""
        ...


class Spending(Protocol):
    """What all campaigns together cost."""

    def days(self, campaign_id: str = "") -> Sequence[DaySpend]:
        """Oldest first."""
        ...


class Limits(Protocol):
    """Quotas and circuits of the models."""

    def standings(self) -> Sequence[Standing]:
        """One for each model that has a quota or was in trouble."""
        ...


class Pace(Protocol):
    """line/pacing.py PaceKeeper."""

    def shown(self, days: int, campaign_id: str = "") -> PaceShown:
        """How long people looked at a venue before they decided, over the last days."""
        ...


class Release(Protocol):
    """line/releasing.py ReleaseDesk."""

    def change(self, campaign_id: str, terms: ReviewTerms, actor: Actor) -> Campaign:
        """Whether pages of the campaign go live without a review. For admins."""
        ...


class Releases(Protocol):
    """line/promoting.py CampaignReleases."""

    def history(self, campaign_id: str) -> Sequence[CampaignRelease]:
        """Newest first."""
        ...

    def settling(self, campaign_id: str) -> bool:
        """Whether records still follow its last release."""
        ...

    def preview(self, campaign_id: str, kind: ReleaseKind, *, to: int = 0, only: Sequence[str] = ()) -> ReleasePreview:
        """What would change, and what stands in the way."""
        ...

    def apply(
        self,
        campaign_id: str,
        kind: ReleaseKind,
        actor: Actor,
        *,
        to: int = 0,
        only: Sequence[str] = (),
        expect: int | None = None,
        leave_out_blocked: bool = False,
        note: str = "",
    ) -> CampaignRelease:
        """All or nothing. ReleaseBlockedError names what stands in the way; ConflictError if another release came first."""
        ...


class ReleaseSchedule(Protocol):
    """line/release_schedule.py ReleaseSchedule."""

    def shown(self, campaign_id: str) -> PlanShown:
        """The plan, and what the campaign's own window suggests."""
        ...

    def change(self, campaign_id: str, terms: PlanTerms, actor: Actor, revision: int | None = None) -> PlanShown:
        """Plan it anew. ConflictError if somebody else did since `revision`."""
        ...


class Schedules(Protocol):
    """Campaigns that start by themselves."""

    def create(self, schedule: CampaignSchedule, actor: Actor) -> CampaignSchedule:
        """Checks the campaign request as StartCampaign does. ConflictError if the name is taken."""
        ...

    def all(self) -> Sequence[CampaignSchedule]:
        """Those that will still fire."""
        ...

    def delete(self, name: str, actor: Actor) -> None:
        """Raises NotFoundError."""
        ...
