"""A version to its public address, and the venue into delivery."""

from __future__ import annotations

from dataclasses import dataclass

from huichang.delivery.model import DeliveryStore, LiveVenue
from huichang.kernel.clock import Clock, iso
from huichang.kernel.events import EventBus, VenuePublished
from huichang.line.policing import Policing, policy_key
from huichang.line.proof.writing import Proofs, proofs_with
from huichang.line.releasing import check_release, reviewed_versions
from huichang.materials.policy import PolicyError
from huichang.pages.model import PageModel, PageStore
from huichang.venues.model import CampaignStore, Documents, Venue, VenueStore


def page_key(venue_id: str, version_id: str) -> str:
    """Key of the page model that a version was rendered from."""
    return f"venues/{venue_id}/versions/{version_id}"


@dataclass(frozen=True)
class Publisher:
    """Used by the PublishVenue state and by operators who publish or roll back."""

    campaigns: CampaignStore
    venues: VenueStore
    documents: Documents
    pages: PageStore
    delivery: DeliveryStore
    bus: EventBus
    clock: Clock
    policing: Policing
    proofs: Proofs | None = None  # None: for tests of other things; bootstrap always gives one

    def publish(self, venue: Venue, version_id: str) -> Venue:
        """Make this version live. Repeating it changes nothing.

        Raises PolicyError where the rules of today do not let it pass, ConflictError where no person has approved it and its campaign
        is not set so.
        """
        page = self.documents.get(page_key(venue.venue_id, version_id), PageModel)
        html = self.pages.read_version(venue.venue_id, version_id)
        check_release(venue, self.campaigns.get(venue.campaign_id), version_id, page, html)
        verdict = self.policing.verdict(venue, html, page)
        self.documents.put(policy_key(venue.venue_id, version_id), verdict)
        if verdict.blocked:
            raise PolicyError(verdict, venue.language)
        # Before it goes live: what cannot be proved later must not be shown now.
        proof = self.proofs.write(venue, version_id, page, html, verdict) if self.proofs else ""
        path = self.pages.make_live(venue.venue_id, version_id)
        earlier = venue.previous_versions
        if venue.live_version and venue.live_version != version_id:
            earlier = (*(v for v in earlier if v not in (version_id, venue.live_version)), venue.live_version)
        published = self.venues.update(
            venue.venue_id,
            status="published",
            live_version=version_id,
            previous_versions=earlier,
            live_unreviewed=version_id not in reviewed_versions(venue),
            proofs=proofs_with(venue, version_id, proof, earlier),
            failure=None,
        )
        shared = page.poster("share")
        self.delivery.put_live(
            LiveVenue(
                venue_id=venue.venue_id,
                title=page.title,
                subtitle=page.subtitle,
                href=path,
                picture=(f"/{shared.media_key}" if shared else page.hero_image) or next((card.picture for card in page.hero_cards), ""),
                industry=venue.theme.industry,
                language=venue.language,
                published_at=iso(self.clock.now()),
                campaign_id=venue.campaign_id,
            )
        )
        if venue.live_version != version_id or venue.status != "published":
            self.bus.publish(
                VenuePublished(
                    campaign_id=venue.campaign_id,
                    venue_id=venue.venue_id,
                    at=iso(self.clock.now()),
                    version_id=version_id,
                )
            )
        return published
