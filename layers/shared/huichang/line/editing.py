"""The page editor: what of a venue's page is open to operators, a draft of it as it would look, and its saving.

A save changes wishes (goods, floors, texts, pictures) and begins a run: the page is made again, inspected and reviewed like any other.
Nothing is edited in place, and nothing goes live from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huichang.kernel.clock import Clock
from huichang.kernel.errors import ConflictError, in_both
from huichang.kernel.language import both
from huichang.line.editor.drawing import Drawing
from huichang.line.editor.judging import Judging
from huichang.line.editor.listing import Listing
from huichang.line.editor.page import EditedPage, PageReader
from huichang.line.editor.rules import known_goods
from huichang.line.editor.saving import Saving
from huichang.line.editor.typed import TypedFinding
from huichang.line.editor.views import DraftLook, PageSave, PageShown
from huichang.line.locking import Locks
from huichang.line.merchandising import Merchandising
from huichang.line.policing import Policing
from huichang.line.runs import Runs
from huichang.pages.drafts import Merge, PageDraft, differences, merge, rekeyed
from huichang.pages.model import PageStore
from huichang.pages.picture_shelf import PictureShelf
from huichang.pages.rendering import render
from huichang.venues.model import Actor, AuditTrail, Venue

DRAFTS = "drafts"
"""Folder of rendered drafts among a venue's versions: never staged, never live, and forgotten after a day (template.yaml)."""
_HISTORY = 20
_TRIES = 3


@dataclass(frozen=True)
class PageEditor:
    """Open, look, check, save, merge. Every save is in the audit trail with what it changed."""

    reader: PageReader
    pages: PageStore
    pictures: PictureShelf
    merchandising: Merchandising
    runs: Runs
    audit: AuditTrail
    clock: Clock
    policing: Policing
    locks: Locks

    # --- looking --------------------------------------------------------------------------------------------------------

    def open(self, venue_id: str) -> PageShown:
        """Everything that can be edited, and what is locked. Raises NotFoundError; ConflictError (being_built) before there is a page."""
        return self._listing.shown(self.reader.page(venue_id))

    def history(self, venue_id: str) -> Sequence[PageSave]:
        """The last saves, newest first. Raises NotFoundError."""
        found: list[PageSave] = []
        key = self.reader.venues.get(venue_id).by_hand.key
        while key and len(found) < _HISTORY:
            found.append(self.reader.documents.get(key, PageSave))
            key = found[-1].previous_key
        return found

    def check(self, venue_id: str, draft: PageDraft) -> tuple[TypedFinding, ...]:
        """What is wrong with the texts of a draft, beside the page as it stands. Nothing is written."""
        page = self.reader.page(venue_id)
        return self._judging.findings(page, rekeyed(draft, page.draft))

    def look(self, venue_id: str, draft: PageDraft) -> DraftLook:
        """The draft as the page would look, rendered as pages are; kept for a day under DRAFTS. Raises what `save` raises for goods.

        Words that may not be shown are shown here to who typed them, with their findings; nothing of it can be published.
        """
        page = self.reader.page(venue_id)
        draft = rekeyed(draft.cleaned(), page.draft)
        known_goods(page.draft, draft, self.reader.products(page.venue, draft.product_ids))
        model, notes = Drawing(self.reader, self._listing, self.pictures, self.policing, self.clock).model(page, draft)
        folder = f"{DRAFTS}/{venue_id}"
        findings = self._judging.findings(page, draft)
        return DraftLook(
            folder=folder,
            version_id=self.pages.put_version(folder, render(model, page.venue.template, page.package)),
            findings=findings,
            blocked=any(each.severity == "block" for each in findings),
            notes=notes,
        )

    def merge(self, venue_id: str, base: PageDraft, mine: PageDraft) -> Merge:
        """My draft, which began with `base`, put together with what is saved by now. Nothing is written."""
        page = self.reader.page(venue_id)
        titles = self.reader.titles(page.venue, (*base.product_ids, *mine.product_ids, *page.draft.product_ids))
        return merge(base, mine, page.draft, titles)

    # --- deciding -------------------------------------------------------------------------------------------------------

    def save(self, venue_id: str, base: PageDraft, draft: PageDraft, actor: Actor, note: str = "") -> Venue:
        """Make the page of this draft; it comes to a review as any other. A live page stays until then.

        `base`: the draft that was opened. Raises ConflictError (page_changed: somebody saved meanwhile; region_locked; being_built;
        edits_contradict), InvalidInputError for goods, floors and pictures that cannot be, PermanentError (typed_blocked, every place
        in `details`) for texts that may not be shown. A refused save changes nothing.
        """
        saving = Saving(self.reader, self.merchandising, self.runs, self.audit, self.clock, self.locks)
        for attempt in range(_TRIES):
            page = self.reader.page(venue_id)
            if page.venue.status == "retired":
                raise ConflictError("the venue is retired", where="venue", mend="publish it first")
            if base.etag != page.draft.etag:
                raise self._changed(page, base)
            wanted = rekeyed(draft.cleaned(), page.draft)
            try:
                return saving.save(page, wanted, self._judging.findings(page, wanted), actor, note)
            except ConflictError as error:
                # A step of the run may have written its own field: look again whether anything that concerns us has changed.
                moved = self.reader.venues.get(venue_id).revision != page.venue.revision
                if attempt == _TRIES - 1 or error.code != "conflict" or not moved:
                    raise
        raise AssertionError("unreachable")

    # --- parts ----------------------------------------------------------------------------------------------------------

    @property
    def _listing(self) -> Listing:
        return Listing(self.reader, self.pictures)

    @property
    def _judging(self) -> Judging:
        return Judging(self.reader, self.policing)

    def _changed(self, page: EditedPage, base: PageDraft) -> ConflictError:
        titles = self.reader.titles(page.venue, (*base.product_ids, *page.draft.product_ids))
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
