"""Which pages of buyer segments a release may list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from huichang.kernel.errors import NotFoundError
from huichang.line.living_siblings import true_siblings
from huichang.line.policing import Policing, policy_key
from huichang.line.publishing import page_key
from huichang.line.siblings import Sibling, SiblingLooks, looks_key, siblings_of, wanted_segments
from huichang.line.truth import Truth
from huichang.materials.policy import Verdict
from huichang.pages.model import PageModel, PageStore, version_of
from huichang.pages.variants import arranged_for
from huichang.venues.model import CampaignStore, Documents, Venue, VenueStore


@dataclass(frozen=True)
class SiblingShelf:
    """Which siblings of a version a release may list: switched on, made, looked at and found sound, and lawful by the rules of today."""

    campaigns: CampaignStore
    venues: VenueStore
    documents: Documents
    pages: PageStore
    policing: Policing
    truth: Truth

    def listed(self, venue_id: str, version_id: str) -> dict[str, str]:
        """See SiblingListing."""
        found = siblings_of(self.documents, venue_id, version_id)
        made = [each for each in found.siblings if each.version_id]
        if not made:
            return {}
        venue = self.venues.get(venue_id)
        on = {segment.id for segment in wanted_segments(venue, self.campaigns.get(venue.campaign_id))}
        sound = self.sound(venue_id, version_id)
        page = self.documents.get(page_key(venue_id, version_id), PageModel)
        wanted = [each for each in made if each.segment in on and each.version_id in sound]
        return {each.segment: each.version_id for each in wanted if self._lawful(venue, each, page)}

    def true(self, venue_id: str, version_id: str, shown: str, listed: Mapping[str, str]) -> dict[str, str]:
        """See SiblingListing."""
        if not listed or shown == version_id:
            return dict(listed)
        return true_siblings(self.documents, self.truth, self.venues.get(venue_id), version_id, shown, listed)

    def sound(self, venue_id: str, version_id: str) -> frozenset[str]:
        """Version ids of those that were looked at, without a blocker."""
        try:
            looks = self.documents.get(looks_key(venue_id, version_id), SiblingLooks).looks
        except NotFoundError:
            return frozenset()
        return frozenset(look.version_id for look in looks if not look.blocked)

    def _lawful(self, venue: Venue, sibling: Sibling, page: PageModel) -> bool:
        try:
            html = self.pages.read_version(venue.venue_id, sibling.version_id)
        except NotFoundError:
            return False
        if version_of(html) != sibling.version_id:
            return False
        # What these very rules have said of these bytes holds. Pictures are not read again: they are its page's, which was judged just now.
        try:
            known = self.documents.get(policy_key(venue.venue_id, sibling.version_id), Verdict)
            if known.rules == self.policing.rules(venue, page):
                return not known.blocked
        except NotFoundError:
            pass  # judged below
        verdict = self.policing.verdict(venue, html, arranged_for(page, sibling.variant))
        self.documents.put(policy_key(venue.venue_id, sibling.version_id), verdict)
        return not verdict.blocked
