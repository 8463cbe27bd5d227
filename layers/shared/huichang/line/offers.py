"""Offers from merchants' systems: taken in through the API or the bus, applied to the index, told to everybody who shows them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Protocol

from pydantic import Field, ValidationError

from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import ConflictError, NotFoundError, PermanentError
from huichang.kernel.events import EventBus, OffersChanged, VenuePublished
from huichang.kernel.model import Model
from huichang.line.importing import TextQueue
from huichang.line.publishing import page_key
from huichang.pages.model import PageModel
from huichang.selection.eligibility import opening
from huichang.selection.index import ProductIndex
from huichang.selection.model import Eligibility
from huichang.selection.offers import Offer
from huichang.venues.model import Actor, AuditTrail, Venue, VenueStore

OFFERS_PER_MESSAGE = 100
OFFERS_PER_CALL = 5_000
IDS_PER_EVENT = 200
TICK = "Scheduled Event"
"""What EventBridge calls the events of a rule with a schedule."""
_STOCK_WATCH = Actor(name="stock watch", role="system")


class Documents(Protocol):
    """Bodies by key."""

    def get(self, key: str, kind: type[PageModel]) -> PageModel:
        """Raises NotFoundError."""
        ...


class OfferBatch(Model):
    """Body of POST /api/catalogue/offers and of an event `MerchantOffers` on the bus."""

    offers: Annotated[tuple[Offer, ...], Field(min_length=1, max_length=OFFERS_PER_CALL)]


class OffersTaken(Model):
    """How many offers are on their way; they are in the index within a minute."""

    accepted: int


@dataclass(frozen=True)
class OfferDesk:
    """Where offers come in."""

    queue: TextQueue
    audit: AuditTrail
    clock: Clock

    def take(self, offers: Sequence[Offer], actor: Actor) -> OffersTaken:
        """Queue the offers. Raises TransientError where the queue did not take all; sending all again is harmless."""
        batches = (offers[start : start + OFFERS_PER_MESSAGE] for start in range(0, len(offers), OFFERS_PER_MESSAGE))
        self.queue.send([OfferBatch(offers=tuple(batch)).model_dump_json(exclude_defaults=True) for batch in batches])
        self.audit.record(actor.did("send_offers", "catalogue", at=iso(self.clock.now()), detail={"offers": len(offers)}))
        return OffersTaken(accepted=len(offers))


@dataclass(frozen=True)
class ApplyOffers:
    """A message of offers into the index, then `OffersChanged` for whoever shows the products.

    A venue that was published comes through the same queue: what its page shows may have sold out while it was in review. So does
    a tick, every minute: windows of enrolments open and close without anybody saying so.
    """

    index: ProductIndex
    bus: EventBus
    clock: Clock
    watch: StockWatch

    def take(self, body: str) -> None:
        """Apply what is well formed; then raise PermanentError for the rest, so that it ends where somebody looks.

        A replay changes nothing and tells the same: an event that was lost with a dying worker is sent by the next.
        """
        message = from_the_bus(body)
        if message.get("detail-type") == TICK:
            self.watch.check_windows()
            return
        venue_id = published_venue(message)
        if venue_id:
            self.watch.look(venue_id)
            return
        offers, wrong = parse_offers(body)
        if offers:
            report = self.index.update(offers)
            known = (*report.updated, *report.stale)
            for start in range(0, len(known), IDS_PER_EVENT):
                some = known[start : start + IDS_PER_EVENT]
                self.bus.publish(OffersChanged(product_ids=some, at=iso(self.clock.now())))
            self.watch.check(known)
        if wrong:
            raise PermanentError("; ".join(wrong)[:1000], where="offers", mend="send these offers again as docs/api.md says")


@dataclass(frozen=True)
class StockWatch:
    """Which published venues have fewer goods that can be bought than a venue needs.

    What counts is the page that buyers see, which after a roll-back is not the newest selection. A page that was published thin on
    purpose needs all that it shows. `seen` remembers the ids of each version for as long as the worker lives: it never changes.
    """

    venues: VenueStore
    documents: Documents
    index: ProductIndex
    audit: AuditTrail
    clock: Clock
    min_products: int
    seen: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def check(self, product_ids: Sequence[str]) -> None:
        """Look at the venues that show one of these; note `stock_low` where it begins, take it away where it ends."""
        changed = set(product_ids)
        for venue in self.venues.with_status("published"):
            shown = self._shown(venue)
            if changed.isdisjoint(shown):
                continue
            self._judge(venue, shown)

    def look(self, venue_id: str) -> None:
        """Look at this venue, as after it was published. Raises NotFoundError for an unknown one."""
        venue = self.venues.get(venue_id)
        shown = self._shown(venue) if venue.status == "published" else ()
        if shown:
            self._judge(venue, shown)

    def check_windows(self) -> None:
        """Look at the venues of a promotion: what was enrolled for it may no longer be, or be so only now."""
        for venue in self.venues.with_status("published"):
            shown = self._shown(venue) if venue.promotion else ()
            if shown:
                self._judge(venue, shown)

    def _judge(self, venue: Venue, shown: Sequence[str]) -> None:
        # An unknown stock may well be there; a page must not be reported for what nobody measured.
        where = Eligibility(promotion=venue.promotion, opens_at=opening(venue.opens_on), product_ids=tuple(shown), min_stock=1)
        depth = self.index.count(where)
        needed = min(self.min_products, len(shown))
        low = depth if depth < needed else None
        if low != venue.stock_low:
            self._note(venue, low, needed)

    def _shown(self, venue: Venue) -> tuple[str, ...]:
        key = page_key(venue.venue_id, venue.live_version)
        if key not in self.seen:
            try:
                page = self.documents.get(key, PageModel)
            except NotFoundError:
                return ()
            self.seen[key] = tuple(dict.fromkeys(card.product_id for floor in page.floors for card in floor.cards))
        return self.seen[key]

    def _note(self, venue: Venue, low: int | None, needed: int) -> None:
        try:
            self.venues.update(venue.venue_id, expect_status=("published",), stock_low=low)
        except ConflictError:
            return  # retired meanwhile: nobody sees the page any more
        self.audit.record(
            _STOCK_WATCH.did(
                "stock_low" if low is not None else "stock_recovered",
                venue.venue_id,
                at=iso(self.clock.now()),
                detail={"needed": needed} if low is None else {"sellable": low, "needed": needed},
            )
        )


def from_the_bus(body: str) -> Mapping[str, Any]:
    """The event that EventBridge put on the queue; empty for what is none (parse_offers says what is wrong with it)."""
    try:
        message = json.loads(body)
    except ValueError:
        return {}
    return message if isinstance(message, Mapping) else {}


def published_venue(message: Mapping[str, Any]) -> str:
    """The venue of a `VenuePublished` event; "" for any other message."""
    if message.get("detail-type") != VenuePublished.__name__:
        return ""
    detail = message.get("detail")
    venue_id = detail.get("venue_id") if isinstance(detail, Mapping) else None
    if not isinstance(venue_id, str) or not venue_id:
        raise PermanentError("the event names no venue", where="VenuePublished")
    return venue_id


def parse_offers(body: str) -> tuple[list[Offer], list[str]]:
    """The good offers of a message (our own batch, or an EventBridge event around one), and what is wrong with the others."""
    try:
        message = json.loads(body)
    except ValueError as error:
        raise PermanentError(f"no JSON: {error}", where="offers") from error
    if isinstance(message, Mapping) and isinstance(message.get("detail"), Mapping):
        message = message["detail"]
    rows: Any = message.get("offers") if isinstance(message, Mapping) else None
    if not isinstance(rows, list):
        raise PermanentError("the message has no list `offers`", where="offers")
    offers: list[Offer] = []
    wrong: list[str] = []
    for number, row in enumerate(rows, 1):
        try:
            offers.append(Offer.model_validate(row))
        except ValidationError as error:
            first = error.errors()[0]
            wrong.append(f"offer {number}: {'.'.join(map(str, first['loc']))} {first['msg']}".strip())
    return offers, wrong
