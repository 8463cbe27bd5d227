"""What was counted, as ranking reads it."""

from __future__ import annotations

from typing import Protocol

from huichang.delivery.cells import Cell
from huichang.delivery.events.cells import CellKey, Counts


class Cells(Protocol):
    """What was counted (delivery/events/counting.py CellStore)."""

    def cells(self, placement: str, window: str) -> dict[CellKey, Counts]:
        """Everything of a placement and window. Raises TransientError."""
        ...


def positioned(store: Cells, placement: str, window: str) -> list[Cell]:
    """Cells of offers. Direct visits are at no position; a shard that was corrected may leave a cell of nothing. Raises TransientError."""
    return [
        Cell(placement=placement, **key.model_dump(exclude={"placement"}), **counts.model_dump())
        for key, counts in store.cells(placement, window).items()
        if key.position >= 1 and counts.impressions > 0
    ]
