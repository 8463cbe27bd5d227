"""Buyers: the feed, what they report, and what it is counted in."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from huichang.adapters.messaging import Queue
from huichang.bootstrap.parts import bodies, cells, clock, delivery, settings, table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from huichang.adapters.event_log import S3EventLog
    from huichang.adapters.signing_keys import SecretKeys
    from huichang.delivery.events.accepting import AcceptBeacons
    from huichang.delivery.events.counting import CountEvents
    from huichang.delivery.events.offering import SignedOffers
    from huichang.delivery.events.recounting import Recount
    from huichang.delivery.model import LiveVenue


@cache
def feed() -> SignedOffers:
    """For functions/serve_feed."""
    from huichang.delivery.events.offering import SignedOffers
    from huichang.delivery.feed import Feed

    return SignedOffers(Feed(delivery(), clock()), decision_keys())


def live_pages() -> tuple[Callable[[], Sequence[LiveVenue]], str]:
    """For functions/serve_sitemap: what is live, and where it is opened."""
    return delivery().live, settings().public_base_url.rstrip("/")


@cache
def decision_keys() -> SecretKeys:
    """What decision tokens are signed with."""
    from huichang.adapters.signing_keys import SecretKeys

    return SecretKeys(settings().decision_secret_name, clock())


def rotate_decision_key() -> Callable[[str], bool]:
    """For functions/rotate_decision_key: gets the request's id."""
    from huichang.adapters.signing_keys import rotate

    return partial(rotate, settings().decision_secret_name)


@cache
def accept_beacons() -> AcceptBeacons:
    """For functions/accept_beacons."""
    from huichang.adapters.dynamodb.rates import DynamoRates
    from huichang.adapters.messaging import SqsBeacons
    from huichang.delivery.events.accepting import AcceptBeacons

    rates = DynamoRates(table(), lambda: decision_keys().signing().secret, clock())
    return AcceptBeacons(SqsBeacons(Queue(settings().beacon_queue_url)), decision_keys(), rates, clock())


@cache
def shop_secrets() -> Callable[[], tuple[str, ...]]:
    """For functions/accept_beacons: what shops' keys are made of."""
    from huichang.adapters.signing_keys import SecretKeys

    keys = SecretKeys(settings().shop_secret_name, clock())
    return lambda: tuple(key.secret.decode() for key in keys.all())


@cache
def event_log() -> S3EventLog:
    """Accepted events, for recounts."""
    from huichang.adapters.event_log import S3EventLog

    return S3EventLog(bodies())


@cache
def count_beacons() -> CountEvents:
    """For functions/count_beacons."""
    from huichang.delivery.events.counting import CountEvents

    return CountEvents(cells(), event_log(), delivery().live, clock())


@cache
def recount() -> Recount:
    """For `huichang delivery recount`."""
    from huichang.bootstrap.results import day_shelf
    from huichang.delivery.events.recounting import Recount
    from huichang.kernel.clock import iso

    return Recount(
        cells(), event_log(), count_beacons(), clock(), lambda placement, day: day_shelf().note_mended(placement, day, iso(clock().now()))
    )
