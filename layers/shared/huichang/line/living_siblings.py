"""Pages of buyer segments stay true with the page they are arrangements of: same facts, same texts, in the same look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from huichang.kernel.errors import PermanentError
from huichang.line.living import ClaimsState, LivePages, LivingRecipe
from huichang.line.policing import Policing
from huichang.line.siblings import Sibling, siblings_of
from huichang.pages.living import price_leaks
from huichang.pages.model import PageModel, PageStore
from huichang.pages.packages.shelf import Templates
from huichang.pages.rendering import render
from huichang.pages.variants import arranged_for
from huichang.venues.model import Documents, Venue


@dataclass(frozen=True)
class LiveSiblings:
    """The siblings of one venue's live page."""

    documents: Documents
    pages: PageStore
    live: LivePages
    policing: Policing
    templates: Templates

    def settled(self, venue_id: str, state: ClaimsState) -> bool:
        """Whether buyers of every listed segment get what the last look gave them."""
        return self.live.siblings(venue_id) == state.siblings

    def follow(
        self, venue: Venue, state: ClaimsState, page: PageModel, version_id: str, recipe: LivingRecipe, *, same: bool
    ) -> dict[str, str] | None:
        """Give the buyers of each listed segment the true page too: segment -> version id. None where somebody else is at it.

        `page`, `version_id`: what everybody else is about to get. `same`: `state` was made of the same page, and so were its siblings.
        Called before the page itself goes live: who dies in between finds the page untrue at the next look, and comes here again.
        """
        shown = self.live.siblings(venue.venue_id)
        if not shown:
            return {}
        if same and shown.keys() == state.siblings.keys():
            wanted = state.siblings
        else:
            wanted = self._wanted(venue, shown, page, version_id, recipe)
        for segment, sibling_id in wanted.items():
            if shown[segment] == sibling_id:
                continue
            if not self.live.replace_sibling(venue.venue_id, venue.live_version, segment, shown[segment], sibling_id):
                return None
        return dict(wanted)

    def _wanted(self, venue: Venue, shown: Mapping[str, str], page: PageModel, version_id: str, recipe: LivingRecipe) -> dict[str, str]:
        known = {each.segment: each for each in siblings_of(self.documents, venue.venue_id, venue.live_version).siblings}
        reviewed = version_id == venue.live_version
        wanted = {}
        for segment in shown:
            sibling = known.get(segment)
            if sibling is None:
                wanted[segment] = version_id
            elif reviewed and sibling.version_id:
                wanted[segment] = sibling.version_id
            else:
                wanted[segment] = self._rendered(venue, sibling, page, recipe) or version_id
        return wanted

    def _rendered(self, venue: Venue, sibling: Sibling, page: PageModel, recipe: LivingRecipe) -> str:
        """ "" where it may not be shown: then its buyers get what everybody gets, which is true."""
        package = self.templates.load(recipe.template_id, recipe.package) if recipe.package else None
        try:
            arranged = arranged_for(page, sibling.variant)
            html = render(arranged, recipe.template_id, package)
        except PermanentError:
            return ""
        if price_leaks(html, arranged) or self.policing.verdict(venue, html, arranged).blocked:
            return ""
        return self.pages.put_version(venue.venue_id, html)
