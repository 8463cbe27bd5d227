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
        return body_of(self._table.change(f"IMPORT#{import_id}", "META", self._edited(edit)), ImportRecord)

    def count(self, import_id: str, chunk: str, edit: Callable[[ImportRecord], ImportRecord]) -> bool:
        """See ImportStore. One transaction: a mark without its count would leave the import unfinished for ever."""
        mark = {"pk": f"IMPORT#{import_id}", "sk": f"CHUNK#{chunk}"}
        return self._table.change_once(f"IMPORT#{import_id}", "META", mark, self._edited(edit))

    def _edited(self, edit: Callable[[ImportRecord], ImportRecord]) -> Callable[[Item], Item]:
        def edit_item(item: Item) -> Item:
            changed = edit(body_of(item, ImportRecord)).settled()
            return item | self._item(changed.model_copy(update={"updated_at": iso(self._clock.now())}))

        return edit_item
