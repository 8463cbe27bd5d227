"""The material desk: page requests, work, completion, the sweep. Every path ends in ready, in failed with a reason, or superseded.

Nothing here trusts a clock: they differ from machine to machine, and NTP sets them. A task is thought lost only after two looks with
no sign of life between them; waits are sums of spans; times that lie ahead are taken for another clock's (docs/decisions/0017).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import NotFoundError, PermanentError, ThrottledError, TransientError
from huichang.kernel.events import EventBus, MaterialFailed, MaterialReady, MaterialSuperseded
from huichang.kernel.model import Model
from huichang.materials.model import (
    MaterialQueue,
    MaterialReference,
    MaterialRequest,
    MaterialStore,
    MaterialTask,
    Progress,
)
from huichang.materials.ports import MaterialDocuments
from huichang.materials.proposals import on_shelf
from huichang.materials.pulse import Pulse

BACKOFF_SECONDS = (3, 10, 30, 90, 270)
LONGEST_DELAY_SECONDS = 900
"""The longest that a message may be held back (SQS)."""
BEATS = 6
"""A worker gives so many signs of life in the time after which silence is noticed."""
_PATIENCE = 8
_RACES = 8
AFRESH: dict[str, Any] = {"error": "", "code": "", "waited_seconds": 0, "resends": 0, "due_at": ""}
"""Nothing of earlier tries and waits counts any more."""


class MaterialDesk:
    """Creates, does, times out and counts material tasks."""

    def __init__(
        self,
        store: MaterialStore,
        documents: MaterialDocuments,
        queue: MaterialQueue,
        bus: EventBus,
        clock: Clock,
        *,
        stale_seconds: int,
        max_attempts: int,
        max_wait_seconds: int = 14400,
    ) -> None:
        """`stale_seconds`: silence after which a task is looked at twice.

        `max_wait_seconds`: how long a task may wait for its turn at a model, or for a worker that takes it up; waits are no attempts.
        """
        self._store = store
        self._documents = documents
        self._queue = queue
        self._bus = bus
        self._clock = clock
        self._stale = timedelta(seconds=stale_seconds)
        self._beat_seconds = stale_seconds / BEATS
        self._max_attempts = max_attempts
        self._max_wait = timedelta(seconds=max_wait_seconds)

    def request_page(self, requests: list[MaterialRequest], review_round: int) -> list[MaterialTask]:
        """Make the page's tasks be exactly these; queue the ones that have work left. Repeating changes nothing."""
        now = iso(self._clock.now())
        wanted = {request.material_id: request.task_key for request in requests}
        venue_id = requests[0].venue_id
        for task in self._store.of_venue(venue_id):
            by = wanted.get(task.material_id, "")
            if by != task.task_key:
                # Told before it is written: told twice is harmless, never told is not.
                self._publish_superseded(task, by)
            if not by:
                self._supersede(task)
        placed = [self._placed(venue_id, request, review_round, now) for request in requests]
        self._queue.send([task for task, waits in placed if waits])
        return self._store.of_venue(venue_id)

    def ask(self, request: MaterialRequest, shelf: str) -> MaterialTask:
        """Queue a material that no page waits for (proposals.py), kept under `shelf`. Repeating changes nothing; what failed is retried."""
        task, waits = self._placed(shelf, request, 0, iso(self._clock.now()))
        if waits:
            self._queue.send([task])
        return task

    def _placed(self, owner: str, request: MaterialRequest, review_round: int, now: str) -> tuple[MaterialTask, bool]:
        """The request's task as it stands, and whether it is to be queued."""
        key = f"materials/{owner}/{request.task_key}/request"
        task = MaterialTask(
            venue_id=owner,
            campaign_id=request.campaign_id,
            material_id=request.material_id,
            task_key=request.task_key,
            component=request.component,
            kind=request.kind,
            status="requested",
            round=review_round,
            request_key=key,
            created_at=now,
            updated_at=now,
        )
        self._documents.put(key, request)
        made = self._store.create(task)
        if made:
            return made, True
        existing = self._store.get(owner, request.material_id)
        # The venue was started again: so is what had failed in it.
        if existing.status in ("failed", "timed_out", "rejected"):
            again = self._store.move(existing, "requested", attempts=0, **AFRESH)
            return again or existing, again is not None
        return existing, existing.status == "requested"  # created by a try that died before it could queue it

    def work(self, reference: MaterialReference, produce: Callable[[MaterialRequest], Model]) -> None:
        """Do one task. Late, repeated and superseded messages are dropped. A transient error is queued again with delay."""
        try:
            task = self._store.get(reference.venue_id, reference.material_id)
        except NotFoundError:  # the page never had such a material
            return
        if task.task_key != reference.task_key or task.status in ("failed", "rejected", "superseded"):
            return
        if task.status == "ready":  # the message came twice, or the event was lost: telling again is harmless
            self._publish_ready(task)
            return
        if task.status == "running":  # whether its worker lives is for the sweep to find out, in two looks
            return
        running = self._start(task)
        if running is None:
            return
        try:
            request = self._documents.get(running.request_key, MaterialRequest)
            with Pulse(lambda: self._store.touch(running), self._beat_seconds):
                result = produce(request)
            result_key = self._documents.put(f"materials/{task.venue_id}/{task.task_key}/result", result)
        except ThrottledError as error:
            self._wait_for_turn(running, error)
            return
        except TransientError as error:
            self._again_later(running, error.message)
            return
        except PermanentError as error:
            self._give_up(running, error.message, error.code)
            return
        except Exception as error:
            # A defect of ours ends the material with a reason, at once; raised again so that it is seen.
            self._give_up(running, f"{type(error).__name__}: {error}"[:500])
            raise
        self._finish(running, result_key)

    def progress(self, venue_id: str) -> Progress:
        """How far the page is."""
        tasks = self._store.of_venue(venue_id)
        return Progress(
            total=len(tasks),
            ready=sum(task.status == "ready" for task in tasks),
            failed=sum(task.status == "failed" for task in tasks),
        )

    # --- the sweep ----------------------------------------------------------------------------------------------------

    def sweep(self) -> int:
        """Time out tasks that were silent at two looks and try them again, later each time; give up with a reason. How many it moved."""
        now = self._clock.now()
        # A clock that was set back: what was written before would look fresh until it has caught up. Their silence counts from now.
        for task in self._store.ahead(iso(now + self._stale + timedelta(seconds=LONGEST_DELAY_SECONDS))):
            self._store.touch(task)
        moved = 0
        for task in self._store.stale(iso(now - self._stale)):
            if self._silence(task, now) < self._patience(task):
                continue
            if not self._doubted(task, now):
                self._store.suspect(task)
                continue
            moved += self._look_after(task)
        return moved

    def _look_after(self, task: MaterialTask) -> bool:
        late: MaterialTask | None = task  # timed out by a sweep that died before it could go on
        if task.status == "running":
            late = self._store.move(task, "timed_out", error=f"no sign of life of its worker for {self._stale}")
        elif task.status == "requested":
            late = self._store.move(task, "timed_out", error=f"nobody took it up for {self._patience(task)}")
        if late is None:
            return False
        if task.status == "requested":
            # Its message was lost, or waits behind many others. Nobody has tried it, so this is no attempt; yet it must end one day.
            waited = task.waited_seconds + self._patience(task).total_seconds()
            if waited >= self._max_wait.total_seconds():
                self._give_up(late, f"nobody took it up for {self._max_wait}, sent {task.resends + 1} times", "not_taken_up")
            else:
                self._ask_again(late, 0, waited_seconds=waited, resends=task.resends + 1)
        elif task.attempts >= self._max_attempts:
            self._give_up(late, f"timed out after {task.attempts} attempts", "timed_out")
        else:
            self._ask_again(late, _backoff(task.attempts), waited_seconds=0)
        return True

    def _silence(self, task: MaterialTask, now: datetime) -> timedelta:
        """How long nothing was heard of a task; what it was told to wait is no silence."""
        if task.heard_at:
            return now - datetime.fromisoformat(task.heard_at)
        return now - datetime.fromisoformat(task.updated_at) - _told(task)

    def _patience(self, task: MaterialTask) -> timedelta:
        # Grows: a queue that is long does not get shorter by more messages.
        factor: int = min(2**task.resends, _PATIENCE)
        return self._stale * factor

    def _doubted(self, task: MaterialTask, now: datetime) -> bool:
        """Whether an earlier look found it silent too, long enough ago that a worker who lives had been heard since."""
        if not task.suspected_at:
            return False
        return now - datetime.fromisoformat(task.suspected_at) >= timedelta(seconds=1.5 * self._beat_seconds)

    # --- moves --------------------------------------------------------------------------------------------------------

    def _start(self, task: MaterialTask) -> MaterialTask | None:
        waiting: MaterialTask | None = task
        if task.status == "timed_out":
            waiting = self._store.move(task, "requested")
        if waiting is None:
            return None
        waited = waiting.waited_seconds
        if waiting.due_at:  # at least what it was told; what it took beyond that only as far as a clock may be believed
            told = _told(waiting)
            took = self._clock.now() - datetime.fromisoformat(waiting.updated_at)
            waited += min(max(took, told), told + self._stale).total_seconds()
        changes = {"attempts": task.attempts + 1, "error": "", "due_at": "", "resends": 0, "waited_seconds": waited}
        return self._store.move(waiting, "running", **changes)

    def _finish(self, running: MaterialTask, result_key: str) -> None:
        task = running
        for _ in range(_RACES):
            if task.task_key != running.task_key or task.status in ("ready", "rejected", "superseded"):
                return
            done = self._store.move(task, "ready", result_key=result_key, **AFRESH)
            if done:
                self._publish_ready(done)
                return
            # The sweep thought us dead and moved it meanwhile: our result is as good as any.
            task = self._store.get(running.venue_id, running.material_id)
        raise TransientError("the material is being moved by too many at once", where=running.material_id)

    def _supersede(self, task: MaterialTask) -> None:
        for _ in range(_RACES):
            if task.status == "superseded" or self._store.move(task, "superseded"):
                return
            task = self._store.get(task.venue_id, task.material_id)
        raise TransientError("the material is being moved by too many at once", where=task.material_id)

    def _wait_for_turn(self, running: MaterialTask, error: ThrottledError) -> None:
        """Back into the queue until the moment it was told. It has tried nothing, so this is no attempt."""
        if running.waited_seconds >= self._max_wait.total_seconds():
            self._give_up(running, f"waited {self._max_wait} for the model: {error.message}", error.code)
            return
        self._ask_again(running, error.retry_after_seconds, attempts=running.attempts - 1, error=error.message)

    def _again_later(self, running: MaterialTask, reason: str) -> None:
        if running.attempts >= self._max_attempts:
            self._give_up(running, f"{reason} (after {running.attempts} attempts)")
            return
        self._ask_again(running, _backoff(running.attempts), error=reason, waited_seconds=0)

    def _ask_again(self, task: MaterialTask, seconds: float, **changes: Any) -> None:
        seconds = min(seconds, LONGEST_DELAY_SECONDS)
        due = iso(self._clock.now() + timedelta(seconds=seconds))
        waiting = self._store.move(task, "requested", due_at=due, **changes)
        if waiting:
            self._queue.send([waiting], math.ceil(seconds))

    def _give_up(self, task: MaterialTask, reason: str, code: str = "") -> None:
        failed = self._store.move(task, "failed", **AFRESH | {"error": reason, "code": code})
        if failed and not on_shelf(failed.venue_id):
            self._bus.publish(
                MaterialFailed(
                    campaign_id=task.campaign_id,
                    venue_id=task.venue_id,
                    at=iso(self._clock.now()),
                    material_id=task.material_id,
                    task_key=task.task_key,
                    reason=reason,
                )
            )

    def _publish_superseded(self, task: MaterialTask, by: str) -> None:
        self._bus.publish(
            MaterialSuperseded(
                campaign_id=task.campaign_id,
                venue_id=task.venue_id,
                at=iso(self._clock.now()),
                material_id=task.material_id,
                task_key=task.task_key,
                by=by,
            )
        )

    def _publish_ready(self, task: MaterialTask) -> None:
        if on_shelf(task.venue_id):  # no page waits for it
            return
        self._bus.publish(
            MaterialReady(
                campaign_id=task.campaign_id,
                venue_id=task.venue_id,
                at=iso(self._clock.now()),
                material_id=task.material_id,
                task_key=task.task_key,
            )
        )


def _backoff(attempts: int) -> int:
    return BACKOFF_SECONDS[min(max(attempts, 1), len(BACKOFF_SECONDS)) - 1]


def _told(task: MaterialTask) -> timedelta:
    """How long a task was told to wait when it was moved last: one clock's word, whatever that clock showed."""
    if not task.due_at:
        return timedelta()
    told = datetime.fromisoformat(task.due_at) - datetime.fromisoformat(task.updated_at)
    return min(max(told, timedelta()), timedelta(seconds=LONGEST_DELAY_SECONDS))
