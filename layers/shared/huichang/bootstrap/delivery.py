"""Buyers: the feed, what they report, and what it is counted in."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from huichang.adapters.messaging import Queue
from huichang.bootstrap.parts import bodies, cells, clock, live_venues, settings, table
from huichang.observability import count

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from huichang.adapters.dynamodb.placements import DynamoPlacements
    from huichang.adapters.event_log import S3EventLog
    from huichang.adapters.signing_keys import SecretKeys
    from huichang.delivery.events.accepting import AcceptBeacons
    from huichang.delivery.events.counting import CountEvents
    from huichang.delivery.events.offering import SignedOffers
    from huichang.delivery.events.recounting import Recount
    from huichang.delivery.model import LiveVenue
    from huichang.delivery.placements.remembering import RememberedPlacements
    from huichang.delivery.serving.planning import PlanSnapshots, WorkOnSnapshots


@cache
def feed() -> SignedOffers:
    """For functions/serve_feed."""
    from huichang.adapters.snapshots import AskedSizes, StoredSnapshots
    from huichang.delivery.events.offering import SignedOffers
    from huichang.delivery.images.shares import unpack
    from huichang.delivery.serving.feed import Feed
    from huichang.delivery.serving.warm import Warm

    serving = Feed(
        warm=Warm(StoredSnapshots(table(), bodies()), clock()),
        store=live_venues(),
        placements=remembered_placements(),
        keys=decision_keys(),
        clock=clock(),
        asked=AskedSizes(table(), clock()),
        tell=count,
        pictures=unpack,
    )
    return SignedOffers(serving, decision_keys())


@cache
def plan_snapshots() -> PlanSnapshots:
    """For functions/plan_snapshots."""
    from huichang.adapters.snapshots import QueuedTasks, StoredSnapshots
    from huichang.delivery.serving.planning import PlanSnapshots

    return PlanSnapshots(
        placements=placements(),
        live=live_venues().live,
        store=StoredSnapshots(table(), bodies()),
        tasks=QueuedTasks(Queue(settings().snapshot_queue_url)),
        clock=clock(),
    )


@cache
def build_snapshot() -> WorkOnSnapshots:
    """For functions/build_snapshot: gets a message's body."""
    from huichang.adapters.image_memory import S3ImageMemory
    from huichang.adapters.snapshots import AskedSizes, StoredSnapshots
    from huichang.bootstrap.policies import live_policy
    from huichang.bootstrap.standing import standings
    from huichang.bootstrap.traffic import rulebook
    from huichang.delivery.images.illustrating import Illustrate
    from huichang.delivery.serving.building import BuildSnapshots
    from huichang.delivery.serving.planning import WorkOnSnapshots

    build = BuildSnapshots(
        placements=placements(),
        live=live_venues().live,
        cells=cells(),
        rulebook=rulebook(),
        standings=standings(),
        policy=live_policy(),
        store=StoredSnapshots(table(), bodies()),
        clock=clock(),
        asked=AskedSizes(table(), clock()),
        illustrate=Illustrate(cells(), S3ImageMemory(bodies())),
    )
    return WorkOnSnapshots(build, plan_snapshots())


def live_pages() -> tuple[Callable[[], Sequence[LiveVenue]], str]:
    """For functions/serve_sitemap: what is live, and where it is opened."""
    return live_venues().live, settings().public_base_url.rstrip("/")


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
    return AcceptBeacons(SqsBeacons(Queue(settings().beacon_queue_url)), decision_keys(), rates, clock(), remembered_placements())


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

    return CountEvents(cells(), event_log(), live_venues().live, clock())


@cache
def recount() -> Recount:
    """For `huichang delivery recount`."""
    from huichang.bootstrap.results import day_shelf
    from huichang.delivery.events.recounting import Recount
    from huichang.kernel.clock import iso

    def mended(placement: str, day: str) -> None:
        day_shelf().note_mended(placement, day, iso(clock().now()))

    return Recount(cells(), event_log(), count_beacons(), clock(), placements().ever, mended)


@cache
def placements() -> DynamoPlacements:
    """What operators made of the placements."""
    from huichang.adapters.dynamodb.placements import DynamoPlacements

    return DynamoPlacements(table())


@cache
def remembered_placements() -> RememberedPlacements:
    """The same for whoever asks all day."""
    from huichang.delivery.placements.remembering import RememberedPlacements

    return RememberedPlacements(placements())
