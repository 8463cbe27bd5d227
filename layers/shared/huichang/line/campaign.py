"""The campaign's stations: start, brief, themes, and the two ways it ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import ConflictError, PermanentError
from huichang.kernel.events import CampaignPlanned, CampaignRequested, EventBus
from huichang.kernel.ids import content_hash, derived_id, new_id
from huichang.kernel.language import Language, detect_language, pick
from huichang.ledger.model import Ledger
from huichang.line.budgets import CAP_REACHED, NOTHING_MAY_BE_SPENT, BudgetTerms, has_room, plan_on, reached
from huichang.line.keys import CampaignStep, StepError
from huichang.line.runs import MAX_RUNS, RunMachines
from huichang.selection.words import IndustryEntry
from huichang.themes.interpreting import Interpreter, check_request
from huichang.themes.model import CampaignRequest, ThemePlan
from huichang.themes.planning import LiveVenue, Planner
from huichang.venues.model import (
    TERMINAL,
    Actor,
    AuditTrail,
    Campaign,
    CampaignStore,
    Documents,
    Failure,
    Venue,
    VenueStore,
)
from huichang.venues.schedules import CampaignSchedule

MENDS: dict[Language, dict[str, str]] = {
    "zh": {
        "short_of_stock": "导入或招商更多这类商品，或把想法写得宽一些",
        "conditions_unmet": "放宽条件，或导入、招商更多符合条件的商品",
        "duplicate": "先下线已有这个主题的会场，或换一个角度",
        "denied": "这类商品不能做促销",
        "reword": "换一种说法再试",
        "try_again": "外部服务长时间没有响应；请稍后再发一次",
        "cap_reached": "提高活动的预算上限；活动会从停下处继续，已付费的不会再付",
    },
    "en": {
        "short_of_stock": "import or enrol more such products, or word the idea more widely",
        "conditions_unmet": "loosen the conditions, or import or enrol more goods that meet them",
        "duplicate": "retire the venue that has this theme, or ask for another angle",
        "denied": "this kind of goods may not be promoted",
        "reword": "word it differently and try again",
        "try_again": "something outside was away for too long; send the sentence again",
        "cap_reached": "raise the campaign's cap; it goes on where it stopped, and nothing is paid again",
    },
}


# A record in DynamoDB holds 400 KB, all that it says of two hundred venues included.
_REJECTED_SHOWN = 60


class ScheduledStart(BaseModel):
    """What EventBridge Scheduler sends (adapters/schedules.py)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    schedule: CampaignSchedule
    scheduled_time: str


class BudgetOpener(Protocol):
    """Budgets as the start of a campaign needs them (line/budgets.py)."""

    def check(self, terms: BudgetTerms, actor: Actor) -> None:
        """Raises ForbiddenError where the actor may not set such a cap."""
        ...

    def begin(self, campaign_id: str, terms: BudgetTerms) -> None:
        """Give it these terms."""
        ...


@dataclass(frozen=True)
class StartCampaign:
    """Store what was asked and start the machine. The same idempotency key starts one campaign, however often it comes."""

    campaigns: CampaignStore
    machines: RunMachines
    audit: AuditTrail
    bus: EventBus
    clock: Clock
    industries: Sequence[IndustryEntry]
    budgets: BudgetOpener

    def __call__(self, request: CampaignRequest, actor: Actor, idempotency_key: str = "", terms: BudgetTerms | None = None) -> Campaign:
        """Return the campaign. Raises InvalidInputError, ForbiddenError for a cap the actor may not set, or ConflictError when
        the key was used for another request.

        `terms`: its budget, where it is not the default one.
        """
        check_request(request, self.industries)
        if terms:
            self.budgets.check(terms, actor)
        now = self.clock.now()
        campaign = Campaign(
            campaign_id=derived_id("c", actor.name, idempotency_key) if idempotency_key else new_id("c", now),
            request=request,
            requested_by=actor.name,
            created_at=iso(now),
            updated_at=iso(now),
            note=NOTHING_MAY_BE_SPENT if terms and terms.cap_usd == 0 and "cap_usd" in terms.model_fields_set else {},
        )
        if self.campaigns.create(campaign):
            self.audit.record(
                actor.did(
                    "create",
                    campaign.campaign_id,
                    at=iso(now),
                    saw=content_hash(request.sentence),
                    detail=request.model_dump(mode="json") | (terms.model_dump(mode="json", exclude_unset=True) if terms else {}),
                )
            )
            event = CampaignRequested(campaign_id=campaign.campaign_id, at=iso(now), requested_by=actor.name)
            self.bus.publish(event)
        else:
            campaign = self.campaigns.get(campaign.campaign_id)
            if campaign.request != request:
                raise ConflictError("this Idempotency-Key was used for another sentence", where="Idempotency-Key", mend="send a new key")
        if campaign.execution:
            return campaign
        if terms:  # before anything can be called on the default ones
            self.budgets.begin(campaign.campaign_id, terms)
        # A crash between create and start leaves no execution; the sweep finds that, and so does a repeated call.
        execution = self.machines.start_campaign(campaign.campaign_id)
        return self.campaigns.update(campaign.campaign_id, execution=execution)

    def scheduled(self, start: ScheduledStart) -> dict[str, Any]:
        """Start what a schedule asks for."""
        actor = Actor(name=f"schedule:{start.schedule.name}", role="schedule")
        campaign = self(start.schedule.request, actor, f"{start.schedule.name}@{start.scheduled_time}")
        return {"campaign_id": campaign.campaign_id}


@contextmanager
def _told(campaigns: CampaignStore, step: CampaignStep, name: str) -> Iterator[None]:
    """Write down what a job says of its failure: of an error, only class and message pass through Step Functions."""
    try:
        yield
    except PermanentError as error:
        if error.mend:
            message, mend = error.message, error.mend
            if error.code == CAP_REACHED:
                language = detect_language(campaigns.get(step.campaign_id).request.sentence) or "en"
                message, mend = reached(language, message), MENDS[language][CAP_REACHED]
            failure = Failure(code=error.code, message=message, mend=mend, step=name)
            campaigns.update(step.campaign_id, status="failed", failure=failure.model_dump())
        raise


@dataclass(frozen=True)
class InterpretBrief:
    """Sentence to brief."""

    campaigns: CampaignStore
    interpreter: Interpreter
    offline: bool

    def __call__(self, step: CampaignStep) -> dict[str, Any]:
        """Return nothing but the id: the brief is in the campaign record."""
        campaign = self.campaigns.update(step.campaign_id, status="planning")
        if campaign.brief is None:  # else it was read before, or corrected by a person: neither is overwritten
            with _told(self.campaigns, step, "InterpretBrief"):
                brief = self.interpreter.interpret(campaign.request, step.campaign_id, offline=self.offline)
            self.campaigns.update(step.campaign_id, brief=brief.model_dump())
        return {"campaign_id": step.campaign_id}


@dataclass(frozen=True)
class PlanThemes:
    """Brief to venues. Planned once: a replay finds the plan, and does not take its own venues for duplicates."""

    campaigns: CampaignStore
    venues: VenueStore
    documents: Documents
    planner: Planner
    bus: EventBus
    clock: Clock

    def __call__(self, step: CampaignStep) -> dict[str, Any]:
        """Return {count, venues: [{venue_id, run}]}."""
        campaign = self.campaigns.get(step.campaign_id)
        if campaign.brief is None:
            raise ConflictError("the campaign has no brief yet", where="campaign")
        key = step.plan(campaign.plan)
        if self.documents.exists(key):
            plan = self.documents.get(key, ThemePlan)
        else:
            with _told(self.campaigns, step, "PlanThemes"):
                plan = self.planner.plan(campaign.brief, self._live(campaign))
            self.documents.put(key, plan)
        if self.campaigns.get(step.campaign_id).plan != campaign.plan:
            return {"count": 0, "venues": []}  # the brief was corrected meanwhile: the run that this started plans again
        planned = self.clock.now()
        venue_ids = []
        for number, theme in enumerate(plan.themes):
            again = (str(campaign.plan),) if campaign.plan > 1 else ()
            venue = Venue(
                venue_id=derived_id("v", step.campaign_id, str(number), theme.name, *again),
                campaign_id=step.campaign_id,
                catalogue=campaign.brief.catalogue,
                promotion=campaign.brief.promotion,
                opens_on=campaign.brief.window.start if campaign.brief.window else None,
                language=campaign.brief.language,
                theme=theme,
                created_at=iso(planned + timedelta(milliseconds=number)),  # one campaign's venues sort as planned
                updated_at=iso(planned),
                plan=campaign.plan,
                reviewed_versions=(),
            )
            self.venues.create(venue)
            venue_ids.append(venue.venue_id)
        failure = None if venue_ids else self._nothing_to_build(plan, campaign.brief.language)
        try:
            self.campaigns.update(
                step.campaign_id,
                expect_plan=campaign.plan,
                status="building" if venue_ids else "failed",
                venue_ids=tuple(venue_ids),
                rejected=tuple(rejected.model_dump() for rejected in plan.rejected[:_REJECTED_SHOWN]),
                failure=failure.model_dump() if failure else None,
                note=plan.note,
            )
        except ConflictError:
            for venue_id in venue_ids:  # corrected while they were written down: nobody has seen them
                self.venues.update(venue_id, status="retired", superseded=True)
            return {"count": 0, "venues": []}
        self.bus.publish(CampaignPlanned(campaign_id=step.campaign_id, at=iso(planned), venues=len(venue_ids), rejected=len(plan.rejected)))
        venues = [{"venue_id": venue_id, "run": 1} for venue_id in venue_ids]
        return {"count": len(venues), "venues": venues}

    def _live(self, campaign: Campaign) -> list[LiveVenue]:
        """Venues that a new theme must not repeat: published ones and those on their way, of other campaigns; of this one
        only what an earlier plan has already given to buyers. A catalogue is a shop: what another shop sells repeats nothing; a venue or a
        brief over all catalogues (None) may repeat any."""
        mine = campaign.brief.catalogue if campaign.brief else None
        live = []
        for status in ("published", "approved", "in_review", "staged", "generating", "selecting", "planned"):
            for venue in self.venues.with_status(status):
                if mine and venue.catalogue and venue.catalogue != mine:
                    continue
                own = venue.campaign_id == campaign.campaign_id
                if not own or (status == "published" and venue.plan < campaign.plan):
                    live.append(LiveVenue(name=venue.theme.name, venue_id=venue.venue_id, signature=venue.theme.signature))
        return live

    @staticmethod
    def _nothing_to_build(plan: ThemePlan, language: Language) -> Failure:
        reasons = "; ".join(f"{rejected.name}: {pick(rejected.reason, language)}" for rejected in plan.rejected[:5])
        codes = {rejected.code for rejected in plan.rejected}
        told = ("denied", "duplicate", "conditions_unmet", "short_of_stock")
        mend = next((MENDS[language][code] for code in told if code in codes), MENDS[language]["reword"])
        return Failure(
            code="short_of_stock" if codes <= {"short_of_stock", "conditions_unmet"} else "no_theme",
            message=reasons or "no theme came out of this sentence",
            mend=mend,
            step="PlanThemes",
        )


@dataclass(frozen=True)
class CloseCampaign:
    """The Map has ended."""

    campaigns: CampaignStore
    venues: VenueStore

    def __call__(self, step: CampaignStep) -> dict[str, Any]:
        """Finished when every venue has ended; a venue that was started again goes on, and the sweep closes it later."""
        campaign = self.campaigns.get(step.campaign_id)
        venues = self.venues.of_campaign(step.campaign_id)
        if campaign.status == "building" and all(venue.status in TERMINAL for venue in venues):
            self.campaigns.update(step.campaign_id, status="finished")
        return {"campaign_id": step.campaign_id}


@dataclass(frozen=True)
class FailCampaign:
    """The reason, where the operator reads it. A cap that was raised between the refusal and now is none: then it goes on."""

    campaigns: CampaignStore
    machines: RunMachines
    ledger: Ledger

    def __call__(self, step: CampaignStep, error: StepError) -> dict[str, Any]:
        """Write it down, unless the step that failed has said it better, or another run has taken its place."""
        transient = error.Error in ("TransientError", "ThrottledError")
        campaign = self.campaigns.get(step.campaign_id)
        superseded = step.execution and campaign.execution and step.execution != campaign.execution
        if superseded:
            return {"campaign_id": step.campaign_id}
        if campaign.status == "failed" and campaign.failure:
            # Whoever raises a cap starts what has failed by then (line/budgets.py), and we look after we have failed.
            run = campaign.execution.rsplit("-run-", 1)[-1]
            again = int(run) < MAX_RUNS if run.isdigit() else True
            if campaign.failure.code == CAP_REACHED and again and has_room(self.ledger.budget(step.campaign_id)):
                plan_on(campaign, self.campaigns, self.machines)
            return {"campaign_id": step.campaign_id}
        language = detect_language(campaign.request.sentence) or "en"
        failure = Failure(
            code="try_again" if transient else "failed",
            message=error.said,
            mend=MENDS[language]["try_again" if transient else "reword"],
        )
        self.campaigns.update(step.campaign_id, status="failed", failure=failure.model_dump())
        return {"campaign_id": step.campaign_id}
