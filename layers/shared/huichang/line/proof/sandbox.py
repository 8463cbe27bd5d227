"""Ports that answer from recorded inputs and change nothing: the station that rendered a page renders it again in here."""
# ruff: noqa: ARG002 - they answer for the one venue whose inputs they hold, whatever they are asked about

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar, cast

from huichang.catalog.product import Product
from huichang.kernel.errors import NotFoundError
from huichang.kernel.events import DomainEvent
from huichang.kernel.ids import content_hash
from huichang.kernel.model import Model
from huichang.line.building import RenderPage
from huichang.line.journal import Entry, Journal
from huichang.line.keys import VenueStep
from huichang.line.proof.model import TASKS, FinishedPictures, RenderInputs, RenderSettings
from huichang.line.selecting import Records
from huichang.line.siblings import Sibling, Siblings
from huichang.materials.model import MaterialStore, MaterialTask
from huichang.materials.policy import BrandBook
from huichang.materials.policy.labels import ContentLabel, ContentMaker
from huichang.materials.styles.model import TypeStyle
from huichang.pages.mirroring import Photo
from huichang.pages.model import PageModel, PageStore
from huichang.selection.index import ProductIndex
from huichang.venues.model import Campaign, CampaignStore, Documents, Venue, VenueStore

Body = TypeVar("Body", bound=Model)


class InputMissingError(NotFoundError):
    """The rendering asks for something that its inputs do not hold. `name` says what."""

    code = "input_missing"

    def __init__(self, name: str) -> None:
        super().__init__(f"the inputs do not hold {name}", where=name)
        self.name = name


class Rebuilt(Model):
    """What a rendering in the sandbox came to."""

    version_id: str
    page: PageModel | None = None
    siblings: dict[str, str] = {}


def rebuild(render: RenderPage, inputs: RenderInputs, read_media: Callable[[str], bytes]) -> Rebuilt:
    """Run the station on its recorded inputs. Nothing is written; pictures are read from where they lie.

    Raises InputMissingError, and whatever the station itself raises.
    """
    shelf = _Shelf(inputs)
    settings = shelf.part("settings", RenderSettings)
    pages = _Pages(read_media)
    documents = _Documents(shelf)
    store = cast(PageStore, pages)
    sandboxed = replace(
        render,
        records=Records(
            campaigns=cast(CampaignStore, _Campaigns(shelf)),
            venues=cast(VenueStore, _Venues(shelf)),
            documents=documents,
            journal=cast(Journal, _Journal()),
            bus=_Bus(),
            clock=_Clock(shelf),
        ),
        index=cast(ProductIndex, _Index(shelf)),
        materials=cast(MaterialStore, _Materials(shelf)),
        pages=store,
        pictures=replace(render.pictures, media=store, allowed_hosts=settings.picture_hosts, mirror=shelf.photos),
        offline=settings.offline,
        policing=replace(render.policing, pages=store, brands=lambda: shelf.part("brands", BrandBook)),
        maker=ContentMaker(producer=settings.producer, propagator=settings.propagator, trained=settings.trained),
        artwork=KeptPictures(shelf.part("pictures", FinishedPictures)),
        public_base=settings.public_base,
        link_hosts=settings.link_hosts,
    )
    step = VenueStep(campaign_id=inputs.campaign_id, venue_id=inputs.venue_id, run=inputs.run, round=inputs.round)
    version_id = str(sandboxed(step)["version"])
    siblings = {each.segment: each.version_id for each in documents.siblings}
    return Rebuilt(version_id=version_id, page=documents.page, siblings=siblings)


class KeptPictures:
    """The finishing of a page whose pictures are already there."""

    def __init__(self, made: FinishedPictures) -> None:
        self._made = made

    def on(self, page: PageModel, label: ContentLabel, style: TypeStyle, known: Iterable[str] = ()) -> PageModel:
        """See Finishing."""
        made = self._made
        return page.model_copy(update={"hero_image": made.hero_image, "hero_shots": made.hero_shots, "posters": made.posters})


class _Shelf:
    def __init__(self, inputs: RenderInputs) -> None:
        self.inputs = inputs

    def text(self, name: str) -> str:
        if name not in self.inputs.parts:
            raise InputMissingError(name)
        return self.inputs.parts[name]

    def photos(self, addresses: Iterable[str]) -> Mapping[str, Photo]:
        found: dict[str, Any] = json.loads(self.inputs.parts.get("photos", "{}"))
        # Before there were renditions, a photo was recorded by its key alone.
        return {
            address: Photo(key=photo, width=0, height=0) if isinstance(photo, str) else Photo.model_validate(photo)
            for address, photo in found.items()
        }

    def part(self, name: str, kind: type[Body]) -> Body:
        return kind.model_validate_json(self.text(name))


class _Documents(Documents):
    def __init__(self, shelf: _Shelf) -> None:
        self._shelf = shelf
        self.page: PageModel | None = None
        self.siblings: tuple[Sibling, ...] = ()

    def put(self, key: str, body: Model) -> str:
        if isinstance(body, PageModel):
            self.page = body
        if isinstance(body, Siblings):
            self.siblings = body.siblings
        return key

    def get(self, key: str, kind: type[Body]) -> Body:
        return self._shelf.part(f"document/{key}", kind)

    def exists(self, key: str) -> bool:
        if key in self._shelf.inputs.absent:
            return False
        self._shelf.text(f"document/{key}")
        return True


class _Venues:
    def __init__(self, shelf: _Shelf) -> None:
        self._shelf = shelf

    def get(self, venue_id: str) -> Venue:
        return self._shelf.part("venue", Venue)

    def update(self, venue_id: str, **changes: Any) -> Venue:
        return self.get(venue_id)


class _Campaigns:
    def __init__(self, shelf: _Shelf) -> None:
        self._shelf = shelf

    def get(self, campaign_id: str) -> Campaign:
        return self._shelf.part("campaign", Campaign)


class _Journal:
    @contextmanager
    def step(self, step: VenueStep, name: str) -> Iterator[Entry]:
        yield Entry()


class _Bus:
    def publish(self, *events: DomainEvent) -> None:
        """Nobody is told."""


class _Clock:
    def __init__(self, shelf: _Shelf) -> None:
        self._shelf = shelf

    def now(self) -> datetime:
        return datetime.fromisoformat(json.loads(self._shelf.text("clock")))


class _Index:
    def __init__(self, shelf: _Shelf) -> None:
        self._shelf = shelf

    def get(self, product_ids: Sequence[str]) -> dict[str, Product]:
        """The products that were there then; one that was not is no missing input."""
        asked = set(product_ids)
        known: list[str] = json.loads(self._shelf.text("products"))
        return {pid: self._shelf.part(f"product/{pid}", Product) for pid in known if pid in asked}


class _Materials:
    def __init__(self, shelf: _Shelf) -> None:
        self._shelf = shelf

    def of_venue(self, venue_id: str) -> list[MaterialTask]:
        return TASKS.validate_json(self._shelf.text("materials"))


class _Pages:
    """Media as they lie there; what would be put is only named."""

    def __init__(self, read_media: Callable[[str], bytes]) -> None:
        self.read_media = read_media

    def put_media(self, data: bytes, content_type: str, suffix: str) -> str:
        return f"media/{content_hash(data)[:32]}.{suffix}"

    def put_version(self, venue_id: str, html: str) -> str:
        return content_hash(html)[:24]
