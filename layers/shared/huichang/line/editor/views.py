"""What the page editor is shown and what is kept of a save."""

from __future__ import annotations

from huichang.kernel.language import Text
from huichang.kernel.model import Model
from huichang.kernel.money import Money
from huichang.line.editor.typed import TypedFinding
from huichang.pages.drafts import Change, PageDraft


class SlotShown(Model):
    """A text that can be written, and how long it may be (characters of the page's language)."""

    name: str
    max_chars: int
    required: bool
    what: str = ""
    locked: bool = False


class CardShown(Model):
    """A product as the editor lists it. `reserve`: recalled, and not on the page."""

    product_id: str
    title: str
    price: Money
    picture: str = ""
    merchant: str = ""
    reserve: bool = False


class PictureChoice(Model):
    """A picture that was made for this place and that no reviewer sent back."""

    media_key: str
    at: str
    alt: str = ""


class CopyChoice(Model):
    """Texts that were written for this place and that no reviewer sent back."""

    texts: dict[str, str]
    at: str


class PageSave(Model):
    """One save, as it is kept: the whole draft, what it changed, and where the one before it is kept."""

    version: int
    draft: PageDraft
    changes: tuple[Change, ...]
    by: str
    at: str
    note: str = ""
    previous_key: str = ""


class PageShown(Model):
    """What the editor begins with. `etag`: of the draft, said back by nobody: a save carries the draft it began with.

    `building`: the draft is what was saved last, and its page is still being made. `locked`: names of locked regions and slots.
    """

    venue_id: str
    language: str
    status: str
    version: int
    saved_by: str = ""
    saved_at: str = ""
    building: bool
    staged_version: str
    draft: PageDraft
    etag: str
    slots: dict[str, tuple[SlotShown, ...]]
    floor_slots: tuple[SlotShown, ...]
    locked: tuple[str, ...]
    floors_locked: bool
    max_floors: int
    max_title_width: int
    cards: dict[str, CardShown]
    reserves: tuple[str, ...]
    pictures: dict[str, tuple[PictureChoice, ...]]
    copies: dict[str, tuple[CopyChoice, ...]]
    materials: tuple[str, ...]


class DraftLook(Model):
    """A rendered draft: where it lies (`folder`, `version_id`), what is wrong with its texts, and notes for who looks at it."""

    folder: str
    version_id: str
    findings: tuple[TypedFinding, ...]
    blocked: bool
    notes: tuple[Text, ...] = ()
