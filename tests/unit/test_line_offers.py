"""Offers: queued, applied once however often they come, told on the bus, and watched for pages that run out."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from huichang.catalog.product import Enrolment
from huichang.kernel.errors import PermanentError, TransientError
from huichang.kernel.events import OffersChanged
from huichang.line.offers import OFFERS_PER_MESSAGE, ApplyOffers, OfferDesk, StockWatch, parse_offers
from huichang.selection.offers import Offer
from tests.support.line_fakes import OPERATOR, FakeAudit, FakeTextQueue, Line, TickingClock


def offers(ids: list[str], at: str = "2026-09-01T09:00:00Z", **changes: object) -> str:
    return json.dumps({"offers": [{"product_id": name, "at": at, **changes} for name in ids]})


class Shop:
    """A published venue and the function that applies offers."""

    def __init__(self) -> None:
        self.line = Line()
        self.line.select()
        self.line.stage()
        self.line.approve()
        self.line.publish_venue(self.line.step())
        self.shown = sorted(self.line.index.items)
        self.least = 3
        watch = StockWatch(self.line.venues, self.line.documents, self.line.index, self.line.audit, self.line.clock, self.least)
        self.apply = ApplyOffers(self.line.index, self.line.bus, self.line.clock, watch)
        self.line.bus.events.clear()

    def sold_out(self, ids: list[str]) -> None:
        self.apply.take(offers(ids, stock=0))

    def noted(self) -> list[str]:
        return [entry.action for entry in self.line.audit.of("v-1") if entry.action.startswith("stock_")]


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_the_desk_queues_in_parts_and_writes_the_audit() -> None:
    queue, trail = FakeTextQueue(), FakeAudit()
    many = [Offer(product_id=f"p{n}", at="2026-09-01T08:00:00+08:00", stock=n) for n in range(OFFERS_PER_MESSAGE + 1)]
    taken = OfferDesk(queue, trail, TickingClock()).take(many, OPERATOR)
    assert taken.accepted == len(many)
    found = [offer for body in queue.bodies for offer in parse_offers(body)[0]]
    assert found == many
    assert found[0].at == "2026-09-01T00:00:00.000000+00:00"
    assert trail.entries[-1].detail == {"offers": len(many)}


def test_applied_and_told(shop: Shop) -> None:
    first, *_ = shop.shown
    shop.apply.take(offers([first], stock=5))
    assert shop.line.index.get([first])[first].stock == 5
    (event,) = shop.line.bus.events
    assert isinstance(event, OffersChanged)
    assert event.product_ids == (first,)


def test_a_replay_tells_again_and_changes_nothing(shop: Shop) -> None:
    first, *_ = shop.shown
    shop.apply.take(offers([first], stock=5))
    shop.apply.take(offers([first], at="2026-09-01T10:00:00Z", stock=6))
    shop.apply.take(offers([first], stock=5))
    assert shop.line.index.get([first])[first].stock == 6
    assert len(shop.line.bus.events) == 3


def test_an_event_from_the_bus_and_a_bad_offer_beside_good_ones(shop: Shop) -> None:
    first, second, *_ = shop.shown
    rows = [
        {"product_id": first, "at": "2026-09-01T09:00:00Z", "stock": 4},
        {"product_id": second, "at": "yesterday", "stock": 4},
        {"product_id": second, "at": "2026-09-01T09:00:00", "stock": 4},
        {"product_id": second, "at": "2026-09-01T09:00:00Z"},
    ]
    with pytest.raises(PermanentError, match=r"offer 2: at.*offer 3: at.*no time zone.*offer 4"):
        shop.apply.take(json.dumps({"detail-type": "MerchantOffers", "detail": {"offers": rows}}))
    assert shop.line.index.get([first])[first].stock == 4


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"offers": 3}', '{"detail": {}}'])
def test_a_message_without_offers_is_refused(body: str) -> None:
    with pytest.raises(PermanentError):
        parse_offers(body)


def test_an_index_that_is_away_leaves_the_message_on_the_queue(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: object) -> None:
        raise TransientError("away", where="product index")

    monkeypatch.setattr(shop.line.index, "update", away)
    with pytest.raises(TransientError):
        shop.apply.take(offers(shop.shown[:1], stock=1))
    assert shop.line.bus.events == []


def test_a_page_that_runs_out_is_reported_once_and_again_when_it_is_well(shop: Shop) -> None:
    assert len(shop.shown) > shop.least
    shop.sold_out(shop.shown[: -shop.least])
    assert shop.line.venue.stock_low is None
    shop.sold_out(shop.shown[-shop.least :][:1])
    assert shop.line.venue.stock_low == shop.least - 1
    shop.sold_out(shop.shown[-shop.least :][:1])
    assert shop.noted() == ["stock_low"]
    shop.apply.take(offers(shop.shown, at="2026-09-02T00:00:00Z", stock=50))
    assert shop.line.venue.stock_low is None
    assert sorted(shop.noted()) == ["stock_low", "stock_recovered"]


def published(venue_id: object = "v-1") -> str:
    return json.dumps({"source": "huichang", "detail-type": "VenuePublished", "detail": {"venue_id": venue_id, "version_id": "x"}})


def test_what_sold_out_before_the_page_was_published_is_reported_when_it_is(shop: Shop) -> None:
    shop.line.index.update([Offer(product_id=name, at="2026-09-01T09:00:00Z", stock=0) for name in shop.shown[: 1 - shop.least]])
    assert shop.line.venue.stock_low is None
    shop.apply.take(published())
    shop.apply.take(published())
    assert shop.line.venue.stock_low == shop.least - 1
    assert shop.noted() == ["stock_low"]
    assert shop.line.bus.events == []


def test_a_page_that_is_not_live_is_not_looked_at(shop: Shop) -> None:
    shop.line.index.update([Offer(product_id=name, at="2026-09-01T09:00:00Z", stock=0) for name in shop.shown])
    shop.line.venues.update("v-1", status="retired")
    shop.apply.take(published())
    assert shop.noted() == []
    for event in (published(""), published(3), json.dumps({"detail-type": "VenuePublished"})):
        with pytest.raises(PermanentError, match="names no venue"):
            shop.apply.take(event)


def test_a_page_that_was_published_thin_needs_no_more_than_it_shows(shop: Shop) -> None:
    thin = replace(shop.apply, watch=replace(shop.apply.watch, min_products=len(shop.shown) + 5))
    thin.take(published())
    assert shop.line.venue.stock_low is None
    thin.take(offers(shop.shown[:1], stock=0))
    assert shop.line.venue.stock_low == len(shop.shown) - 1


def test_a_window_that_closes_is_noticed_without_an_offer(shop: Shop) -> None:
    line, name = shop.line, "2026-1212"
    closing = line.clock.moment + timedelta(hours=1)
    for product_id in shop.shown:
        product = line.index.get([product_id])[product_id]
        ends_at = closing if product_id in shop.shown[shop.least - 1 :] else None
        line.index.add(product.model_copy(update={"enrolments": (Enrolment(promotion=name, ends_at=ends_at),)}))
    tick = json.dumps({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}})
    shop.apply.take(tick)
    line.clock.pass_time(4000)
    shop.apply.take(tick)
    assert shop.noted() == []  # a venue of no promotion does not care
    line.venues.update("v-1", promotion=name, opens_on=closing.date() - timedelta(days=1))
    shop.apply.take(tick)
    shop.apply.take(tick)
    assert shop.line.venue.stock_low == shop.least - 1
    assert shop.noted() == ["stock_low"]


def test_products_that_no_page_shows_are_nobodys_business(shop: Shop) -> None:
    shop.sold_out(["somewhere-else"])
    assert shop.line.venue.stock_low is None
    assert shop.noted() == []
