"""What a campaign may spend: shown, set, raised - and what had stopped at the cap goes on where it stopped."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import ForbiddenError, InvalidInputError
from huichang.kernel.language import Language, Text
from huichang.kernel.model import Model
from huichang.ledger.model import Budget, DaySpend, Ledger
from huichang.line.runs import RunMachines, Runs
from huichang.selection.words import say
from huichang.venues.model import Actor, AuditTrail, Campaign, CampaignStore, Venue, VenueStore

CAP_REACHED = "cap_reached"
# Money that is held for calls nobody knows the end of comes back after a day at the soonest: who waited for it in vain needs a higher cap.
NO_MONEY = frozenset({CAP_REACHED, "budget_held"})
Cap = Annotated[Decimal, Field(ge=0, le=1_000_000, max_digits=12, decimal_places=4)]


def reached(language: Language, message: str) -> str:
    """Why it stopped, in the reader's language. The amounts stand in the campaign's budget beside it."""
    return say(language, "活动的模型费用已达到预算上限", message)


NOTHING_MAY_BE_SPENT: Text = {
    "zh": "预算上限是 0：不会调用任何模型，活动会停在第一步，提高上限后从那里继续。",
    "en": "The cap is 0: no model is called, so the campaign stops at its first step and goes on from there when the cap is raised.",
}
"""What is told of a campaign that starts so."""


class BudgetTerms(Model):
    """What is to change: `cap_usd` (null: no cap) and `rush`, the campaign that goes first at every quota. Absent: stays."""

    cap_usd: Cap | None = None
    rush: bool = False


class BudgetView(Model):
    """A campaign's budget, its days, and how many of its venues stand still because of the cap."""

    budget: Budget
    left_usd: Decimal | None
    days: tuple[DaySpend, ...] = ()
    stopped: int = 0
    resumed: int = 0


def has_room(budget: Budget) -> bool:
    """Whether the cap was raised since a call was refused, or nobody was refused."""
    return not budget.reached_at and (budget.left_usd is None or budget.left_usd > 0)


def plan_on(campaign: Campaign, campaigns: CampaignStore, machines: RunMachines) -> None:
    """Start the next run of a campaign that had stopped at its cap: its steps find what was paid for. Twice is once."""
    tail = campaign.execution.rsplit("-run-", 1)[-1]
    execution = machines.start_campaign(campaign.campaign_id, int(tail) + 1 if tail.isdigit() else 1)
    # In one write: the run that stopped may still be about to write why, and is known by its execution (FailCampaign).
    campaigns.update(campaign.campaign_id, status="planning", failure=None, execution=execution)


@dataclass(frozen=True)
class BudgetDesk:
    """`operators_cap`: the highest cap (USD) that somebody who is no admin may set."""

    ledger: Ledger
    campaigns: CampaignStore
    venues: VenueStore
    machines: RunMachines
    runs: Runs
    audit: AuditTrail
    clock: Clock
    operators_cap: Decimal

    def show(self, campaign_id: str) -> BudgetView:
        """Raises NotFoundError."""
        self.campaigns.get(campaign_id)
        return self._view(campaign_id, self.ledger.budget(campaign_id))

    def check(self, terms: BudgetTerms, actor: Actor) -> None:
        """Raises ForbiddenError where the actor may not set such a cap."""
        if actor.role == "admin" or "cap_usd" not in terms.model_fields_set:
            return
        if terms.cap_usd is None or terms.cap_usd > self.operators_cap:
            raise ForbiddenError(
                f"a cap above ${self.operators_cap:,.2f} is for an admin to set",
                where="cap_usd",
                mend=f"set at most {self.operators_cap}, or ask an admin",
                code="cap_too_high",
            )

    def begin(self, campaign_id: str, terms: BudgetTerms) -> None:
        """The terms of a campaign that is about to start; checked before."""
        self._set(campaign_id, terms)

    def change(self, campaign_id: str, terms: BudgetTerms, actor: Actor) -> BudgetView:
        """Set the terms; where there is room again, start what the cap had stopped. Repeating it is harmless.

        Raises NotFoundError, ForbiddenError, InvalidInputError when nothing is asked for.
        """
        if not terms.model_fields_set:
            raise InvalidInputError("nothing is to be changed", where="body", mend='send {"cap_usd": 80} or {"rush": true}')
        campaign = self.campaigns.get(campaign_id)
        self.check(terms, actor)
        before = self.ledger.budget(campaign_id)
        budget = self._set(campaign_id, terms)
        self.audit.record(
            actor.did(
                "set_budget",
                campaign_id,
                at=iso(self.clock.now()),
                detail={"from": _terms_of(before), "to": _terms_of(budget), "spent_usd": str(budget.spent_usd)},
            )
        )
        resumed = self._go_on(campaign) if budget.left_usd is None or budget.left_usd > 0 else 0
        return self._view(campaign_id, budget).model_copy(update={"resumed": resumed})

    def _set(self, campaign_id: str, terms: BudgetTerms) -> Budget:
        now = self.ledger.budget(campaign_id)
        cap = terms.cap_usd if "cap_usd" in terms.model_fields_set else now.cap_usd
        return self.ledger.set_terms(campaign_id, cap_usd=cap, rush=terms.rush if "rush" in terms.model_fields_set else now.rush)

    def _go_on(self, campaign: Campaign) -> int:
        """Steps find their stored bodies, calls their stored answers: what was paid is not paid again."""
        stopped = self._stopped(campaign.campaign_id)
        for venue in stopped:
            note = say(venue.language, "预算上限已提高，从停下处继续", "the cap was raised; it goes on where it stopped")
            self.runs.start_again(venue, note)
        if campaign.failure is not None and campaign.failure.code == CAP_REACHED:
            plan_on(campaign, self.campaigns, self.machines)
            return len(stopped) + 1
        if stopped and campaign.status == "finished":
            self.campaigns.update(campaign.campaign_id, status="building")  # the sweep closes it again
        return len(stopped)

    def _stopped(self, campaign_id: str) -> list[Venue]:
        return [
            venue
            for venue in self.venues.of_campaign(campaign_id)
            if venue.status == "failed" and venue.failure is not None and venue.failure.code == CAP_REACHED and not venue.superseded
        ]

    def _view(self, campaign_id: str, budget: Budget) -> BudgetView:
        return BudgetView(
            budget=budget,
            left_usd=budget.left_usd,
            days=tuple(self.ledger.days(campaign_id)),
            stopped=len(self._stopped(campaign_id)),
        )


def _terms_of(budget: Budget) -> dict[str, object]:
    return {"cap_usd": None if budget.cap_usd is None else str(budget.cap_usd), "rush": budget.rush}
