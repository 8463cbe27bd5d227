"""What browsers and shops report: believed only as far as it can be, refused with a reason, queued as events.

A beacon with a decision token is about an offered item: where, what and when stand in the token, and nothing else is believed. A beacon
without one is a direct visit, whatever placement it names. Robots that say so, staff and floods get a friendly answer and are not counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from huichang.delivery.events.cells import DIRECT, NO_SEGMENT, CellKey, Event, window_of
from huichang.delivery.events.tokens import Keys, Offer, TokenRefusedError, read
from huichang.delivery.model import Beacon, BeaconBatch
from huichang.delivery.placements.model import Placements
from huichang.delivery.placements.shipped import PLACEMENTS
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import TransientError
from huichang.kernel.model import Model

OLDEST = timedelta(hours=24)
# Buyers' clocks are wrong by minutes; by more than this they are wrong about the day.
AHEAD = timedelta(minutes=5)
# Thousands of buyers share the address of a mobile network; one buyer reports some hundred things of one decision at the most.
MOST_OF_ADDRESS = 20_000
MOST_OF_DECISION = 400

# Said by programs about themselves; browsers that lie are not caught here. Cubot makes phones.
_ROBOT = re.compile(
    r"(?<!cu)bot(?:\b|_)|crawl|spider|slurp|headless|phantomjs|puppeteer|playwright|selenium|lighthouse|pingdom"
    r"|facebookexternalhit|web preview|\b(?:python|curl|wget|httpie|okhttp|java/|go-http|libwww|axios|undici|node-fetch"
    r"|ruby|perl|postman|scrapy)",
    re.IGNORECASE,
)


class BeaconQueue(Protocol):
    """Between the public endpoint and the counters."""

    def send(self, events: Sequence[Event]) -> None:
        """Enqueue. Raises TransientError."""
        ...


class Rates(Protocol):
    """How much came from where in this hour, about: counted without keeping from where."""

    def of_address(self, address: str, beacons: int) -> int:
        """So many beacons more from this address; how many there were. Raises TransientError."""
        ...

    def of_decision(self, decision_id: str, beacons: int) -> int:
        """The same about a decision. Raises TransientError."""
        ...


@dataclass(frozen=True)
class Sender:
    """Who reports. `staff`: somebody who is signed in to the console, or looks at a preview. The address is not kept."""

    user_agent: str
    address: str = ""
    staff: bool = False
    shop: str = ""
    """A shop's server that has signed what it sends; "" is a browser."""


class RefusedBeacon(Model):
    """A beacon that was not taken, and why; `code` is stable."""

    beacon_id: str
    reason: str
    code: str


class Accepted(Model):
    """Answer to a batch: how many will be counted, and which will not."""

    accepted: int
    refused: tuple[RefusedBeacon, ...] = ()


@dataclass(frozen=True)
class Taken:
    """The answer, and what operators are told in metrics: code -> how many beacons."""

    answer: Accepted
    told: Counter[str] = field(default_factory=Counter)


def is_robot(user_agent: str) -> bool:
    """Whether this is a program that says so, or something that says nothing at all."""
    return not user_agent.strip() or _ROBOT.search(user_agent) is not None


class _WrongError(Exception):
    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True)
class AcceptBeacons:
    """Check a batch and queue it. `placements`: remembered ones (delivery/placements/remembering.py); None: those that ship with the
    product."""

    queue: BeaconQueue
    keys: Keys
    rates: Rates
    clock: Clock
    placements: Placements | None = None

    def __call__(self, batch: BeaconBatch, sender: Sender) -> Taken:
        """What will be counted. Raises TransientError: the queue or the keys are away, and nothing was queued."""
        now = self.clock.now()
        good: list[Event] = []
        refused: list[RefusedBeacon] = []
        told: Counter[str] = Counter()
        for beacon in batch.beacons:
            try:
                good.append(self._event(beacon, sender, now))
            except _WrongError as wrong:
                refused.append(RefusedBeacon(beacon_id=beacon.beacon_id, reason=wrong.reason, code=wrong.code))
                told[wrong.code] += 1
        answer = Accepted(accepted=len(good), refused=tuple(refused))
        if not good:
            return Taken(answer, told)
        # Robots and staff get the same answer as everybody: it would only teach them.
        if not sender.shop and is_robot(sender.user_agent):
            return Taken(answer, told + Counter(robot=len(good)))
        if sender.staff:
            return Taken(answer, told + Counter(staff=len(good)))
        kept, more = self._bounded(good, sender)
        if kept:
            self.queue.send(kept)
        told += more + Counter(accepted=len(kept))
        return Taken(answer, told)

    def _event(self, beacon: Beacon, sender: Sender, now: datetime) -> Event:
        # What a token says was signed by us: its placement is known, even if it was removed since.
        if not beacon.token and not self._knows(beacon.placement):
            raise _WrongError("placement_unknown", "there is no such placement")
        at = _moment(beacon.at, now)
        if beacon.kind == "order" and not sender.shop:
            raise _WrongError("order_unsigned", "orders are reported by shops' servers, signed: POST /api/orders")
        if beacon.kind == "order" and not beacon.order:
            raise _WrongError("order_without_number", "an order needs the hash of its number")
        if not beacon.token:
            if beacon.kind not in ("impression", "click"):
                raise _WrongError("token_missing", f"of a {beacon.kind} nobody offered, nothing can be learned: send the decision's token")
            cell = CellKey(window=window_of(at), placement=DIRECT, segment=NO_SEGMENT, position=0, venue_id=beacon.venue_id)
            return Event(kind=beacon.kind, beacon_id=beacon.beacon_id, cell=cell, at=iso(at))
        offer = self._offer(beacon, now)
        if at < offer.at - AHEAD:
            raise _WrongError("before_decision", "at is before the decision")
        cell = CellKey(
            window=window_of(offer.at),
            placement=offer.placement,
            segment=offer.segment,
            position=offer.position,
            venue_id=offer.venue_id,
            image=offer.image,
            explored=offer.explored,
        )
        return Event(
            kind=beacon.kind,
            beacon_id=beacon.beacon_id,
            decision_id=offer.decision_id,
            cell=cell,
            subject=beacon.order if beacon.kind == "order" else "",
            value=beacon.value if beacon.kind == "order" else 0,
            at=iso(at),
        )

    def _knows(self, placement: str) -> bool:
        return placement in PLACEMENTS or (self.placements is not None and self.placements.get(placement) is not None)

    def _offer(self, beacon: Beacon, now: datetime) -> Offer:
        try:
            offer = read(self.keys, beacon.token, now)
        except TokenRefusedError as error:
            raise _WrongError(error.code, error.message) from error
        # A page that was offered says where in its address: whoever changes that moves clicks from one placement to another.
        if beacon.placement not in (DIRECT, offer.placement) or beacon.venue_id != offer.venue_id:
            raise _WrongError("token_replaced", "the token is of another venue or placement")
        return offer

    def _bounded(self, events: list[Event], sender: Sender) -> tuple[list[Event], Counter[str]]:
        """Without those above the bounds. If nobody can say how many there were, all are taken: a table that is away costs no clicks."""
        told: Counter[str] = Counter()
        try:
            if sender.address and not sender.shop and self.rates.of_address(sender.address, len(events)) > MOST_OF_ADDRESS:
                return [], Counter(address_flood=len(events))
            for decision_id, count in Counter(event.decision_id for event in events if event.decision_id).items():
                if self.rates.of_decision(decision_id, count) > MOST_OF_DECISION:
                    told["decision_flood"] += count
                    events = [event for event in events if event.decision_id != decision_id]
        except TransientError:
            told["rate_unknown"] += len(events)
        return events, told


def _moment(said: str, now: datetime) -> datetime:
    if not said:
        return now
    try:
        at = datetime.fromisoformat(said)
    except ValueError as error:
        raise _WrongError("at_malformed", "at is not an ISO 8601 moment") from error
    if at.tzinfo is None:
        raise _WrongError("at_malformed", "at has no time zone")
    if at > now + AHEAD:
        raise _WrongError("at_future", "at lies in the future")
    if at < now - OLDEST:
        raise _WrongError("at_past", "at is more than 24 hours ago")
    return at
