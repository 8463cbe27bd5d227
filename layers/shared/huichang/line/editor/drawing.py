"""A draft as its page would look: the staged page's model with what the draft changes, built as pages are built."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from huichang.catalog.product import Product
from huichang.kernel.clock import Clock, iso
from huichang.kernel.language import Text, both
from huichang.line.artwork import Cut, cut_key
from huichang.line.editor.listing import Listing
from huichang.line.editor.page import EditedPage, PageReader
from huichang.line.editor.rules import edits_of, not_made
from huichang.line.policing import Policing
from huichang.pages.drafts import PageDraft
from huichang.pages.model import PageModel
from huichang.pages.picture_shelf import PictureShelf
from huichang.pages.rendering import build_page
from huichang.selection.model import Floor, FloorPlan


@dataclass(frozen=True)
class Drawing:
    """Draws drafts. Writes nothing."""

    reader: PageReader
    listing: Listing
    pictures: PictureShelf
    policing: Policing
    clock: Clock

    def model(self, page: EditedPage, draft: PageDraft) -> tuple[PageModel, tuple[Text, ...]]:
        """The page model, and what who looks at it should know. An unchanged draft gives the staged page's model."""
        venue = page.venue
        products, dropped = self.policing.sellable(venue, self.reader.products(venue, draft.product_ids))
        floors = [
            Floor(floor_id=f"floor-{number}", title=floor.title, value=floor.title, product_ids=floor.product_ids, named_by="draft")
            for number, floor in enumerate(draft.floors, 1)
        ]
        texts = dict(draft.texts) | {floor.floor_id: draft.floors[place].texts for place, floor in enumerate(floors)}
        wanted = edits_of(venue.edits, page.draft, draft)
        now = self.clock.now()
        # What stands on the page already stays as it is: its picture and its figures were looked at.
        known = {card.product_id: card for floor in page.model.floors for card in floor.cards}

        added = [product for product in products.values() if product.id not in known]
        pictures = self.pictures.with_photos(added)

        def address(product: Product) -> tuple[str, str]:
            return (known[product.id].picture, "") if product.id in known else pictures.address(product)

        picture, background = self._background(page, draft)
        fresh = build_page(
            venue.model_copy(update={"edits": wanted, "edits_at": iso(now)}),
            FloorPlan(by="operator", floors=tuple(floors), score=0.0, reason=""),
            products,
            texts,
            {"hero": picture} if picture else {},
            page.model.style,
            address,
            offline=page.model.offline_models,
            now=now,
        )
        shown = tuple(
            floor.model_copy(update={"cards": tuple(known.get(card.product_id, card) for card in floor.cards)}) for floor in fresh.floors
        )
        hero = tuple(known.get(card.product_id, card) for card in fresh.hero_cards)
        told = ("title", "subtitle", "slogan", "share_text", "hero_alt", "benefits", "benefit_kinds")
        update = {name: getattr(fresh, name) for name in told} | {"floors": shown, "hero_cards": hero} | background
        notes = [each.told.message for each in dropped]
        if page.draft.pictures != draft.pictures and not background.get("hero_shots"):
            notes.append(both("这张图保存后才会裁切，预览里只是示意", "this picture is cut when it is saved; here it only hints at it"))
        if late := pictures.missing(added):
            notes.append(
                both(
                    f"{late} 件新加商品的照片保存后才会取回，预览里是示意图", f"{late} photos of added products are fetched after the save"
                )
            )
        if draft.again:
            notes.append(both("要重新生成的素材保存后才会有", "what is to be made anew comes after the save"))
        return page.model.model_copy(update=update), tuple(notes)

    def _background(self, page: EditedPage, draft: PageDraft) -> tuple[str, dict[str, Any]]:
        """The hero's picture, and the fields of the page model that belong to it."""
        chosen = draft.pictures.get("hero", "")
        if chosen == page.draft.pictures.get("hero", "") or not chosen:
            return page.model.hero_image, {}
        if chosen not in {choice.media_key for choice in self.listing.picture_choices(page, "hero")}:
            raise not_made("hero", chosen)
        key = cut_key(page.venue.venue_id, f"/{chosen}")
        documents = self.reader.documents
        cut = documents.get(key, Cut) if documents.exists(key) else Cut(hero_image=f"/{chosen}")
        return cut.hero_image, {"hero_image": cut.hero_image, "hero_shots": cut.hero_shots}
