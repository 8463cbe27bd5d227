"""A draft is saved: wishes change (goods, floors, texts, pictures), and a run begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import InvalidInputError
from huichang.kernel.ids import content_hash
from huichang.line.arranging import MAX_FLOORS
from huichang.line.editor.page import EditedPage, PageReader
from huichang.line.editor.rules import blocked, check_floors, edits_of, known_goods, not_made, of_floors, refuse_locked
from huichang.line.editor.typed import STALE, TypedFinding
from huichang.line.editor.views import PageSave
from huichang.line.locking import Locks
from huichang.line.merchandising import Merchandising, next_change
from huichang.line.runs import Runs
from huichang.materials.by_hand import ByHand
from huichang.materials.checks import RejectedPicture
from huichang.materials.model import CopyResult, ImageResult, MaterialTask, ReviewConstraint
from huichang.pages.drafts import PageDraft, differences
from huichang.selection.model import ArrangedFloor, FloorArrangement
from huichang.venues.model import Actor, AuditTrail, Venue


@dataclass(frozen=True)
class Saving:
    """Saves drafts. A refused one changes nothing."""

    reader: PageReader
    merchandising: Merchandising
    runs: Runs
    audit: AuditTrail
    clock: Clock
    locks: Locks

    def save(self, page: EditedPage, draft: PageDraft, findings: Sequence[TypedFinding], actor: Actor, note: str) -> Venue:
        """`findings`: of the draft's texts. Raises what PageEditor.save raises, but page_changed."""
        venue, base = page.venue, page.draft
        products = known_goods(page.draft, draft, self.reader.products(venue, draft.product_ids))
        titles = {product_id: product.text(venue.language).title for product_id, product in products.items()}
        titles |= self.reader.titles(venue, [product_id for product_id in base.product_ids if product_id not in titles])
        changes = differences(base, draft, titles)
        if not changes:
            raise InvalidInputError("nothing was changed", where="draft", mend="change something, or leave the page as it is")
        refuse_locked(self.locks, venue, page.manifest, changes)
        check_floors(draft, min(MAX_FLOORS, page.manifest.max_floors))
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
        key = f"venues/{venue.venue_id}/page-saves/{save.version:06d}-{content_hash(save.model_dump_json())[:12]}"
        self.reader.documents.put(key, save)
        anew = frozenset(each.place for each in findings if each.code == STALE)
        by_hand = self._by_hand(page, draft, save, key, anew)
        # Marked before the change: if we die between the change and the new run, the sweep finds it and starts the run.
        self.merchandising.due.set(venue.venue_id, iso(now))
        changed = self.reader.venues.update(venue.venue_id, expect_revision=venue.revision, by_hand=by_hand.model_dump(), round=1, **fields)
        told = [change.model_dump(mode="json") for change in changes]
        detail |= {"version": save.version, "changes": told, "note": note}
        self.audit.record(actor.did("edit_page", venue.venue_id, at=iso(now), saw=venue.staged_version, detail=detail))
        started = self.runs.start_again(changed, f"page edited by {actor.name}")
        self.merchandising.due.set(venue.venue_id, next_change(changed.edits, now))
        return started

    def _by_hand(self, page: EditedPage, draft: PageDraft, save: PageSave, key: str, anew: frozenset[str]) -> ByHand:
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
                made = (self.reader.documents.get(each, ImageResult) for _, each in self.reader.made(page, f"{component}.image"))
                chosen = next((result for result in made if result.media_key == media), None)
                if chosen is None:
                    raise not_made(component, media)
                pictures[component] = chosen
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
            result = self.reader.documents.get(task.result_key, ImageResult)
            picture = RejectedPicture(media_key=result.media_key, look=result.look)
            return ReviewConstraint(code="other", text="another one", rejected_picture=picture)
        texts = {slot: text for slot, text in self.reader.documents.get(task.result_key, CopyResult).texts.items() if text.strip()}
        return ReviewConstraint(code="other", text="another one", rejected_text=texts)
