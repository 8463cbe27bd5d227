"""Writes down everything a rendering reads, so that it can be repeated.

The station itself knows nothing of it: it is given ports that remember what they answered. Whatever it comes to read through these
ports is an input from then on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar, cast

from huichang.catalog.product import Product
from huichang.kernel.clock import Clock, iso
from huichang.kernel.ids import canonical_json, content_hash
from huichang.kernel.model import Model
from huichang.line.artwork import Finishing
from huichang.line.building import RenderPage
from huichang.line.keys import VenueStep
from huichang.line.proof.ingredients import ingredients_of
from huichang.line.proof.model import TASKS, FinishedPictures, InputsPointer, RenderInputs, RenderSettings, inputs_key, pointer_key
from huichang.materials.model import MaterialStore, MaterialTask
from huichang.materials.policy import BrandBook
from huichang.materials.policy.labels import ContentLabel
from huichang.materials.styles.model import TypeStyle
from huichang.pages.mirroring import Photo, Photos
from huichang.pages.model import Design, PageModel, PageStore
from huichang.selection.index import ProductIndex
from huichang.venues.model import Campaign, CampaignStore, Venue, VenueStore

Body = TypeVar("Body", bound=Model)


class Record:
    """What one rendering has read so far. What is read twice counts as it was the first time."""

    def __init__(self) -> None:
        self.parts: dict[str, str] = {}
        self.absent: set[str] = set()
        self.media: dict[str, str] = {}

    def note(self, name: str, body: Model) -> None:
        """Remember what was answered."""
        self.text(name, canonical_json(body.model_dump(mode="json")))

    def text(self, name: str, text: str) -> None:
        """Remember JSON."""
        self.parts.setdefault(name, text)

    def picture(self, key: str, data: bytes) -> None:
        """Remember a picture's hash."""
        if not self.media.get(key):
            self.media[key] = content_hash(data)


@dataclass(frozen=True)
class RecordedRender:
    """The RenderPage station, with its inputs written down."""

    render: RenderPage

    def __call__(self, step: VenueStep) -> dict[str, Any]:
        """As RenderPage. The inputs are kept before the step counts as done: one that dies in between is repeated."""
        record = Record()
        answer = self._watched(record)(step)
        version_id = str(answer["version"])
        documents = self.render.records.documents
        design = documents.get(step.key("design"), Design)
        inputs = RenderInputs(
            campaign_id=step.campaign_id,
            venue_id=step.venue_id,
            run=step.run,
            round=step.round,
            version_id=version_id,
            parts=dict(sorted(record.parts.items())),
            absent=tuple(sorted(record.absent)),
            media=dict(sorted(record.media.items())),
            ingredients=ingredients_of(design.template, design.style_id, documents),
        )
        documents.put(inputs_key(step.venue_id, inputs.sha256), inputs)
        documents.put(pointer_key(step.venue_id, version_id), InputsPointer(sha256=inputs.sha256))
        return answer

    def _watched(self, record: Record) -> RenderPage:
        render, records, policing = self.render, self.render.records, self.render.policing
        maker = render.maker
        settings = RenderSettings(
            offline=render.offline,
            public_base=render.public_base,
            picture_hosts=render.pictures.allowed_hosts,
            link_hosts=render.link_hosts,
            producer=maker.producer,
            propagator=maker.propagator,
            trained=maker.trained,
        )
        record.note("settings", settings)
        mirror = render.pictures.mirror
        pages = cast(PageStore, _Pages(render.pages, record))
        return replace(
            render,
            records=replace(
                records,
                campaigns=cast(CampaignStore, _Campaigns(records.campaigns, record)),
                venues=cast(VenueStore, _Venues(records.venues, record)),
                documents=_Documents(records.documents, record),
                clock=_Clock(records.clock, record),
            ),
            index=cast(ProductIndex, _Index(render.index, record)),
            materials=cast(MaterialStore, _Materials(render.materials, record)),
            pages=pages,
            pictures=replace(render.pictures, media=pages, mirror=_Mirror(mirror, record) if mirror else None),
            policing=replace(policing, pages=pages, brands=_Brands(policing.brands, record)),
            artwork=_Artwork(render.artwork, record),
        )


class _Watched:
    """A port that remembers some of its answers; everything else goes to the port itself."""

    def __init__(self, port: Any, record: Record) -> None:
        self._port = port
        self._record = record

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)


class _Documents(_Watched):
    def put(self, key: str, body: Model) -> str:
        return cast(str, self._port.put(key, body))

    def get(self, key: str, kind: type[Body]) -> Body:
        body: Body = self._port.get(key, kind)
        self._record.note(f"document/{key}", body)
        return body

    def exists(self, key: str) -> bool:
        found = bool(self._port.exists(key))
        if not found:
            self._record.absent.add(key)
        return found


class _Venues(_Watched):
    def get(self, venue_id: str) -> Venue:
        venue: Venue = self._port.get(venue_id)
        self._record.note("venue", venue)
        return venue


class _Campaigns(_Watched):
    def get(self, campaign_id: str) -> Campaign:
        campaign: Campaign = self._port.get(campaign_id)
        self._record.note("campaign", campaign)
        return campaign


class _Clock:
    def __init__(self, clock: Clock, record: Record) -> None:
        self._clock = clock
        self._record = record

    def now(self) -> datetime:
        now = self._clock.now()
        self._record.text("clock", canonical_json(iso(now)))
        return now


class _Index(_Watched):
    def get(self, product_ids: Sequence[str]) -> dict[str, Product]:
        found: dict[str, Product] = self._port.get(product_ids)
        for product_id, product in found.items():
            self._record.note(f"product/{product_id}", product)
        self._record.text("products", canonical_json(list(found)))  # in the order of the answer
        return found


class _Materials(_Watched):
    def of_venue(self, venue_id: str) -> list[MaterialTask]:
        tasks: list[MaterialTask] = self._port.of_venue(venue_id)
        self._record.text("materials", canonical_json(TASKS.dump_python(tasks, mode="json")))
        return tasks


class _Pages(_Watched):
    def read_media(self, key: str) -> bytes:
        data: bytes = self._port.read_media(key)
        self._record.picture(key, data)
        return data

    def put_media(self, data: bytes, content_type: str, suffix: str) -> str:
        key: str = self._port.put_media(data, content_type, suffix)
        self._record.picture(key, data)
        return key


class _Mirror:
    def __init__(self, photos: Photos, record: Record) -> None:
        self._photos = photos
        self._record = record

    def __call__(self, addresses: Iterable[str]) -> Mapping[str, Photo]:
        found = dict(self._photos(addresses))
        self._record.text("photos", canonical_json({address: photo.model_dump(mode="json") for address, photo in found.items()}))
        for photo in found.values():
            for key in (photo.key, *(each.path.lstrip("/") for each in photo.renditions)):
                self._record.media.setdefault(key, "")  # named by its hash
        return found


class _Brands(_Watched):
    def __call__(self) -> BrandBook:
        book: BrandBook = self._port()
        self._record.note("brands", book)
        return book


class _Artwork:
    def __init__(self, artwork: Finishing, record: Record) -> None:
        self._artwork = artwork
        self._record = record

    def on(self, page: PageModel, label: ContentLabel, style: TypeStyle, known: Iterable[str] = ()) -> PageModel:
        finished = self._artwork.on(page, label, style, known)
        made = FinishedPictures(hero_image=finished.hero_image, hero_shots=finished.hero_shots, posters=finished.posters)
        self._record.note("pictures", made)
        # The studio has a store of its own: what it put there is an input all the same, and its key is its hash.
        cuts = [path.lstrip("/") for shot in made.hero_shots for path in (shot.path, *(each.path for each in shot.renditions))]
        for key in (*cuts, *(poster.media_key for poster in made.posters)):
            self._record.media.setdefault(key, "")
        return finished
