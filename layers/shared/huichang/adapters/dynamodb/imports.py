"""ImportStore on the state table."""

from __future__ import annotations

from collections.abc import Callable

from huichang.adapters.dynamodb.table import Item, Table, body_of
from huichang.catalog.imports import ImportRecord
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import NotFoundError


class DynamoImports:
    """pk IMPORT#<id>, sk META or CHUNK#<key>."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    @staticmethod
    def _item(record: ImportRecord) -> Item:
        return {"pk": f"IMPORT#{record.import_id}", "sk": "META", "body": record.model_dump_json()}

    def create(self, record: ImportRecord) -> None:
        """See ImportStore."""
        self._table.put_new(self._item(record))

    def get(self, import_id: str) -> ImportRecord:
        """See ImportStore."""
        item = self._table.get(f"IMPORT#{import_id}", "META")
        if item is None:
            raise NotFoundError(f"there is no import {import_id}", where="import_id")
        return body_of(item, ImportRecord)

    def change(self, import_id: str, edit: Callable[[ImportRecord], ImportRecord]) -> ImportRecord:
        """See ImportStore."""

        def edit_item(item: Item) -> Item:
            changed = edit(body_of(item, ImportRecord)).settled()
            return item | self._item(changed.model_copy(update={"updated_at": iso(self._clock.now())}))

        return body_of(self._table.change(f"IMPORT#{import_id}", "META", edit_item), ImportRecord)

    def mark(self, import_id: str, chunk: str) -> bool:
        """See ImportStore."""
        return self._table.put_new({"pk": f"IMPORT#{import_id}", "sk": f"CHUNK#{chunk}"})
