"""A version to its public address: judged, then released."""

from __future__ import annotations

from dataclasses import dataclass

from huichang.kernel.errors import NotFoundError
from huichang.line.policing import Policing, policy_key
from huichang.line.releases import Releases, page_key
from huichang.line.releasing import check_release
from huichang.materials.policy import PolicyError, Verdict
from huichang.pages.model import PageModel, PageStore, version_of
from huichang.pages.policing import lost_labels
from huichang.pages.releases import ReleaseKind
from huichang.venues.model import CampaignStore, Documents, Venue, VenueStore

__all__ = ["Publisher", "page_key"]


@dataclass(frozen=True)
class Publisher:
    """Used by the PublishVenue state, by operators who publish or roll back one venue, and by whatever renews a live page."""

    campaigns: CampaignStore
    venues: VenueStore
    documents: Documents
    pages: PageStore
    policing: Policing
    releases: Releases

    def publish(self, venue: Venue, version_id: str, *, by: str = "line", kind: ReleaseKind = "publish", note: str = "") -> Venue:
        """Make this version live: a release of the campaign with this one change. Repeating it changes nothing.

        Raises PolicyError where the rules of today do not let it pass, ConflictError where no person has approved it and its campaign
        is not set so, TransientError where the release stands but the edge was not told (repeat it; the sweep does within a minute).
        """
        self.check(venue, version_id)
        self.releases.make(venue.campaign_id, {venue.venue_id: version_id}, kind=kind, by=by, note=note)
        return self.venues.get(venue.venue_id)

    def retire(self, venue: Venue, *, by: str = "line", note: str = "") -> Venue:
        """Take the page out of its campaign's release: its address says what is on now. Repeating it changes nothing."""
        current = self.releases.store.current(venue.campaign_id)
        if current is not None and any(slot.venue_id == venue.venue_id for slot in current.slots):
            self.releases.make(venue.campaign_id, {venue.venue_id: ""}, kind="retire", by=by, note=note)
            return self.venues.get(venue.venue_id)
        return self.venues.update(venue.venue_id, status="retired")  # it was never live

    def check(self, venue: Venue, version_id: str) -> PageModel:
        """The version's page, if it may go live. Raises what `publish` raises, and NotFoundError; nothing is changed."""
        page = self.documents.get(page_key(venue.venue_id, version_id), PageModel)
        html = self.pages.read_version(venue.venue_id, version_id)
        check_release(venue, self.campaigns.get(venue.campaign_id), version_id, page, html)
        verdict = self._known(venue, version_id, page, html)
        if verdict is None:
            verdict = self.policing.verdict(venue, html, page)
            self.documents.put(policy_key(venue.venue_id, version_id), verdict)
            # New rules are new for its siblings too: they are judged here, where a campaign's release counts the seconds (promoting.py).
            self.releases.siblings(venue.venue_id, version_id)
        if verdict.blocked:
            raise PolicyError(verdict, venue.language)
        return page

    def _known(self, venue: Venue, version_id: str, page: PageModel, html: str) -> Verdict | None:
        """What these very rules have said of these very bytes: a hundred pages are not gone through again for every release.

        Pictures are looked at every time: they are stored beside the page.
        """
        if version_of(html) != version_id or any(lost_labels(page, self.pages.read_media)):
            return None
        try:
            known = self.documents.get(policy_key(venue.venue_id, version_id), Verdict)
        except NotFoundError:
            return None
        return known if known.rules == self.policing.rules(venue, page) else None
