"""Campaign and venue records, and where they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, Protocol, TypeVar

from pydantic import Field

from huichang.kernel.errors import ConflictError
from huichang.kernel.language import Language, Told
from huichang.kernel.model import Model
from huichang.materials.by_hand import ByHand
from huichang.materials.constraints import Rejected
from huichang.selection.edits import MerchandisingEdits
from huichang.selection.model import FloorArrangement
from huichang.themes.model import CampaignBrief, CampaignRequest, RejectedTheme, Theme

Body = TypeVar("Body", bound=Model)

CampaignStatus = Literal["requested", "planning", "building", "finished", "failed"]
VenueStatus = Literal["planned", "selecting", "generating", "staged", "in_review", "approved", "published", "failed", "retired"]
TERMINAL: frozenset[str] = frozenset({"published", "failed", "retired"})

# In the order of the line. The console draws a venue's track from this.
VENUE_STEPS: tuple[str, ...] = (
    "ExpandTheme",
    "RecallBySearch",
    "RecallByVector",
    "RecallByRules",
    "FuseRecall",
    "RecruitMerchants",
    "PlanFloors",
    "MatchTemplate",
    "RequestMaterials",
    "RenderPage",
    "InspectPage",
    "RequestReview",
    "PublishVenue",
)


class Failure(Model):
    """Why something ended without a result, in words an operator can act on."""

    code: str
    message: str
    mend: str = ""
    step: str = ""


PAGE_BROKEN = "page_broken"
"""Code of the failure of a venue whose released page an inspection took down."""

Remedy = Literal["put_back", "set_aside", "rolled_back", "hidden", "told"]


class Broken(Model):
    """What an inspection found on a released page, and what was done about it. It speaks of now as long as `rolled_to` is live (after
    a roll-back), the venue is failed (hidden), or `version_id` is live (told; put_back: somebody had written over the page; set_aside:
    goods whose cards were broken were taken off it)."""

    at: str
    version_id: str
    action: Remedy
    rolled_to: str = ""
    rules: tuple[str, ...] = ()
    said: Told = {}


class EarlierPlan(Model):
    """A plan that a corrected brief replaced: what it was made of and its venues, which keep their pages and records."""

    plan: int
    brief: CampaignBrief
    venue_ids: tuple[str, ...] = ()
    note: Told = {}
    replaced_at: str
    replaced_by: str


class Campaign(Model):
    """One sentence and what became of it. `plan` counts plans from 1; `venue_ids`, `rejected` and `note` are the newest's.

    `rejected` holds the first 60 of them; all stand in the plan's document.
    """

    campaign_id: str
    request: CampaignRequest
    requested_by: str
    status: CampaignStatus = "requested"
    created_at: str
    updated_at: str
    brief: CampaignBrief | None = None
    venue_ids: tuple[str, ...] = ()
    rejected: tuple[RejectedTheme, ...] = ()
    failure: Failure | None = None
    execution: str = ""
    plan: int = 1
    note: Told = {}
    earlier: tuple[EarlierPlan, ...] = ()
    # Set by an admin: its pages go live without a person having looked at their pictures, and say so (line/releasing.py).
    unreviewed_pictures: bool = False
    unreviewed_by: str = ""
    # Buyer segments whose buyers may get other orders of its pages (line/siblings.py). (): everybody gets the default.
    segments: tuple[str, ...] = ()
    # Of its release plan, where there is one (line/release_schedule.py): whose clock, and the end (ISO 8601 with that zone's offset).
    timezone: str = ""
    ends_at: str = ""

    @property
    def zone(self) -> str:
        """The time zone that the promotion's days are in."""
        return self.timezone or self.request.timezone


class Venue(Model):
    """One page to be. `run` counts how often its machine was started: a restart resumes from what is stored."""

    venue_id: str
    campaign_id: str
    catalogue: str | None = None
    promotion: str | None = None
    opens_on: date | None = None  # the first day of its promotion, where the brief names one
    language: Language
    theme: Theme
    status: VenueStatus = "planned"
    run: int = 1
    round: int = 1
    created_at: str
    updated_at: str
    template: str = ""
    # "<id>@<version>": somebody moved the venue to this template (line/migrating.py); matching does not choose again.
    template_pin: str = ""
    template_reason: str = ""
    products: int = 0
    materials_total: int = 0
    materials_ready: int = 0
    staged_version: str = ""
    live_version: str = ""
    previous_versions: tuple[str, ...] = ()
    edits: MerchandisingEdits = MerchandisingEdits()
    # Counts saves: who saves says which version was looked at. `edits_at`: the moment at which time windows are judged, one for
    # the whole run, so that a replayed step finds the same. `edits_run`: the first run that must carry them. `edits_key`: history.
    edits_version: Annotated[int, Field(ge=0)] = 0
    edits_at: str = ""
    edits_by: str = ""
    edits_key: str = ""
    edits_run: int = 0
    arrangement: FloorArrangement | None = None
    segments: tuple[str, ...] | None = None  # the venue's own, (): none; None: its campaign's
    by_hand: ByHand = ByHand()  # texts and pictures that operators put on the page themselves (line/editing.py)
    # What was sent back, by material, oldest first; the lasting constraints made of it are kept by themselves (line/lessons.py).
    constraints: dict[str, tuple[Rejected, ...]] = {}
    approved_version: str = ""
    # Versions that a person approved; None: from before this was written down. `live_unreviewed`: nobody has looked at what is live.
    reviewed_versions: tuple[str, ...] | None = None
    live_unreviewed: bool = False
    # First images (line/first_images.py), by id: those that a person approved, and those that were refused or switched off.
    images_seen: tuple[str, ...] = ()
    images_off: tuple[str, ...] = ()
    # By version that is or was live: the SHA-256 of its release manifest (line/proof).
    proofs: dict[str, str] = {}
    reviewer: str = ""
    review_note: str = ""
    # What the last review decided, for the machine. Kept until the next review begins, so that a lost answer can be repeated.
    decision: Literal["", "approved", "rejected", "no_rounds_left"] = ""
    failure: Failure | None = None
    broken: Broken | None = None  # what was found on its released page (line/inspecting.py)
    # By version: goods that an inspection took off its page, because their cards were broken. The next version is made with them again.
    set_aside: dict[str, tuple[str, ...]] = {}
    # The release (pages/releases.py) that this record was last brought to. `held`: approved, and waits for its campaign's release.
    release: Annotated[int, Field(ge=0)] = 0
    held: bool = False
    stock_low: int | None = None  # how many of a published page's goods can still be bought, where that is too few
    execution: str = ""
    plan: int = 1
    # A corrected brief took its place while it was on its way: a step that was in flight then must not bring it back.
    superseded: bool = False
    revision: Annotated[int, Field(ge=0)] = 0

    @property
    def edits_in_force(self) -> MerchandisingEdits:
        """The rules whose time window was open when this run began to count them."""
        return self.edits.at(datetime.fromisoformat(self.edits_at)) if self.edits_at else self.edits


def brief_changed(campaign: Campaign, expected: int) -> ConflictError:
    """What somebody is told who corrects a brief that another person has corrected meanwhile."""
    who = campaign.earlier[-1].replaced_by if campaign.earlier else ""
    return ConflictError(
        f"you corrected plan {expected}; {who or 'somebody'} has corrected it meanwhile, and plan {campaign.plan} is the newest",
        where="plan",
        mend="load the campaign again, look at what changed, and correct that plan",
        code="brief_changed",
    )


def edits_changed(venue: Venue, expected: int) -> ConflictError:
    """What somebody is told who saves edits that another person has changed meanwhile."""
    return ConflictError(
        f"you started from version {expected} of the edits; {venue.edits_by or 'nobody'} has saved version {venue.edits_version}",
        where="version",
        mend="load them again, look at what changed, and save once more",
        code="edits_changed",
    )


class StepRecord(Model):
    """One step of a venue's track. `note`: figures and words as they are; `told`: sentences, in both languages."""

    step: str
    status: Literal["running", "done", "failed", "retrying"]
    started_at: str
    ended_at: str = ""
    attempt: int = 1
    note: str = ""
    told: tuple[Told, ...] = ()
    error: str = ""
    code: str = ""  # stable code of the error


class AuditEntry(Model):
    """Who did what to which thing, when, and what they saw (content hash of the version in front of them)."""

    at: str
    actor: str
    role: str
    action: str
    subject: str
    saw: str = ""
    detail: dict[str, Any] = {}


class Actor(Model):
    """Who decides: a subject of the identity provider, or the name of a schedule."""

    name: str
    role: str

    def did(self, action: str, subject: str, *, at: str, detail: Mapping[str, Any], saw: str = "") -> AuditEntry:
        """The entry that says so. `at` is ISO 8601, `saw` the content hash of the version in front of them."""
        return AuditEntry(at=at, actor=self.name, role=self.role, action=action, subject=subject, saw=saw, detail=dict(detail))


class CampaignStore(Protocol):
    """Campaign records."""

    def create(self, campaign: Campaign) -> bool:
        """Store a new one; False (and nothing written) if the id exists."""
        ...

    def get(self, campaign_id: str) -> Campaign:
        """Raises NotFoundError."""
        ...

    def update(self, campaign_id: str, *, expect_plan: int | None = None, **changes: Any) -> Campaign:
        """Set fields (values as model fields) and `updated_at`. Raises NotFoundError; ConflictError (code brief_changed), and
        nothing is written, if the campaign's plan is not number `expect_plan` any more."""
        ...

    def recent(self, limit: int = 50) -> list[Campaign]:
        """Newest first."""
        ...


class VenueStore(Protocol):
    """Venue records and their steps."""

    def create(self, venue: Venue) -> bool:
        """Store a new one; False (and nothing written) if the id exists."""
        ...

    def get(self, venue_id: str) -> Venue:
        """Raises NotFoundError."""
        ...

    def update(
        self,
        venue_id: str,
        *,
        expect_status: tuple[VenueStatus, ...] = (),
        expect_edits: int | None = None,
        expect_revision: int | None = None,
        **changes: Any,
    ) -> Venue:
        """Set fields, `updated_at` and revision+1. Raises ConflictError if status or revision are not as expected, or if the
        edits are not at version `expect_edits` (code edits_changed)."""
        ...

    def of_campaign(self, campaign_id: str) -> list[Venue]:
        """In the order they were planned."""
        ...

    def with_status(self, status: VenueStatus, limit: int = 200) -> list[Venue]:
        """Longest unchanged first."""
        ...

    def recent(self, limit: int = 100) -> list[Venue]:
        """Newest first."""
        ...

    def record_step(self, venue_id: str, step: StepRecord) -> None:
        """Insert or replace the record of this step."""
        ...

    def steps(self, venue_id: str) -> list[StepRecord]:
        """All steps so far, oldest start first."""
        ...


class DueEdits(Protocol):
    """When a venue's edits must be looked at again, because a time window opens or closes. One moment for each venue."""

    def set(self, venue_id: str, at: str | None) -> None:
        """Look at this moment (ISO); None: never."""
        ...

    def due(self, now: str, limit: int = 100) -> list[str]:
        """Venues whose moment has come, longest overdue first."""
        ...


class TaskTokens(Protocol):
    """Callback tokens of waiting Step Functions states. A token is kept per (venue, purpose); a newer one replaces it."""

    def keep(self, venue_id: str, purpose: Literal["materials", "review"], token: str) -> None:
        """Remember the token of the state that waits now."""
        ...

    def succeed(self, venue_id: str, purpose: Literal["materials", "review"], output: dict[str, Any]) -> bool:
        """Wake the waiting state. False if nothing waits (already woken, or timed out): harmless to repeat."""
        ...

    def fail(self, venue_id: str, purpose: Literal["materials", "review"], error: str, cause: str) -> bool:
        """Fail the waiting state with this error name. False if nothing waits."""
        ...


class AuditTrail(Protocol):
    """Append-only record of decisions."""

    def record(self, entry: AuditEntry) -> None:
        """Append."""
        ...

    def of(self, subject: str, limit: int = 100) -> list[AuditEntry]:
        """Entries about a subject, newest first."""
        ...

    def recent(self, limit: int = 100) -> list[AuditEntry]:
        """Newest first."""
        ...


class Documents(Protocol):
    """Bodies in S3 as JSON: what a step made, kept under a key that the next step is told."""

    def put(self, key: str, body: Model) -> str:
        """Store and return the key. Replaying a step overwrites with the same content."""
        ...

    def get(self, key: str, kind: type[Body]) -> Body:
        """Load and validate. Raises NotFoundError."""
        ...

    def exists(self, key: str) -> bool:
        """Whether the document is there."""
        ...
