"""What the page editor lists: slots and their locks, goods and reserves, pictures and texts that were made before."""

from __future__ import annotations

from dataclasses import dataclass

from huichang.kernel.ids import content_hash
from huichang.line.arranging import MAX_FLOORS, MAX_TITLE_WIDTH
from huichang.line.editor.page import EditedPage, PageReader
from huichang.line.editor.views import CardShown, CopyChoice, PageShown, PictureChoice, SlotShown
from huichang.line.keys import VenueStep
from huichang.materials.model import CopyResult, ImageResult
from huichang.pages.model import TemplateComponent
from huichang.pages.packages.locks import FLOORS, locked_by, locked_things, things_at
from huichang.pages.picture_shelf import PictureShelf
from huichang.pages.templates import copy_slots
from huichang.selection.model import LeftOuts, Selection

_RESERVES = ("over_limit", "look_alike", "merchant_share", "subtheme_share", "near_duplicate")
_MOST_RESERVES = 60
_MOST_CHOICES = 12


@dataclass(frozen=True)
class Listing:
    """Of a page as it stands."""

    reader: PageReader
    pictures: PictureShelf

    def shown(self, page: EditedPage) -> PageShown:
        """Everything that can be edited, and what is locked."""
        venue, by_hand = page.venue, page.venue.by_hand
        reserves = self._reserves(page)
        products = self.reader.products(venue, (*page.draft.product_ids, *reserves))
        reserves = [product_id for product_id in reserves if product_id in products]
        cards = {card.product_id: card for floor in page.model.floors for card in floor.cards}
        pictures = self.pictures.with_photos(product for product in products.values() if product.id not in cards)
        shown = {
            product_id: CardShown(
                product_id=product_id,
                title=product.text(venue.language).title,
                price=product.price,
                picture=cards[product_id].picture if product_id in cards else pictures.address(product)[0],
                merchant=product.merchant.localized_name.get(venue.language) or product.merchant.name,
                reserve=product_id in reserves,
            )
            for product_id, product in products.items()
        }
        single = [component for component in page.manifest.components if not component.per_floor and component.copy_slots]
        return PageShown(
            venue_id=venue.venue_id,
            language=venue.language,
            status=venue.status,
            version=by_hand.version,
            saved_by=by_hand.by,
            saved_at=by_hand.at,
            building=page.building,
            staged_version=venue.staged_version,
            draft=page.draft,
            etag=page.draft.etag,
            slots={component.name: self._slots(page, component) for component in single},
            floor_slots=next((self._slots(page, component) for component in page.manifest.components if component.per_floor), ()),
            locked=tuple(sorted(locked_things(page.manifest))),
            floors_locked=bool(locked_by(page.manifest, FLOORS)),
            max_floors=min(MAX_FLOORS, page.manifest.max_floors),
            max_title_width=MAX_TITLE_WIDTH,
            cards=shown,
            reserves=tuple(reserves),
            pictures={name: self.picture_choices(page, name) for name in page.draft.pictures},
            copies={component.name: self._copy_choices(page, component.name) for component in single},
            materials=tuple(page.tasks),
        )

    def picture_choices(self, page: EditedPage, component: str) -> tuple[PictureChoice, ...]:
        """Pictures that were made for this place, each once, oldest first; the last few."""
        found: dict[str, PictureChoice] = {}
        for at, key in self.reader.made(page, f"{component}.image"):
            media = self.reader.documents.get(key, ImageResult).media_key
            found.setdefault(media, PictureChoice(media_key=media, at=at))
        return tuple(found.values())[-_MOST_CHOICES:]

    def _copy_choices(self, page: EditedPage, component: str) -> tuple[CopyChoice, ...]:
        found: dict[str, CopyChoice] = {}
        for at, key in self.reader.made(page, f"{component}.copy"):
            texts = self.reader.documents.get(key, CopyResult).texts
            found.setdefault(content_hash(texts), CopyChoice(texts=texts, at=at))
        return tuple(found.values())[-_MOST_CHOICES:]

    def _slots(self, page: EditedPage, component: TemplateComponent) -> tuple[SlotShown, ...]:
        owner = "floor:any" if component.per_floor else component.name

        def locked(slot: str) -> bool:
            return any(locked_by(page.manifest, thing) for thing in things_at(owner, slot))

        return tuple(
            SlotShown(name=slot.name, max_chars=slot.max_chars, required=slot.required, what=slot.what, locked=locked(slot.name))
            for slot in copy_slots(component, page.venue.language)
        )

    def _reserves(self, page: EditedPage) -> list[str]:
        """Goods that were recalled and did not find a place, best first, and those that an operator took off."""
        documents = self.reader.documents
        found: list[str] = []
        for run in range(page.venue.run, 0, -1):
            step = VenueStep(campaign_id=page.venue.campaign_id, venue_id=page.venue.venue_id, run=run, round=1)
            if documents.exists(step.key("left-out")):
                left = documents.get(step.key("left-out"), LeftOuts).products
                found = [out.product_id for out in sorted(left, key=lambda out: out.place or 10**6) if out.code in _RESERVES]
                break
            if documents.exists(step.key("selection")):
                found = [each.product_id for each in documents.get(step.key("selection"), Selection).products]
                break
        on = set(page.draft.product_ids)
        return [one for one in dict.fromkeys((*page.venue.edits.excludes, *found)) if one not in on][:_MOST_RESERVES]
