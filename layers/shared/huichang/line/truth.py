"""A reviewed version with the facts of now: read, made, rendered, and let pass by the gate. Nothing here is put live.

Two ask for it: who is about to release a version (line/readiness.py), and who keeps a released one true (line/refreshing.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from huichang.catalog.product import Product, promoted
from huichang.kernel.clock import Clock
from huichang.kernel.errors import NotFoundError, PermanentError
from huichang.kernel.ids import content_hash
from huichang.line.living import LivingRecipe, Refreshed, recipe_key
from huichang.line.living_words import LivingWords
from huichang.line.policing import Policing
from huichang.line.releases import page_key, refreshed_key
from huichang.materials.model import MaterialRequest
from huichang.materials.policy import PolicyError
from huichang.pages.living import Living, Now, check_living, living_page, price_leaks, withheld_page
from huichang.pages.model import PageModel, PageStore, version_of
from huichang.pages.packages.shelf import Templates
from huichang.pages.picture_shelf import PictureShelf
from huichang.pages.rendering import render
from huichang.pages.variants import Variant, arranged_for
from huichang.selection.conditions import meets
from huichang.selection.eligibility import ineligible, opening
from huichang.selection.index import ProductIndex
from huichang.selection.model import Eligibility, LeftOutCode
from huichang.venues.model import Body, Documents, Venue

_MOST_SEEN = 400
_AS_OF = re.compile(" <span data-as-of>[^<]*</span>")
_RULES = "1"
"""Part of what the facts' hash covers: another way to make pages true looks at all of them once."""


@dataclass(frozen=True)
class PageFacts:
    """What is known of a version's goods and reserves. `why_not`: of those that may not be sold. `hash`: of all of it."""

    found: Mapping[str, Product]
    why_not: Mapping[str, LeftOutCode]
    hash: str


@dataclass(frozen=True)
class Truth:
    """`seen` keeps what never changes: versions, recipes and requests."""

    documents: Documents
    index: ProductIndex
    pages: PageStore
    policing: Policing
    pictures: PictureShelf
    clock: Clock
    templates: Templates = field(default_factory=Templates)
    seen: dict[str, Any] = field(default_factory=dict)

    def page(self, venue_id: str, version_id: str) -> PageModel:
        """The model that a version was rendered from. Raises NotFoundError."""
        return self._kept(page_key(venue_id, version_id), PageModel)

    def recipe(self, venue: Venue, base_version: str) -> LivingRecipe:
        """How the version was made."""
        try:
            return self._kept(recipe_key(venue.venue_id, base_version), LivingRecipe)
        except NotFoundError:  # released before recipes were kept: its texts are held against the facts alone
            return LivingRecipe(template_id=venue.template)

    def facts(self, venue: Venue, base_version: str) -> PageFacts | None:
        """None where the index knows none of the page's goods. Raises TransientError where it cannot be read."""
        base, recipe = self.page(venue.venue_id, base_version), self.recipe(venue, base_version)
        on_page = list(dict.fromkeys(card.product_id for floor in base.floors for card in floor.cards))
        spare = [each for ids in recipe.reserves.values() for each in ids]
        found = promoted(self.index.get([*on_page, *spare]), venue.promotion)
        if not any(product_id in found for product_id in on_page):
            return None
        why_not = self._why_not(venue, base_version, recipe, found)
        told = [f"{_RULES}:{base_version}"]
        told += [f"{name}:{why_not.get(name, '')}:{found[name].model_dump_json()}" for name in sorted(found)]
        return PageFacts(found, why_not, content_hash("\n".join(told)))

    def _why_not(self, venue: Venue, base_version: str, recipe: LivingRecipe, found: Mapping[str, Product]) -> dict[str, LeftOutCode]:
        where = Eligibility(promotion=venue.promotion, opens_at=opening(venue.opens_on), min_stock=1)
        now = self.clock.now()
        codes: dict[str, LeftOutCode] = {}
        for product_id, product in found.items():
            code = ineligible(product, where, now)
            if code is None and not all(meets(product, rule) for rule in recipe.conditions):
                code = "condition"
            if code:
                codes[product_id] = code
        return codes | dict.fromkeys(found.keys() & set(venue.set_aside.get(base_version, ())), "excluded")

    def living(self, venue: Venue, base_version: str, facts: PageFacts, earlier: Mapping[str, str]) -> Living:
        """The page as it is true now, held to what may differ from the reviewed one. Raises PermanentError."""
        base, recipe = self.page(venue.venue_id, base_version), self.recipe(venue, base_version)
        lawful, dropped = self.policing.sellable(venue, facts.found)
        now = Now(lawful, {**facts.why_not, **dict.fromkeys((each.product_id for each in dropped), "policy")})
        living = living_page(base, now, recipe.reserves, self._words(venue, recipe), self.pictures.address, earlier)
        check_living(base, living, recipe.reserves)
        return living

    def withheld(self, venue: Venue, base_version: str, before: Living) -> Living:
        """The page as it was last true (`before`), without a claim."""
        base, recipe = self.page(venue.venue_id, base_version), self.recipe(venue, base_version)
        living = withheld_page(before.page, self._words(venue, recipe), before.taken_off, before.swaps)
        check_living(base, living, recipe.reserves)
        return living

    def rendered(self, venue: Venue, base_version: str, living: Living, at: str) -> str:
        """A version of its own, which the gate has let pass; the reviewed one where it would look the same. Raises PolicyError,
        PermanentError."""
        base, recipe = self.page(venue.venue_id, base_version), self.recipe(venue, base_version)
        package = self.templates.load(recipe.template_id, recipe.package) if recipe.package else None
        # By day: a moment would make other bytes of the same facts with every look.
        says = any(not card.state for floor in living.page.floors for card in floor.cards)
        page = living.page.model_copy(update={"as_of": at[:10] if says else ""})
        html = render(page, recipe.template_id, package)
        if version_of(_AS_OF.sub("", html)) == base_version:
            return base_version  # what differs is shown nowhere: how many are left
        if leaks := price_leaks(html, page):
            raise PermanentError(
                f"the template shows prices that nobody can confirm: {', '.join(leaks[:5])}",
                where=recipe.template_id,
                mend="let its cards use the macros price and money",
                code="claims_leak",
            )
        verdict = self.policing.verdict(venue, html, page)
        if verdict.blocked:
            # Rules that came after the release may forbid what is live. A truer page is no worse for it; only new findings stop one.
            released = self.policing.verdict(venue, self.pages.read_version(venue.venue_id, base_version), base)
            known = {(each.rule, each.words) for each in released.blocking}
            if any((each.rule, each.words) not in known for each in verdict.blocking):
                raise PolicyError(verdict, venue.language)
        version = self.pages.put_version(venue.venue_id, html, refreshed=True)
        self.documents.put(refreshed_key(venue.venue_id, version), page)
        self.documents.put(refreshed_key(venue.venue_id, version, "policy"), verdict)
        lineage = Refreshed(base_version=base_version, at=at, taken_off=living.taken_off, swaps=living.swaps)
        self.documents.put(refreshed_key(venue.venue_id, version, "lineage"), lineage)
        return version

    def arranged(self, venue: Venue, base_version: str, page: PageModel, variant: Variant) -> str:
        """A version of its own: `page` (as it was rendered, with the facts of now) in a segment's order; "" where it may not be shown."""
        recipe = self.recipe(venue, base_version)
        package = self.templates.load(recipe.template_id, recipe.package) if recipe.package else None
        try:
            arranged = arranged_for(page, variant)
            html = render(arranged, recipe.template_id, package)
        except PermanentError:
            return ""
        if price_leaks(html, arranged) or self.policing.verdict(venue, html, arranged).blocked:
            return ""
        return self.pages.put_version(venue.venue_id, html, refreshed=True)

    def _words(self, venue: Venue, recipe: LivingRecipe) -> LivingWords:
        requests = {name: self._kept(key, MaterialRequest) for name, key in recipe.requests.items()}
        return LivingWords(venue, requests, self.policing.of(venue))

    def _kept(self, key: str, kind: type[Body]) -> Body:
        found = self.seen.get(key)
        if found is None:
            if len(self.seen) >= _MOST_SEEN:
                self.seen.pop(next(iter(self.seen)), None)
            found = self.seen[key] = self.documents.get(key, kind)
        known: Body = found
        return known
