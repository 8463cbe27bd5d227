"""Versions of uploaded templates on the state table."""

from __future__ import annotations

from huichang.adapters.dynamodb.table import Item, Table, body_of
from huichang.kernel.errors import ConflictError, NotFoundError
from huichang.pages.packages.model import TemplateRecord, no_template


class DynamoTemplates:
    """pk TEMPLATE#<id>, sk <version, eight digits>; all on gsi2 TEMPLATES by id, newest first."""

    def __init__(self, table: Table) -> None:
        self._table = table

    @staticmethod
    def _item(record: TemplateRecord) -> Item:
        return {
            "pk": f"TEMPLATE#{record.template_id}",
            "sk": f"{record.version:08d}",
            "gsi2pk": "TEMPLATES",
            "gsi2sk": f"{record.template_id}#{99_999_999 - record.version:08d}",
            "body": record.model_dump_json(),
        }

    def create(self, record: TemplateRecord) -> bool:
        """See TemplateStore."""
        return self._table.put_new(self._item(record))

    def get(self, template_id: str, version: int) -> TemplateRecord:
        """See TemplateStore."""
        item = self._table.get(f"TEMPLATE#{template_id}", f"{version:08d}")
        if item is None:
            raise no_template(template_id, version)
        return body_of(item, TemplateRecord)

    def change(self, record: TemplateRecord) -> TemplateRecord:
        """See TemplateStore."""

        def edit(item: Item) -> Item:
            stored = body_of(item, TemplateRecord)
            if stored.revision != record.revision:
                where = f"template {record.template_id}"
                raise ConflictError(f"it is at revision {stored.revision} by now", where=where, mend="reload it")
            return item | self._item(record.model_copy(update={"revision": record.revision + 1}))

        try:
            return body_of(self._table.change(f"TEMPLATE#{record.template_id}", f"{record.version:08d}", edit), TemplateRecord)
        except NotFoundError as error:
            raise no_template(record.template_id, record.version) from error

    def versions(self, template_id: str) -> list[TemplateRecord]:
        """See TemplateStore."""
        return [body_of(item, TemplateRecord) for item in self._table.query(f"TEMPLATE#{template_id}", newest_first=True)]

    def all(self) -> list[TemplateRecord]:
        """See TemplateStore."""
        return [body_of(item, TemplateRecord) for item in self._table.query("TEMPLATES", index="gsi2")]
