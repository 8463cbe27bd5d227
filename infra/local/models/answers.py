"""What was answered before, by Idempotency-Key, so that a repeated call is neither done nor billed again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict


class Kept(BaseModel):
    """One billed call. `body` is None where the same request gives the same answer anyway and would only fill the disk."""

    model_config = ConfigDict(frozen=True)

    key: str
    sent: str
    label: str
    body: dict[str, Any] | None = None


class AnswerLog:
    """In memory, and in a file of lines where a folder is given."""

    def __init__(self, folder: Path | None) -> None:
        self._kept: dict[str, Kept] = {}
        self._file = folder / "model-answers.jsonl" if folder else None
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        if not self._file.exists():
            return
        text = self._file.read_text(encoding="utf-8", errors="replace")
        for line in text.splitlines():
            try:
                kept = Kept.model_validate_json(line)
            except ValueError:
                continue  # cut short by a kill -9: that answer was not delivered either
            self._kept[kept.key] = kept
        if text and not text.endswith("\n"):
            self._write("\n")  # so that the next line does not continue the cut one

    def get(self, key: str) -> Kept | None:
        """The call with this key, or None."""
        return self._kept.get(key)

    def keep(self, kept: Kept) -> None:
        """Remember a call; written before it is delivered."""
        self._kept[kept.key] = kept
        self._write(kept.model_dump_json() + "\n")

    def _write(self, text: str) -> None:
        if self._file:
            with self._file.open("a", encoding="utf-8") as log:
                log.write(text)

    def __len__(self) -> int:
        return len(self._kept)


def fingerprint(body: Any) -> str:
    """The same for the same request."""
    import hashlib

    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
