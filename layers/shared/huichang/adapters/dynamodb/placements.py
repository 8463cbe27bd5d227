"""Placements on the state table: what operators changed and added, over what ships with the product."""

from __future__ import annotations

from huichang.adapters.dynamodb.table import Table, body_of
from huichang.delivery.placements.keeping import (
    PlacementRecord,
    next_record,
    overlaid,
    placement_changed,
    removal,
)
from huichang.delivery.placements.model import Placement

_PK = "PLACEMENTS"


class DynamoPlacements:
    """PlacementShelf: pk PLACEMENTS, sk <name>, the record as body, its version beside it.

    What was removed keeps its item, so that versions never begin again. Some hundred items of less than 1 KB: all of them are one query.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def all(self) -> list[Placement]:
        """See Placements."""
        return [record.placement for record in self.records()]

    def get(self, name: str) -> Placement | None:
        """See Placements."""
        stored = self._stored(name)
        known = overlaid([stored] if stored else []).get(name)
        return known.placement if known else None

    def records(self) -> list[PlacementRecord]:
        """See PlacementShelf."""
        return list(overlaid(body_of(item, PlacementRecord) for item in self._table.query(_PK)).values())

    def ever(self) -> frozenset[str]:
        """See PlacementShelf."""
        return frozenset(str(item["sk"]) for item in self._table.query(_PK))

    def put(self, placement: Placement, by: str, at: str) -> PlacementRecord:
        """See PlacementShelf."""
        stored = self._stored(placement.name)
        record = next_record(stored, placement, by, at)
        return record if record == stored else self._write(stored, record, seen=placement.version)

    def remove(self, name: str, version: int, by: str, at: str) -> PlacementRecord:
        """See PlacementShelf."""
        stored = self._stored(name)
        return self._write(stored, removal(stored, name, version, by, at), seen=version)

    def _stored(self, name: str) -> PlacementRecord | None:
        item = self._table.get(_PK, name)
        return body_of(item, PlacementRecord) if item else None

    def _write(self, stored: PlacementRecord | None, record: PlacementRecord, *, seen: int) -> PlacementRecord:
        name, version = record.placement.name, record.placement.version
        item = {"pk": _PK, "sk": name, "version": version, "body": record.model_dump_json()}
        if stored is None:
            written = self._table.put_new(item)
        else:
            written = self._table.put(
                item, condition="#version = :version", names={"#version": "version"}, values={":version": stored.placement.version}
            )
        if not written:
            raise placement_changed(self._stored(name), seen)
        return overlaid([record]).get(name, record)
