"""DecisionStore on the state table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from huichang.adapters.dynamodb.table import Table, body_of
from huichang.line.pacing import Decision


class DynamoDecisions:
    """pk REVIEWED#<day>, sk <time>#<venue>#<version>."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def keep(self, decision: Decision) -> None:
        """See DecisionStore."""
        sk = f"{decision.at}#{decision.venue_id}#{decision.version_id}"
        self._table.put_new({"pk": f"REVIEWED#{decision.at[:10]}", "sk": sk, "body": decision.model_dump_json()})

    def of_day(self, day: date) -> Sequence[Decision]:
        """See DecisionStore."""
        return [body_of(item, Decision) for item in self._table.query(f"REVIEWED#{day.isoformat()}")]
