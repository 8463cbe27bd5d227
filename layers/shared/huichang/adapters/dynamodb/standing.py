"""Standings on the state table.

pk STANDING#<placement>   sk <venue>: what came of it there
pk STANDING-FROZEN        sk <placement>: the system takes nobody out of it
"""

from __future__ import annotations

from collections.abc import Mapping

from huichang.adapters.dynamodb.table import Item, Table, body_of
from huichang.delivery.standing.model import Freeze, Standing

_FROZEN = "STANDING-FROZEN"


class DynamoStandings:
    """StandingRecords. Only venues of which something came have an item, so a placement's are one query."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def of(self, placement: str) -> dict[str, Standing]:
        """See StandingRecords."""
        return {str(item["sk"]): _standing(item) for item in self._table.query(_pk(placement))}

    def get(self, placement: str, venue_id: str) -> Standing | None:
        """See StandingRecords."""
        item = self._table.get(_pk(placement), venue_id)
        return _standing(item) if item else None

    def put(self, standing: Standing) -> Standing | None:
        """See StandingRecords."""
        written = standing.model_copy(update={"version": standing.version + 1})
        item: Item = {
            "pk": _pk(standing.placement),
            "sk": standing.venue_id,
            "body": written.model_dump_json(exclude={"version"}),
            "version": written.version,
        }
        condition, names, values = "attribute_not_exists(pk)", None, None
        if standing.version:
            condition, names, values = "#version = :version", {"#version": "version"}, {":version": standing.version}
        return written if self._table.put(item, condition=condition, names=names, values=values) else None

    def remove(self, standing: Standing) -> None:
        """See StandingRecords."""
        self._table.delete(
            _pk(standing.placement),
            standing.venue_id,
            condition="#version = :version",
            names={"#version": "version"},
            values={":version": standing.version},
        )

    def frozen(self) -> Mapping[str, Freeze]:
        """See StandingRecords."""
        return {str(item["sk"]): body_of(item, Freeze) for item in self._table.query(_FROZEN)}

    def freeze(self, freeze: Freeze) -> None:
        """See StandingRecords."""
        self._table.put({"pk": _FROZEN, "sk": freeze.placement, "body": freeze.model_dump_json()})

    def thaw(self, placement: str) -> None:
        """See StandingRecords."""
        self._table.delete(_FROZEN, placement)


def _pk(placement: str) -> str:
    return f"STANDING#{placement}"


def _standing(item: Item) -> Standing:
    return body_of(item, Standing).model_copy(update={"version": int(item["version"])})
