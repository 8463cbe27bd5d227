"""What the console and the command line look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from huichang.catalog.product import Product, promoted
from huichang.kernel.errors import NotFoundError
from huichang.kernel.language import detect_language
from huichang.ledger.model import Ledger, ModelCall
from huichang.line.artwork import Posters, posters_key
from huichang.line.evidence import read_picture
from huichang.line.first_images import images_shown
from huichang.line.keys import VenueStep
from huichang.line.publishing import page_key
from huichang.line.showing import seen_hash
from huichang.line.view_models import (
    CampaignDetail,
    FoundProduct,
    MaterialView,
    ProductView,
    VenueDetail,
    VenueProducts,
)
from huichang.materials.model import CopyResult, ImageResult, MaterialMove, MaterialStore, MaterialTask
from huichang.pages.model import Design, FindingPicture, Inspection, PageModel
from huichang.pages.picture_shelf import PictureShelf
from huichang.pages.typesetting.poster import Poster
from huichang.selection.index import ProductIndex
from huichang.selection.model import Eligibility, FloorPlan, SelectedProduct, Selection
from huichang.venues.model import (
    VENUE_STEPS,
    AuditEntry,
    AuditTrail,
    Campaign,
    CampaignStore,
    Documents,
    Venue,
    VenueStatus,
    VenueStore,
)


@dataclass(frozen=True)
class Reader:
    """Read models; nothing here changes anything but the shelf of drawings."""

    campaign_records: CampaignStore
    venue_records: VenueStore
    materials: MaterialStore
    documents: Documents
    ledger: Ledger
    trail: AuditTrail
    index: ProductIndex
    pictures: PictureShelf

    def campaigns(self) -> Sequence[Campaign]:
        """Newest first."""
        return self.campaign_records.recent()

    def campaign(self, campaign_id: str) -> CampaignDetail:
        """Raises NotFoundError."""
        campaign = self.campaign_records.get(campaign_id)
        venues = tuple(self.venue_records.of_campaign(campaign_id))
        return CampaignDetail(
            campaign=campaign, venues=venues, cost=self.ledger.totals(campaign_id), budget=self.ledger.budget(campaign_id)
        )

    def venues(self, status: VenueStatus | None) -> Sequence[Venue]:
        """All, newest first; or those of a status, longest unchanged first."""
        return self.venue_records.with_status(status) if status else self.venue_records.recent()

    def venue(self, venue_id: str) -> VenueDetail:
        """Raises NotFoundError."""
        venue = self.venue_records.get(venue_id)
        key, live = f"venues/{venue_id}/inspection", f"venues/{venue_id}/live-inspection"
        return VenueDetail(
            venue=venue,
            steps=tuple(self.venue_records.steps(venue_id)),
            step_names=VENUE_STEPS,
            materials=tuple(self._material(task) for task in self.materials.of_venue(venue_id)),
            posters=self._posters(venue),
            first_images=images_shown(self.documents, venue, venue.staged_version),
            inspection=self.documents.get(key, Inspection) if self.documents.exists(key) else None,
            live_inspection=self.documents.get(live, Inspection) if self.documents.exists(live) else None,
            cost=self.ledger.totals(venue.campaign_id, venue_id),
            live_url=f"/v/{venue_id}/" if venue.status == "published" else "",
        )

    def _posters(self, venue: Venue) -> tuple[Poster, ...]:
        key = posters_key(venue.venue_id, venue.staged_version)
        return self.documents.get(key, Posters).posters if venue.staged_version and self.documents.exists(key) else ()

    def _material(self, task: MaterialTask) -> MaterialView:
        if not task.result_key:
            return MaterialView(task=task)
        kind: type[CopyResult] | type[ImageResult] = CopyResult if task.kind == "copy" else ImageResult
        result = self.documents.get(task.result_key, kind)
        seen = seen_hash(result)
        # What it was asked with and what it looks like to a machine is for receipts and checks, not for a console that polls.
        bare: dict[str, Any] = {"asked": None} if task.kind == "copy" else {"asked": None, "look": ""}
        return MaterialView(task=task, seen=seen, result=result.model_copy(update=bare))

    def finding_picture(self, venue_id: str, name: str) -> FindingPicture:
        """What a finding of an inspection looked like. Raises NotFoundError."""
        return read_picture(self.documents, venue_id, name)

    def venue_products(self, venue_id: str) -> VenueProducts:
        """Raises NotFoundError for an unknown venue."""
        venue = self.venue_records.get(venue_id)
        step = VenueStep(campaign_id=venue.campaign_id, venue_id=venue_id, run=venue.run, round=venue.round)
        if not self.documents.exists(step.key("selection")):
            return VenueProducts()
        selection = self.documents.get(step.key("selection"), Selection)
        floors = self._floors(step)
        titles = {pid: floor.title for floor in floors.floors for pid in floor.product_ids} if floors else {}
        pictures = self._card_pictures(venue)
        products = promoted(self.index.get([chosen.product_id for chosen in selection.products]), venue.promotion)
        design = self._design(step)
        return VenueProducts(
            recalled=dict(selection.recalled.items()),
            dropped=selection.dropped,
            unmet_pins=selection.unmet_pins,
            subthemes=selection.subthemes,
            notes=selection.notes,
            rules=selection.rules,
            floors=floors,
            template_choice=design.template if design else None,
            style_choice=design.style_choice if design else None,
            products=tuple(
                _product_view(chosen, products[chosen.product_id], venue, pictures, titles)
                for chosen in selection.products
                if chosen.product_id in products
            ),
        )

    def _floors(self, step: VenueStep) -> FloorPlan | None:
        key = step.key("floors")
        return self.documents.get(key, FloorPlan) if self.documents.exists(key) else None

    def _design(self, step: VenueStep) -> Design | None:
        key = step.key("design")
        return self.documents.get(key, Design) if self.documents.exists(key) else None

    def _card_pictures(self, venue: Venue) -> dict[str, str]:
        """Pictures as the staged page shows them; none before there is a page."""
        if not venue.staged_version:
            return {}
        try:
            page = self.documents.get(page_key(venue.venue_id, venue.staged_version), PageModel)
        except NotFoundError:
            return {}
        return {card.product_id: card.picture for floor in page.floors for card in floor.cards}

    def venue_calls(self, venue_id: str) -> Sequence[ModelCall]:
        """Oldest first. Raises NotFoundError for an unknown venue."""
        venue = self.venue_records.get(venue_id)
        return self.ledger.of_venue(venue.campaign_id, venue_id)

    def material_moves(self, venue_id: str, material_id: str) -> Sequence[MaterialMove]:
        """What happened to a material of the page and to those it superseded, oldest first.

        Raises NotFoundError for a venue or a material that never was.
        """
        venue = self.venue_records.get(venue_id)
        return self.materials.moves(venue_id, self.materials.get(venue.venue_id, material_id).material_id)

    def venue_audit(self, venue_id: str) -> Sequence[AuditEntry]:
        """Newest first."""
        return self.trail.of(venue_id)

    def audit(self) -> Sequence[AuditEntry]:
        """Newest first, about everything."""
        return self.trail.recent()

    def products(self, words: str, catalogue: str | None, size: int) -> Sequence[FoundProduct]:
        """Best match first; "" gives the best sellers."""
        where = Eligibility(catalogue=catalogue, enrolled=True, min_stock=1)
        if words.strip():
            language = detect_language(words) or "en"
            hits = self.index.search({language: tuple(words.split())}, where, size)
        else:
            hits = self.index.filter(where, size)
        products = self.index.get([hit.product_id for hit in hits])
        return [
            FoundProduct(
                product_id=product.id,
                title=product.title,
                catalogue=product.catalogue,
                price=product.price,
                picture=self.pictures.address(product)[0],
                industry=product.industry,
                stock=product.stock,
            )
            for hit in hits
            if (product := products.get(hit.product_id))
        ]


def _product_view(
    chosen: SelectedProduct, product: Product, venue: Venue, pictures: Mapping[str, str], floors: Mapping[str, str]
) -> ProductView:
    text, merchant = product.text(venue.language), product.merchant
    return ProductView(
        product_id=product.id,
        title=text.title,
        price=product.price,
        picture=pictures.get(product.id, ""),
        rank=chosen.rank,
        reason=chosen.reason,
        floor=floors.get(product.id, ""),
        brand=product.brand or "",
        merchant=merchant.localized_name.get(venue.language) or merchant.name or merchant.id,
        categories=text.category_path,
        attributes=text.attributes,
    )
