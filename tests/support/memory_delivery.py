"""DeliveryStore and BeaconQueue in memory; they keep the ports' promises."""

from __future__ import annotations

from huichang.delivery.model import Beacon, Decision, LiveVenue, VenueCounters
from huichang.kernel.language import Language


def live_venue(venue_id: str, language: Language = "zh", published_at: str = "2026-09-01T08:00:00.000Z") -> LiveVenue:
    """A published venue."""
    return LiveVenue(
        venue_id=venue_id,
        title=f"会场 {venue_id}",
        href=f"/v/{venue_id}/",
        language=language,
        published_at=published_at,
    )


class MemoryDelivery:
    """DeliveryStore."""

    def __init__(self, *venues: LiveVenue) -> None:
        self.venues = {venue.venue_id: venue for venue in venues}
        self.seen: set[str] = set()
        self.counts: dict[tuple[str, str], VenueCounters] = {}
        self.decisions: list[Decision] = []
        self.reads = 0

    def put_live(self, venue: LiveVenue) -> None:
        self.venues[venue.venue_id] = venue

    def remove_live(self, venue_id: str) -> None:
        self.venues.pop(venue_id, None)

    def live(self) -> list[LiveVenue]:
        self.reads += 1
        return list(self.venues.values())

    def counters(self, placement: str) -> dict[str, VenueCounters]:
        return {venue_id: count for (where, venue_id), count in self.counts.items() if where == placement}

    def count(self, beacon: Beacon) -> bool:
        if beacon.beacon_id in self.seen:
            return False
        self.seen.add(beacon.beacon_id)
        key = (beacon.placement, beacon.venue_id)
        before = self.counts.get(key) or VenueCounters(venue_id=beacon.venue_id, placement=beacon.placement)
        field = {"impression": "impressions", "click": "clicks"}[beacon.kind]
        self.counts[key] = before.model_copy(update={field: getattr(before, field) + 1})
        return True

    def log_decision(self, decision: Decision) -> None:
        self.decisions.append(decision)


class MemoryBeacons:
    """BeaconQueue."""

    def __init__(self) -> None:
        self.sent: list[Beacon] = []

    def send(self, beacons: tuple[Beacon, ...]) -> None:
        self.sent += beacons
