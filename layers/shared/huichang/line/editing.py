"""The page editor: what of a venue's page is open to operators, a draft of it as it would look, and its saving.

A save changes wishes (goods, floors, texts, pictures) and begins a run: the page is made again, inspected and reviewed like any other.
Nothing is edited in place, and nothing goes live from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from huichang.catalog.product import Product, promoted
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import ConflictError, InvalidInputError, in_both
from huichang.kernel.ids import content_hash
from huichang.kernel.language import Text, both
from huichang.line.arranging import MAX_FLOORS, MAX_TITLE_WIDTH
from huichang.line.artwork import Cut, cut_key
from huichang.line.edit_rules import blocked, check_floors, edits_of, locked_things, of_floors, refuse_locked
from huichang.line.edit_views import CardShown, CopyChoice, DraftLook, PageSave, PageShown, PictureChoice, SlotShown
from huichang.line.facts import counted
from huichang.line.keys import VenueStep
from huichang.line.locking import choice_of
from huichang.line.merchandising import Merchandising, next_change
from huichang.line.policing import Policing
from huichang.line.publishing import page_key
from huichang.line.runs import Runs
from huichang.line.typed import STALE, TypedFinding, check_texts, stale, too_wide, twice
from huichang.materials.by_hand import ByHand
from huichang.materials.checks import RejectedPicture
from huichang.materials.model import CopyResult, ImageResult, MaterialRequest, MaterialStore, MaterialTask, ReviewConstraint
from huichang.pages.drafts import DraftFloor, Merge, PageDraft, differences, merge, rekeyed
from huichang.pages.model import PageFloor, PageModel, PageStore, TemplateComponent, TemplateManifest
from huichang.pages.packages.model import TemplatePackage
from huichang.pages.packages.shelf import Templates
from huichang.pages.picture_shelf import PictureShelf
from huichang.pages.rendering import build_page, render
from huichang.pages.templates import copy_slots
from huichang.selection.floors import naming
from huichang.selection.index import ProductIndex
from huichang.selection.model import ArrangedFloor, Floor, FloorArrangement, FloorPlan, LeftOuts, Selection
from huichang.venues.model import Actor, AuditTrail, Documents, Venue, VenueStore

DRAFTS = "drafts"
"""Folder of rendered drafts among a venue's versions: never staged, never live, and forgotten after a day (template.yaml)."""
_RESERVES = ("over_limit", "look_alike", "merchant_share", "subtheme_share", "near_duplicate")
_MOST_RESERVES = 60
_MOST_CHOICES = 12
_HISTORY = 20
_TRIES = 3
# Where a page shows a slot of its own by another name than the slot's; other slots are shown as they were written.
_SHOWN = {"hero": {"title": "title", "subtitle": "subtitle", "slogan": "slogan", "alt": "hero_alt"}, "share": {"text": "share_text"}}


@dataclass(frozen=True)
class _Page:
    venue: Venue
    manifest: TemplateManifest
    model: PageModel
    draft: PageDraft
    building: bool
    tasks: Mapping[str, MaterialTask]
    requests: Mapping[str, MaterialRequest]


@dataclass(frozen=True)
class PageEditor:
    """Open, look, check, save, merge. Every save is in the audit trail with what it changed."""

    venues: VenueStore
    materials: MaterialStore
    documents: Documents
    index: ProductIndex
    pages: PageStore
    pictures: PictureShelf
    merchandising: Merchandising
    runs: Runs
    audit: AuditTrail
    clock: Clock
    policing: Policing
    templates: Templates

    # --- looking --------------------------------------------------------------------------------------------------------

    def open(self, venue_id: str) -> PageShown:
        """Everything that can be edited, and what is locked. Raises NotFoundError; ConflictError (being_built) before there is a page."""
        page = self._page(venue_id)
        reserves = self._reserves(page)
        products = self._products(page.venue, (*page.draft.product_ids, *reserves))
        reserves = [product_id for product_id in reserves if product_id in products]
        cards = {card.product_id: card for floor in page.model.floors for card in floor.cards}
        shown = {
            product_id: CardShown(
                product_id=product_id,
                title=product.text(page.venue.language).title,
                price=product.price,
                picture=cards[product_id].picture if product_id in cards else self.pictures.address(product)[0],
                merchant=product.merchant.localized_name.get(page.venue.language) or product.merchant.name,
                reserve=product_id in reserves,
            )
            for product_id, product in products.items()
        }
        by_hand = page.venue.by_hand
        return PageShown(
            venue_id=venue_id,
            language=page.venue.language,
            status=page.venue.status,
            version=by_hand.version,
            saved_by=by_hand.by,
            saved_at=by_hand.at,
            building=page.building,
            staged_version=page.venue.staged_version,
            draft=page.draft,
            etag=page.draft.etag,
            slots={
                component.name: self._slots(page, component)
                for component in page.manifest.components
                if not component.per_floor and component.copy_slots
            },
            floor_slots=next((self._slots(page, component) for component in page.manifest.components if component.per_floor), ()),
            locked=tuple(sorted(locked_things(page.manifest))),
            floors_locked="floors" in locked_things(page.manifest),
            max_floors=min(MAX_FLOORS, page.manifest.max_floors),
            max_title_width=MAX_TITLE_WIDTH,
            cards=shown,
            reserves=tuple(reserves),
            pictures={name: self._picture_choices(page, name) for name in page.draft.pictures},
            copies={
                component.name: self._copy_choices(page, component.name)
                for component in page.manifest.components
                if not component.per_floor and component.copy_slots
            },
            materials=tuple(page.tasks),
        )

    def history(self, venue_id: str) -> Sequence[PageSave]:
        """The last saves, newest first. Raises NotFoundError."""
        found: list[PageSave] = []
        key = self.venues.get(venue_id).by_hand.key
        while key and len(found) < _HISTORY:
            found.append(self.documents.get(key, PageSave))
            key = found[-1].previous_key
        return found

    def check(self, venue_id: str, draft: PageDraft) -> tuple[TypedFinding, ...]:
        """What is wrong with the texts of a draft, beside the page as it stands. Nothing is written."""
        page = self._page(venue_id)
        return self._findings(page, rekeyed(draft, page.draft))

    def look(self, venue_id: str, draft: PageDraft) -> DraftLook:
        """The draft as the page would look, rendered as pages are; kept for a day under DRAFTS. Raises what `save` raises for goods.

        Words that may not be shown are shown here to who typed them, with their findings; nothing of it can be published.
        """
        page = self._page(venue_id)
        draft = rekeyed(draft.cleaned(), page.draft)
        self._known(page, draft)
        model, notes = self._model(page, draft)
        html = render(model, page.venue.template, self._package(page.venue))
        folder = f"{DRAFTS}/{venue_id}"
        findings = self._findings(page, draft)
        return DraftLook(
            folder=folder,
            version_id=self.pages.put_version(folder, html),
            findings=findings,
            blocked=any(each.severity == "block" for each in findings),
            notes=notes,
        )

    def merge(self, venue_id: str, base: PageDraft, mine: PageDraft) -> Merge:
        """My draft, which began with `base`, put together with what is saved by now. Nothing is written."""
        page = self._page(venue_id)
        titles = self._titles(page.venue, (*base.product_ids, *mine.product_ids, *page.draft.product_ids))
        return merge(base, mine, page.draft, titles)

    # --- deciding -------------------------------------------------------------------------------------------------------

    def save(self, venue_id: str, base: PageDraft, draft: PageDraft, actor: Actor, note: str = "") -> Venue:
        """Make the page of this draft; it comes to a review as any other. A live page stays until then.

        `base`: the draft that was opened. Raises ConflictError (page_changed: somebody saved meanwhile; region_locked; being_built;
        edits_contradict), InvalidInputError for goods and floors that cannot be, PermanentError (typed_blocked, every place in
        `details`) for texts that may not be shown. A refused save changes nothing.
        """
        for attempt in range(_TRIES):
            page = self._page(venue_id)
            if page.venue.status == "retired":
                raise ConflictError("the venue is retired", where="venue", mend="publish it first")
            if base.etag != page.draft.etag:
                raise self._changed(page, base)
            try:
                return self._save(page, rekeyed(draft.cleaned(), page.draft), actor, note)
            except ConflictError as error:
                # A step of the run may have written its own field: look again whether anything that concerns us has changed.
                if attempt == _TRIES - 1 or error.code != "conflict" or self.venues.get(venue_id).revision == page.venue.revision:
                    raise
        raise AssertionError("unreachable")

    def _save(self, page: _Page, draft: PageDraft, actor: Actor, note: str) -> Venue:
        venue, base = page.venue, page.draft
        products = self._known(page, draft)
        titles = {product_id: product.text(venue.language).title for product_id, product in products.items()}
        titles |= self._titles(venue, [product_id for product_id in base.product_ids if product_id not in titles])
        changes = differences(base, draft, titles)
        if not changes:
            raise InvalidInputError("nothing was changed", where="draft", mend="change something, or leave the page as it is")
        refuse_locked(page.manifest, changes)
        check_floors(draft, min(MAX_FLOORS, page.manifest.max_floors))
        findings = self._findings(page, draft)
        if any(each.severity == "block" for each in findings):
            raise blocked(findings)
        now = self.clock.now()
        fields: dict[str, Any] = {"edits_run": venue.run + 1}
        detail: dict[str, Any] = {}
        wanted = edits_of(venue.edits, base, draft)
        if wanted != venue.edits:
            more, about = self.merchandising.prepared(
                venue, wanted, venue.edits_version, actor, now, accept_conflicts=False, note=note or "page editor"
            )
            fields |= more
            detail["edits"] = {name: about[name] for name in ("version", "added", "removed")}
        if any(map(of_floors, changes)):
            floors = tuple(ArrangedFloor(title=floor.title, product_ids=floor.product_ids) for floor in draft.floors)
            fields["arrangement"] = FloorArrangement(floors=floors, arranged_by=actor.name, arranged_at=iso(now)).model_dump()
        save = PageSave(
            version=venue.by_hand.version + 1,
            draft=draft.model_copy(update={"again": ()}),
            changes=changes,
            by=actor.name,
            at=iso(now),
            note=note,
            previous_key=venue.by_hand.key,
        )
        key = self.documents.put(f"venues/{venue.venue_id}/page-saves/{save.version:06d}-{content_hash(save.model_dump_json())[:12]}", save)
        anew = frozenset(each.place for each in findings if each.code == STALE)
        by_hand = self._by_hand(page, draft, save, key, anew)
        # Marked before the change: if we die between the change and the new run, the sweep finds it and starts the run.
        self.merchandising.due.set(venue.venue_id, iso(now))
        changed = self.venues.update(venue.venue_id, expect_revision=venue.revision, by_hand=by_hand.model_dump(), round=1, **fields)
        told = [change.model_dump(mode="json") for change in changes]
        detail |= {"version": save.version, "changes": told, "note": note}
        self.audit.record(actor.did("edit_page", venue.venue_id, at=iso(now), saw=venue.staged_version, detail=detail))
        started = self.runs.start_again(changed, f"page edited by {actor.name}")
        self.merchandising.due.set(venue.venue_id, next_change(changed.edits, now))
        return started

    # --- the page as it stands --------------------------------------------------------------------------------------------

    def _page(self, venue_id: str) -> _Page:
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
        return _Page(venue, manifest, model, draft, mine, tasks, requests)

    def _package(self, venue: Venue) -> TemplatePackage | None:
        choice = choice_of(venue, self.documents)
        return self.templates.package(choice) if choice else None

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

    def _slots(self, page: _Page, component: TemplateComponent) -> tuple[SlotShown, ...]:
        locked = locked_things(page.manifest)
        owner = "floor" if component.per_floor else component.name
        return tuple(
            SlotShown(
                name=slot.name,
                max_chars=slot.max_chars,
                required=slot.required,
                what=slot.what,
                locked=bool({owner, f"{owner}.{slot.name}"} & locked)
                or (component.per_floor and slot.name == "title" and "floors" in locked),
            )
            for slot in copy_slots(component, page.venue.language)
        )

    def _reserves(self, page: _Page) -> list[str]:
        """Goods that were recalled and did not find a place, best first, and those that an operator took off."""
        found: list[str] = []
        for run in range(page.venue.run, 0, -1):
            step = VenueStep(campaign_id=page.venue.campaign_id, venue_id=page.venue.venue_id, run=run, round=1)
            if self.documents.exists(step.key("left-out")):
                left = self.documents.get(step.key("left-out"), LeftOuts).products
                found = [out.product_id for out in sorted(left, key=lambda out: out.place or 10**6) if out.code in _RESERVES]
                break
            if self.documents.exists(step.key("selection")):
                chosen = self.documents.get(step.key("selection"), Selection).products
                found = [each.product_id for each in chosen]
                break
        on = set(page.draft.product_ids)
        return [one for one in dict.fromkeys((*page.venue.edits.excludes, *found)) if one not in on][:_MOST_RESERVES]

    def _picture_choices(self, page: _Page, component: str) -> tuple[PictureChoice, ...]:
        found: dict[str, PictureChoice] = {}
        for at, key in self._made(page, f"{component}.image"):
            media = self.documents.get(key, ImageResult).media_key
            found.setdefault(media, PictureChoice(media_key=media, at=at))
        return tuple(found.values())[-_MOST_CHOICES:]

    def _copy_choices(self, page: _Page, component: str) -> tuple[CopyChoice, ...]:
        found: dict[str, CopyChoice] = {}
        for at, key in self._made(page, f"{component}.copy"):
            texts = self.documents.get(key, CopyResult).texts
            found.setdefault(content_hash(texts), CopyChoice(texts=texts, at=at))
        return tuple(found.values())[-_MOST_CHOICES:]

    def _made(self, page: _Page, material_id: str) -> list[tuple[str, str]]:
        """(when, key) of everything that was made for a place and that no reviewer sent back, oldest first."""
        moves = self.materials.moves(page.venue.venue_id, material_id)
        rejected = {move.task_key for move in moves if move.after == "rejected"}
        made = [(move.at, move.result_key) for move in moves if move.after == "ready" and move.result_key and move.task_key not in rejected]
        return [(at, key) for at, key in made if self.documents.exists(key)]

    def _products(self, venue: Venue, ids: Iterable[str]) -> dict[str, Product]:
        return promoted(self.index.get(list(dict.fromkeys(ids))), venue.promotion)

    def _titles(self, venue: Venue, ids: Sequence[str]) -> dict[str, str]:
        return {product_id: product.text(venue.language).title for product_id, product in self._products(venue, ids).items()}

    # --- the draft ----------------------------------------------------------------------------------------------------------

    def _known(self, page: _Page, draft: PageDraft) -> dict[str, Product]:
        """The products of the draft. Raises InvalidInputError for those that nobody knows, and for those that stand there twice."""
        ids = draft.product_ids
        products = self._products(page.venue, ids)
        for wrong, said, mend in (
            ([one for one in dict.fromkeys(ids) if one not in products], "are no products", "take them off the draft"),
            ([one for one in dict.fromkeys(ids) if ids.count(one) > 1], "stand on two floors", "leave each on one"),
        ):
            # What was on the page and has gone from the catalogue since is no mistake of who edits: the page does without it.
            wrong = [one for one in wrong if said != "are no products" or one not in page.draft.product_ids]
            if wrong:
                raise InvalidInputError(f"{', '.join(wrong[:5])} {said}", where="draft.floors.product_ids", mend=mend)
        return products

    def _model(self, page: _Page, draft: PageDraft) -> tuple[PageModel, tuple[Text, ...]]:
        """The staged page's model with what the draft changes of it, built as pages are built."""
        venue = page.venue
        products, dropped = self.policing.sellable(venue, self._products(venue, draft.product_ids))
        floors = [
            Floor(floor_id=f"floor-{number}", title=floor.title, value=floor.title, product_ids=floor.product_ids, named_by="draft")
            for number, floor in enumerate(draft.floors, 1)
        ]
        texts = dict(draft.texts) | {floor.floor_id: draft.floors[place].texts for place, floor in enumerate(floors)}
        wanted = edits_of(venue.edits, page.draft, draft)
        now = self.clock.now()
        # What stands on the page already stays as it is: its picture and its figures were looked at.
        known = {card.product_id: card for floor in page.model.floors for card in floor.cards}

        def address(product: Product) -> tuple[str, str]:
            return (known[product.id].picture, "") if product.id in known else self.pictures.address(product)

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
        if draft.again:
            notes.append(both("要重新生成的素材保存后才会有", "what is to be made anew comes after the save"))
        return page.model.model_copy(update=update), tuple(notes)

    def _background(self, page: _Page, draft: PageDraft) -> tuple[str, dict[str, Any]]:
        """The hero's picture, and the fields of the page model that belong to it."""
        chosen = draft.pictures.get("hero", "")
        if chosen == page.draft.pictures.get("hero", "") or not chosen:
            return page.model.hero_image, {}
        if chosen not in {choice.media_key for choice in self._picture_choices(page, "hero")}:
            raise InvalidInputError(
                f"{chosen} was not made for this page", where="draft.pictures.hero", mend="choose one that the editor lists"
            )
        key = cut_key(page.venue.venue_id, f"/{chosen}")
        cut = self.documents.get(key, Cut) if self.documents.exists(key) else Cut(hero_image=f"/{chosen}")
        return cut.hero_image, {"hero_image": cut.hero_image, "hero_shots": cut.hero_shots}

    # --- what was typed -------------------------------------------------------------------------------------------------------

    def _findings(self, page: _Page, draft: PageDraft) -> tuple[TypedFinding, ...]:
        """Of every text that the draft changes, and of those that its goods no longer carry."""
        policy = self.policing.of(page.venue)
        products = self._products(page.venue, draft.product_ids)

        def facts_of(ids: Sequence[str]) -> dict[str, Any]:
            return counted([products[one] for one in ids if one in products], page.venue.language)

        def judged(place: str, request: MaterialRequest, now: Mapping[str, str], before: Mapping[str, str] | None) -> list[TypedFinding]:
            found = check_texts(place, request, now, policy)
            unchanged = {f"{place}.{slot}" for slot, text in now.items() if before is not None and before.get(slot) == text}
            kept = [each for each in found if each.place not in unchanged]
            # One line for a text that nobody touched: it is not the operator's to mend.
            gone = {each.place: stale(each) for each in reversed(found) if each.place in unchanged and each.severity == "block"}
            return [*kept, *gone.values()]

        found: list[TypedFinding] = []
        same_goods = set(draft.product_ids) == set(page.draft.product_ids)
        for component, texts in draft.texts.items():
            request, before = page.requests.get(component), page.draft.texts.get(component)
            if request is not None and not (same_goods and texts == before):
                now = request.model_copy(update={"facts": {**request.facts, **facts_of(draft.product_ids)}})
                found += judged(component, now, texts, before)
        a_floor = next((page.requests[name] for name in page.requests if name.startswith("floor-")), None)
        seen: list[str] = []
        for floor in draft.floors:
            place, title = f"floor:{floor.key}", f"floor:{floor.key}.title"
            was = page.draft.floor(floor.key)
            if any(naming.key(floor.title) == naming.key(other) for other in seen):
                found.append(twice(title, floor.title))
            seen.append(floor.title)
            if was is not None and (was.title, was.texts, set(was.product_ids)) == (floor.title, floor.texts, set(floor.product_ids)):
                continue
            wide = too_wide(title, floor.title, MAX_TITLE_WIDTH) if was is None or was.title != floor.title else None
            found += [wide] if wide else []
            if a_floor is not None:
                facts = {**a_floor.facts, **facts_of(floor.product_ids), "floor_title": ""}
                now = a_floor.model_copy(update={"facts": facts, "component": place})
                before = {**was.texts, "title": was.title} if was else None
                told = judged(place, now, {**floor.texts, "title": floor.title}, before)
                found += [each for each in told if not (wide and each.code == "typed.length" and each.place == title)]
        return tuple(found)

    def _by_hand(self, page: _Page, draft: PageDraft, save: PageSave, key: str, anew: frozenset[str]) -> ByHand:
        """The venue's own texts and pictures after this save; the rest stays the models'. `anew`: places that no longer hold."""
        before = page.venue.by_hand
        texts = dict(before.texts)
        for name, slots in draft.texts.items():
            if slots != page.draft.texts.get(name):
                texts[name] = {slot: text for slot, text in slots.items() if f"{name}.{slot}" not in anew}
        floors = {
            floor.title: {
                "title": floor.title,
                **{slot: text for slot, text in floor.texts.items() if f"floor:{floor.key}.{slot}" not in anew},
            }
            for floor in draft.floors
        }
        pictures = dict(before.pictures)
        for component, media in draft.pictures.items():
            if media and media != page.draft.pictures.get(component):
                made = (self.documents.get(each, ImageResult) for _, each in self._made(page, f"{component}.image"))
                pictures[component] = next(result for result in made if result.media_key == media)
        again = dict(before.again)
        for material_id in draft.again:
            task = page.tasks.get(material_id)
            if task is None or not task.result_key:
                raise InvalidInputError(f"this page has no material {material_id}", where="draft.again", mend="choose one that it has")
            again[material_id] = (*again.get(material_id, ()), self._not_again(task))
            texts.pop(task.component, None)
            pictures.pop(task.component, None) if task.kind == "image" else None
        sent_back = {material_id: len(said) for material_id, said in page.venue.constraints.items()}
        arranged = page.venue.arrangement is not None or any(map(of_floors, save.changes))
        return ByHand(
            version=save.version, texts=texts, floors=floors if arranged else before.floors, pictures=pictures, again=again,
            rejections=sent_back, run=page.venue.run + 1, by=save.by, at=save.at, key=key,
        )  # fmt: skip

    def _not_again(self, task: MaterialTask) -> ReviewConstraint:
        """What the next try must not repeat."""
        if task.kind == "image":
            result = self.documents.get(task.result_key, ImageResult)
            picture = RejectedPicture(media_key=result.media_key, look=result.look)
            return ReviewConstraint(code="other", text="another one", rejected_picture=picture)
        texts = {slot: text for slot, text in self.documents.get(task.result_key, CopyResult).texts.items() if text.strip()}
        return ReviewConstraint(code="other", text="another one", rejected_text=texts)

    def _changed(self, page: _Page, base: PageDraft) -> ConflictError:
        titles = self._titles(page.venue, (*base.product_ids, *page.draft.product_ids))
        others = differences(base, page.draft, titles)
        who = page.venue.by_hand.by or page.venue.edits_by or "somebody"
        few = {language: "; ".join(change.label[language] for change in others[:5]) for language in ("zh", "en")}
        more = f" (+{len(others) - 5})" if len(others) > 5 else ""
        said = both(
            f"你打开之后，{who} 或新的一轮改了这个页面：{few['zh']}{more}。你写的都还在",
            f"since you opened it, {who} or a new run changed this page: {few['en']}{more}. Nothing you typed is lost",
        )
        todo = both("合并两边的修改，或重新载入", "merge both people's changes, or reload")
        error = ConflictError(said["en"], where="base", mend=todo["en"], code="page_changed")
        error.details = tuple((change.place, change.label["en"]) for change in others[:50])
        return in_both(error, said, todo)
