"""The API without AWS: payload 2.0 events, tokens of a test issuer, and services that remember what they were asked."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import jwt
from aws_lambda_powertools.utilities.typing import LambdaContext
from cryptography.hazmat.primitives.asymmetric import rsa

from huichang.adapters.oidc import OidcVerifier, SigningKeys
from huichang.catalog.industries import load_industries
from huichang.kernel.errors import ConflictError, NotFoundError
from huichang.kernel.events import DomainEvent
from huichang.kernel.language import Language
from huichang.kernel.model import Model
from huichang.kernel.money import Money
from huichang.ledger.model import Budget, LedgerTotals, ModelCall
from huichang.line.brands import BrandDesk
from huichang.line.budgets import BudgetDesk
from huichang.line.campaign import StartCampaign
from huichang.line.constraining import ConstraintDesk
from huichang.line.editor.asking import Asked
from huichang.line.editor.typed import TypedFinding
from huichang.line.editor.views import DraftLook, PageSave
from huichang.line.explaining import ProductWhy
from huichang.line.living_views import ClaimsView
from huichang.line.merchandising import EditPreview, EditsHistory, EditsRecord, FloorChange, Named
from huichang.line.migrating import Migrations
from huichang.line.offers import OffersTaken
from huichang.line.pacing import PaceKeeper
from huichang.line.releasing import ReleaseDesk
from huichang.line.review import UNTOLD, Looked
from huichang.line.runs import Runs
from huichang.line.segmenting import SegmentSetting, VenueSegments
from huichang.line.synonyms import SynonymDesk
from huichang.line.templating import TemplateDesk
from huichang.line.view_models import (
    CampaignDetail,
    FestivalView,
    FoundProduct,
    ImportCreated,
    IndustryName,
    PreviewLink,
    ProductView,
    PublicConfig,
    RejectedTrend,
    TrendReport,
    Upload,
    UploadFile,
    VenueDetail,
    VenueProducts,
)
from huichang.materials.model import MaterialMove
from huichang.pages.drafts import Merge, PageDraft
from huichang.pages.model import FindingPicture
from huichang.pages.packages.shelf import Templates
from huichang.pages.segments import checked
from huichang.quotas.model import Quota, Standing
from huichang.selection.floors.library import KeptFloors
from huichang.selection.merchandising import EditEffect, Moved
from huichang.selection.model import ArrangedFloor, LeftOut, Reason
from huichang.selection.offers import Offer
from huichang.themes.model import BriefChanges, CampaignRequest, Theme
from huichang.themes.upcoming import UpcomingThemes
from huichang.trends.merging import Member, MergedTrend
from huichang.trends.report import TrendSummary, summarise
from huichang.trends.trend import DropCode, Trend, Verdict
from huichang.venues.model import VENUE_STEPS, Actor, AuditEntry, Campaign, StepRecord, Venue, VenueStatus
from huichang.venues.schedules import CampaignSchedule
from huichang.web.app import build_app
from huichang.web.services import Services
from tests.support.fakes import FakeClock
from tests.support.line_fakes import FakeDocuments, FakeFiles, FakePages, FakeVenues, a_campaign
from tests.support.memory_constraints import MemoryConstraints, MemoryFeedback, place_in
from tests.support.memory_floors import a_kept_entry
from tests.support.memory_ledger import MemoryLedger
from tests.support.memory_pace import MemoryDecisions
from tests.support.memory_results import results_of
from tests.support.memory_templates import MemoryTemplates
from tests.support.proofs import ProofShelf
from tests.support.release_shelf import PlanShelf, ReleaseShelf

ISSUER = "https://issuer.example/pool"
CLIENT = "console-client"
NOW = "2026-09-01T08:00:00.000Z"


@cache
def signing_key(name: str = "main") -> rsa.RSAPrivateKey:
    """One RSA key per name and test process."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def jwk_of(name: str = "main", **changes: Any) -> dict[str, Any]:
    """The public half as a JWK whose kid is the name."""
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(signing_key(name).public_key()))
    return {**public, "kid": name, "alg": "RS256", "use": "sig", **changes}


def claims(role: str | Sequence[str] = "operator", **changes: Any) -> dict[str, Any]:
    """Claims of an access token as Cognito makes them. A change to None leaves the claim out."""
    now = int(time.time())
    groups = [role] if isinstance(role, str) else list(role)
    values = {
        "sub": "8d5f3c1e-1f0a-4b7e-9d60-000000000001",
        "iss": ISSUER,
        "client_id": CLIENT,
        "token_use": "access",
        "username": f"{groups[0] if groups else 'nobody'}@example.com",
        "cognito:groups": groups,
        "iat": now,
        "exp": now + 3600,
    } | changes
    return {name: value for name, value in values.items() if value is not None}


def token(role: str | Sequence[str] = "operator", *, key: str = "main", **changes: Any) -> str:
    """A signed access token."""
    return jwt.encode(claims(role, **changes), signing_key(key), algorithm="RS256", headers={"kid": key})


class FakeIssuer:
    """Serves discovery and keys, counts how often, and can be away."""

    def __init__(self, *names: str) -> None:
        self.names = list(names or ("main",))
        self.extra: list[Any] = []
        self.calls: list[str] = []
        self.error: Exception | None = None
        self.issuer = ISSUER

    def __call__(self, url: str) -> Mapping[str, Any]:
        self.calls.append(url)
        if self.error:
            raise self.error
        if url == f"{ISSUER}/.well-known/openid-configuration":
            return {"issuer": self.issuer, "jwks_uri": f"{ISSUER}/keys"}
        assert url == f"{ISSUER}/keys"
        return {"keys": [*self.extra, *(jwk_of(name) for name in self.names)]}


def verifier(issuer: FakeIssuer | None = None, clock: Callable[[], float] = time.monotonic) -> OidcVerifier:
    """The real verifier on a fake issuer."""
    return OidcVerifier(ISSUER, CLIENT, SigningKeys(ISSUER, issuer or FakeIssuer(), clock))


def event(
    method: str,
    path: str,
    *,
    role: str | None = "operator",
    body: Any = None,
    raw: str | bytes | None = None,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """An HTTP API event, payload format 2.0. `body` is sent as JSON, `raw` as it is (bytes: base64)."""
    sent = {"host": "api.example", **({"authorization": f"Bearer {token(role)}"} if role else {})}
    content: str | None = None
    if body is not None:
        content, sent["content-type"] = json.dumps(body, ensure_ascii=False), "application/json"
    if raw is not None:
        content = raw if isinstance(raw, str) else base64.b64encode(raw).decode()
        sent["content-type"] = "application/json"
    return {
        "version": "2.0",
        "routeKey": "ANY /api/{proxy+}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": sent | dict(headers or {}),
        "queryStringParameters": dict(query) if query else None,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "api",
            "domainName": "api.example",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "test",
            },
            "requestId": "req-1",
            "routeKey": "ANY /api/{proxy+}",
            "stage": "$default",
            "time": "01/Sep/2026:08:00:00 +0000",
            "timeEpoch": 1788249600000,
        },
        "body": content,
        "isBase64Encoded": isinstance(raw, bytes),
    }


class FakeContext(LambdaContext):
    """What Lambda hands a handler."""

    def __init__(self) -> None:
        self._function_name = "huichang-serve-api"
        self._memory_limit_in_mb = 512
        self._invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:huichang-serve-api"
        self._aws_request_id = "lambda-1"


@dataclass(frozen=True)
class Reply:
    """A proxy answer, read."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


def reply(answer: Mapping[str, Any]) -> Reply:
    """Read what a handler answered."""
    headers = {name.lower(): value for name, value in answer["headers"].items()}
    return Reply(int(answer["statusCode"]), headers, answer.get("body") or "")


def venue(venue_id: str = "v-1", **changes: Any) -> Venue:
    """A venue record."""
    values: dict[str, Any] = {
        "venue_id": venue_id,
        "campaign_id": "c-1",
        "language": "zh",
        "theme": Theme(name="熊猫玩偶会场", keywords=("熊猫",)),
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Venue.model_validate(values | changes)


class MemoryCampaigns:
    """CampaignStore."""

    def __init__(self) -> None:
        self.records: dict[str, Campaign] = {}

    def create(self, campaign: Campaign) -> bool:
        return self.records.setdefault(campaign.campaign_id, campaign) is campaign

    def get(self, campaign_id: str) -> Campaign:
        if campaign_id not in self.records:
            raise NotFoundError(f"there is no campaign {campaign_id}", where="campaign_id")
        return self.records[campaign_id]

    def update(self, campaign_id: str, **changes: Any) -> Campaign:
        self.records[campaign_id] = self.get(campaign_id).model_copy(update=changes)
        return self.records[campaign_id]

    def recent(self, limit: int = 50) -> list[Campaign]:
        return list(reversed(self.records.values()))[:limit]


class MemoryMachines:
    """RunMachines that remember what was started."""

    def __init__(self) -> None:
        self.started: list[str] = []

    def start_campaign(self, campaign_id: str, run: int = 1) -> str:
        self.started.append(campaign_id)
        return f"execution:{campaign_id}"

    def start_venue(self, venue_id: str, campaign_id: str, run: int, round: int = 1) -> str:  # noqa: A002
        self.started.append(venue_id)
        return f"execution:{venue_id}"

    def venue_execution(self, venue_id: str, run: int) -> str:
        return f"execution:{venue_id}"

    def status(self, execution: str) -> Any:
        return "RUNNING"

    def stop(self, execution: str, reason: str) -> None:
        raise AssertionError("nothing here stops")


class MemoryAudit:
    """AuditTrail."""

    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []

    def record(self, entry: AuditEntry) -> None:
        self.entries.append(entry)

    def of(self, subject: str, limit: int = 100) -> list[AuditEntry]:
        return [entry for entry in reversed(self.entries) if entry.subject == subject][:limit]

    def recent(self, limit: int = 100) -> list[AuditEntry]:
        return list(reversed(self.entries))[:limit]


class MemoryBus:
    """EventBus."""

    def __init__(self) -> None:
        self.events: list[DomainEvent] = []

    def publish(self, *events: DomainEvent) -> None:
        self.events += events


@dataclass
class Desk:
    """Most of the API's services in one: remembers each call, answers plainly, fails on demand."""

    calls: list[tuple[Any, ...]] = field(default_factory=list)
    fails: Exception | None = None
    current: Venue = field(default_factory=lambda: venue(status="in_review", staged_version="ver-1"))
    trail: MemoryAudit = field(default_factory=MemoryAudit)
    plans: dict[str, CampaignSchedule] = field(default_factory=dict)

    def _did(self, *call: Any) -> None:
        self.calls.append(call)
        if self.fails:
            raise self.fails

    def approve(self, venue_id: str, version_id: str, actor: Actor, note: str = "", looked: Looked = UNTOLD) -> Venue:
        self._did("approve", venue_id, version_id, actor, note, *([looked] if looked != UNTOLD else []))
        return self.current

    def reject(self, venue_id: str, version_id: str, rejections: Any, actor: Actor, note: str = "", looked: Looked = UNTOLD) -> Venue:
        self._did("reject", venue_id, version_id, rejections, actor, note, *([looked] if looked != UNTOLD else []))
        return self.current

    def publish(self, venue_id: str, actor: Actor) -> Venue:
        self._did("publish", venue_id, actor)
        return self.current

    def roll_back(self, venue_id: str, actor: Actor, version_id: str = "") -> Venue:
        self._did("roll_back", venue_id, actor, version_id)
        return self.current

    def retire(self, venue_id: str, actor: Actor) -> Venue:
        self._did("retire", venue_id, actor)
        return self.current

    def save(self, venue_id: str, wanted: Any, version: int, actor: Actor, *, accept_conflicts: bool = False, note: str = "") -> Venue:
        self._did("save", venue_id, wanted, version, actor, accept_conflicts, note)
        return self.current

    def undo(self, venue_id: str, version: int, actor: Actor, to: int | None = None) -> Venue:
        self._did("undo", venue_id, version, actor, to)
        return self.current

    def history(self, venue_id: str) -> EditsHistory:
        self._did("history", venue_id)
        record = EditsRecord(version=self.current.edits_version, edits=self.current.edits, by="olga", at=NOW)
        return EditsHistory(version=self.current.edits_version, edits=self.current.edits, records=(record,))

    def preview(self, venue_id: str, wanted: Any, at: datetime | None = None) -> EditPreview:
        self._did("preview", venue_id, wanted, at)
        price = Money.model_validate({"amount": "12.80", "currency": "CNY"})
        return EditPreview(
            version=self.current.edits_version,
            run=1,
            at=NOW,
            depth_before=24,
            depth_after=23,
            minimum=8,
            effect=EditEffect(
                leaving=(Moved(product_id="p2", from_rank=4, why="excluded", rule="exclude product p2"),),
                up=(Moved(product_id="p1", from_rank=9, to_rank=1, rule="pin product p1"),),
                shifted=7,
            ),
            floors=(FloorChange(title="抱枕", before=8, after=7),),
            conflicts=(),
            products={"p1": Named(title="熊猫玩偶", price=price), "p2": Named(title="熊猫挂件", price=price)},
        )

    def why(self, venue_id: str, product_id: str) -> ProductWhy:
        self._did("why", venue_id, product_id)
        left = LeftOut(product_id=product_id, code="near_duplicate", by="p1", ranks={"search": 12})
        return ProductWhy(
            product_id=product_id, title="熊猫玩偶", run=1, code="near_duplicate", left_out=left,
            text={"zh": "与另一件几乎相同", "en": "it nearly repeats another"}, mend={"zh": "置顶它", "en": "pin it"},
        )  # fmt: skip

    def campaigns(self) -> Sequence[Campaign]:
        self._did("campaigns")
        return []

    def campaign(self, campaign_id: str) -> CampaignDetail:
        self._did("campaign", campaign_id)
        request = CampaignRequest(sentence="帮我生成一个熊猫玩偶会场")
        record = Campaign(campaign_id=campaign_id, request=request, requested_by="operator", created_at=NOW, updated_at=NOW)
        return CampaignDetail(
            campaign=record, venues=(self.current,), cost=LedgerTotals(), budget=Budget(campaign_id=campaign_id, cap_usd=Decimal(50))
        )

    def venues(self, status: VenueStatus | None) -> Sequence[Venue]:
        self._did("venues", status)
        return [self.current]

    def venue(self, venue_id: str) -> VenueDetail:
        self._did("venue", venue_id)
        if venue_id != self.current.venue_id:
            raise NotFoundError(f"there is no venue {venue_id}", where="venue_id")
        step = StepRecord(step="ExpandTheme", status="done", started_at=NOW)
        return VenueDetail(venue=self.current, steps=(step,), step_names=VENUE_STEPS, materials=(), cost=LedgerTotals(calls=1))

    def venue_products(self, venue_id: str) -> VenueProducts:
        self._did("venue_products", venue_id)
        price = Money.model_validate({"amount": "12.80", "currency": "CNY"})
        product = ProductView(product_id="p1", title="熊猫玩偶", price=price, rank=1, reason=Reason(ranks={"search": 1}, score=1.0))
        return VenueProducts(recalled={"search": 3}, products=(product,))

    def venue_calls(self, venue_id: str) -> Sequence[ModelCall]:
        self._did("venue_calls", venue_id)
        return []

    def material_moves(self, venue_id: str, material_id: str) -> Sequence[MaterialMove]:
        self._did("material_moves", venue_id, material_id)
        return []

    def venue_audit(self, venue_id: str) -> Sequence[AuditEntry]:
        self._did("venue_audit", venue_id)
        return []

    def audit(self) -> Sequence[AuditEntry]:
        self._did("audit")
        return self.trail.recent()

    def products(self, words: str, catalogue: str | None, size: int) -> Sequence[FoundProduct]:
        self._did("products", words, catalogue, size)
        return []

    def finding_picture(self, venue_id: str, name: str) -> FindingPicture:
        self._did("finding_picture", venue_id, name)
        return FindingPicture(data="data:image/webp;base64,AAAA")

    def issue(self, venue_id: str) -> PreviewLink:
        self._did("issue", venue_id)
        return PreviewLink(url="/preview/t", expires_at=NOW)

    def link(self, folder: str, version_id: str) -> PreviewLink:
        self._did("link", folder, version_id)
        return PreviewLink(url="/preview/d", expires_at=NOW)

    def open(self, token: str) -> str:
        self._did("open", token)
        return "<!doctype html><title>会场</title>"

    def create_import(self, *given: Any) -> ImportCreated:
        self._did("create_import", *given)
        return ImportCreated(import_id="i-1", uploads=(Upload(role="main", url="https://bucket.example/put"),))

    def take(self, rows: Sequence[Mapping[str, Any]], actor: Actor, mapping: str = "") -> TrendReport:
        self._did("take", rows, actor, *([mapping] if mapping else []))
        return TrendReport(accepted=len(rows) - 1, rejected=(RejectedTrend(row=1, reason="heat: is missing"),))

    def all(self) -> Sequence[Any]:
        self._did("all")
        return []

    def festivals(self, days: int) -> Sequence[FestivalView]:
        self._did("festivals", days)
        return [
            FestivalView(
                code="mid_autumn",
                name={"zh": "中秋节", "en": "Mid-Autumn"},
                date="2026-09-25",
                days_left=24,
                lead_days=40,
            )
        ]


class ImportDesk:
    """Imports over the desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def create(self, catalogue: str, filename: str, mapping: str, files: tuple[UploadFile, ...], actor: Actor) -> ImportCreated:
        return self._desk.create_import(catalogue, filename, mapping, files, actor)

    def start(self, import_id: str, actor: Actor) -> Model:
        self._desk._did("start_import", import_id, actor)
        return LedgerTotals(calls=7)

    def status(self, import_id: str) -> Model:
        self._desk._did("import_status", import_id)
        return LedgerTotals(calls=7)


class StandStill:
    """Limits: one model whose circuit is open."""

    def standings(self) -> Sequence[Standing]:
        return [Standing(model="m", quota=Quota(requests_per_minute=60), circuit="open", why="5 calls in a row failed", opens_at=1.0)]


class ClaimsShelf:
    """Claims: every venue's were confirmed a moment ago."""

    def view(self, venue_id: str) -> ClaimsView:
        return ClaimsView(venue_id=venue_id, live=True, confirmed_at="2026-09-01T08:00:00.000Z", unread_seconds=30)


class SegmentShelf:
    """Segments: remembers what was set; the staged page has one for bulk buyers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def view(self, venue_id: str) -> VenueSegments:
        return VenueSegments(venue_id=venue_id, version_id="abc", own=None, campaign=("bulk",), on=("bulk",))

    def version_of(self, venue_id: str, segment: str) -> str:
        if segment == "nobody":
            raise NotFoundError(f"the staged page has none of its own for {segment!r}", where="segment")
        return f"abc-{segment}"

    def set_venue(self, venue_id: str, setting: SegmentSetting, actor: Actor) -> VenueSegments:
        checked(setting.segments or ())
        self._desk.calls.append(("set_venue_segments", venue_id, setting.segments, actor))
        return self.view(venue_id)

    def set_campaign(self, campaign_id: str, setting: SegmentSetting, actor: Actor) -> Campaign:
        checked(setting.segments or ())
        self._desk.calls.append(("set_campaign_segments", campaign_id, setting.segments, actor))
        return a_campaign()


class TrendShelf:
    """Trends over the desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.take = desk.take
        self.festivals = desk.festivals

    def ranked(self) -> Sequence[MergedTrend]:
        return [MergedTrend(trend=self._trend(), warmth=0.5, members=(Member(id="trend-2", source="t", title="熊猫真热"),))]

    def dropped(self, code: DropCode | None, most: int) -> Sequence[Trend]:
        trend = self._trend()
        dropped = trend.model_copy(update={"verdict": Verdict(drop="celebrity", because=("粉丝",))})
        return [dropped][:most] if code in (None, "celebrity") else []

    def summary(self) -> TrendSummary:
        return summarise([*self.dropped(None, 1), self._trend()])

    def calendar(self, days: int, language: Language, catalogue: str | None) -> UpcomingThemes:
        self._desk._did("calendar", days, language, catalogue)
        return UpcomingThemes(today=date(2026, 9, 1), upcoming=())

    def _trend(self) -> Trend:
        row = {
            "source": "s",
            "title": "熊猫热",
            "kind": "event",
            "heat": 9,
            "observed_on": "2026-08-30",
            "language": "zh",
        }
        return Trend.model_validate(row)


class OfferShelf:
    """Offers over the desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def take(self, offers: Sequence[Offer], actor: Actor) -> OffersTaken:
        self._desk._did("send_offers", len(offers), actor)
        return OffersTaken(accepted=len(offers))


class FloorShelf:
    """Floors over the desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.entries: list[KeptFloors] = []

    def arrange(self, venue_id: str, plan_id: str, floors: Sequence[ArrangedFloor], actor: Actor) -> Venue:
        self._desk._did("arrange", venue_id, plan_id, tuple(floors), actor)
        return self._desk.current

    def automatic(self, venue_id: str, actor: Actor) -> Venue:
        self._desk._did("automatic", venue_id, actor)
        return self._desk.current

    def kept(self) -> Sequence[KeptFloors]:
        return self.entries

    def change_kept(self, entry_id: str, revision: int, actor: Actor, *, titles: Sequence[str] | None, status: str | None) -> KeptFloors:
        self._desk._did("change_kept", entry_id, revision, actor, titles, status)
        return a_kept_entry()


class EditorDesk:
    """The page editor over the desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def open(self, venue_id: str) -> Any:
        self._desk._did("open_page", venue_id)
        return self._desk.current

    def history(self, venue_id: str) -> Sequence[PageSave]:
        self._desk._did("page_history", venue_id)
        return []

    def check(self, venue_id: str, draft: PageDraft) -> Sequence[TypedFinding]:
        self._desk._did("check_page", venue_id, draft)
        return []

    def look(self, venue_id: str, draft: PageDraft) -> DraftLook:
        self._desk._did("look_page", venue_id, draft)
        return DraftLook(folder=f"drafts/{venue_id}", version_id="h", findings=(), blocked=False)

    def merge(self, venue_id: str, base: PageDraft, mine: PageDraft) -> Merge:
        self._desk._did("merge_page", venue_id, base, mine)
        return Merge(merged=mine, current=base, theirs=())

    def save(self, venue_id: str, base: PageDraft, draft: PageDraft, actor: Actor, note: str = "") -> Venue:
        self._desk._did("save_page", venue_id, base, draft, actor, note)
        return self._desk.current

    def ask(self, venue_id: str, draft: PageDraft, place: str, seen: Sequence[str], actor: Actor) -> Asked:
        self._desk._did("ask_words", venue_id, draft, place, seen, actor)
        return Asked(ask_id="a-1", place=place, status="waiting")

    def shown(self, venue_id: str, ask_id: str, place: str) -> Asked:
        self._desk._did("asked_words", venue_id, ask_id, place)
        return Asked(ask_id=ask_id, place=place, status="ready")


class SchedulePlan:
    """Schedules over the desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def create(self, schedule: CampaignSchedule, actor: Actor) -> CampaignSchedule:
        self._desk._did("create_schedule", schedule, actor)
        self._desk.plans[schedule.name] = schedule
        return schedule

    def all(self) -> Sequence[CampaignSchedule]:
        return list(self._desk.plans.values())

    def delete(self, name: str, actor: Actor) -> None:
        self._desk._did("delete_schedule", name, actor)


class BriefDesk:
    """EditBrief that remembers what it was told; the newest plan is what it was last told to make."""

    def __init__(self, desk: Desk, campaigns: MemoryCampaigns) -> None:
        self._desk, self._campaigns = desk, campaigns

    def __call__(self, campaign_id: str, changes: BriefChanges, actor: Actor, saw_plan: int | None = None) -> Campaign:
        campaign = self._campaigns.get(campaign_id)
        if saw_plan not in (None, campaign.plan):
            raise ConflictError("another plan is newer", where="plan")
        self._desk._did("edit_brief", campaign_id, changes, actor, saw_plan)
        return self._campaigns.update(campaign_id, plan=campaign.plan + 1)


@dataclass
class OneVenue:
    """VenueStore.get of the desk's venue."""

    desk: Desk

    def get(self, venue_id: str) -> Venue:
        if venue_id != self.desk.current.venue_id:
            raise NotFoundError(f"there is no venue {venue_id}", where="venue_id")
        return self.desk.current


def template_desk(trail: MemoryAudit) -> TemplateDesk:
    """The real desk over memory; no venue is there, and previews are links to nowhere."""
    documents, nobody = FakeDocuments(), FakeVenues(FakeClock())
    return TemplateDesk(Templates(MemoryTemplates(), documents), documents, nobody, FakePages(), trail, FakeClock(), links=Links())


def migrations(trail: MemoryAudit) -> Migrations:
    """The real use case over memory, where no venue is."""
    documents, nobody, machines = FakeDocuments(), FakeVenues(FakeClock()), MemoryMachines()
    runs = Runs(nobody, MemoryCampaigns(), machines, MemoryBus(), FakeClock())  # type: ignore[arg-type]
    desk: Any = Desk()
    return Migrations(Templates(MemoryTemplates(), documents), documents, nobody, trail, FakeClock(), runs, desk)


class Links:
    """PreviewLinks that lead nowhere."""

    def link(self, owner: str, version_id: str) -> PreviewLink:
        return PreviewLink(url=f"/preview/{owner}.{version_id}", expires_at=NOW)


class Api:
    """The API on the desk; campaigns are started by the real use case over memory."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.issuer = FakeIssuer()
        self.machines = MemoryMachines()
        self.campaigns = MemoryCampaigns()
        industries = load_industries()
        self.ledger = MemoryLedger(FakeClock())
        self.venues = FakeVenues(FakeClock())
        budgets = BudgetDesk(
            ledger=self.ledger,
            campaigns=self.campaigns,
            venues=self.venues,
            machines=self.machines,
            runs=Runs(self.venues, self.campaigns, self.machines, MemoryBus(), FakeClock()),
            audit=self.desk.trail,
            clock=FakeClock(),
            operators_cap=Decimal(500),
        )
        start = StartCampaign(
            campaigns=self.campaigns,
            machines=self.machines,
            audit=self.desk.trail,
            bus=MemoryBus(),
            clock=FakeClock(),
            industries=industries,
            budgets=budgets,
        )
        self.results = results_of()
        self.constraints, self.feedback = MemoryConstraints(), MemoryFeedback()
        known = {"template": ("everyday_goods",), "style": ("bamboo_grove",), "industry": tuple(i.code for i in industries)}
        rules: Any = ConstraintDesk(self.constraints, OneVenue(self.desk), self.desk.trail, FakeClock(), known, place_in)  # type: ignore[arg-type]
        config = PublicConfig(
            issuer=ISSUER,
            client_id=CLIENT,
            offline_models=True,
            deployment="local",
            industries=tuple(IndustryName(code=i.code, zh=i.zh, en=i.en) for i in industries),
            version="0.1.0",
        )
        self.services = Services(
            config=config,
            verifier=verifier(self.issuer),
            start_campaign=start,
            edit_brief=BriefDesk(self.desk, self.campaigns),
            review=self.desk,
            pace=PaceKeeper(MemoryDecisions(), FakeClock()),
            release=ReleaseDesk(self.campaigns, self.desk.trail, FakeClock()),
            releases=ReleaseShelf(self.desk),
            release_schedule=PlanShelf(self.desk),
            merchandising=self.desk,
            results=self.results,
            explainer=self.desk,
            reader=self.desk,
            previews=self.desk,
            imports=ImportDesk(self.desk),
            offers=OfferShelf(self.desk),
            synonyms=SynonymDesk(FakeFiles(), self.desk.trail, FakeClock()),
            brands=BrandDesk(FakeFiles(), self.desk.trail, FakeClock()),
            trends=TrendShelf(self.desk),
            schedules=SchedulePlan(self.desk),
            floors=FloorShelf(self.desk),
            editor=EditorDesk(self.desk),
            other_words=EditorDesk(self.desk),
            constraints=rules,
            feedback=self.feedback,
            budgets=budgets,
            spending=self.ledger,
            limits=StandStill(),
            templates=template_desk(self.desk.trail),
            migrations=migrations(self.desk.trail),
            claims=ClaimsShelf(),
            segments=SegmentShelf(self.desk),
            proof=ProofShelf(self.desk),
            replay=ProofShelf(self.desk).replay,
        )
        self.app = build_app(self.services)

    def __call__(self, method: str, path: str, **how: Any) -> Reply:
        return reply(self.app(event(method, path, **how), FakeContext()))
