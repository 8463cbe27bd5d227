"""The stations of a venue: from a theme to its published page, and the work that the material desk does on the side."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from huichang.bootstrap.parts import (
    audit,
    bus,
    clock,
    collector,
    content_maker,
    delivery,
    desk,
    documents,
    due_edits,
    fusion,
    index,
    is_offline,
    ledger,
    lessons,
    listed,
    material_store,
    models,
    pages,
    picture_hosts,
    picture_shelf,
    policing,
    publisher,
    recaller,
    records,
    release_plans,
    released_pages,
    run_keeper,
    settings,
    table,
    templates,
    tokens,
    trends,
    venue_floors,
    venues,
)
from huichang.kernel.errors import NotFoundError

if TYPE_CHECKING:
    from huichang.line import asking, building, ending, selecting
    from huichang.line.artwork import Finishing
    from huichang.line.inspecting import InspectLive
    from huichang.line.merchandising import DueEditsDesk
    from huichang.line.proof.recording import RecordedRender
    from huichang.pages.mirroring import Photos
    from huichang.pages.model import PixelInspector


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
def plan_floors() -> selecting.PlanFloors:
    """For functions/plan_floors."""
    from huichang.line.selecting import PlanFloors

    return PlanFloors(records=records(), floors=venue_floors(), index=index())


@cache
def match_template() -> building.MatchTemplate:
    """For functions/match_template."""
    from huichang.line.building import MatchTemplate

    return MatchTemplate(records=records(), index=index(), templates=templates())


@cache
def request_materials() -> building.RequestMaterials:
    """For functions/request_materials."""
    from huichang.line.building import RequestMaterials

    return RequestMaterials(
        records=records(),
        index=index(),
        templates=templates(),
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
def render_page() -> RecordedRender:
    """For functions/render_page."""
    from huichang.adapters.first_images import PillowComposer
    from huichang.adapters.posters import PillowStudio
    from huichang.line.artwork import Artwork
    from huichang.line.first_images import FirstImageMaker
    from huichang.line.proof.recording import RecordedRender

    studio = PillowStudio()
    first_images = FirstImageMaker(PillowComposer(), studio, pages(), documents(), policing())
    return RecordedRender(replace(page_renderer(Artwork(studio=studio, pages=pages()), _mirror()), first_images=first_images))


def _mirror() -> Photos | None:
    """Copies of merchants' pictures; None where no host is listed."""
    from huichang.adapters.imaging import PillowPictures
    from huichang.adapters.picture_source import GuardedPictures
    from huichang.pages.mirroring import Mirror

    hosts = picture_hosts()
    return Mirror(GuardedPictures(hosts), PillowPictures(), pages(), documents(), clock()).photos if hosts else None


def page_renderer(artwork: Finishing, mirror: Photos | None = None) -> building.RenderPage:
    """The station without anything around it; a replay brings pictures that are made already, so that it needs no Pillow."""
    from huichang.line.building import RenderPage

    return RenderPage(
        records=records(),
        index=index(),
        materials=material_store(),
        pages=pages(),
        pictures=replace(picture_shelf(), mirror=mirror),
        offline=is_offline(),
        policing=policing(),
        maker=content_maker(),
        artwork=artwork,
        public_base=settings().public_base_url.rstrip("/"),
        templates=templates(),
        link_hosts=listed(settings().link_hosts),
    )


@cache
def inspect_page() -> building.InspectPage:
    """For functions/inspect_page."""
    from huichang.line.building import InspectPage

    return InspectPage(
        records=records(),
        pages=pages(),
        pixels=pixel_inspector(),
        templates=templates(),
        picture_hosts=picture_hosts(),
        index=index(),
    )


@cache
def pixel_inspector() -> PixelInspector:
    """A browser where there is one. Without browser or playwright it reports "not run", never "passed"."""
    from huichang.adapters.browser import ChromiumInspector, find_browser

    types = {"svg": "image/svg+xml", "avif": "image/avif", "webp": "image/webp", "png": "image/png", "jpg": "image/jpeg"}

    def resolve(path: str) -> tuple[bytes, str] | None:
        try:
            return pages().read_media(path.lstrip("/")), types.get(path.rsplit(".", 1)[-1], "application/octet-stream")
        except NotFoundError:
            return None

    return ChromiumInspector(find_browser(), resolve)


@cache
def _live_inspection() -> InspectLive:
    from huichang.adapters.dynamodb.live_looks import DynamoLiveLooks
    from huichang.line.inspecting import InspectLive
    from huichang.venues.model import PAGE_BROKEN

    def hide(venue_id: str) -> None:
        publisher().retire(venues().get(venue_id), by="inspection", note=PAGE_BROKEN)

    return InspectLive(
        venues=venues(),
        documents=documents(),
        pages=pages(),
        delivery=delivery(),
        publisher=publisher(),
        index=index(),
        pixels=pixel_inspector(),
        templates=templates(),
        looks=DynamoLiveLooks(table()),
        audit=audit(),
        bus=bus(),
        clock=clock(),
        read_live=released_pages().read,
        hide=hide,
        picture_hosts=picture_hosts(),
    )


def inspect_live() -> Callable[[str], dict[str, int]]:
    """For functions/inspect_live."""
    return _live_inspection().take


@cache
def request_review() -> asking.RequestReview:
    """For functions/request_review."""
    from huichang.line.asking import RequestReview

    return RequestReview(records=records(), tokens=tokens(), audit=audit())


@cache
def publish_venue() -> ending.PublishVenue:
    """For functions/publish_venue."""
    from huichang.line.ending import PublishVenue

    return PublishVenue(records=records(), publisher=publisher(), lessons=lessons(), plans=release_plans())


@cache
def fail_venue() -> ending.FailVenue:
    """For functions/fail_venue."""
    from huichang.line.ending import FailVenue

    return FailVenue(records=records(), runs=run_keeper(), lessons=lessons(), ledger=ledger())


def sweep_stale_work() -> Callable[[], dict[str, int]]:
    """For functions/sweep_stale_work."""
    return lambda: run_keeper().sweep(collector(), desk(), due_edits_desk(), ledger())


@cache
def due_edits_desk() -> DueEditsDesk:
    """Applies edits whose time has come."""
    from huichang.line.merchandising import DueEditsDesk

    return DueEditsDesk(venues=venues(), audit=audit(), clock=clock(), runs=run_keeper(), due=due_edits())
