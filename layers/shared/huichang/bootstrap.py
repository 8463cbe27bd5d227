"""Where ports meet adapters: one factory for each function. Only this file reads settings.

Everything is made at first use and kept for the life of the process. Imports of what only some functions carry in their
layers (openai, opensearch-py, numpy, Pillow, PyJWT) stand inside the factories that need them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from huichang.adapters.aws import secret
from huichang.adapters.dynamodb.calls import StoredCalls
from huichang.adapters.dynamodb.campaigns import DynamoCampaigns, DynamoDueEdits, DynamoVenues
from huichang.adapters.dynamodb.constraints import DynamoConstraints
from huichang.adapters.dynamodb.delivery import DynamoDelivery
from huichang.adapters.dynamodb.feedback import DynamoFeedback
from huichang.adapters.dynamodb.floors import DynamoFloorLibrary
from huichang.adapters.dynamodb.ledger import DynamoLedger
from huichang.adapters.dynamodb.limiter import DynamoLimiter, RushedCampaigns
from huichang.adapters.dynamodb.materials import DynamoMaterials
from huichang.adapters.dynamodb.records import DynamoAudit, DynamoTokens, DynamoTrends
from huichang.adapters.dynamodb.table import Table
from huichang.adapters.messaging import (
    EventBridgeBus,
    Queue,
    SqsMaterials,
    StepFunctionsMachines,
)
from huichang.adapters.s3 import Bucket, S3CallAnswers, S3Documents, S3Pages
from huichang.kernel.clock import SystemClock
from huichang.kernel.errors import NotFoundError
from huichang.settings import Settings, load

if TYPE_CHECKING:
    from huichang.adapters.openai_models import OpenAIModels
    from huichang.delivery.beacons import AcceptBeacons, CountBeacons
    from huichang.delivery.feed import Feed
    from huichang.line import building, campaign, ending, importing, selecting
    from huichang.line.budgets import BudgetDesk
    from huichang.line.building import CollectMaterials
    from huichang.line.desks import TrendDesk
    from huichang.line.floors import VenueFloors
    from huichang.line.lessons import Lessons
    from huichang.line.merchandising import DueEditsDesk, Merchandising
    from huichang.line.offers import ApplyOffers
    from huichang.line.policing import Policing
    from huichang.line.publishing import Publisher
    from huichang.line.review import Review
    from huichang.line.runs import Runs
    from huichang.line.selecting import Records
    from huichang.materials.desk import MaterialDesk
    from huichang.materials.policy.labels import ContentMaker
    from huichang.pages.model import PixelInspector
    from huichang.pages.picture_shelf import PictureShelf
    from huichang.selection.fusion import Fusion
    from huichang.selection.index import ProductIndex
    from huichang.selection.recall import Recaller
    from huichang.trends.sorting import SortWaiting
    from huichang.web.services import Services

VERSION = "0.1.0"


# --- parts ------------------------------------------------------------------------------------------------------------


@cache
def settings() -> Settings:
    """The environment, read and checked once."""
    return load()


@cache
def clock() -> SystemClock:
    """The machine's clock."""
    return SystemClock()


@cache
def table() -> Table:
    """The state table."""
    return Table(settings().state_table)


@cache
def bodies() -> Bucket:
    """The bucket of bodies."""
    return Bucket(settings().body_bucket)


@cache
def documents() -> S3Documents:
    """Step bodies."""
    return S3Documents(bodies())


@cache
def pages() -> S3Pages:
    """Versions, media, live pages."""
    return S3Pages(Bucket(settings().pages_bucket))


@cache
def campaigns() -> DynamoCampaigns:
    """Campaign records."""
    return DynamoCampaigns(table(), clock())


@cache
def venues() -> DynamoVenues:
    """Venue records."""
    return DynamoVenues(table(), clock())


@cache
def material_store() -> DynamoMaterials:
    """Material tasks."""
    return DynamoMaterials(table(), clock())


@cache
def tokens() -> DynamoTokens:
    """Callback tokens."""
    return DynamoTokens(table())


@cache
def trends() -> DynamoTrends:
    """Trends."""
    return DynamoTrends(table())


@cache
def ledger() -> DynamoLedger:
    """The book of model calls."""
    return DynamoLedger(table(), clock(), default_cap=settings().campaign_cap_usd, answers=call_log())


@cache
def call_log() -> StoredCalls:
    """Answers of model calls, and leases on calls that are being made."""
    return StoredCalls(table(), S3CallAnswers(bodies()), clock())


@cache
def limiter() -> DynamoLimiter:
    """How fast models may be called."""
    from huichang.quotas.model import load_quotas

    return DynamoLimiter(table(), load_quotas(settings().model_quotas), clock())


@cache
def audit() -> DynamoAudit:
    """The audit trail."""
    return DynamoAudit(table(), clock())


@cache
def delivery() -> DynamoDelivery:
    """Live venues and counters."""
    return DynamoDelivery(table(), clock())


@cache
def bus() -> EventBridgeBus:
    """The event bus."""
    return EventBridgeBus(settings().event_bus)


@cache
def machines() -> StepFunctionsMachines:
    """The state machines."""
    return StepFunctionsMachines(settings().campaign_machine_arn, settings().venue_machine_arn)


@cache
def index() -> ProductIndex:
    """The product index that SEARCH_ENDPOINT names."""
    from huichang.adapters.index import open_index
    from huichang.line.synonyms import CurrentSynonyms

    known = settings()
    synonyms = CurrentSynonyms(bodies())
    return open_index(
        known.search_endpoint, index=known.search_index, dimension=known.embedding_dimension, synonyms=synonyms, clock=clock()
    )


def is_offline() -> bool:
    """Whether the models are the local stand-ins, so that pages can say so on their face."""
    return settings().chat_model.startswith("huichang-offline")


@cache
def models(*, comes_back: bool = False) -> OpenAIModels:
    """The one seam to chat, embedding and image models. `comes_back`: see quotas.model.Ask."""
    from huichang.adapters.openai_models import OpenAIModels
    from huichang.adapters.paid_calls import LEASE_MARGIN_SECONDS, PaidCalls
    from huichang.ledger.prices import load_prices

    known = settings()
    calls = PaidCalls(
        call_log=call_log(),
        ledger=ledger(),
        limiter=limiter(),
        priorities=RushedCampaigns(lambda campaign_id: ledger().budget(campaign_id).rush, clock()),
        prices=load_prices(known.model_prices, unknown=known.unknown_model_price),
        clock=clock(),
        timeout=known.model_timeout_seconds,
        # A worker that was killed leaves its lease behind. The machines try five times: together their tries outlast it.
        lease_wait=(known.model_timeout_seconds + LEASE_MARGIN_SECONDS) / 4,
        comes_back=comes_back,
    )
    return OpenAIModels(
        base_url=known.model_base_url,
        api_key=secret(known.model_api_key_secret),
        chat_model=known.chat_model,
        embedding_model=known.embedding_model,
        image_model=known.image_model,
        query_prefix=known.embedding_query_prefix,
        passage_prefix=known.embedding_passage_prefix,
        timeout=known.model_timeout_seconds,
        calls=calls,
        clock=clock(),
    )


@cache
def records() -> Records:
    """What every venue station uses."""
    from huichang.line.journal import Journal
    from huichang.line.selecting import Records

    return Records(
        campaigns=campaigns(),
        venues=venues(),
        documents=documents(),
        journal=Journal(venues(), clock()),
        bus=bus(),
        clock=clock(),
    )


@cache
def run_keeper() -> Runs:
    """Runs of machines."""
    from huichang.line.runs import Runs

    return Runs(venues=venues(), campaigns=campaigns(), machines=machines(), bus=bus(), clock=clock())


@cache
def desk() -> MaterialDesk:
    """The material desk."""
    from huichang.materials.desk import MaterialDesk

    known = settings()
    return MaterialDesk(
        material_store(),
        documents(),
        SqsMaterials(Queue(known.copy_queue_url), Queue(known.image_queue_url)),
        bus(),
        clock(),
        stale_seconds=known.material_stale_seconds,
        max_attempts=known.material_max_attempts,
        max_wait_seconds=known.material_max_wait_seconds,
    )


@cache
def collector() -> CollectMaterials:
    """Counts finished materials."""
    from huichang.line.building import CollectMaterials

    return CollectMaterials(records=records(), desk=desk(), materials=material_store(), tokens=tokens())


@cache
def constraints() -> DynamoConstraints:
    """Lasting constraints."""
    return DynamoConstraints(table())


@cache
def feedback() -> DynamoFeedback:
    """Rejections and acceptances, for the model platform."""
    return DynamoFeedback(table())


@cache
def lessons() -> Lessons:
    """What rejections leave behind."""
    from huichang.line.lessons import Lessons

    return Lessons(constraints(), feedback(), material_store(), documents(), bus(), clock())


@cache
def policing() -> Policing:
    """The policy gate, with the brand rules in use."""
    from huichang.line.brands import CurrentBrands
    from huichang.line.policing import Policing

    return Policing(pages=pages(), brands=CurrentBrands(bodies()))


@cache
def content_maker() -> ContentMaker:
    """Whom AI labels name."""
    from huichang.materials.policy.labels import ContentMaker

    return ContentMaker(producer=settings().content_producer, propagator=settings().content_producer, trained=not is_offline())


@cache
def publisher() -> Publisher:
    """Puts versions live."""
    from huichang.line.publishing import Publisher

    return Publisher(
        venues=venues(), documents=documents(), pages=pages(), delivery=delivery(), bus=bus(), clock=clock(), policing=policing()
    )


@cache
def recaller() -> Recaller:
    """The three recalls."""
    from huichang.catalog.industries import load_industries
    from huichang.selection.recall import Recaller
    from huichang.selection.rules import RuleWriter

    return Recaller(index(), models(), RuleWriter(models(), index()), load_industries())


@cache
def picture_shelf() -> PictureShelf:
    """Product pictures."""
    from huichang.pages.picture_shelf import PictureShelf

    return PictureShelf(media=pages(), allowed_hosts=_picture_hosts())


def _picture_hosts() -> tuple[str, ...]:
    return tuple(host.strip() for host in settings().picture_hosts.split(",") if host.strip())


# --- campaign stations ------------------------------------------------------------------------------------------------


@cache
def start_campaign() -> campaign.StartCampaign:
    """A sentence becomes a campaign."""
    from huichang.catalog.industries import load_industries
    from huichang.line.campaign import StartCampaign

    return StartCampaign(
        campaigns=campaigns(),
        machines=machines(),
        audit=audit(),
        bus=bus(),
        clock=clock(),
        industries=load_industries(),
        budgets=budget_desk(),
    )


@cache
def budget_desk() -> BudgetDesk:
    """What campaigns may spend."""
    from huichang.line.budgets import BudgetDesk

    return BudgetDesk(
        ledger=ledger(),
        campaigns=campaigns(),
        venues=venues(),
        machines=machines(),
        runs=run_keeper(),
        audit=audit(),
        clock=clock(),
        operators_cap=settings().campaign_cap_operators_usd,
    )


def start_scheduled_campaign() -> Callable[[campaign.ScheduledStart], dict[str, Any]]:
    """For functions/start_campaign."""
    return start_campaign().scheduled


@cache
def interpret_brief() -> campaign.InterpretBrief:
    """For functions/interpret_brief."""
    from huichang.catalog.industries import load_industries
    from huichang.line.campaign import InterpretBrief
    from huichang.themes.interpreting import Interpreter

    return InterpretBrief(campaigns=campaigns(), interpreter=Interpreter(models(), load_industries(), clock()), offline=is_offline())


@cache
def plan_themes() -> campaign.PlanThemes:
    """For functions/plan_themes."""
    from huichang.catalog.industries import load_industries
    from huichang.line.campaign import PlanThemes
    from huichang.themes.planning import Planner, PlanningLimits

    known = settings()
    limits = PlanningLimits(
        min_products=known.min_products_per_venue,
        min_floor=known.min_products_per_floor,
        min_merchants=known.min_merchants_per_venue,
        min_price_ratio=known.min_price_ratio_per_venue,
        same_name=known.same_venue_name,
        same_products=known.same_venue_products,
    )
    planner = Planner(models(), index(), trends(), clock(), load_industries(), limits=limits)
    return PlanThemes(campaigns=campaigns(), venues=venues(), documents=documents(), planner=planner, bus=bus(), clock=clock())


@cache
def close_campaign() -> campaign.CloseCampaign:
    """For functions/close_campaign."""
    from huichang.line.campaign import CloseCampaign

    return CloseCampaign(campaigns=campaigns(), venues=venues())


@cache
def fail_campaign() -> campaign.FailCampaign:
    """For functions/fail_campaign."""
    from huichang.line.campaign import FailCampaign

    return FailCampaign(campaigns=campaigns())


# --- venue stations ---------------------------------------------------------------------------------------------------


@cache
def expand_theme() -> selecting.ExpandTheme:
    """For functions/expand_theme."""
    from huichang.line.selecting import ExpandTheme
    from huichang.themes.expanding import Expander

    return ExpandTheme(records=records(), expander=Expander(models(), index()))


@cache
def recall_by_search() -> selecting.RecallBySearch:
    """For functions/recall_by_search."""
    from huichang.catalog.industries import load_industries
    from huichang.line.selecting import RecallBySearch
    from huichang.selection.recall import Recaller

    return RecallBySearch(records=records(), recaller=Recaller(index(), industries=load_industries()))


@cache
def recall_by_vector() -> selecting.RecallByVector:
    """For functions/recall_by_vector."""
    from huichang.line.selecting import RecallByVector

    return RecallByVector(records=records(), recaller=recaller())


@cache
def recall_by_rules() -> selecting.RecallByRules:
    """For functions/recall_by_rules."""
    from huichang.line.selecting import RecallByRules

    return RecallByRules(records=records(), recaller=recaller(), min_products=settings().min_products_per_venue)


@cache
def fusion() -> Fusion:
    """Three recalls to one selection."""
    from huichang.catalog.industries import load_industries
    from huichang.selection.fusion import Fusion

    return Fusion(index(), load_industries(), max_products=settings().max_products_per_venue, clock=clock())


@cache
def fuse_recall() -> selecting.FuseRecall:
    """For functions/fuse_recall."""
    from huichang.line.selecting import FuseRecall

    return FuseRecall(records=records(), fusion=fusion(), min_products=settings().min_products_per_venue)


@cache
def recruit_merchants() -> selecting.RecruitMerchants:
    """For functions/recruit_merchants."""
    from huichang.line.selecting import RecruitMerchants

    return RecruitMerchants(records=records(), runs=run_keeper(), min_products=settings().min_products_per_venue)


@cache
def floor_library() -> DynamoFloorLibrary:
    """Floors that operators made."""
    return DynamoFloorLibrary(table())


@cache
def venue_floors() -> VenueFloors:
    """How a venue is divided."""
    from huichang.line.floors import VenueFloors
    from huichang.selection.floors import FloorPlanner

    return VenueFloors(planner=FloorPlanner(), library=floor_library(), index=index())


@cache
def plan_floors() -> selecting.PlanFloors:
    """For functions/plan_floors."""
    from huichang.line.selecting import PlanFloors

    return PlanFloors(records=records(), floors=venue_floors(), index=index())


@cache
def match_template() -> building.MatchTemplate:
    """For functions/match_template."""
    from huichang.line.building import MatchTemplate
    from huichang.pages.templates import load_templates

    return MatchTemplate(records=records(), index=index(), templates=load_templates())


@cache
def request_materials() -> building.RequestMaterials:
    """For functions/request_materials."""
    from huichang.line.building import RequestMaterials
    from huichang.pages.templates import load_templates

    return RequestMaterials(
        records=records(),
        index=index(),
        templates=load_templates(),
        trends=trends(),
        desk=desk(),
        tokens=tokens(),
        collect=collector(),
        lessons=lessons(),
    )


def generate_copy() -> Callable[[str], None]:
    """For functions/generate_copy."""
    from huichang.materials.copywriting import write_copy
    from huichang.materials.model import MaterialReference, MaterialRequest

    def produce(request: MaterialRequest) -> Any:
        return write_copy(request, models(comes_back=True), policing().of(venues().get(request.venue_id)))

    return lambda body: desk().work(MaterialReference.model_validate_json(body), produce)


def generate_image() -> Callable[[str], None]:
    """For functions/generate_image."""
    from huichang.adapters.imaging import PillowEncoder
    from huichang.adapters.imaging_look import PillowEyes
    from huichang.materials.model import MaterialReference, MaterialRequest
    from huichang.materials.painting import paint

    def produce(request: MaterialRequest) -> Any:
        return paint(request, models(comes_back=True), PillowEncoder(), pages(), PillowEyes(), content_maker())

    return lambda body: desk().work(MaterialReference.model_validate_json(body), produce)


def collect_material() -> Callable[[str], None]:
    """For functions/collect_material. The message is EventBridge's envelope around a MaterialReady or MaterialFailed."""
    return lambda body: _collect(json.loads(body)["detail"]["venue_id"])


def _collect(venue_id: str) -> None:
    collector().collect(venue_id)


@cache
def render_page() -> building.RenderPage:
    """For functions/render_page."""
    from huichang.line.building import RenderPage

    return RenderPage(
        records=records(),
        index=index(),
        materials=material_store(),
        pages=pages(),
        pictures=picture_shelf(),
        offline=is_offline(),
        policing=policing(),
        maker=content_maker(),
    )


@cache
def inspect_page() -> building.InspectPage:
    """For functions/inspect_page."""
    from huichang.line.building import InspectPage
    from huichang.pages.templates import load_templates

    return InspectPage(records=records(), pages=pages(), pixels=_inspector(), templates=load_templates(), picture_hosts=_picture_hosts())


def _inspector() -> PixelInspector:
    """A browser where there is one. Without browser or playwright it reports "not run", never "passed"."""
    from huichang.adapters.browser import ChromiumInspector, find_browser

    types = {"svg": "image/svg+xml", "webp": "image/webp", "png": "image/png", "jpg": "image/jpeg"}

    def resolve(path: str) -> tuple[bytes, str] | None:
        try:
            return pages().read_media(path.lstrip("/")), types.get(path.rsplit(".", 1)[-1], "application/octet-stream")
        except NotFoundError:
            return None

    return ChromiumInspector(find_browser(), resolve)


@cache
def request_review() -> building.RequestReview:
    """For functions/request_review."""
    from huichang.line.building import RequestReview

    return RequestReview(records=records(), tokens=tokens())


@cache
def publish_venue() -> ending.PublishVenue:
    """For functions/publish_venue."""
    from huichang.line.ending import PublishVenue

    return PublishVenue(records=records(), publisher=publisher(), lessons=lessons())


@cache
def fail_venue() -> ending.FailVenue:
    """For functions/fail_venue."""
    from huichang.line.ending import FailVenue

    return FailVenue(records=records(), runs=run_keeper(), lessons=lessons())


def sweep_stale_work() -> Callable[[], dict[str, int]]:
    """For functions/sweep_stale_work."""
    return lambda: run_keeper().sweep(collector(), desk(), due_edits_desk(), ledger())


def sort_trends() -> Callable[[], dict[str, int]]:
    """For functions/sort_trends."""
    return _waiting_trends()


@cache
def _waiting_trends() -> SortWaiting:
    from huichang.catalog.industries import load_industries
    from huichang.trends.sorting import SortWaiting, TrendSorter

    return SortWaiting(trends(), TrendSorter(load_industries(), models))


# --- catalogue --------------------------------------------------------------------------------------------------------


@cache
def imports() -> importing.Imports:
    """Catalogue imports."""
    from huichang.adapters.dynamodb.imports import DynamoImports
    from huichang.line.importing import Imports

    return Imports(
        records=DynamoImports(table(), clock()),
        files=bodies(),
        queue=Queue(settings().import_queue_url),
        index_queue=Queue(settings().index_queue_url),
        audit=audit(),
        clock=clock(),
    )


def import_catalogue() -> Callable[[str], None]:
    """For functions/import_catalogue."""
    return imports().slice


def index_products() -> Callable[[str], None]:
    """For functions/index_products."""
    from huichang.line.importing import IndexBatches

    return IndexBatches(imports=imports(), index=index(), embeddings=models(comes_back=True), dimension=settings().embedding_dimension).take


def apply_offers() -> Callable[[str], None]:
    """For functions/apply_offers."""
    return _apply_offers().take


@cache
def _apply_offers() -> ApplyOffers:
    from huichang.line.offers import ApplyOffers, StockWatch

    watch = StockWatch(
        venues=venues(),
        documents=documents(),
        index=index(),
        audit=audit(),
        clock=clock(),
        min_products=settings().min_products_per_venue,
    )
    return ApplyOffers(index=index(), bus=bus(), clock=clock(), watch=watch)


# --- merchandising ----------------------------------------------------------------------------------------------------


@cache
def due_edits() -> DynamoDueEdits:
    """When edits begin or end."""
    return DynamoDueEdits(table())


@cache
def due_edits_desk() -> DueEditsDesk:
    """Applies edits whose time has come."""
    from huichang.line.merchandising import DueEditsDesk

    return DueEditsDesk(venues=venues(), audit=audit(), clock=clock(), runs=run_keeper(), due=due_edits())


@cache
def merchandising() -> Merchandising:
    """What operators do to a venue's goods."""
    from huichang.line.merchandising import Merchandising

    return Merchandising(
        venues=venues(),
        campaigns=campaigns(),
        documents=documents(),
        audit=audit(),
        clock=clock(),
        index=index(),
        fusion=fusion(),
        floors=venue_floors(),
        runs=run_keeper(),
        due=due_edits(),
        min_products=settings().min_products_per_venue,
    )


# --- edge -------------------------------------------------------------------------------------------------------------


@cache
def review() -> Review:
    """What people decide."""
    from huichang.line.journal import Journal
    from huichang.line.review import Review

    return Review(
        venues=venues(),
        materials=material_store(),
        documents=documents(),
        tokens=tokens(),
        audit=audit(),
        bus=bus(),
        clock=clock(),
        journal=Journal(venues(), clock()),
        pages=pages(),
        delivery=delivery(),
        publisher=publisher(),
        lessons=lessons(),
        max_rounds=settings().review_rounds,
    )


def _trend_desk() -> TrendDesk:
    from huichang.catalog.industries import load_industries
    from huichang.line.desks import TrendDesk
    from huichang.themes.depth import StockDepth
    from huichang.themes.upcoming import Upcoming
    from huichang.trends.sorting import TrendSorter

    industries = load_industries()
    return TrendDesk(
        store=trends(),
        audit=audit(),
        clock=clock(),
        industries=industries,
        sorter=TrendSorter(industries),
        upcoming=Upcoming(StockDepth(index(), industries), industries, min_products=settings().min_products_per_venue),
    )


@cache
def services() -> Services:
    """Everything the API reaches."""
    from huichang.adapters.oidc import OidcVerifier
    from huichang.adapters.schedules import EventBridgeSchedules
    from huichang.catalog.industries import load_industries
    from huichang.line.arranging import FloorDesk
    from huichang.line.brands import BrandDesk
    from huichang.line.briefing import EditBrief
    from huichang.line.constraining import ConstraintDesk
    from huichang.line.desks import ScheduleDesk
    from huichang.line.explaining import Explainer
    from huichang.line.offers import OfferDesk
    from huichang.line.synonyms import SynonymDesk
    from huichang.line.view_models import IndustryName, PublicConfig
    from huichang.line.views import Reader
    from huichang.pages.styles import load_presets
    from huichang.pages.templates import load_templates
    from huichang.web.preview import SignedPreviews
    from huichang.web.services import Services

    known = settings()
    return Services(
        config=PublicConfig(
            issuer=known.oidc_issuer,
            client_id=known.oidc_client_id,
            offline_models=is_offline(),
            deployment=known.deployment,
            industries=tuple(IndustryName(code=i.code, zh=i.zh, en=i.en) for i in load_industries()),
            version=VERSION,
        ),
        verifier=OidcVerifier(known.oidc_issuer, known.oidc_client_id),
        start_campaign=start_campaign(),
        edit_brief=EditBrief(campaigns(), venues(), machines(), audit(), clock(), load_industries(), index()),
        review=review(),
        merchandising=merchandising(),
        explainer=Explainer(venues=venues(), documents=documents(), index=index(), clock=clock()),
        reader=Reader(
            campaign_records=campaigns(),
            venue_records=venues(),
            materials=material_store(),
            documents=documents(),
            ledger=ledger(),
            trail=audit(),
            index=index(),
            pictures=picture_shelf(),
        ),
        previews=SignedPreviews(secret=lambda: secret(known.preview_secret_name), venues=venues(), pages=pages(), clock=clock()),
        imports=imports(),
        trends=_trend_desk(),
        offers=OfferDesk(Queue(known.offers_queue_url), audit(), clock()),
        budgets=budget_desk(),
        spending=ledger(),
        limits=limiter(),
        floors=FloorDesk(venues(), documents(), index(), floor_library(), run_keeper(), audit(), clock(), policing()),
        synonyms=SynonymDesk(bodies(), audit(), clock()),
        constraints=ConstraintDesk(
            constraints(),
            venues(),
            audit(),
            clock(),
            known={
                "template": frozenset(load_templates()),
                "style": frozenset(load_presets()),
                "industry": frozenset(industry.code for industry in load_industries()),
            },
        ),
        feedback=feedback(),
        brands=BrandDesk(bodies(), audit(), clock()),
        schedules=ScheduleDesk(
            EventBridgeSchedules(known.schedule_group, known.schedule_role_arn, known.schedule_target_arn),
            audit(),
            clock(),
            load_industries(),
        ),
    )


@cache
def feed() -> Feed:
    """For functions/serve_feed."""
    from huichang.delivery.feed import Feed

    return Feed(delivery(), clock())


@cache
def accept_beacons() -> AcceptBeacons:
    """For functions/accept_beacons."""
    from huichang.adapters.messaging import SqsBeacons
    from huichang.delivery.beacons import AcceptBeacons

    return AcceptBeacons(SqsBeacons(Queue(settings().beacon_queue_url)), clock())


@cache
def count_beacons() -> CountBeacons:
    """For functions/count_beacons."""
    from huichang.delivery.beacons import CountBeacons

    return CountBeacons(delivery(), clock())
