"""DeliveryStore on the state table."""

from __future__ import annotations

import random
import time

from huichang.adapters.dynamodb.table import Table, body_of, encode
from huichang.delivery.model import Beacon, Decision, LiveVenue, VenueCounters
from huichang.kernel.clock import Clock
from huichang.kernel.errors import TransientError

DECISION_DAYS = 90
BEACON_DAYS = 7
_TRIES = 8


class DynamoDelivery:
    """pk LIVE: what can be handed out. pk PLACEMENT#<id>: counters. pk BEACON#<id>, DECISION#<id>: seen, expiring."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def put_live(self, venue: LiveVenue) -> None:
        """See DeliveryStore."""
        self._table.put({"pk": "LIVE", "sk": venue.venue_id, "body": venue.model_dump_json()})

    def remove_live(self, venue_id: str) -> None:
        """See DeliveryStore."""
        self._table.delete("LIVE", venue_id)

    def live(self) -> list[LiveVenue]:
        """See DeliveryStore."""
        return [body_of(item, LiveVenue) for item in self._table.query("LIVE")]

    def counters(self, placement: str) -> dict[str, VenueCounters]:
        """See DeliveryStore."""
        return {
            item["sk"]: VenueCounters(
                venue_id=item["sk"],
                placement=placement,
                impressions=int(item.get("impressions", 0)),
                clicks=int(item.get("clicks", 0)),
            )
            for item in self._table.query(f"PLACEMENT#{placement}")
        }

    def count(self, beacon: Beacon) -> bool:
        """See DeliveryStore. One transaction remembers the beacon and adds to its counter, so neither happens alone."""
        field = {"impression": "impressions", "click": "clicks"}[beacon.kind]
        expires = int(self._clock.now().timestamp()) + BEACON_DAYS * 86400
        seen = {"pk": f"BEACON#{beacon.beacon_id}", "sk": "SEEN", "expires_at": expires}
        update = {
            "TableName": self._table.name,
            "Key": encode({"pk": f"PLACEMENT#{beacon.placement}", "sk": beacon.venue_id}),
            "UpdateExpression": "ADD #field :one",
            "ExpressionAttributeNames": {"#field": field},
            "ExpressionAttributeValues": encode({":one": 1}),
        }
        for attempt in range(_TRIES):
            reasons = self._table.transact([{"Put": self._table.new(seen)}, {"Update": update}])
            if not reasons:
                return True
            if reasons[0] == "ConditionalCheckFailed":
                return False
            # Another beacon of the same venue and placement was being counted: every busy counter meets this.
            time.sleep(random.uniform(0, 0.02 * 2 ** min(attempt, 5)))
        raise TransientError("this counter is being changed by too many at once", where="beacon counters")

    def log_decision(self, decision: Decision) -> None:
        """See DeliveryStore."""
        expires = int(self._clock.now().timestamp()) + DECISION_DAYS * 86400
        self._table.put(
            {
                "pk": f"DECISION#{decision.decision_id}",
                "sk": "DECISION",
                "gsi1pk": f"DECISIONS#{decision.placement}#{decision.at[:10]}",
                "gsi1sk": f"{decision.at}#{decision.decision_id}",
                "body": decision.model_dump_json(),
                "expires_at": expires,
            }
        )
