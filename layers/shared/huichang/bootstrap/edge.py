"""The API, the console and the buyers: what people and pages ask for."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from huichang.adapters.aws import secret
from huichang.adapters.messaging import (
    Queue,
)
from huichang.bootstrap.campaign_stations import budget_desk, start_campaign
from huichang.bootstrap.catalogue import imports
from huichang.bootstrap.delivery import placements
from huichang.bootstrap.living import claims
from huichang.bootstrap.parts import (
    audit,
    bodies,
    bus,
    campaign_releases,
    campaigns,
    cells,
    clock,
    constraints,
    delivery,
    desk,
    documents,
    due_edits,
    feedback,
    floor_library,
    fusion,
    index,
    is_offline,
    ledger,
    lessons,
    limiter,
    locks,
    machines,
    material_store,
    pace,
    pages,
    picture_shelf,
    policing,
    proofs,
    publisher,
    rebuilds,
    release_schedule,
    released_pages,
    releases,
    run_keeper,
    settings,
    templates,
    theme_rules,
    tokens,
    trends,
    venue_floors,
    venues,
)
from huichang.bootstrap.results import results_desk
from huichang.bootstrap.standing import standing_desk, standings
from huichang.bootstrap.traffic import rulebook, traffic_desk
from huichang.bootstrap.venue_stations import page_renderer

if TYPE_CHECKING:
    from huichang.line.desks import TrendDesk
    from huichang.line.merchandising import Merchandising
    from huichang.line.review import Review
    from huichang.web.services import Services

VERSION = "0.1.0"


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
        locks=locks(),
    )


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
        publisher=publisher(),
        lessons=lessons(),
        pace=pace(),
        max_rounds=settings().review_rounds,
        locks=locks(),
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
    from huichang.bootstrap.policies import policy_desk
    from huichang.catalog.industries import load_industries
    from huichang.line.arranging import FloorDesk
    from huichang.line.brands import BrandDesk
    from huichang.line.briefing import EditBrief
    from huichang.line.constraining import ConstraintDesk
    from huichang.line.desks import ScheduleDesk
    from huichang.line.editing import PageEditor
    from huichang.line.editor.asking import OtherWords
    from huichang.line.editor.page import PageReader
    from huichang.line.explaining import Explainer
    from huichang.line.first_image_desk import FirstImageDesk
    from huichang.line.living_views import ClaimsReader
    from huichang.line.migrating import Migrations
    from huichang.line.offers import OfferDesk
    from huichang.line.placing import PlacementDesk
    from huichang.line.proof.model import FinishedPictures
    from huichang.line.proof.replaying import Replay
    from huichang.line.proof.sandbox import KeptPictures
    from huichang.line.proof.telling import WhyVenue
    from huichang.line.releasing import ReleaseDesk
    from huichang.line.segmenting import SegmentDesk
    from huichang.line.synonyms import SynonymDesk
    from huichang.line.templating import TemplateDesk
    from huichang.line.view_models import IndustryName, PublicConfig
    from huichang.line.views import Reader
    from huichang.materials.styles.packages import load_presets
    from huichang.pages.mirroring import Remembered
    from huichang.web.preview import SignedPreviews
    from huichang.web.services import Services

    known = settings()
    edited = PageReader(venues(), material_store(), documents(), index(), templates())
    return Services(
        other_words=OtherWords(edited, desk(), policing(), locks(), audit()),
        editor=PageEditor(
            reader=edited,
            pages=pages(),
            pictures=replace(picture_shelf(), mirror=Remembered(documents()).photos),
            merchandising=merchandising(),
            runs=run_keeper(),
            audit=audit(),
            clock=clock(),
            policing=policing(),
            locks=locks(),
        ),
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
        edit_brief=EditBrief(campaigns(), venues(), machines(), audit(), clock(), load_industries(), index(), theme_rules()),
        review=review(),
        pace=pace(),
        release=ReleaseDesk(campaigns(), audit(), clock()),
        releases=campaign_releases(),
        release_schedule=release_schedule(),
        merchandising=merchandising(),
        results=results_desk(),
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
        claims=ClaimsReader(venues(), claims(), known.claims_unread_seconds),
        floors=FloorDesk(venues(), documents(), index(), floor_library(), run_keeper(), audit(), clock(), policing(), locks()),
        synonyms=SynonymDesk(bodies(), audit(), clock()),
        constraints=ConstraintDesk(
            constraints(),
            venues(),
            audit(),
            clock(),
            known={
                "template": templates(),
                "style": frozenset(load_presets()),
                "industry": frozenset(industry.code for industry in load_industries()),
            },
            place_of=lessons().place_of,
            locks=locks(),
        ),
        templates=TemplateDesk(
            templates(),
            documents(),
            venues(),
            pages(),
            audit(),
            clock(),
            links=SignedPreviews(secret=lambda: secret(known.preview_secret_name), venues=venues(), pages=pages(), clock=clock()),
        ),
        migrations=Migrations(templates(), documents(), venues(), audit(), clock(), run_keeper(), merchandising()),
        feedback=feedback(),
        brands=BrandDesk(bodies(), audit(), clock()),
        schedules=ScheduleDesk(
            EventBridgeSchedules(known.schedule_group, known.schedule_role_arn, known.schedule_target_arn),
            audit(),
            clock(),
            load_industries(),
        ),
        segments=SegmentDesk(campaigns(), venues(), documents(), releases(), audit(), clock()),
        first_images=FirstImageDesk(venues(), documents(), delivery(), released_pages(), cells(), audit(), clock()),
        proof=WhyVenue(proofs()),
        replay=Replay(venues(), documents(), pages(), page_renderer(KeptPictures(FinishedPictures()))),
        placements=PlacementDesk(
            shelf=placements(),
            delivery=delivery(),
            audit=audit(),
            clock=clock(),
            industries=frozenset(i.code for i in load_industries()),
            rulebook=rulebook(),
            standings=standings(),
            rebuilds=rebuilds(),
        ),
        traffic=traffic_desk(),
        standing=standing_desk(),
        policies=policy_desk(),
    )
