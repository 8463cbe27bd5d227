"""The staged page to its reviewer, or past the review where an admin has set its campaign so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from huichang.kernel.events import ReviewRequested
from huichang.kernel.language import Language
from huichang.line.keys import VenueStep
from huichang.line.publishing import page_key
from huichang.line.releasing import reviewed_versions
from huichang.line.selecting import Records
from huichang.pages.model import PageModel
from huichang.selection.words import say
from huichang.venues.model import Actor, AuditTrail, TaskTokens, Venue


@dataclass(frozen=True)
class RequestReview:
    """Hands the staged page to people; the answer comes through the API (line/review.py).

    Unless an admin has set its campaign so, and the page says that nobody looked at it: then it is let through, in the admin's name.
    """

    records: Records
    tokens: TaskTokens
    audit: AuditTrail

    def __call__(self, step: VenueStep) -> dict[str, Any]:
        """Return {version}; nobody reads it: the state waits for the token."""
        with self.records.journal.step(step, "RequestReview") as entry:
            venue = self.records.venues.get(step.venue_id)
            self.tokens.keep(step.venue_id, "review", step.task_token)
            if venue.approved_version == venue.staged_version and venue.staged_version in reviewed_versions(venue):
                # A person approved exactly this page, and the run that had asked was lost: nobody is asked twice.
                self.records.venues.update(step.venue_id, status="approved", decision="approved")
                entry.note = say(venue.language, f"此前已由 {venue.reviewer} 批准", f"approved before by {venue.reviewer}")
                self.tokens.succeed(step.venue_id, "review", {"decision": "approved", "round": step.round})
                return {"version": venue.staged_version}
            if self._released(step, venue):
                entry.note = _unreviewed(venue.language)
                self.tokens.succeed(step.venue_id, "review", {"decision": "approved", "round": step.round})
                return {"version": venue.staged_version}
            entry.waits = True
        # Only now can anybody decide, and close the step that the journal has just written down as waiting.
        self.records.venues.update(step.venue_id, status="in_review", decision="")
        self.records.bus.publish(
            ReviewRequested(
                campaign_id=step.campaign_id,
                venue_id=step.venue_id,
                at=self.records.at(),
                version_id=venue.staged_version,
            )
        )
        return {"version": venue.staged_version}

    def _released(self, step: VenueStep, venue: Venue) -> bool:
        campaign = self.records.campaigns.get(step.campaign_id)
        if not campaign.unreviewed_pictures:
            return False
        page = self.records.documents.get(page_key(step.venue_id, venue.staged_version), PageModel)
        if not page.unreviewed:  # made before the setting
            return False
        setting = Actor(name=campaign.unreviewed_by, role="campaign_setting")
        detail = {"campaign_id": step.campaign_id, "pictures": [page.hero_image] if page.hero_image else []}
        if venue.approved_version != venue.staged_version:
            # Told first: a run that dies here tells it once more, and nothing goes live unseen that is not in the trail.
            self.audit.record(
                setting.did("release_unreviewed", step.venue_id, at=self.records.at(), saw=venue.staged_version, detail=detail)
            )
        self.records.venues.update(
            step.venue_id,
            status="approved",
            decision="approved",
            approved_version=venue.staged_version,
            reviewed_versions=reviewed_versions(venue),
            reviewer="",
        )
        return True


def _unreviewed(language: Language) -> str:
    return say(language, "按活动设置，未经人工审核放行", "let through without a review, as the campaign is set")
