"""Packed days in S3, what recounts mended, and what venues are called.

S3 results/<placement>/<day>.hc      a packed day (delivery/results/packed.py); 400 days, as the counters
pk RESULTS-MENDED                    sk <day>#<placement>: when a recount last set a window of it right
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from huichang.adapters.dynamodb.cells import CELL_DAYS, Shards
from huichang.adapters.dynamodb.table import Table, body_of
from huichang.adapters.s3 import Bucket
from huichang.delivery.model import LiveVenue
from huichang.delivery.results.model import VenueName
from huichang.kernel.clock import Clock
from huichang.kernel.errors import NotFoundError
from huichang.venues.model import Campaign, Venue

PREFIX = "results/"
# As many connections as a client keeps.
_READERS = 10
_LONGEST = 80


class StoredDays:
    """DayShelf."""

    def __init__(self, bucket: Bucket, table: Table, shards: Shards, clock: Clock) -> None:
        self._bucket = bucket
        self._table = table
        self._shards = shards
        self._clock = clock
        self._counted: set[str] = set()

    def get(self, keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], bytes]:
        """See DayShelf."""

        def one(key: tuple[str, str]) -> bytes | None:
            try:
                return self._bucket.get(_key(*key))
            except NotFoundError:
                return None

        if not keys:
            return {}
        with ThreadPoolExecutor(min(_READERS, len(keys))) as pool:
            return {key: data for key, data in zip(keys, pool.map(one, keys), strict=True) if data is not None}

    def put(self, placement: str, day: str, data: bytes) -> None:
        """See DayShelf."""
        self._bucket.put(_key(placement, day), data, "application/octet-stream")

    def mended(self, since: str) -> Mapping[tuple[str, str], str]:
        """See DayShelf. One query: a recount that mends is rare."""
        found = {}
        for item in self._table.query("RESULTS-MENDED", after=since):
            day, _, placement = str(item["sk"]).partition("#")
            found[(placement, day)] = str(item["at"])
        return found

    def note_mended(self, placement: str, day: str, at: str) -> None:
        """See DayShelf."""
        expires = int(self._clock.now().timestamp()) + CELL_DAYS * 86400
        self._table.put({"pk": "RESULTS-MENDED", "sk": f"{day}#{placement}", "at": at, "expires_at": expires})

    def ever_counted(self, placement: str) -> bool:
        """See DayShelf. Once it was, it was: asked again only while the answer is no."""
        if placement not in self._counted:
            for shard in range(self._shards.of(placement)):
                if next(self._table.query(f"TOTAL#{placement}#{shard}", limit=1), None) is not None:
                    self._counted.add(placement)
                    break
        return placement in self._counted


class StoredNames:
    """Names. A venue never changes its campaign, so those are kept for the life of the process."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def venues(self, venue_ids: Collection[str]) -> Mapping[str, VenueName]:
        """See Names. The records, and whether they are live."""
        ids = sorted(venue_ids)
        records = self._table.get_many([(f"VENUE#{venue_id}", "META") for venue_id in ids])
        live = self._table.get_many([("LIVE", venue_id) for venue_id in ids])
        found = {}
        for (pk, _), item in records.items():
            venue = body_of(item, Venue)
            shown = live.get(("LIVE", pk.removeprefix("VENUE#")))
            found[venue.venue_id] = VenueName(
                venue_id=pk.removeprefix("VENUE#"),
                campaign_id=venue.campaign_id,
                name=venue.theme.name[:_LONGEST],
                released_at=body_of(shown, LiveVenue).published_at if shown else "",
            )
        return found

    def campaigns(self, campaign_ids: Collection[str]) -> Mapping[str, str]:
        """See Names."""
        items = self._table.get_many([(f"CAMPAIGN#{campaign_id}", "META") for campaign_id in sorted(campaign_ids)])
        records = (body_of(item, Campaign) for item in items.values())
        return {record.campaign_id: record.request.sentence[:_LONGEST] for record in records}


def _key(placement: str, day: str) -> str:
    return f"{PREFIX}{placement}/{day}.hc"
