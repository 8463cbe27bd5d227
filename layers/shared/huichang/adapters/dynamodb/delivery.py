"""DeliveryStore on the state table."""

from __future__ import annotations

import json
import random

from huichang.adapters.dynamodb.cells import Shards
from huichang.adapters.dynamodb.table import Item, Table, body_of
from huichang.delivery.model import Decision, LiveVenue, LoggedDecision, LoggedItem
from huichang.kernel.clock import Clock

DECISION_DAYS = 90


class DynamoDelivery:
    """pk LIVE: what can be handed out. pk TOTAL#…: see cells.py. pk DECISIONS#<placement>#<window>#<shard>, sk <moment>#<id>: the log.

    A decision is one write of its ids and numbers, without an index beside it: of a slate of six under 1 KB, one write unit. Titles
    and pictures of venues stand elsewhere. It is found by placement and window, as cells are, and spread over as many shards.
    """

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock
        self._shards = Shards(table, clock)

    def put_live(self, venue: LiveVenue) -> None:
        """See DeliveryStore."""
        self._table.put({"pk": "LIVE", "sk": venue.venue_id, "body": venue.model_dump_json()})

    def remove_live(self, venue_id: str) -> None:
        """See DeliveryStore."""
        self._table.delete("LIVE", venue_id)

    def live(self) -> list[LiveVenue]:
        """See DeliveryStore."""
        return [body_of(item, LiveVenue) for item in self._table.query("LIVE")]

    def log_decision(self, decision: Decision) -> None:
        """See DeliveryStore."""
        items = [
            [item.venue_id, item.position, item.propensity, int(item.explored), item.image, item.image_propensity]
            for item in decision.items
        ]
        said = {"policy": decision.policy, "segment": decision.segment, "candidates": decision.candidates, "items": items}
        window, shard = decision.at[:13], random.randrange(self._shards.of(decision.placement))
        self._table.put(
            {
                "pk": f"DECISIONS#{decision.placement}#{window}#{shard}",
                "sk": f"{decision.at}#{decision.decision_id}",
                "body": json.dumps(said, separators=(",", ":")),
                "expires_at": int(self._clock.now().timestamp()) + DECISION_DAYS * 86400,
            }
        )

    def logged(self, placement: str, window: str) -> list[LoggedDecision]:
        """See DeliveryStore."""
        found = []
        for shard in range(self._shards.of(placement, now=True)):
            for item in self._table.query(f"DECISIONS#{placement}#{window}#{shard}"):
                found.append(logged_of(placement, item))
        return sorted(found, key=lambda decision: (decision.at, decision.decision_id))


def logged_of(placement: str, item: Item) -> LoggedDecision:
    """A decision of the log, as it is stored."""
    at, _, decision_id = item["sk"].partition("#")
    said = json.loads(item["body"])
    names = ("venue_id", "position", "propensity", "explored", "image", "image_propensity")
    # Decisions from before images were chosen end with the image.
    items = tuple(LoggedItem.model_validate(dict(zip(names, each, strict=False))) for each in said.pop("items"))
    return LoggedDecision(decision_id=decision_id, placement=placement, at=at, items=items, **said)
