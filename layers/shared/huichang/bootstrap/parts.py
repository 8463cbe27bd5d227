"""What stations share: stores, queues, the index, the models. Made at first use and kept for the life of the process."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from huichang.adapters.aws import secret
from huichang.adapters.dynamodb.calls import StoredCalls
from huichang.adapters.dynamodb.campaigns import DynamoCampaigns, DynamoDueEdits, DynamoVenues
from huichang.adapters.dynamodb.cells import DynamoCells, Shards
from huichang.adapters.dynamodb.constraints import DynamoConstraints
from huichang.adapters.dynamodb.delivery import DynamoDelivery
from huichang.adapters.dynamodb.feedback import DynamoFeedback
from huichang.adapters.dynamodb.floors import DynamoFloorLibrary
from huichang.adapters.dynamodb.ledger import DynamoLedger
from huichang.adapters.dynamodb.limiter import DynamoLimiter, RushedCampaigns
from huichang.adapters.dynamodb.materials import DynamoMaterials
from huichang.adapters.dynamodb.records import DynamoAudit, DynamoTokens, DynamoTrends
from huichang.adapters.dynamodb.releases import DynamoReleasePlans, DynamoReleases
from huichang.adapters.dynamodb.table import Table
from huichang.adapters.messaging import (
    EventBridgeBus,
    Queue,
    SqsMaterials,
    StepFunctionsMachines,
)
from huichang.adapters.s3 import Bucket, S3CallAnswers, S3Documents, S3Pages
from huichang.kernel.clock import SystemClock
from huichang.settings import Settings, load

if TYPE_CHECKING:
    from huichang.adapters.live_pages import S3LivePages
    from huichang.adapters.openai_models import OpenAIModels
    from huichang.adapters.snapshots import QueuedRebuilds
    from huichang.delivery.serving.telling import TellingDelivery
    from huichang.line.brands import CurrentBrands
    from huichang.line.building import CollectMaterials
    from huichang.line.edging import EdgeTeller
    from huichang.line.floors import VenueFloors
    from huichang.line.lessons import Lessons
    from huichang.line.locking import TemplateLocks
    from huichang.line.pacing import PaceKeeper
    from huichang.line.policing import Policing, ThemeRules
    from huichang.line.promoting import CampaignReleases
    from huichang.line.proof.writing import Proofs
    from huichang.line.publishing import Publisher
    from huichang.line.release_schedule import ReleaseSchedule
    from huichang.line.releases import Releases
    from huichang.line.runs import Runs
    from huichang.line.selecting import Records
    from huichang.line.truth import Truth
    from huichang.materials.desk import MaterialDesk
    from huichang.materials.policy.labels import ContentMaker
    from huichang.pages.packages.shelf import Templates
    from huichang.pages.picture_shelf import PictureShelf
    from huichang.pages.releases import Slot
    from huichang.selection.fusion import Fusion
    from huichang.selection.index import ProductIndex
    from huichang.selection.recall import Recaller


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
def live_venues() -> DynamoDelivery:
    """Live venues and decisions, for whoever only reads."""
    return DynamoDelivery(table(), clock())


@cache
def rebuilds() -> QueuedRebuilds:
    """Asks for new snapshots."""
    from huichang.adapters.snapshots import QueuedRebuilds

    return QueuedRebuilds(Queue(settings().snapshot_queue_url), table(), clock())


@cache
def delivery(*, puts: bool = True) -> TellingDelivery:
    """The same for whoever puts venues live or takes them down: feeds hear of it. `puts`: see TellingDelivery."""
    from huichang.delivery.serving.telling import TellingDelivery

    return TellingDelivery(live_venues(), rebuilds(), puts)


@cache
def cells() -> DynamoCells:
    """What was counted, by window and place."""
    return DynamoCells(table(), Shards(table(), clock()), clock())


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
    from huichang.line.policing import Policing

    return Policing(pages=pages(), brands=brand_book())


@cache
def brand_book() -> CurrentBrands:
    """The brand rules in use."""
    from huichang.line.brands import CurrentBrands

    return CurrentBrands(bodies())


@cache
def theme_rules() -> ThemeRules:
    """The policy gate as planning asks it."""
    from huichang.line.policing import ThemeRules

    return ThemeRules(brand_book())


@cache
def content_maker() -> ContentMaker:
    """Whom AI labels name."""
    from huichang.materials.policy.labels import ContentMaker

    return ContentMaker(producer=settings().content_producer, propagator=settings().content_producer, trained=not is_offline())


@cache
def publisher() -> Publisher:
    """Puts versions live."""
    from huichang.line.publishing import Publisher
    from huichang.line.readiness import Readiness

    return Publisher(
        campaigns=campaigns(),
        venues=venues(),
        documents=documents(),
        pages=pages(),
        policing=policing(),
        releases=releases(),
        readiness=Readiness(truth(), settings().min_products_per_venue),
    )


@cache
def truth() -> Truth:
    """Reviewed versions with the facts of now."""
    from huichang.line.truth import Truth

    return Truth(
        documents=documents(),
        index=index(),
        pages=pages(),
        policing=policing(),
        pictures=picture_shelf(),
        clock=clock(),
        templates=templates(),
    )


@cache
def proofs() -> Proofs:
    """Manifests of releases."""
    from huichang.line.proof.writing import Proofs

    return Proofs(campaigns=campaigns(), venues=venues(), documents=documents(), pages=pages(), ledger=ledger(), trail=audit())


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

    return PictureShelf(media=pages(), allowed_hosts=picture_hosts())


def picture_hosts() -> tuple[str, ...]:
    """Where pictures of foreign products may come from."""
    return listed(settings().picture_hosts)


def listed(setting: str) -> tuple[str, ...]:
    """A comma-separated setting."""
    return tuple(each.strip() for each in setting.split(",") if each.strip())


@cache
def fusion() -> Fusion:
    """Three recalls to one selection."""
    from huichang.catalog.industries import load_industries
    from huichang.selection.fusion import Fusion

    return Fusion(index(), load_industries(), max_products=settings().max_products_per_venue, clock=clock())


@cache
def floor_library() -> DynamoFloorLibrary:
    """Floors that operators made."""
    return DynamoFloorLibrary(table())


@cache
def pace() -> PaceKeeper:
    """How long people look at a venue."""
    from huichang.adapters.dynamodb.pacing import DynamoDecisions
    from huichang.line.pacing import PaceKeeper

    return PaceKeeper(DynamoDecisions(table()), clock())


@cache
def venue_floors() -> VenueFloors:
    """How a venue is divided."""
    from huichang.line.floors import VenueFloors
    from huichang.selection.floors import FloorPlanner

    return VenueFloors(planner=FloorPlanner(), library=floor_library(), index=index())


@cache
def due_edits() -> DynamoDueEdits:
    """When edits begin or end."""
    return DynamoDueEdits(table())


@cache
def templates() -> Templates:
    """Page templates: those that ship, and uploaded ones."""
    from huichang.adapters.dynamodb.templates import DynamoTemplates
    from huichang.pages.packages.shelf import Templates

    return Templates(store=DynamoTemplates(table()), documents=documents())


@cache
def locks() -> TemplateLocks:
    """Which regions of a venue nobody may change."""
    from huichang.line.locking import TemplateLocks

    return TemplateLocks(documents(), templates())


# --- releases -----------------------------------------------------------------------------------------------------------


@cache
def release_store() -> DynamoReleases:
    """What each campaign shows, release by release."""
    return DynamoReleases(table())


@cache
def release_plans() -> DynamoReleasePlans:
    """When campaigns are released and retired."""
    return DynamoReleasePlans(table())


@cache
def released_pages() -> S3LivePages:
    """What buyers get of a venue, as its campaign's current release shows it."""
    from huichang.adapters.live_pages import S3LivePages

    @cache  # a venue stays in its campaign, and every look at a page asks several times
    def campaign_of(venue_id: str) -> str:
        return venues().get(venue_id).campaign_id

    def slot_of(venue_id: str) -> Slot | None:
        release = release_store().current(campaign_of(venue_id))
        return next((slot for slot in release.slots if slot.venue_id == venue_id), None) if release else None

    return S3LivePages(Bucket(settings().pages_bucket), slot_of)


@cache
def edge_teller() -> EdgeTeller:
    """Tells the front door's store."""
    from huichang.adapters.edge_store import CloudFrontStore
    from huichang.line.edging import EdgeTeller

    return EdgeTeller(release_store(), CloudFrontStore(settings().edge_store_arn, settings().edge_store_endpoint))


@cache
def releases() -> Releases:
    """One write turns all venues of a campaign."""
    from huichang.line.listing import SiblingShelf
    from huichang.line.releases import Releases

    return Releases(
        store=release_store(),
        campaigns=campaigns(),
        venues=venues(),
        documents=documents(),
        pages=pages(),
        delivery=delivery(),
        bus=bus(),
        clock=clock(),
        edge=edge_teller(),
        proofs=proofs(),
        siblings=SiblingShelf(campaigns(), venues(), documents(), pages(), policing(), truth()),
    )


@cache
def campaign_releases() -> CampaignReleases:
    """Whole campaigns at once."""
    from huichang.line.promoting import CampaignReleases

    return CampaignReleases(campaigns(), venues(), releases(), publisher(), audit(), bus(), clock())


@cache
def release_schedule() -> ReleaseSchedule:
    """Releases that come by themselves."""
    from huichang.line.release_schedule import ReleaseSchedule

    # Nobody waits for the tick: it may judge for longer than a call of the API, within its 55 seconds.
    releases = replace(campaign_releases(), judging_seconds=30.0)
    return ReleaseSchedule(campaigns(), release_plans(), releases, audit(), clock())
