"""First images as operators and reviewers see and switch them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from huichang.delivery.events.cells import CellKey, Counts, window_of
from huichang.delivery.model import DeliveryStore
from huichang.delivery.placements.shipped import placement_to_fill
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import ConflictError, NotFoundError, in_both
from huichang.kernel.language import both
from huichang.kernel.model import Model
from huichang.line.first_images import FirstImageShown, handed_out_images, images_shown, left_out_of, made_for
from huichang.line.releases import page_shown, side_by_side
from huichang.pages.first_images import FirstImageMade, LeftOut
from huichang.venues.model import Actor, AuditTrail, Documents, Venue, VenueStore

HOURS = 6
"""Windows whose counts are shown: enough to see where it goes, few enough to be read for one screen."""
_TRIES = 4


class ImageCount(Model):
    """What buyers of a segment saw and clicked of an image ("": the default) in a placement."""

    segment: str
    image_id: str
    impressions: int
    clicks: int


class VenueFirstImages(Model):
    """Of a venue's staged and live versions. `default`: what it is shown with besides. `left_out`: what could not be made for the staged
    one. `counts`: of `placement`, the last `hours` hours."""

    venue_id: str
    default: str
    images: tuple[FirstImageShown, ...]
    left_out: tuple[LeftOut, ...] = ()
    placement: str
    hours: int = HOURS
    counts: tuple[ImageCount, ...] = ()


class Counted(Protocol):
    """Cells, read (delivery/events/counting.py CellStore)."""

    def cells(self, placement: str, window: str) -> Mapping[CellKey, Counts]:
        """Everything that was counted in a placement and window. Raises TransientError."""
        ...


class LivePage(Protocol):
    """What buyers get (line/living.py LivePages)."""

    def current(self, venue_id: str) -> str | None:
        """Version id of the page that buyers get now; None where there is none."""
        ...


@dataclass(frozen=True)
class FirstImageDesk:
    """What there is, what came of it, and the switch. `ask`: asks for snapshots to be built (delivery/serving Rebuilds.ask)."""

    venues: VenueStore
    documents: Documents
    delivery: DeliveryStore
    pages: LivePage
    counted: Counted
    audit: AuditTrail
    clock: Clock
    ask: Callable[[str], None] = lambda _: None

    def view(self, venue_id: str, placement: str = "home") -> VenueFirstImages:
        """Raises NotFoundError, InvalidInputError for an unknown placement, TransientError."""
        place = placement_to_fill(placement).name
        venue = self.venues.get(venue_id)
        known = next((each for each in self.delivery.live() if each.venue_id == venue_id), None)
        live = frozenset(image.image_id for image in known.images) if known else frozenset()
        images = {
            image.image_id: image
            for version in (venue.live_version, venue.staged_version)
            for image in images_shown(self.documents, venue, version, live)
        }
        return VenueFirstImages(
            venue_id=venue_id,
            default=known.picture if known else "",
            images=tuple(images.values()),
            left_out=left_out_of(self.documents, venue_id, venue.staged_version),
            placement=place,
            counts=self._counts(venue_id, place) if known else (),
        )

    def switch(self, venue_id: str, image_id: str, on: bool, actor: Actor) -> VenueFirstImages:
        """Refuse an image or switch it off; or on. The next snapshot carries it. Repeating it changes nothing.

        Raises NotFoundError; ConflictError (not_approved) where somebody who is no reviewer switches on what no reviewer has approved.
        """
        for attempt in range(_TRIES):
            venue = self.venues.get(venue_id)
            made = {image.image_id for version in (venue.live_version, venue.staged_version) for image in self._made(venue, version)}
            if image_id not in made:
                raise NotFoundError(f"this venue has no first image {image_id}", where="image_id", mend="GET first-images lists them")
            seen, off = venue.images_seen, tuple(each for each in venue.images_off if each != image_id)
            if not on:
                off = (*off, image_id)
            elif image_id not in seen:
                if actor.role not in ("reviewer", "admin"):
                    raise _not_approved()
                seen = (*seen, image_id)
            if (seen, off) == (venue.images_seen, venue.images_off):
                break
            # Told first: nothing is shown to buyers that nobody can be named for.
            detail = {"image": image_id, "approved": image_id not in venue.images_seen and on}
            action = "first_image_on" if on else "first_image_off"
            self.audit.record(actor.did(action, venue_id, at=iso(self.clock.now()), saw=venue.live_version, detail=detail))
            try:
                self.venues.update(venue_id, expect_revision=venue.revision, images_seen=seen, images_off=off)
                break
            except ConflictError:  # its machine wrote meanwhile; look again at what it is
                if attempt + 1 == _TRIES:
                    raise
        self._hand_out(venue_id)
        return self.view(venue_id)

    def _made(self, venue: Venue, version_id: str) -> tuple[FirstImageMade, ...]:
        return made_for(self.documents, venue.venue_id, version_id)

    def _hand_out(self, venue_id: str) -> None:
        """What placements are given, at once; a venue that is not live gets them with its release."""
        known = next((each for each in self.delivery.live() if each.venue_id == venue_id), None)
        if known is None:
            return
        venue = self.venues.get(venue_id)
        page = page_shown(self.documents, venue_id, self.pages.current(venue_id) or venue.live_version)
        images = handed_out_images(self.documents, venue, venue.live_version, page)
        if images != known.images:
            self.delivery.put_live(known.model_copy(update={"images": images}))
            self.ask("")

    def _counts(self, venue_id: str, placement: str) -> tuple[ImageCount, ...]:
        now = self.clock.now()
        windows = [window_of(now - timedelta(hours=hours)) for hours in range(HOURS)]
        sums: defaultdict[tuple[str, str], Counts] = defaultdict(Counts)
        for cells in side_by_side(lambda window: self.counted.cells(placement, window), windows):
            for cell, counts in cells.items():
                if cell.venue_id == venue_id:
                    sums[cell.segment, cell.image] += counts
        return tuple(
            ImageCount(segment=segment, image_id=image, impressions=counts.impressions, clicks=counts.clicks)
            for (segment, image), counts in sorted(sums.items())
        )


def _not_approved() -> ConflictError:
    told = both("这张首图还没有审核人员批准", "no reviewer has approved this first image")
    todo = both("请有审核角色的人打开它", "ask somebody with the role reviewer to switch it on")
    return in_both(ConflictError(told["en"], where="image_id", mend=todo["en"], code="not_approved"), told, todo)
