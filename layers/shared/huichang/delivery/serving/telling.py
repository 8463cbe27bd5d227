"""What goes live or stops being live asks for new snapshots, so that buyers see it within a minute."""

from __future__ import annotations

from dataclasses import dataclass

from huichang.delivery.model import Decision, DeliveryStore, LiveVenue, LoggedDecision
from huichang.delivery.serving.ports import Rebuilds


@dataclass(frozen=True)
class TellingDelivery:
    """A DeliveryStore that asks after each change. `puts` False: only a venue that goes away is urgent (its titles and pictures follow
    with the next tick). Where asking fails TransientError is raised: whoever released or retired repeats it, as after a failed write."""

    store: DeliveryStore
    rebuilds: Rebuilds
    puts: bool = True

    def put_live(self, venue: LiveVenue) -> None:
        """See DeliveryStore."""
        self.store.put_live(venue)
        if self.puts:
            self.rebuilds.ask("")

    def remove_live(self, venue_id: str) -> None:
        """See DeliveryStore."""
        self.store.remove_live(venue_id)
        self.rebuilds.ask("")

    def live(self) -> list[LiveVenue]:
        """See DeliveryStore."""
        return self.store.live()

    def logged(self, placement: str, window: str) -> list[LoggedDecision]:
        """See DeliveryStore."""
        return self.store.logged(placement, window)

    def log_decision(self, decision: Decision) -> None:
        """See DeliveryStore."""
        self.store.log_decision(decision)
