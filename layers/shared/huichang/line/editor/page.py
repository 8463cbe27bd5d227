"""A venue's page as it stands for who edits it: what of it is open, as a draft, and what was made and asked for its places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from huichang.catalog.product import Product, promoted
from huichang.kernel.errors import ConflictError, in_both
from huichang.kernel.language import both
from huichang.line.editor.views import PageSave
from huichang.line.locking import choice_of
from huichang.line.publishing import page_key
from huichang.materials.model import CopyResult, ImageResult, MaterialRequest, MaterialStore, MaterialTask
from huichang.pages.drafts import DraftFloor, PageDraft
from huichang.pages.model import PageFloor, PageModel, TemplateComponent, TemplateManifest
from huichang.pages.packages.model import TemplatePackage
from huichang.pages.packages.shelf import Templates
from huichang.selection.index import ProductIndex
from huichang.venues.model import Documents, Venue, VenueStore

# Where a page shows a slot of its own by another name than the slot's; other slots are shown as they were written.
_SHOWN = {"hero": {"title": "title", "subtitle": "subtitle", "slogan": "slogan", "alt": "hero_alt"}, "share": {"text": "share_text"}}


@dataclass(frozen=True)
class EditedPage:
    """`draft`: the page of now. `building`: that was saved, and its page is still being made. `requests`: copy, by component."""

    venue: Venue
    manifest: TemplateManifest
    package: TemplatePackage | None
    model: PageModel
    draft: PageDraft
    building: bool
    tasks: Mapping[str, MaterialTask]
    requests: Mapping[str, MaterialRequest]


@dataclass(frozen=True)
class PageReader:
    """Reads it from what the line has stored. Writes nothing."""

    venues: VenueStore
    materials: MaterialStore
    documents: Documents
    index: ProductIndex
    templates: Templates

    def page(self, venue_id: str) -> EditedPage:
        """Raises NotFoundError; ConflictError (being_built) before there is a page."""
        venue = self.venues.get(venue_id)
        building = venue.status in ("planned", "selecting", "generating")
        mine = building and bool(venue.by_hand.key) and venue.by_hand.run == venue.run
        if not venue.staged_version or (building and not mine):
            error = ConflictError(
                "its page is being made", where="venue", mend="wait until it is there; your draft is kept", code="being_built"
            )
            said = both("页面正在生成", error.message)
            raise in_both(error, said, both("等它生成好再编辑；你的草稿会留着", error.mend))
        model = self.documents.get(page_key(venue_id, venue.staged_version), PageModel)
        choice = choice_of(venue, self.documents)
        manifest = self.templates.of(choice) if choice else self.templates[venue.template]
        tasks = {task.material_id: task for task in self.materials.of_venue(venue_id)}
        draft = self._draft(model, manifest, tasks)
        if mine:
            draft = self.documents.get(venue.by_hand.key, PageSave).draft
        requests = {task.component: self.documents.get(task.request_key, MaterialRequest) for task in tasks.values() if task.kind == "copy"}
        package = self.templates.package(choice) if choice else None
        return EditedPage(venue, manifest, package, model, draft, mine, tasks, requests)

    def products(self, venue: Venue, ids: Iterable[str]) -> dict[str, Product]:
        """Those that the catalogue still has, with the promotion's prices."""
        return promoted(self.index.get(list(dict.fromkeys(ids))), venue.promotion)

    def titles(self, venue: Venue, ids: Sequence[str]) -> dict[str, str]:
        """Product id -> title in the page's language."""
        return {product_id: product.text(venue.language).title for product_id, product in self.products(venue, ids).items()}

    def made(self, page: EditedPage, material_id: str) -> list[tuple[str, str]]:
        """(when, key) of everything that was made for a place and that no reviewer sent back, oldest first."""
        moves = self.materials.moves(page.venue.venue_id, material_id)
        rejected = {move.task_key for move in moves if move.after == "rejected"}
        made = [(move.at, move.result_key) for move in moves if move.after == "ready" and move.result_key and move.task_key not in rejected]
        return [(at, key) for at, key in made if self.documents.exists(key)]

    def _draft(self, model: PageModel, manifest: TemplateManifest, tasks: Mapping[str, MaterialTask]) -> PageDraft:
        """What the staged page shows of all that can be edited."""
        per_floor = next((component for component in manifest.components if component.per_floor), None)
        texts: dict[str, dict[str, str]] = {}
        pictures: dict[str, str] = {}
        for component in manifest.components:
            if not component.per_floor and component.copy_slots:
                written = self._written(tasks.get(f"{component.name}.copy"))
                shown = {slot: getattr(model, name) for slot, name in _SHOWN.get(component.name, {}).items()}
                texts[component.name] = {slot.name: shown.get(slot.name, written.get(slot.name, "")) for slot in component.copy_slots}
            task = tasks.get(f"{component.name}.image")
            if component.image_slots and not component.per_floor:
                ready = task is not None and task.status == "ready" and task.result_key
                pictures[component.name] = self.documents.get(task.result_key, ImageResult).media_key if ready and task else ""
        floors = tuple(
            DraftFloor(
                key=floor.floor_id,
                title=floor.title,
                texts=self._floor_texts(floor, per_floor, tasks),
                product_ids=tuple(card.product_id for card in floor.cards),
            )
            for floor in model.floors
        )
        return PageDraft(texts=texts, floors=floors, pictures=pictures)

    def _floor_texts(self, floor: PageFloor, component: TemplateComponent | None, tasks: Mapping[str, MaterialTask]) -> dict[str, str]:
        slots = [slot.name for slot in component.copy_slots if slot.name != "title"] if component else []
        written = self._written(tasks.get(f"{floor.floor_id}.copy")) if set(slots) - {"subtitle", "point"} else {}
        return {slot: getattr(floor, slot, written.get(slot, "")) for slot in slots}

    def _written(self, task: MaterialTask | None) -> Mapping[str, str]:
        return self.documents.get(task.result_key, CopyResult).texts if task is not None and task.status == "ready" else {}
