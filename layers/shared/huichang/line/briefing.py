"""An operator corrects how a sentence was understood, and the campaign is planned again: the old plan is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import ConflictError, InvalidInputError
from huichang.kernel.ids import content_hash
from huichang.line.campaign import MENDS
from huichang.line.runs import RunMachines
from huichang.selection.index import ProductIndex
from huichang.selection.model import Eligibility
from huichang.selection.words import IndustryEntry, clean, clean_words, say
from huichang.themes.gate import ThemeGate
from huichang.themes.interpreting import PROMOTION_NAME
from huichang.themes.model import MAX_VENUES, BriefChanges, CampaignBrief
from huichang.venues.model import (
    Actor,
    AuditTrail,
    Campaign,
    CampaignStore,
    EarlierPlan,
    Venue,
    VenueStatus,
    VenueStore,
    brief_changed,
)

MAX_PLANS = 20
# What buyers have, or a reviewer let pass, stays; what is still on its way belongs to the plan that was replaced.
_ON_ITS_WAY: tuple[VenueStatus, ...] = ("planned", "selecting", "generating", "staged", "in_review")


@dataclass(frozen=True)
class EditBrief:
    """Corrects the chips of a brief and starts the next plan in a new run of the campaign's machine."""

    campaigns: CampaignStore
    venues: VenueStore
    machines: RunMachines
    audit: AuditTrail
    clock: Clock
    industries: Sequence[IndustryEntry]
    index: ProductIndex
    gate: ThemeGate

    def __call__(self, campaign_id: str, changes: BriefChanges, actor: Actor, saw_plan: int | None = None) -> Campaign:
        """Return the campaign, planning again. Nothing changed and nothing started where the brief stays as it is.

        `saw_plan`: the number of the plan in front of the operator. Raises NotFoundError; ConflictError while the sentence
        is still being read, after another correction than the one that was seen, or after 20 plans; InvalidInputError
        for what no brief can hold.
        """
        campaign = self.campaigns.get(campaign_id)
        if campaign.brief is None:
            raise ConflictError("the sentence is still being read", where="brief", mend="try again in a few seconds")
        if saw_plan is not None and saw_plan != campaign.plan:
            raise brief_changed(campaign, saw_plan)
        if campaign.plan >= MAX_PLANS:
            raise ConflictError(f"a campaign is planned {MAX_PLANS} times at most", where="brief", mend="send the sentence again")
        brief = self._corrected(campaign.brief, changes, actor)
        if brief.model_copy(update={"edited_by": campaign.brief.edited_by}) == campaign.brief:
            return campaign
        now = iso(self.clock.now())
        earlier = EarlierPlan(
            plan=campaign.plan,
            brief=campaign.brief,
            venue_ids=campaign.venue_ids,
            note=campaign.note,
            replaced_at=now,
            replaced_by=actor.name,
        )
        run = _run_of(campaign.execution) + 1
        # The record first, and only if nobody corrected it since it was read: of two corrections in one instant the second is
        # refused before it has stopped or retired anything. A run that starts finds the new brief, and a crash before the start
        # leaves a campaign that the sweep finds planning without a live execution.
        self.campaigns.update(
            campaign_id,
            expect_plan=campaign.plan,
            brief=brief.model_dump(),
            plan=campaign.plan + 1,
            status="planning",
            venue_ids=(),
            rejected=(),
            note={},
            failure=None,
            earlier=tuple(each.model_dump() for each in (*campaign.earlier, earlier)),
        )
        if campaign.execution:
            self.machines.stop(campaign.execution, "the brief was corrected")
        for venue in self.venues.of_campaign(campaign_id):
            self._supersede(venue, campaign.plan, brief)
        execution = self.machines.start_campaign(campaign_id, run)
        again = self.campaigns.update(campaign_id, execution=execution)
        self.audit.record(
            actor.did(
                "edit_brief",
                campaign_id,
                at=now,
                saw=content_hash(campaign.brief.model_dump_json()),
                detail=changes.model_dump(mode="json", exclude_unset=True) | {"plan": campaign.plan + 1},
            )
        )
        return again

    def _supersede(self, venue: Venue, plan: int, brief: CampaignBrief) -> None:
        if venue.plan > plan or venue.status not in _ON_ITS_WAY:
            return
        self.machines.stop(self.machines.venue_execution(venue.venue_id, venue.run), "the brief was corrected")
        note = say(brief.language, f"需求已改，由第 {plan + 1} 版规划代替", f"the brief was corrected; plan {plan + 1} takes its place")
        try:
            self.venues.update(venue.venue_id, expect_status=_ON_ITS_WAY, status="retired", superseded=True, review_note=note)
        except ConflictError:
            return  # approved in this very moment: a person's decision stands

    def _corrected(self, brief: CampaignBrief, changes: BriefChanges, actor: Actor) -> CampaignBrief:
        given = {name: getattr(changes, name) for name in changes.model_fields_set}
        taken_away = [name for name, value in given.items() if value is None and name not in ("window", "promotion")]
        if taken_away:
            raise InvalidInputError(
                f"{', '.join(taken_away)} cannot be null",
                where=f"brief.{taken_away[0]}",
                mend="leave it out, or send an empty list or text",
            )
        codes = [entry.code for entry in self.industries]
        unknown = [code for code in given.get("industries", ()) if code not in codes]
        if unknown:
            raise InvalidInputError(
                f"there is no industry {clean(unknown[0], 60)!r}",
                where="brief.industries",
                mend=f"use of these: {', '.join(codes)}",
                code="industry_unknown",
            )
        venues = given.get("venues", brief.venues)
        if not 1 <= venues <= MAX_VENUES:
            raise InvalidInputError(
                f"{venues} venues are not possible", where="brief.venues", mend=f"ask for 1 to {MAX_VENUES}", code="venues_out_of_range"
            )
        window = given.get("window", brief.window)
        if "window" in given and window is not None and window.end < self.clock.now().date():
            raise InvalidInputError(f"the window ended on {window.end}", where="brief.window", mend="choose days to come")
        if given.get("promotion") is not None:
            given["promotion"] = self._promotion(given["promotion"], brief)
        for name in ("subjects", "constraints", "industries"):
            if name in given:
                given[name] = clean_words(given[name], 60, 20)
        for name, room in (("idea", 300), ("audience", 100), ("tone", 100)):
            if name in given:
                given[name] = clean(given[name], room)
        corrected = brief.model_copy(update=given | {"edited_by": actor.name})
        if not corrected.subjects and not corrected.signal and not corrected.industries and not corrected.constraints:
            raise InvalidInputError(
                say(
                    brief.language,
                    "没有商品、条件，也没有行业，无从规划",
                    "without goods, conditions and an industry there is nothing to plan for",
                ),
                where="brief.subjects",
                mend=say(brief.language, "写出商品或条件，或选择行业", "name goods or conditions, or choose an industry"),
                code="no_subject",
            )
        refusals = self.gate.refuses((corrected.idea, *corrected.subjects))
        if denial := next((each for each in refusals if each.denied), None):
            raise InvalidInputError(
                say(brief.language, denial.reason["zh"], denial.reason["en"]),
                where="brief.subjects",
                mend=MENDS[brief.language]["denied"],
                code="denied",
            )
        # What was unclear may be what the correction is about; only what it still leaves open goes on being told.
        said = " ".join((corrected.idea, *corrected.subjects, *corrected.constraints, corrected.audience, corrected.tone)).lower()
        return corrected.model_copy(update={"unclear": tuple(phrase for phrase in brief.unclear if phrase.lower() not in said)})

    def _promotion(self, name: str, brief: CampaignBrief) -> str | None:
        """The name of a promotion that goods of the brief's catalogue are enrolled for; None for none."""
        promotion = name.strip()
        if not promotion:
            return None
        if not PROMOTION_NAME.fullmatch(promotion):
            raise InvalidInputError(
                f"{clean(promotion, 60)!r} is no name of a promotion",
                where="brief.promotion",
                mend="use lower-case letters, digits, - and _, as in the merchants' enrolments; null for all goods",
                code="promotion_malformed",
            )
        if promotion != brief.promotion and not self.index.count(Eligibility(catalogue=brief.catalogue, promotion=promotion, min_stock=0)):
            within = f" in the catalogue {brief.catalogue}" if brief.catalogue else ""
            raise InvalidInputError(
                f"no product{within} is enrolled for a promotion {promotion!r}",
                where="brief.promotion",
                mend="check its name, or import the merchants' enrolments first; null plans from all goods",
                code="promotion_unknown",
            )
        return promotion


def _run_of(execution: str) -> int:
    """The number of a campaign's run, as line/runs.py reads it; 0 before the first."""
    tail = execution.rsplit("-run-", 1)[-1] if "-run-" in execution else ""
    return int(tail) if tail.isdigit() else 0
