"""What the workbench is shown, where no job has a model for it. The API answers with these."""

from __future__ import annotations

from huichang.kernel.language import Text
from huichang.kernel.model import Model
from huichang.kernel.money import Money
from huichang.ledger.model import Budget, LedgerTotals
from huichang.line.first_images import FirstImageShown
from huichang.materials.model import CopyResult, ImageResult, MaterialTask
from huichang.materials.styles.model import StyleChoice
from huichang.pages.model import Inspection, TemplateChoice
from huichang.pages.typesetting.poster import Poster
from huichang.selection.model import FloorPlan, Reason, RuleSet
from huichang.venues.model import Campaign, StepRecord, Venue


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
    """A campaign, its venues in the order they were planned, and what its model calls cost and may cost."""

    campaign: Campaign
    venues: tuple[Venue, ...]
    cost: LedgerTotals
    budget: Budget


class MaterialView(Model):
    """A material and, once it is ready, what was made. `seen`: its content hash, which a decision says back as what was looked at."""

    task: MaterialTask
    seen: str = "-"
    result: CopyResult | ImageResult | None = None


class VenueDetail(Model):
    """Everything the console's venue page shows at once. `live_url` is a path, "" while nothing is live; `posters` and `first_images`
    are the staged version's."""

    venue: Venue
    steps: tuple[StepRecord, ...]
    step_names: tuple[str, ...]
    materials: tuple[MaterialView, ...]
    posters: tuple[Poster, ...] = ()
    first_images: tuple[FirstImageShown, ...] = ()
    inspection: Inspection | None = None
    live_inspection: Inspection | None = None  # of what buyers see
    cost: LedgerTotals
    live_url: str = ""


class ProductView(Model):
    """A chosen product and why; `floor` is the title of its floor, "" where it was cut.

    `brand`, `merchant` (its name), `categories` and `attributes` are what an operator's rule may speak of.
    """

    product_id: str
    title: str
    price: Money
    picture: str = ""
    rank: int
    reason: Reason
    floor: str = ""
    brand: str = ""
    merchant: str = ""
    categories: tuple[str, ...] = ()
    attributes: dict[str, str] = {}


class VenueProducts(Model):
    """The selection of a venue. Empty until FuseRecall is done. `unmet_pins`: pinned goods that cannot be shown, and why."""

    recalled: dict[str, int] = {}
    dropped: dict[str, int] = {}
    unmet_pins: dict[str, str] = {}
    subthemes: dict[str, int] = {}
    notes: tuple[Text, ...] = ()
    rules: RuleSet | None = None
    floors: FloorPlan | None = None
    template_choice: TemplateChoice | None = None
    style_choice: StyleChoice | None = None
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
    code: str = ""


class TrendReport(Model):
    """`accepted` counts the trends that are valid, whether or not they were known before; `changed` those that told something new.

    `dropped` counts, by reason, the accepted ones on which nothing can be promoted: they are kept, apart. `unsorted`: those
    of them that wait for an embedding: functions/sort_trends gets to them within minutes.
    """

    accepted: int
    rejected: tuple[RejectedTrend, ...] = ()
    changed: int = 0
    dropped: dict[str, int] = {}
    unsorted: int = 0


class FestivalView(Model):
    """A festival's next date."""

    code: str
    name: Text
    date: str
    days_left: int
    lead_days: int
