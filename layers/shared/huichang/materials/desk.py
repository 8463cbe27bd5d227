"""The material desk: page requests, work, completion, the sweep. Every path ends in ready or in failed with a reason."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta

from huichang.kernel.clock import Clock, iso
from huichang.kernel.errors import NotFoundError, PermanentError, ThrottledError, TransientError
from huichang.kernel.events import EventBus, MaterialFailed, MaterialReady
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

BACKOFF_SECONDS = (3, 10, 30, 90, 270)


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
        """`max_wait_seconds`: how long a task may wait for its turn at a model that is used up or away; waits are no attempts."""
        self._store = store
        self._documents = documents
        self._queue = queue
        self._bus = bus
        self._clock = clock
        self._stale_seconds = stale_seconds
        self._max_attempts = max_attempts
        self._max_wait = timedelta(seconds=max_wait_seconds)

    def request_page(self, requests: list[MaterialRequest], review_round: int) -> list[MaterialTask]:
        """Make the page's tasks be exactly these; queue the ones that have work left. Repeating changes nothing."""
        now = iso(self._clock.now())
        wanted = {request.material_id for request in requests}
        venue_id = requests[0].venue_id
        for task in self._store.of_venue(venue_id):
            if task.material_id not in wanted:
                self._store.remove(task)
        to_send: list[MaterialTask] = []
        for request in requests:
            key = f"materials/{venue_id}/{request.task_key}/request"
            task = MaterialTask(
                venue_id=venue_id,
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
            if self._store.create(task):
                to_send.append(task)
                continue
            existing = self._store.get(venue_id, request.material_id)
            # The venue was started again: so is what had failed in it.
            if existing.status in ("failed", "timed_out", "rejected"):
                again = self._store.move(existing, "requested", attempts=0, error="", code="", waiting_since="")
                to_send += [again] if again else []
            elif existing.status == "requested":  # created by a try that died before it could queue it
                to_send.append(existing)
        self._queue.send(to_send)
        return self._store.of_venue(venue_id)

    def work(self, reference: MaterialReference, produce: Callable[[MaterialRequest], Model]) -> None:
        """Do one task. Late, repeated and superseded messages are dropped. A transient error is queued again with delay."""
        try:
            task = self._store.get(reference.venue_id, reference.material_id)
        except NotFoundError:  # the page has no such material any more (fewer floors after an edit)
            return
        if task.task_key != reference.task_key or task.status in ("failed", "rejected"):
            return
        if task.status == "ready":  # the message came twice, or the event was lost: telling again is harmless
            self._publish_ready(task)
            return
        if task.status == "running" and not self._is_stale(task):
            return
        # A stale runner died; its attempt counts.
        running = self._start(task)
        if running is None:
            return
        try:
            request = self._documents.get(running.request_key, MaterialRequest)
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

    def sweep(self) -> int:
        """Time out tasks that have not moved for too long and try them again; give up after the last attempt."""
        before = iso(self._clock.now() - timedelta(seconds=self._stale_seconds))
        moved = 0
        for task in self._store.stale(before):
            if not self._is_stale(task):
                continue
            late: MaterialTask | None = task  # timed out by a sweep that died before it could go on
            if task.status != "timed_out":
                error = f"no news for {self._stale_seconds} s while {task.status}"
                late = self._store.move(task, "timed_out", error=error)
            if late is None:
                continue
            moved += 1
            # `requested` and stale means its message was lost: nobody has tried, yet the wait must end one day.
            attempts = task.attempts + (1 if task.status == "requested" else 0)
            if attempts >= self._max_attempts:
                self._give_up(late, f"timed out after {attempts} attempts")
                continue
            again = self._store.move(late, "requested", attempts=attempts)
            if again:
                self._queue.send([again])
        return moved

    def _start(self, task: MaterialTask) -> MaterialTask | None:
        waiting: MaterialTask | None = task
        if task.status == "running":
            waiting = self._store.move(task, "timed_out", error="its worker went silent")
        if waiting and waiting.status == "timed_out":
            waiting = self._store.move(waiting, "requested")
        return self._store.move(waiting, "running", attempts=task.attempts + 1, error="", due_at="") if waiting else None

    def _is_stale(self, task: MaterialTask) -> bool:
        # Grows with the attempts, so that a slow provider is not hammered by its own timeouts.
        patience = timedelta(seconds=self._stale_seconds * min(2 ** max(task.attempts - 1, 0), 8))
        return self._clock.now() - datetime.fromisoformat(max(task.updated_at, task.due_at)) >= patience

    def _finish(self, running: MaterialTask, result_key: str) -> None:
        task: MaterialTask | None = running
        for _ in range(4):
            if task is None or task.task_key != running.task_key or task.status in ("ready", "rejected"):
                return
            done = self._store.move(task, "ready", result_key=result_key, error="", code="", waiting_since="")
            if done:
                self._publish_ready(done)
                return
            # The sweep thought us dead and moved it meanwhile: our result is as good as any.
            task = self._store.get(running.venue_id, running.material_id)

    def _wait_for_turn(self, running: MaterialTask, error: ThrottledError) -> None:
        """Back into the queue until the moment it was told. It has tried nothing, so this is no attempt."""
        since = running.waiting_since or iso(self._clock.now())
        if self._clock.now() - datetime.fromisoformat(since) >= self._max_wait:
            self._give_up(running, f"waited {self._max_wait} for the model: {error.message}", error.code)
            return
        due = iso(self._clock.now() + timedelta(seconds=error.retry_after_seconds))
        changes = {"attempts": running.attempts - 1, "error": error.message, "waiting_since": since, "due_at": due}
        waiting = self._store.move(running, "requested", **changes)
        if waiting:
            self._queue.send([waiting], math.ceil(error.retry_after_seconds))

    def _again_later(self, running: MaterialTask, reason: str) -> None:
        if running.attempts >= self._max_attempts:
            self._give_up(running, f"{reason} (after {running.attempts} attempts)")
            return
        waiting = self._store.move(running, "requested", error=reason, waiting_since="")
        if waiting:
            self._queue.send([waiting], BACKOFF_SECONDS[min(running.attempts - 1, len(BACKOFF_SECONDS) - 1)])

    def _give_up(self, task: MaterialTask, reason: str, code: str = "") -> None:
        failed = self._store.move(task, "failed", error=reason, code=code, waiting_since="")
        if failed:
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

    def _publish_ready(self, task: MaterialTask) -> None:
        self._bus.publish(
            MaterialReady(
                campaign_id=task.campaign_id,
                venue_id=task.venue_id,
                at=iso(self._clock.now()),
                material_id=task.material_id,
                task_key=task.task_key,
            )
        )
