"""What buyers' browsers report: believed only as far as it can be, and counted exactly once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError

from huichang.delivery.model import Beacon, BeaconBatch, BeaconQueue, DeliveryStore
from huichang.delivery.placements import PLACEMENTS
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import PermanentError
from huichang.kernel.model import Model

OLDEST = timedelta(hours=24)
# Buyers' clocks are wrong by minutes; by more than this they are wrong about the day.
AHEAD = timedelta(minutes=5)
# After a stranger's venue id the list of live venues is read again at most this often.
LIVE_REFRESH_SECONDS = 2

# Said by programs about themselves; browsers that lie are not caught here. Cubot makes phones.
_ROBOT = re.compile(
    r"(?<!cu)bot(?:\b|_)|crawl|spider|slurp|headless|phantomjs|puppeteer|playwright|selenium|lighthouse|pingdom"
    r"|facebookexternalhit|web preview|\b(?:python|curl|wget|httpie|okhttp|java/|go-http|libwww|axios|undici|node-fetch"
    r"|ruby|perl|postman|scrapy)",
    re.IGNORECASE,
)


class RefusedBeacon(Model):
    """A beacon that was not taken, and why."""

    beacon_id: str
    reason: str


class Accepted(Model):
    """Answer to a batch: how many will be counted, and which will not."""

    accepted: int
    refused: tuple[RefusedBeacon, ...] = ()


def is_robot(user_agent: str) -> bool:
    """Whether this is a program that says so, or something that says nothing at all."""
    return not user_agent.strip() or _ROBOT.search(user_agent) is not None


@dataclass(frozen=True)
class AcceptBeacons:
    """Check a batch and queue it."""

    queue: BeaconQueue
    clock: Clock

    def __call__(self, batch: BeaconBatch, user_agent: str) -> Accepted:
        """What will be counted. Robots get the same friendly answer and are not counted. Raises TransientError."""
        now = self.clock.now()
        good: list[Beacon] = []
        refused: list[RefusedBeacon] = []
        for beacon in batch.beacons:
            reason = _wrong_with(beacon, now)
            if reason:
                refused.append(RefusedBeacon(beacon_id=beacon.beacon_id, reason=reason))
            else:
                good.append(beacon if beacon.at else beacon.model_copy(update={"at": iso(now)}))
        if good and not is_robot(user_agent):
            self.queue.send(tuple(good))
        return Accepted(accepted=len(good), refused=tuple(refused))


@dataclass
class CountBeacons:
    """Take a beacon from the queue into the counters."""

    store: DeliveryStore
    clock: Clock
    _live: frozenset[str] = frozenset()
    _read_again: datetime | None = None

    def __call__(self, body: str) -> bool:
        """Count once per beacon id. False if it was counted before, or is about a venue that is not live.

        The order of beacons and their repetition change nothing. Raises PermanentError for a body that is no beacon.
        """
        try:
            beacon = Beacon.model_validate_json(body)
        except ValidationError as error:
            raise PermanentError("the message is no beacon", where="beacon queue") from error
        # Anybody can send beacons about venues that never were; they must not fill the table.
        return self._is_live(beacon.venue_id) and self.store.count(beacon)

    def _is_live(self, venue_id: str) -> bool:
        now = self.clock.now()
        if venue_id not in self._live and (self._read_again is None or now >= self._read_again):
            self._live = frozenset(venue.venue_id for venue in self.store.live())
            self._read_again = now + timedelta(seconds=LIVE_REFRESH_SECONDS)
        return venue_id in self._live


def _wrong_with(beacon: Beacon, now: datetime) -> str:
    if beacon.placement not in PLACEMENTS:
        return "there is no such placement"
    if not beacon.at:
        return ""
    try:
        at = datetime.fromisoformat(beacon.at)
    except ValueError:
        return "at is not an ISO 8601 moment"
    if at.tzinfo is None:
        return "at has no time zone"
    if at > now + AHEAD:
        return "at lies in the future"
    if at < now - OLDEST:
        return "at is more than 24 hours ago"
    return ""
