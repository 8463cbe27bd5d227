"""Pages of buyer segments stay true with the page they are arrangements of: same facts, same texts, in the same look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from huichang.line.living import ClaimsState, LivePages
from huichang.line.releases import page_shown
from huichang.line.siblings import siblings_of
from huichang.line.truth import Truth
from huichang.venues.model import Documents, Venue


@dataclass(frozen=True)
class LiveSiblings:
    """The siblings of one venue's live page."""

    documents: Documents
    truth: Truth
    live: LivePages

    def settled(self, venue_id: str, state: ClaimsState) -> bool:
        """Whether buyers of every listed segment get what the last look gave them."""
        return self.live.siblings(venue_id) == state.siblings

    def follow(self, venue: Venue, state: ClaimsState, version_id: str, *, same: bool) -> dict[str, str] | None:
        """Give the buyers of each listed segment the true page too: segment -> version id. None where somebody else is at it.

        `version_id`: what everybody else is about to get. `same`: `state` was made of the same page, and so were its siblings.
        Called before the page itself goes live: who dies in between finds the page untrue at the next look, and comes here again.
        """
        shown = self.live.siblings(venue.venue_id)
        if not shown:
            return {}
        if same and shown.keys() == state.siblings.keys():
            wanted = state.siblings
        else:
            wanted = true_siblings(self.documents, self.truth, venue, venue.live_version, version_id, shown)
        for segment, sibling_id in wanted.items():
            if shown[segment] == sibling_id:
                continue
            if not self.live.replace_sibling(venue.venue_id, venue.live_version, segment, shown[segment], sibling_id):
                return None
        return dict(wanted)


def true_siblings(
    documents: Documents, truth: Truth, venue: Venue, base_version: str, shown: str, listed: Mapping[str, str]
) -> dict[str, str]:
    """For each `listed` segment the version that is the page `shown` (that of `base_version` with the facts of now) in its order.

    `shown` itself where there is no arrangement of it, or where that may not be shown: its buyers then get what everybody gets, which
    is true.
    """
    known = {each.segment: each for each in siblings_of(documents, venue.venue_id, base_version).siblings}
    page = page_shown(documents, venue.venue_id, shown)
    wanted = {}
    for segment in listed:
        sibling = known.get(segment)
        if sibling is None:
            wanted[segment] = shown
        elif shown == base_version and sibling.version_id:
            wanted[segment] = sibling.version_id
        else:
            wanted[segment] = truth.arranged(venue, base_version, page, sibling.variant) or shown
    return wanted
