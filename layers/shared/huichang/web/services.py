"""Everything the API needs from the rest of the house, named. bootstrap builds it; tests build it from fakes.

Each group is a port. They raise the kernel's errors: InvalidInputError (400), NotFoundError (404), ConflictError (409),
PermanentError (422), TransientError (503). Whoever takes an `actor` writes the audit trail: a route cannot forget it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from huichang.kernel.language import Text
from huichang.kernel.model import Model
from huichang.kernel.money import Money
from huichang.ledger.model import LedgerTotals, ModelCall
from huichang.line.review import Actor, MaterialRejection
from huichang.materials.model import CopyResult, ImageResult, MaterialTask
from huichang.pages.model import Inspection, TemplateChoice
from huichang.selection.model import FloorPlan, MerchandisingEdits, Reason, RuleSet
from huichang.themes.model import CampaignRequest
from huichang.trends.trend import Trend
from huichang.venues.model import AuditEntry, Campaign, StepRecord, Venue, VenueStatus
from huichang.venues.schedules import CampaignSchedule
from huichang.web.access import TokenVerifier

# --- what the API answers with, where no job has a model for it -------------------------------------------------------


class IndustryName(Model):
    """An industry as the console lists it."""

    code: str
    zh: str
    en: str


class PublicConfig(Model):
    """What a browser may know before anybody signs in."""

    issuer: str
    client_id: str
    offline_models: bool
    deployment: str
    industries: tuple[IndustryName, ...]
    version: str


class CampaignDetail(Model):
    """A campaign, its venues in the order they were planned, and what its model calls cost."""

    campaign: Campaign
    venues: tuple[Venue, ...]
    cost: LedgerTotals


class MaterialView(Model):
    """A material and, once it is ready, what was made."""

    task: MaterialTask
    result: CopyResult | ImageResult | None = None


class VenueDetail(Model):
    """Everything the console's venue page shows at once. `live_url` is a path, "" while nothing is live."""

    venue: Venue
    steps: tuple[StepRecord, ...]
    step_names: tuple[str, ...]
    materials: tuple[MaterialView, ...]
    inspection: Inspection | None = None
    cost: LedgerTotals
    live_url: str = ""


class ProductView(Model):
    """A chosen product and why; `floor` is the title of its floor, "" where it was cut."""

    product_id: str
    title: str
    price: Money
    picture: str = ""
    rank: int
    reason: Reason
    floor: str = ""


class VenueProducts(Model):
    """The selection of a venue. Empty until FuseRecall is done."""

    recalled: dict[str, int] = {}
    dropped: dict[str, int] = {}
    rules: RuleSet | None = None
    floors: FloorPlan | None = None
    template_choice: TemplateChoice | None = None
    products: tuple[ProductView, ...] = ()


class FoundProduct(Model):
    """A product found for pinning."""

    product_id: str
    title: str
    catalogue: str
    price: Money
    picture: str = ""
    industry: str | None = None
    stock: int | None = None


class PreviewLink(Model):
    """Where a staged page can be seen until `expires_at` (ISO)."""

    url: str
    expires_at: str


class UploadFile(Model):
    """A file the client is about to upload. `sha256` in hex."""

    role: str
    filename: str
    bytes: int
    sha256: str


class Upload(Model):
    """Where to PUT the file of this role, without any Authorization header."""

    role: str
    url: str


class ImportCreated(Model):
    """An import that waits for its files."""

    import_id: str
    uploads: tuple[Upload, ...]


class RejectedTrend(Model):
    """A trend that was not taken: its place in the request, from 1, and why."""

    row: int
    reason: str


class TrendReport(Model):
    """`accepted` counts the trends that are valid, whether or not they were known before."""

    accepted: int
    rejected: tuple[RejectedTrend, ...] = ()


class FestivalView(Model):
    """A festival's next date."""

    code: str
    name: Text
    date: str
    days_left: int
    lead_days: int


# --- what the API calls -----------------------------------------------------------------------------------------------


class StartCampaign(Protocol):
    """line/campaign.py StartCampaign: checks the request (themes/interpreting.py), stores it, starts the machine."""

    def __call__(self, request: CampaignRequest, actor: Actor, idempotency_key: str = "") -> Campaign:
        """The campaign; the same key gives the same one. ConflictError if the key came with another request."""
        ...


class Review(Protocol):
    """line/review.py Review."""

    def approve(self, venue_id: str, version_id: str, actor: Actor, note: str = "") -> Venue:
        """Approve the version that was looked at."""
        ...

    def reject(
        self, venue_id: str, version_id: str, rejections: list[MaterialRejection], actor: Actor, note: str = ""
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

    def edit(self, venue_id: str, edits: MerchandisingEdits, actor: Actor) -> Venue:
        """Pin and exclude; select and build again."""
        ...


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

    def venue_products(self, venue_id: str) -> VenueProducts:
        """Raises NotFoundError for an unknown venue."""
        ...

    def venue_calls(self, venue_id: str) -> Sequence[ModelCall]:
        """Oldest first. Raises NotFoundError for an unknown venue."""
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


class Previews(Protocol):
    """Staged pages behind signed tokens (web/preview.py SignedPreviews)."""

    def issue(self, venue_id: str) -> PreviewLink:
        """A link to the version that is staged now. ConflictError while nothing is staged."""
        ...

    def open(self, token: str) -> str:
        """The HTML. Raises NotFoundError for a forged, broken or expired token."""
        ...


class Imports(Protocol):
    """Catalogue imports. `start` and `status` answer with the catalogue's own status model (docs/api.md)."""

    def create(
        self, catalogue: str, filename: str, mapping: str, files: tuple[UploadFile, ...], actor: Actor
    ) -> ImportCreated:
        """Check the mapping (YAML text) and reserve upload addresses. InvalidInputError says what is wrong in it."""
        ...

    def start(self, import_id: str, actor: Actor) -> Model:
        """Begin reading. Repeating is harmless. ConflictError while a file is missing."""
        ...

    def status(self, import_id: str) -> Model:
        """{import_id, status, rows_read, accepted, rejected, indexed, …, rejects_url}. Raises NotFoundError."""
        ...


class Trends(Protocol):
    """Trends and the festival calendar."""

    def take(self, rows: Sequence[Mapping[str, Any]], actor: Actor) -> TrendReport:
        """Check each row by itself and store the good ones (trends/importing.py parse_trends)."""
        ...

    def all(self) -> Sequence[Trend]:
        """Hottest first."""
        ...

    def festivals(self, days: int) -> Sequence[FestivalView]:
        """Nearest first."""
        ...


class Schedules(Protocol):
    """Campaigns that start by themselves."""

    def create(self, schedule: CampaignSchedule, actor: Actor) -> CampaignSchedule:
        """Checks the campaign request as StartCampaign does. ConflictError if the name is taken."""
        ...

    def all(self) -> Sequence[CampaignSchedule]:
        """Those that will still fire."""
        ...

    def delete(self, name: str, actor: Actor) -> None:
        """Raises NotFoundError."""
        ...


@dataclass(frozen=True)
class Services:
    """What build_app is given."""

    config: PublicConfig
    verifier: TokenVerifier
    start_campaign: StartCampaign
    review: Review
    reader: Reader
    previews: Previews
    imports: Imports
    trends: Trends
    schedules: Schedules
