"""PlacementShelf in memory, with the promises of the one on the table."""

from __future__ import annotations

from huichang.delivery.placements.keeping import PlacementRecord, next_record, overlaid, removal
from huichang.delivery.placements.model import Placement
from huichang.kernel.errors import TransientError


class MemoryPlacements:
    """PlacementShelf. `away`: it cannot be read. `reads`: how often somebody asked for all."""

    def __init__(self, *placements: Placement) -> None:
        self.stored = {placement.name: PlacementRecord(placement=placement, by="林运", at="2026-09-01") for placement in placements}
        self.away = False
        self.reads = 0

    def all(self) -> list[Placement]:
        return [record.placement for record in self.records()]

    def get(self, name: str) -> Placement | None:
        return next((placement for placement in self.all() if placement.name == name), None)

    def records(self) -> list[PlacementRecord]:
        self.reads += 1
        if self.away:
            raise TransientError("the table is away", where="table")
        return list(overlaid(self.stored.values()).values())

    def ever(self) -> frozenset[str]:
        return frozenset(self.stored)

    def put(self, placement: Placement, by: str, at: str) -> PlacementRecord:
        return self._keep(next_record(self.stored.get(placement.name), placement, by, at))

    def remove(self, name: str, version: int, by: str, at: str) -> PlacementRecord:
        return self._keep(removal(self.stored.get(name), name, version, by, at))

    def _keep(self, record: PlacementRecord) -> PlacementRecord:
        name = record.placement.name
        self.stored[name] = record
        return overlaid([record]).get(name, record)
