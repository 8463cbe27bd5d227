"""LiveLooks on the state table."""

from __future__ import annotations

from huichang.adapters.dynamodb.table import Item, Table
from huichang.line.inspecting import LiveLook

_PK = "LIVE-LOOKS"


class DynamoLiveLooks:
    """pk LIVE-LOOKS, sk <venue>; by moment on gsi2. The moment is an attribute of its own, so that it can be brought forward alone."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def due(self, now: str, limit: int) -> list[LiveLook]:
        """See LiveLooks."""
        # The table compares with "below"; "~" sorts after every moment that begins like this one.
        return [_look(item) for item in self._table.query(_PK, index="gsi2", before=f"{now}~", limit=limit)]

    def bring_forward(self, venue_id: str, at: str) -> None:
        """See LiveLooks."""
        self._table.update(
            _PK,
            venue_id,
            "SET gsi2pk = :pk, gsi2sk = :at",
            condition="attribute_not_exists(gsi2sk) OR gsi2sk > :at",
            values={":pk": _PK, ":at": at},
        )

    def claim(self, look: LiveLook, until: str) -> LiveLook | None:
        """See LiveLooks."""
        held = {":seen": look.due, ":until": until}
        if not self._table.update(_PK, look.venue_id, "SET gsi2sk = :until", condition="gsi2sk = :seen", values=held):
            return None
        return look.model_copy(update={"due": until})

    def settle(self, look: LiveLook, at: str) -> LiveLook:
        """See LiveLooks."""
        body = look.model_dump_json(exclude={"due"})
        kept = {":body": body, ":seen": look.due, ":at": at}
        if self._table.update(_PK, look.venue_id, "SET body = :body, gsi2sk = :at", condition="gsi2sk = :seen", values=kept):
            return look.model_copy(update={"due": at})
        self._table.update(_PK, look.venue_id, "SET body = :body", condition="attribute_exists(pk)", values={":body": body})
        return look

    def forget(self, venue_id: str) -> None:
        """See LiveLooks."""
        self._table.delete(_PK, venue_id)

    def known(self) -> set[str]:
        """See LiveLooks."""
        return {str(item["sk"]) for item in self._table.query(_PK)}


def _look(item: Item) -> LiveLook:
    kept = LiveLook.model_validate_json(item["body"]) if "body" in item else LiveLook(venue_id=str(item["sk"]), due="")
    return kept.model_copy(update={"venue_id": str(item["sk"]), "due": str(item["gsi2sk"])})
