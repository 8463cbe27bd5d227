"""Everything the API needs from the rest of the house, named. bootstrap builds it; tests build it from fakes.

Each group is a port. They raise the kernel's errors: InvalidInputError (400), NotFoundError (404), ConflictError (409),
PermanentError (422), TransientError (503). Whoever takes an `actor` writes the audit trail: a route cannot forget it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from huichang.kernel.language import Language
from huichang.kernel.model import Model
from huichang.ledger.model import DaySpend, ModelCall
from huichang.line.budgets import BudgetTerms, BudgetView
from huichang.line.constraining import ConstraintsShown, ConstraintView, NewConstraint
from huichang.line.editor.typed import TypedFinding
from huichang.line.editor.views import DraftLook, PageSave, PageShown
from huichang.line.explaining import ProductWhy
from huichang.line.living_views import ClaimsView
from huichang.line.merchandising import EditPreview, EditsHistory
from huichang.line.pacing import PaceShown
from huichang.line.promoting import ReleasePreview
from huichang.line.proof.model import ReplayReport
from huichang.line.proof.telling import ProofShown, VenueWhy
from huichang.line.release_schedule import PlanShown
from huichang.line.releasing import ReviewTerms
from huichang.line.review import UNTOLD, Looked, MaterialRejection
from huichang.line.templating import Migration, TemplateChecked, TemplatesShown, TemplateVersion
from huichang.line.view_models import (
    CampaignDetail,
    FestivalView,
    FoundProduct,
    ImportCreated,
    PreviewLink,
    PublicConfig,
    TrendReport,
    UploadFile,
    VenueDetail,
    VenueProducts,
)
from huichang.materials.constraints import Status
from huichang.materials.feedback import FeedbackPage
from huichang.materials.model import MaterialMove
from huichang.materials.policy import BrandBook, Verdict
from huichang.pages.drafts import Merge, PageDraft
from huichang.pages.model import FindingPicture
from huichang.pages.packages.model import TemplateRecord
from huichang.pages.release_plans import PlanTerms
from huichang.pages.releases import Release as CampaignRelease
from huichang.pages.releases import ReleaseKind
from huichang.quotas.model import Standing
from huichang.selection.edits import MerchandisingEdits
from huichang.selection.floors.library import KeptFloors
from huichang.selection.model import ArrangedFloor
from huichang.selection.offers import Offer
from huichang.themes.model import BriefChanges, CampaignRequest
from huichang.themes.upcoming import UpcomingThemes
from huichang.trends.merging import MergedTrend
from huichang.trends.report import TrendSummary
from huichang.trends.trend import DropCode, Trend
from huichang.venues.model import Actor, AuditEntry, Campaign, Venue, VenueStatus
from huichang.venues.schedules import CampaignSchedule
from huichang.web.access import TokenVerifier

# --- what the API calls -----------------------------------------------------------------------------------------------


class StartCampaign(Protocol):
    """line/campaign.py StartCampaign: checks the request (themes/interpreting.py), stores it, starts the machine."""

    def __call__(self, request: CampaignRequest, actor: Actor, idempotency_key: str = "", terms: BudgetTerms | None = None) -> Campaign:
        """The campaign; the same key gives the same one. ConflictError if the key came with another request."""
        ...


class Budgets(Protocol):
    """line/budgets.py BudgetDesk."""

    def show(self, campaign_id: str) -> BudgetView:
        """Raises NotFoundError."""
        ...

    def change(self, campaign_id: str, terms: BudgetTerms, actor: Actor) -> BudgetView:
        """Set cap and priority; what the cap had stopped goes on. ForbiddenError above what operators may set."""
        ...


class Spending(Protocol):
    """What all campaigns together cost."""

    def days(self, campaign_id: str = "") -> Sequence[DaySpend]:
        """Oldest first."""
        ...


class Limits(Protocol):
    """Quotas and circuits of the models."""

    def standings(self) -> Sequence[Standing]:
        """One for each model that has a quota or was in trouble."""
        ...


class EditBrief(Protocol):
    """line/briefing.py EditBrief."""

    def __call__(self, campaign_id: str, changes: BriefChanges, actor: Actor, saw_plan: int | None = None) -> Campaign:
        """Correct the brief and plan again. ConflictError if another plan than `saw_plan` is the newest."""
        ...


class Pace(Protocol):
    """line/pacing.py PaceKeeper."""

    def shown(self, days: int, campaign_id: str = "") -> PaceShown:
        """How long people looked at a venue before they decided, over the last days."""
        ...


class Release(Protocol):
    """line/releasing.py ReleaseDesk."""

    def change(self, campaign_id: str, terms: ReviewTerms, actor: Actor) -> Campaign:
        """Whether pages of the campaign go live without a review. For admins."""
        ...


class Releases(Protocol):
    """line/promoting.py CampaignReleases."""

    def history(self, campaign_id: str) -> Sequence[CampaignRelease]:
        """Newest first."""
        ...

    def preview(self, campaign_id: str, kind: ReleaseKind, *, to: int = 0, only: Sequence[str] = ()) -> ReleasePreview:
        """What would change, and what stands in the way."""
        ...

    def apply(
        self,
        campaign_id: str,
        kind: ReleaseKind,
        actor: Actor,
        *,
        to: int = 0,
        only: Sequence[str] = (),
        expect: int | None = None,
        leave_out_blocked: bool = False,
        note: str = "",
    ) -> CampaignRelease:
        """All or nothing. ReleaseBlockedError names what stands in the way; ConflictError if another release came first."""
        ...


class ReleaseSchedule(Protocol):
    """line/release_schedule.py ReleaseSchedule."""

    def shown(self, campaign_id: str) -> PlanShown:
        """The plan, and what the campaign's own window suggests."""
        ...

    def change(self, campaign_id: str, terms: PlanTerms, actor: Actor, revision: int | None = None) -> PlanShown:
        """Plan it anew. ConflictError if somebody else did since `revision`."""
        ...


class Review(Protocol):
    """line/review.py Review."""

    def approve(self, venue_id: str, version_id: str, actor: Actor, note: str = "", looked: Looked = UNTOLD) -> Venue:
        """Approve the version that was looked at."""
        ...

    def reject(
        self,
        venue_id: str,
        version_id: str,
        rejections: list[MaterialRejection],
        actor: Actor,
        note: str = "",
        looked: Looked = UNTOLD,
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


class Imports(Protocol):
    """Catalogue imports. `start` and `status` answer with the catalogue's own status model (docs/api.md)."""

    def create(self, catalogue: str, filename: str, mapping: str, files: tuple[UploadFile, ...], actor: Actor) -> ImportCreated:
        """Check the mapping (YAML text) and reserve upload addresses. InvalidInputError says what is wrong in it."""
        ...

    def start(self, import_id: str, actor: Actor) -> Model:
        """Begin reading. Repeating is harmless. ConflictError while a file is missing."""
        ...

    def status(self, import_id: str) -> Model:
        """{import_id, status, rows_read, accepted, rejected, indexed, …, rejects_url}. Raises NotFoundError."""
        ...


class Offers(Protocol):
    """line/offers.py OfferDesk."""

    def take(self, offers: Sequence[Offer], actor: Actor) -> Model:
        """Queue them: {accepted}."""
        ...


class SynonymFiles(Protocol):
    """line/synonyms.py SynonymDesk."""

    def show(self) -> Model:
        """{text, phrases, built_in}."""
        ...

    def replace(self, text: str, actor: Actor) -> Model:
        """InvalidInputError names the lines that are wrong."""
        ...


class Brands(Protocol):
    """line/brands.py BrandDesk."""

    def show(self) -> BrandBook:
        """The brand rules of all owners."""
        ...

    def replace(self, book: BrandBook, actor: Actor) -> BrandBook:
        """ConflictError if somebody saved meanwhile, InvalidInputError for owners that cannot be."""
        ...

    def check(self, texts: Sequence[str], industry: str, campaign_id: str) -> Verdict:
        """The gate's verdict on words for goods of an industry and the brand of a campaign."""
        ...


class Trends(Protocol):
    """Trends and the festival calendar."""

    def take(self, rows: Sequence[Mapping[str, Any]], actor: Actor, mapping: str = "") -> TrendReport:
        """Check each row by itself, sort and store the good ones. `mapping`: a name or YAML (trends/mapping.py)."""
        ...

    def ranked(self) -> Sequence[MergedTrend]:
        """What can be promoted, near-duplicates once, warmest first."""
        ...

    def dropped(self, code: DropCode | None, most: int) -> Sequence[Trend]:
        """The hottest of those that were dropped."""
        ...

    def summary(self) -> TrendSummary:
        """Counts over everything that is stored."""
        ...

    def calendar(self, days: int, language: Language, catalogue: str | None) -> UpcomingThemes:
        """What is coming, and which themes have stock for it."""
        ...

    def festivals(self, days: int) -> Sequence[FestivalView]:
        """Nearest first."""
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


class Constraints(Protocol):
    """line/constraining.py ConstraintDesk."""

    def shown(self, status: Status | None, cursor: str, limit: int) -> ConstraintsShown:
        """Newest first, with what contradicts what."""
        ...

    def create(self, wanted: NewConstraint, actor: Actor) -> ConstraintView:
        """ConflictError names the constraint that contradicts it."""
        ...

    def change(self, constraint_id: str, revision: int, changes: Mapping[str, Any], actor: Actor) -> ConstraintView:
        """Edit, retire, bring back. ConflictError if it changed since `revision`."""
        ...


class FeedbackShelf(Protocol):
    """materials/feedback.py FeedbackStore, as far as it is read."""

    def page(self, *, cursor: str = "", limit: int = 50) -> FeedbackPage:
        """Newest first."""
        ...


class TemplateShelf(Protocol):
    """line/templating.py TemplateDesk."""

    def shown(self) -> TemplatesShown:
        """Every version, and which matching may choose."""
        ...

    def check(self, data: bytes) -> TemplateChecked:
        """Every problem of a ZIP; nothing is kept."""
        ...

    def upload(self, data: bytes, actor: Actor) -> TemplateRecord:
        """Keep a ZIP as a draft. TemplatePackageError names all problems."""
        ...

    def publish(self, template_id: str, version: int, actor: Actor) -> TemplateRecord:
        """Matching may choose it."""
        ...

    def deprecate(self, template_id: str, version: int, actor: Actor) -> TemplateRecord:
        """Matching no longer chooses it; live venues keep it."""
        ...

    def tag(self, versions: Sequence[TemplateVersion], add: Sequence[str], remove: Sequence[str], actor: Actor) -> Sequence[TemplateRecord]:
        """Add and remove tags of many."""
        ...

    def preview(self, template_id: str, version: int | None, *, venue_id: str = "", language: Language | None = None) -> PreviewLink:
        """An address that shows it, for a while."""
        ...

    def migrate(
        self, template_id: str, version: int, venue_ids: Sequence[str], actor: Actor, *, dry_run: bool = True, accept_losses: bool = False
    ) -> Migration:
        """Move venues to a version. ConflictError (migration_loses) where something would be lost and that was not accepted."""
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


class LiveClaims(Protocol):
    """line/living_views.py ClaimsReader."""

    def view(self, venue_id: str) -> ClaimsView:
        """Raises NotFoundError."""
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


@dataclass(frozen=True)
class Services:
    """What build_app is given."""

    config: PublicConfig
    verifier: TokenVerifier
    start_campaign: StartCampaign
    edit_brief: EditBrief
    review: Review
    pace: Pace
    release: Release
    releases: Releases
    release_schedule: ReleaseSchedule
    merchandising: Merchandising
    explainer: Explainer
    reader: Reader
    previews: Previews
    imports: Imports
    offers: Offers
    synonyms: SynonymFiles
    brands: Brands
    trends: Trends
    schedules: Schedules
    floors: Floors
    editor: Editor
    constraints: Constraints
    feedback: FeedbackShelf
    budgets: Budgets
    spending: Spending
    limits: Limits
    templates: TemplateShelf
    claims: LiveClaims
    proof: Proof
    replay: Replaying
