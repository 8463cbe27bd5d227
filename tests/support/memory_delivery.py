"""DeliveryStore and BeaconQueue in memory; they keep the ports' promises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from huichang.delivery.events.cells import CellKey, Counts, Event
from huichang.delivery.events.counting import MOST_ITEMS, Change, Mark
from huichang.delivery.events.tokens import Key, Offer, sign
from huichang.delivery.model import Decision, LiveVenue, LoggedDecision, LoggedItem
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
        self.decisions: list[Decision] = []
        self.reads = 0

    def put_live(self, venue: LiveVenue) -> None:
        self.venues[venue.venue_id] = venue

    def remove_live(self, venue_id: str) -> None:
        self.venues.pop(venue_id, None)

    def live(self) -> list[LiveVenue]:
        self.reads += 1
        return list(self.venues.values())

    def logged(self, placement: str, window: str) -> list[LoggedDecision]:
        return [
            LoggedDecision(
                items=tuple(LoggedItem.model_validate(i.model_dump(include=set(LoggedItem.model_fields))) for i in decision.items),
                **decision.model_dump(include=set(LoggedDecision.model_fields) - {"items"}),
            )
            for decision in self.decisions
            if decision.placement == placement and decision.at.startswith(window)
        ]

    def log_decision(self, decision: Decision) -> None:
        self.decisions.append(decision)


class MemoryBeacons:
    """BeaconQueue."""

    def __init__(self) -> None:
        self.sent: list[Event] = []

    def send(self, events: Sequence[Event]) -> None:
        self.sent += events


class MemoryKeys:
    """Keys."""

    def __init__(self, *secrets: bytes) -> None:
        self.keys = [Key(secret) for secret in secrets or (b"the key that signs", b"the key before")]

    def signing(self) -> Key:
        return self.keys[0]

    def named(self, name: str) -> Key | None:
        return next((key for key in self.keys if key.name == name), None)


class MemoryRates:
    """Rates."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def of_address(self, address: str, beacons: int) -> int:
        self.counts[f"a{address}"] += beacons
        return self.counts[f"a{address}"]

    def of_decision(self, decision_id: str, beacons: int) -> int:
        self.counts[f"d{decision_id}"] += beacons
        return self.counts[f"d{decision_id}"]


class MemoryCells:
    """CellStore. `races` transactions meet another writer first."""

    def __init__(self, races: int = 0) -> None:
        self.known: dict[str, Mark] = {}
        self.stored: dict[CellKey, Counts] = {}
        self.races = races
        self.items: list[int] = []

    def marks(self, keys: Sequence[str]) -> dict[str, Mark]:
        return {key: self.known[key] for key in keys if key in self.known}

    def write(self, change: Change) -> bool:
        size = len(change.marks) + len(change.cells) + len({(cell.placement, cell.venue_id) for cell in change.cells})
        assert size <= MOST_ITEMS
        if self.races:
            self.races -= 1
            return False
        if any(self.known.get(key, Mark(key=key)).lock != mark.lock for key, (mark, _) in change.marks.items()):
            return False
        for key, (mark, tags) in change.marks.items():
            self.known[key] = Mark(key=key, tags=mark.tags | tags, lock=mark.lock + 1)
        for cell, counts in change.cells.items():
            self.stored[cell] = self.stored.get(cell, Counts()) + counts
        self.items.append(size)
        return True

    def cells(self, placement: str, window: str) -> dict[CellKey, Counts]:
        return {cell: counts for cell, counts in self.stored.items() if (cell.placement, cell.window) == (placement, window)}

    def correct(self, cell: CellKey, stored: Counts, counts: Counts) -> bool:
        if self.stored.get(cell, Counts()) != stored:
            return False
        self.stored[cell] = counts
        return True


class MemoryLog:
    """EventLog."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def keep(self, events: Sequence[Event]) -> None:
        self.lines += [event.model_dump_json() for event in events]

    def read(self, window: str) -> Sequence[Event]:
        return [event for event in map(Event.model_validate_json, self.lines) if event.cell.window == window]


AT = datetime(2026, 9, 1, 7, 55, tzinfo=UTC)


def an_offer(**changes: object) -> Offer:
    """An item offered five minutes before the fake clock's now."""
    said = {"decision_id": "d-0001", "placement": "home", "segment": "none", "venue_id": "v-1", "position": 1}
    return Offer.model_validate(said | {"image": "", "explored": False, "propensity": 0.25, "at": AT} | changes)


def a_token(**changes: object) -> str:
    """Its token, with MemoryKeys' current key."""
    return sign(MemoryKeys().signing(), an_offer(**changes))
