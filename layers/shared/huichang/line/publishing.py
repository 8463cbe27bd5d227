"""A version to its public address: judged, then released."""

from __future__ import annotations

from dataclasses import dataclass

from huichang.kernel.errors import NotFoundError
from huichang.line.policing import Policing, policy_key
from huichang.line.readiness import Readiness, Ready
from huichang.line.releases import Releases, page_key
from huichang.line.releasing import check_release, reviewed_versions
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
    readiness: Readiness

    def publish(self, venue: Venue, version_id: str, *, by: str = "line", kind: ReleaseKind = "publish", note: str = "") -> Venue:
        """Make this version live: a release of the campaign with this one change. Repeating it changes nothing.

        Raises PolicyError where the rules of today do not let it pass, ConflictError where no person has approved it and its campaign
        is not set so, or too few of its goods can be bought (line/readiness.py), TransientError where its facts cannot be read, or where
        the release stands but the edge was not told (repeat it; the sweep does within a minute).
        """
        return self.go_live(venue, self.check(venue, version_id), by=by, kind=kind, note=note)

    def go_live(self, venue: Venue, ready: Ready, *, by: str = "line", kind: ReleaseKind = "publish", note: str = "") -> Venue:
        """`publish` for who has just checked."""
        changes, shown = {venue.venue_id: ready.version_id}, {ready.version_id: ready.shown}
        self.releases.make(venue.campaign_id, changes, kind=kind, by=by, note=note, shown=shown)
        return self.venues.get(venue.venue_id)

    def retire(self, venue: Venue, *, by: str = "line", note: str = "") -> Venue:
        """Take the page out of its campaign's release: its address says what is on now. Repeating it changes nothing."""
        current = self.releases.store.current(venue.campaign_id)
        if current is not None and any(slot.venue_id == venue.venue_id for slot in current.slots):
            self.releases.make(venue.campaign_id, {venue.venue_id: ""}, kind="retire", by=by, note=note)
            return self.venues.get(venue.venue_id)
        return self.venues.update(venue.venue_id, status="retired")  # it was never live

    def check(self, venue: Venue, version_id: str) -> Ready:
        """What it comes to if it goes live now. Raises what `publish` raises, and NotFoundError; buyers see no difference."""
        page = self.readiness.truth.page(venue.venue_id, version_id)
        html = self.pages.read_version(venue.venue_id, version_id)
        if version_id not in reviewed_versions(venue):
            check_release(venue, self.campaigns.get(venue.campaign_id), version_id, page, html)
        verdict = self._known(venue, version_id, page, html)
        if verdict is None:
            verdict = self.policing.verdict(venue, html, page)
            self.documents.put(policy_key(venue.venue_id, version_id), verdict)
            # New rules are new for its siblings too: they are judged here, where a campaign's release counts the seconds (promoting.py).
            if self.releases.siblings:
                self.releases.siblings.listed(venue.venue_id, version_id)
        if verdict.blocked:
            raise PolicyError(verdict, venue.language)
        return self.readiness.of(venue, version_id)

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
