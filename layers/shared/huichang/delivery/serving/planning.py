"""When snapshots are built: each placement once a minute, and at once where somebody asks.

The tick reads what is live once, for all placements together, and sends one message for each; a message of nothing new is answered by a
look at the pointer, the rules and two windows of counts. Asking sends a message as well, so that builds have one way in, and one
dead-letter queue.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import ValidationError

from huichang.delivery.model import LiveVenue
from huichang.delivery.placements.model import Placements
from huichang.delivery.serving.building import BuildSnapshots, Built
from huichang.delivery.serving.model import SnapshotStore
from huichang.delivery.serving.shelf import shelved
from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import PermanentError
from huichang.kernel.model import Model


class Task(Model):
    """A message of the queue. `placement` "": all of them. The rest is as BuildSnapshots has it."""

    placement: str
    live: str = ""
    live_at: str = ""
    patient: bool = False


class Tasks(Protocol):
    """The queue."""

    def send(self, tasks: Sequence[Task]) -> None:
        """All of them; raises TransientError if one was not taken (sending all again is harmless)."""
        ...


@dataclass(frozen=True)
class PlanSnapshots:
    """Sends a task for every placement."""

    placements: Placements
    live: Callable[[], Sequence[LiveVenue]]
    store: SnapshotStore
    tasks: Tasks
    clock: Clock

    def __call__(self, *, patient: bool = True) -> int:
        """How many. Placements that offer nothing get one too: what was served there before must end. Raises TransientError."""
        live_at = iso(self.clock.now())
        key, body = shelved(self.live())
        self.store.put(key, body)
        tasks = [Task(placement=each.name, live=key, live_at=live_at, patient=patient) for each in self.placements.all()]
        self.tasks.send(tasks)
        return len(tasks)


@dataclass(frozen=True)
class WorkOnSnapshots:
    """Takes the queue's messages. Taking one twice does no harm."""

    build: BuildSnapshots
    plan: PlanSnapshots

    def __call__(self, body: str) -> Built | None:
        """What was built; None where the message was for all placements, which then get one each. Raises PermanentError for what is no
        task, TransientError."""
        try:
            task = Task.model_validate_json(body)
        except ValidationError as error:
            raise PermanentError("this is no task for a snapshot", where="message", code="task_malformed") from error
        if not task.placement:
            self.plan(patient=task.patient)
            return None
        return self.build(task.placement, live=task.live, live_at=task.live_at, patient=task.patient)
