"""The floor library over a dict, and an entry for tests."""

from __future__ import annotations

from typing import Any

from huichang.kernel.errors import ConflictError, NotFoundError
from huichang.kernel.language import Language
from huichang.selection.floors.library import KeptFloor, KeptFloors


class MemoryFloorLibrary:
    """FloorLibrary in memory; held to the same contract as DynamoDB's (tests/contract/test_floor_library.py)."""

    def __init__(self, *entries: KeptFloors) -> None:
        self.entries = {entry.entry_id: entry for entry in entries}

    def keep(self, entry: KeptFloors) -> KeptFloors:
        before = self.entries.get(entry.entry_id)
        if before is not None:
            entry = entry.model_copy(update={"revision": before.revision + 1, "status": before.status})
        self.entries[entry.entry_id] = entry
        return entry

    def get(self, entry_id: str) -> KeptFloors:
        if entry_id not in self.entries:
            raise NotFoundError(f"the library has no floors {entry_id}", where="entry_id")
        return self.entries[entry_id]

    def change(self, entry: KeptFloors) -> KeptFloors:
        if self.get(entry.entry_id).revision != entry.revision:
            raise ConflictError("changed meanwhile", where="revision")
        self.entries[entry.entry_id] = entry.model_copy(update={"revision": entry.revision + 1})
        return self.entries[entry.entry_id]

    def matching(self, industry: str, language: Language) -> list[KeptFloors]:
        found = [e for e in self.recent() if e.status == "active" and (e.industry, e.language) == (industry, language)]
        return found[:100]

    def recent(self, limit: int = 100) -> list[KeptFloors]:
        return sorted(self.entries.values(), key=lambda entry: (entry.kept_at, entry.entry_id), reverse=True)[:limit]


def a_kept_entry(entry_id: str = "fl-1", **changes: Any) -> KeptFloors:
    """An entry with two floors."""
    values: dict[str, Any] = {
        "entry_id": entry_id,
        "industry": "toys",
        "language": "zh",
        "categories": ("熊猫公仔", "熊猫挂件"),
        "floors": (
            KeptFloor(title="抱抱熊猫", products=8, features={"category:熊猫公仔": 1.0}),
            KeptFloor(title="随身熊猫", products=6, features={"category:熊猫挂件": 1.0}),
        ),
        "venue_id": "v-0",
        "venue_name": "熊猫玩偶会场",
        "kept_by": "mei",
        "kept_at": "2026-09-01T08:00:00.000Z",
    }
    return KeptFloors.model_validate(values | changes)
