"""What the API calls for one venue: reading it, reviewing it, its goods, floors and page, and what proves it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from huichang.ledger.model import ModelCall
from huichang.line.editor.asking import Asked
from huichang.line.editor.typed import TypedFinding
from huichang.line.editor.views import DraftLook, PageSave, PageShown
from huichang.line.explaining import ProductWhy
from huichang.line.first_image_desk import VenueFirstImages
from huichang.line.living_views import ClaimsView
from huichang.line.merchandising import EditPreview, EditsHistory
from huichang.line.proof.model import ReplayReport
from huichang.line.proof.telling import ProofShown, VenueWhy
from huichang.line.review import UNTOLD, Looked, MaterialRejection
from huichang.line.segmenting import SegmentSetting, VenueSegments
from huichang.line.view_models import CampaignDetail, FoundProduct, PreviewLink, VenueDetail, VenueProducts
from huichang.materials.model import MaterialMove
from huichang.pages.drafts import Merge, PageDraft
from huichang.pages.model import FindingPicture
from huichang.selection.edits import MerchandisingEdits
from huichang.selection.floors.library import KeptFloors
from huichang.selection.model import ArrangedFloor
from huichang.venues.model import Actor, AuditEntry, Campaign, Venue, VenueStatus


class Reader(Protocol):
    """What the console and the command line look at."""

    def campaigns(self) -> Sequence[Campaign]:
        """Newest first."""
        ...

    def campaign(self, campaign_id: str) -> CampaignDetail:
        """Raises NotFoundError."""
        ...

    def venues(self, status: VenueStatus | None) -> Sequence[Venue]:
        """All, newest first; or those of a status, longest unchanged first."""
        ...

    def venue(self, venue_id: str) -> VenueDetail:
        """Raises NotFoundError."""
        ...

    def finding_picture(self, venue_id: str, name: str) -> FindingPicture:
        """What a finding of an inspection looked like. Raises NotFoundError."""
        ...

    def venue_products(self, venue_id: str) -> VenueProducts:
        """Raises NotFoundError for an unknown venue."""
        ...

    def venue_calls(self, venue_id: str) -> Sequence[ModelCall]:
        """Oldest first. Raises NotFoundError for an unknown venue."""
        ...

    def material_moves(self, venue_id: str, material_id: str) -> Sequence[MaterialMove]:
        """Oldest first. Raises NotFoundError for a venue or a material that never was."""
        ...

    def venue_audit(self, venue_id: str) -> Sequence[AuditEntry]:
        """Newest first."""
        ...

    def audit(self) -> Sequence[AuditEntry]:
        """Newest first, about everything."""
        ...

    def products(self, words: str, catalogue: str | None, size: int) -> Sequence[FoundProduct]:
        """Best match first; "" gives the best sellers."""
        ...


class Review(Protocol):
    """line/review.py Review."""

    def approve(self, venue_id: str, version_id: str, actor: Actor, note: str = "", looked: Looked = UNTOLD) -> Venue:
        """Approve the version that was looked at."""
        ...

    def reject(
        self, venue_id: str, version_id: str, rejections: list[MaterialRejection], actor: Actor, note: str = "", looked: Looked = UNTOLD
    ) -> Venue:
        """Send materials back."""
        ...

    def publish(self, venue_id: str, actor: Actor) -> Venue:
        """Publish the approved version again."""
        ...

    def roll_back(self, venue_id: str, actor: Actor, version_id: str = "") -> Venue:
        """Make an earlier version live; "" the one before."""
        ...

    def retire(self, venue_id: str, actor: Actor) -> Venue:
        """Take the page down."""
        ...


class Previews(Protocol):
    """Staged pages behind signed tokens (web/preview.py SignedPreviews)."""

    def issue(self, venue_id: str) -> PreviewLink:
        """A link to the version that is staged now. ConflictError while nothing is staged."""
        ...

    def link(self, folder: str, version_id: str) -> PreviewLink:
        """A link to this version of this venue, or of the drafts of one."""
        ...

    def open(self, token: str) -> str:
        """The HTML. Raises NotFoundError for a forged, broken or expired token."""
        ...


class Editor(Protocol):
    """line/editing.py PageEditor."""

    def open(self, venue_id: str) -> PageShown:
        """What can be edited. ConflictError (being_built) while there is no page."""
        ...

    def history(self, venue_id: str) -> Sequence[PageSave]:
        """The last saves, newest first."""
        ...

    def check(self, venue_id: str, draft: PageDraft) -> Sequence[TypedFinding]:
        """What is wrong with the texts of a draft."""
        ...

    def look(self, venue_id: str, draft: PageDraft) -> DraftLook:
        """Render a draft."""
        ...

    def merge(self, venue_id: str, base: PageDraft, mine: PageDraft) -> Merge:
        """A draft and what is saved by now, put together."""
        ...

    def save(self, venue_id: str, base: PageDraft, draft: PageDraft, actor: Actor, note: str = "") -> Venue:
        """Make the page of a draft. ConflictError (page_changed, region_locked), PermanentError (typed_blocked)."""
        ...


class OtherWords(Protocol):
    """line/editor/asking.py OtherWords."""

    def ask(self, venue_id: str, draft: PageDraft, place: str, seen: Sequence[str], actor: Actor) -> Asked:
        """Ask the model for other words at a place of a draft. ConflictError (region_locked, being_built)."""
        ...

    def shown(self, venue_id: str, ask_id: str, place: str) -> Asked:
        """What came of it by now. Raises NotFoundError."""
        ...


class Merchandising(Protocol):
    """line/merchandising.py Merchandising."""

    def history(self, venue_id: str) -> EditsHistory:
        """The edits now and their saves, newest first."""
        ...

    def preview(self, venue_id: str, wanted: MerchandisingEdits, at: datetime | None = None) -> EditPreview:
        """What saving these edits would move; nothing is changed. ConflictError before anything was recalled."""
        ...

    def save(
        self, venue_id: str, wanted: MerchandisingEdits, version: int, actor: Actor, *, accept_conflicts: bool = False, note: str = ""
    ) -> Venue:
        """Replace the edits; select and build again. ConflictError if the edits are not at `version`."""
        ...

    def undo(self, venue_id: str, version: int, actor: Actor, to: int | None = None) -> Venue:
        """Bring earlier edits back as a new version."""
        ...


class Explainer(Protocol):
    """line/explaining.py Explainer."""

    def why(self, venue_id: str, product_id: str) -> ProductWhy:
        """Why a product is, or is not, in a venue."""
        ...


class Floors(Protocol):
    """line/arranging.py FloorDesk."""

    def arrange(self, venue_id: str, plan_id: str, floors: Sequence[ArrangedFloor], actor: Actor) -> Venue:
        """Give the venue these floors. ConflictError if its floors changed since `plan_id`."""
        ...

    def automatic(self, venue_id: str, actor: Actor) -> Venue:
        """Drop the operator's floors."""
        ...

    def kept(self) -> Sequence[KeptFloors]:
        """The library, latest first."""
        ...

    def change_kept(self, entry_id: str, revision: int, actor: Actor, *, titles: Sequence[str] | None, status: str | None) -> KeptFloors:
        """Rename, retire, bring back. ConflictError if it changed since `revision`."""
        ...


class LiveClaims(Protocol):
    """line/living_views.py ClaimsReader."""

    def view(self, venue_id: str) -> ClaimsView:
        """Raises NotFoundError."""
        ...


class Segments(Protocol):
    """line/segmenting.py SegmentDesk."""

    def view(self, venue_id: str) -> VenueSegments:
        """Raises NotFoundError."""
        ...

    def version_of(self, venue_id: str, segment: str) -> str:
        """Of the staged page of a segment. Raises NotFoundError."""
        ...

    def set_venue(self, venue_id: str, setting: SegmentSetting, actor: Actor) -> VenueSegments:
        """Raises NotFoundError, InvalidInputError."""
        ...

    def set_campaign(self, campaign_id: str, setting: SegmentSetting, actor: Actor) -> Campaign:
        """Raises NotFoundError, InvalidInputError."""
        ...


class FirstImages(Protocol):
    """line/first_image_desk.py FirstImageDesk."""

    def view(self, venue_id: str, placement: str = "home") -> VenueFirstImages:
        """Raises NotFoundError, InvalidInputError."""
        ...

    def switch(self, venue_id: str, image_id: str, on: bool, actor: Actor) -> VenueFirstImages:
        """Raises NotFoundError, ConflictError (not_approved)."""
        ...


class Proof(Protocol):
    """line/proof/telling.py WhyVenue."""

    def proof(self, venue_id: str, version_id: str = "") -> ProofShown:
        """The manifest of a released version. Raises NotFoundError."""
        ...

    def why(self, venue_id: str) -> VenueWhy:
        """Why the page is as it is. ConflictError before there is one."""
        ...


class Replaying(Protocol):
    """line/proof/replaying.py Replay."""

    def __call__(self, venue_id: str, version_id: str = "") -> ReplayReport:
        """Rebuild a released page. Raises NotFoundError for what was never released."""
        ...
