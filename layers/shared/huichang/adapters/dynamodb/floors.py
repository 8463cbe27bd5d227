"""The library of kept floors on the state table."""

from __future__ import annotations

from typing import Any

from huichang.adapters.dynamodb.table import Item, Table, body_of
from huichang.kernel.errors import ConflictError, NotFoundError
from huichang.kernel.language import Language
from huichang.selection.floors.library import KeptFloors

_MATCHES = 100


class DynamoFloorLibrary:
    """pk FLOORS#<entry id>, sk META; active entries on gsi1 by industry and language, all on gsi2, both by time."""

    def __init__(self, table: Table) -> None:
        self._table = table

    @staticmethod
    def _item(entry: KeptFloors) -> Item:
        shelf = "" if entry.status == "active" else "-RETIRED"
        return {
            "pk": f"FLOORS#{entry.entry_id}",
            "sk": "META",
            "gsi1pk": f"FLOORS{shelf}#{entry.industry}#{entry.language}",
            "gsi1sk": f"{entry.kept_at}#{entry.entry_id}",
            "gsi2pk": "FLOOR-LIBRARY",
            "gsi2sk": f"{entry.kept_at}#{entry.entry_id}",
            "body": entry.model_dump_json(),
        }

    def keep(self, entry: KeptFloors) -> KeptFloors:
        """See FloorLibrary."""
        if self._table.put_new(self._item(entry)):
            return entry

        def edit(item: Item) -> Item:
            before = body_of(item, KeptFloors)
            kept = entry.model_copy(update={"revision": before.revision + 1, "status": before.status})
            return item | self._item(kept)

        return body_of(self._table.change(f"FLOORS#{entry.entry_id}", "META", edit), KeptFloors)

    def get(self, entry_id: str) -> KeptFloors:
        """See FloorLibrary."""
        item = self._table.get(f"FLOORS#{entry_id}", "META")
        if item is None:
            raise NotFoundError(f"the library has no floors {entry_id}", where="entry_id")
        return body_of(item, KeptFloors)

    def change(self, entry: KeptFloors) -> KeptFloors:
        """See FloorLibrary."""

        def edit(item: Item) -> Item:
            stored = body_of(item, KeptFloors)
            if stored.revision != entry.revision:
                raise ConflictError(f"it is at revision {stored.revision} by now", where=f"floors {entry.entry_id}", mend="reload it")
            return item | self._item(entry.model_copy(update={"revision": entry.revision + 1}))

        try:
            return body_of(self._table.change(f"FLOORS#{entry.entry_id}", "META", edit), KeptFloors)
        except NotFoundError as error:
            raise NotFoundError(f"the library has no floors {entry.entry_id}", where="entry_id") from error

    def matching(self, industry: str, language: Language) -> list[KeptFloors]:
        """See FloorLibrary."""
        return self._entries(f"FLOORS#{industry}#{language}", index="gsi1", newest_first=True, limit=_MATCHES)

    def recent(self, limit: int = 100) -> list[KeptFloors]:
        """See FloorLibrary."""
        return self._entries("FLOOR-LIBRARY", index="gsi2", newest_first=True, limit=limit)

    def _entries(self, pk: str, **how: Any) -> list[KeptFloors]:
        return [body_of(item, KeptFloors) for item in self._table.query(pk, **how)]
