"""Messages that are lost, delivered twice and delivered late: what a standard queue may do to anybody, made frequent enough to be seen.

Lives in the emulator's process; POST /_huichang/queues sets it, GET tells what it has done. AWS does not lose messages, but a queue's
consumer may (a message that was deleted before its worker died, a queue that was purged); the sweep must make up for all of it.
"""

from __future__ import annotations

import random
import time
import uuid
from collections import Counter
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Fate = Literal["lost", "duplicated", "reordered", ""]
Rate = Annotated[float, Field(ge=0, le=1)]


class QueueTrouble(BaseModel):
    """What happens to messages of queues whose name contains one of `queues`, when a function is about to get them.

    Rates are shares of deliveries, drawn in the order lost, duplicated, reordered. `*_first`: the first so many deliveries of each queue,
    in the same order, before any dice. `late`: a message that is reordered, or a duplicate, appears after so many seconds [from, to].
    """

    model_config = ConfigDict(extra="forbid")

    seed: int = 7
    queues: tuple[str, ...] = ()
    lose_rate: Rate = 0.0
    duplicate_rate: Rate = 0.0
    reorder_rate: Rate = 0.0
    lose_first: int = 0
    duplicate_first: int = 0
    reorder_first: int = 0
    late: tuple[float, float] = (0.5, 5.0)


class Troublemaker:
    """Decides and counts. The emulator holds its lock on the queues around `strike`."""

    def __init__(self) -> None:
        self.set(QueueTrouble())

    def set(self, trouble: QueueTrouble) -> None:
        """From now on so, and counted from here."""
        self._trouble = trouble
        self._dice = random.Random(trouble.seed)
        self._seen: Counter[str] = Counter()
        self.struck: Counter[str] = Counter()

    def strike(self, name: str, queue: dict[str, Any], taken: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Of the messages just taken from the queue `name`, those that arrive."""
        part = next((part for part in self._trouble.queues if part in name), None)
        return taken if part is None else [message for message in taken if self._arrives(part, queue, message)]

    def _arrives(self, part: str, queue: dict[str, Any], message: dict[str, Any]) -> bool:
        fate = self._fate(part)
        if not fate:
            return True
        self.struck[f"{part}:{fate}"] += 1
        appears = time.time() + self._dice.uniform(*self._trouble.late)
        if fate == "lost":
            queue["messages"].remove(message)
        elif fate == "reordered":
            message["visible_at"] = appears
            message["receive_count"] -= 1
        else:
            twin = {**message, "id": str(uuid.uuid4()), "receipt_handle": None, "visible_at": appears, "receive_count": 0}
            queue["messages"].append(twin)
        return fate == "duplicated"

    def _fate(self, part: str) -> Fate:
        known = self._trouble
        self._seen[part] += 1
        number = self._seen[part]
        firsts: tuple[tuple[int, Fate], ...] = (
            (known.lose_first, "lost"),
            (known.duplicate_first, "duplicated"),
            (known.reorder_first, "reordered"),
        )
        for count, fate in firsts:
            if number <= count:
                return fate
            number -= count
        roll = self._dice.random()
        rates: tuple[tuple[float, Fate], ...] = (
            (known.lose_rate, "lost"),
            (known.duplicate_rate, "duplicated"),
            (known.reorder_rate, "reordered"),
        )
        for rate, fate in rates:
            if roll < rate:
                return fate
            roll -= rate
        return ""


troublemaker = Troublemaker()
