"""The policy gate on the line: which rules hold for a venue, what of it may be shown, and the verdict before staging and release."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from huichang.catalog.product import Product
from huichang.kernel.model import Model
from huichang.materials.policy import EVERYWHERE, UNNAMED, BrandBook, BrandRules, Passage, Policy, PolicyFinding, Verdict, the_policy
from huichang.pages.model import PageModel, PageStore
from huichang.pages.policing import page_verdict
from huichang.selection.model import FloorPlan
from huichang.themes.gate import Refusal
from huichang.venues.model import Venue


def policy_key(venue_id: str, version_id: str) -> str:
    """Key of the gate's verdict on a version."""
    return f"venues/{venue_id}/versions/{version_id}-policy"


class Dropped(Model):
    """A product that is left off a page, and the finding that says why."""

    product_id: str
    finding: PolicyFinding

    @property
    def told(self) -> PolicyFinding:
        """As a reviewer is told: no blocker, for the product is not on the page."""
        mend = {
            "zh": "请商家改标题后重新导入；这件商品没有上这个页面",
            "en": "ask its merchant to change the words and import it again; it was left off this page",
        }
        return self.finding.model_copy(update={"severity": "warn", "mend": mend, "instead": ""})


@dataclass(frozen=True)
class ThemeRules:
    """The gate as planning asks it (themes/gate.py)."""

    brands: Callable[[], BrandBook] = BrandBook

    def _policy(self, industry: str | None, campaign_id: str) -> Policy:
        return the_policy(industry, self.brands().of((EVERYWHERE, f"campaign:{campaign_id}")))

    def refuses(self, texts: Iterable[str], industry: str | None = None, campaign_id: str = "") -> tuple[Refusal, ...]:
        """See ThemeGate."""
        policy = self._policy(industry, campaign_id)
        verdict = policy.check(Passage(text=text, sector=policy.sector) for text in texts)
        return tuple(
            Refusal(words=found.words, rule=found.rule, reason=found.message, denied=found.kind == "unsafe") for found in verdict.blocking
        )

    def mended(self, text: str, industry: str | None = None, campaign_id: str = "") -> str:
        """See ThemeGate."""
        return self._policy(industry, campaign_id).mended(text)


@dataclass(frozen=True)
class Policing:
    """The gate for venues. `brands` gives the book in use."""

    pages: PageStore
    brands: Callable[[], BrandBook] = BrandBook

    def of(self, venue: Venue, merchants: Iterable[str] = ()) -> Policy:
        """The rules for this venue's words: the law's, and those of its campaign's and its merchants' brands."""
        return the_policy(venue.theme.industry, self._brands(venue, merchants))

    def _brands(self, venue: Venue, merchants: Iterable[str]) -> tuple[BrandRules, ...]:
        return self.brands().of((EVERYWHERE, f"campaign:{venue.campaign_id}", *(f"merchant:{merchant}" for merchant in merchants)))

    def sellable(self, venue: Venue, products: Mapping[str, Product]) -> tuple[dict[str, Product], tuple[Dropped, ...]]:
        """The products whose own words may stand on a page, and those whose may not: a merchant's title is never rewritten."""
        policy = the_policy(venue.theme.industry)
        kept: dict[str, Product] = {}
        dropped: list[Dropped] = []
        for product_id, product in products.items():
            title, merchant = product.text(venue.language).title, product.merchant
            said = (title, merchant.localized_name.get(venue.language) or merchant.name)
            verdict = policy.check(Passage(text=text, place=product_id, origin="product", sector=policy.sector) for text in said)
            if verdict.blocked:
                dropped.append(Dropped(product_id=product_id, finding=verdict.blocking[0]))
            else:
                kept[product_id] = product
        return kept, tuple(dropped)

    def lawful(self, venue: Venue, floors: FloorPlan) -> tuple[Venue, FloorPlan]:
        """The venue and its floors with names that may be shown: they stand in for copy that was not written."""
        policy, unnamed = self.of(venue), UNNAMED[venue.language]
        theme = venue.theme.model_copy(
            update={"name": policy.mended(venue.theme.name) or unnamed, "slogan": policy.mended(venue.theme.slogan)}
        )  # fmt: skip
        named = tuple(floor.model_copy(update={"title": policy.mended(floor.title) or unnamed}) for floor in floors.floors)
        return venue.model_copy(update={"theme": theme}), floors.model_copy(update={"floors": named})

    def rules(self, venue: Venue, page: PageModel) -> str:
        """The hash of the rules that judge this page now: a verdict that they have given before holds."""
        return self.of(venue, _merchants(page)).gate.hash

    def verdict(self, venue: Venue, html: str, page: PageModel) -> Verdict:
        """On a rendered page: words, brand, labels of the page and of its generated pictures."""
        brands = self._brands(venue, _merchants(page))
        colours = tuple(colour for brand in brands if not brand.is_merchants for colour in brand.colours)
        return page_verdict(html, page, the_policy(venue.theme.industry, brands), self.pages.read_media, colours)


def _merchants(page: PageModel) -> list[str]:
    return sorted({card.merchant_id for floor in page.floors for card in floor.cards if card.merchant_id})
