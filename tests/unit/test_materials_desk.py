"""The material desk as a state machine: whatever happens in whatever order, a task ends ready or failed with a reason."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any

import pytest

from huichang.kernel.errors import CapReachedError, LeaseHeldError, ModelRefusedError, PermanentError, ThrottledError, TransientError
from huichang.kernel.events import MaterialFailed, MaterialReady, MaterialSuperseded
from huichang.kernel.model import Model
from huichang.materials.desk import BACKOFF_SECONDS, MaterialDesk
from huichang.materials.model import (
    TRANSITIONS,
    CopyResult,
    MaterialReference,
    MaterialRequest,
    MaterialStatus,
    MaterialTask,
    Progress,
    ReviewConstraint,
)
from tests.support.line_fakes import (
    FakeBus,
    FakeDocuments,
    FakeMaterialQueue,
    FakeMaterials,
    TickingClock,
    a_copy_request,
    an_image_request,
    ids_of,
)

STALE, ATTEMPTS = 180, 5


class Room:
    """A desk with everything around it."""

    def __init__(self) -> None:
        self.clock = TickingClock()
        self.store = FakeMaterials(self.clock)
        self.documents = FakeDocuments()
        self.queue = FakeMaterialQueue()
        self.bus = FakeBus()
        self.produced = 0
        self.desk = MaterialDesk(self.store, self.documents, self.queue, self.bus, self.clock, stale_seconds=STALE, max_attempts=ATTEMPTS)

    def request(self, *requests: MaterialRequest, review_round: int = 1) -> list[MaterialTask]:
        """Request a page and take what was queued for it."""
        self.desk.request_page(list(requests), review_round)
        return [task for task, _ in self.queue.take()]

    def work(self, task: MaterialTask, produce: Callable[[MaterialRequest], Model] | None = None) -> None:
        self.desk.work(reference(task), produce or self.good)

    def good(self, request: MaterialRequest) -> CopyResult:
        self.produced += 1
        return CopyResult(texts={"title": f"{request.component} {self.produced}"})

    def now(self, material_id: str = "hero.copy") -> MaterialTask:
        return self.store.get("v-1", material_id)

    def sweep(self) -> int:
        """Two looks, as far apart as the schedule makes them: what is silent at both is moved."""
        assert self.desk.sweep() == 0, "nothing is moved at the first look"
        self.clock.pass_time(60)
        return self.desk.sweep()


def reference(task: MaterialTask) -> MaterialReference:
    return MaterialReference(venue_id=task.venue_id, material_id=task.material_id, task_key=task.task_key)


def raising(error: Exception) -> Callable[[MaterialRequest], Model]:
    def produce(_: MaterialRequest) -> Model:
        raise error

    return produce


@pytest.fixture
def room() -> Room:
    return Room()


# --- the way through --------------------------------------------------------------------------------------------------


def test_a_page_is_requested_made_and_told(room: Room) -> None:
    queued = room.request(a_copy_request(), an_image_request())
    assert ids_of(queued) == ["hero.copy", "hero.image"]
    assert room.desk.progress("v-1") == Progress(total=2, ready=0, failed=0)
    room.work(queued[0])
    assert room.store.changes == [("hero.copy", "requested", "running"), ("hero.copy", "running", "ready")]
    assert (room.now().status, room.now().attempts) == ("ready", 1)
    assert room.documents.get(room.now().result_key, CopyResult).texts == {"title": "hero 1"}
    told = room.bus.last(MaterialReady)
    assert (told.venue_id, told.material_id, told.task_key) == ("v-1", "hero.copy", queued[0].task_key)
    assert not room.desk.progress("v-1").complete
    room.work(queued[1])
    assert room.desk.progress("v-1").complete


def test_the_worker_is_given_the_request_as_it_was_made(room: Room) -> None:
    request = a_copy_request(constraints=(ReviewConstraint(code="tone", text="太硬"),))
    (task,) = room.request(request)
    seen: list[MaterialRequest] = []

    def produce(given: MaterialRequest) -> Model:
        seen.append(given)
        return CopyResult(texts={})

    room.work(task, produce)
    assert seen == [request]


# --- messages that come twice, late, or for nothing -------------------------------------------------------------------


def test_a_message_that_comes_twice_costs_one_call(room: Room) -> None:
    (task,) = room.request(a_copy_request())
    room.work(task)
    room.work(task)
    assert room.produced == 1
    assert room.bus.names == ["MaterialReady", "MaterialReady"]  # telling again mends an event that was lost


def test_a_second_worker_leaves_a_running_task_alone(room: Room) -> None:
    (task,) = room.request(a_copy_request())

    def produce(request: MaterialRequest) -> Model:
        room.work(task, raising(AssertionError("two workers at once")))
        return room.good(request)

    room.work(task, produce)
    assert room.now().status == "ready"


def test_of_two_workers_that_read_the_same_state_one_works(room: Room) -> None:
    (task,) = room.request(a_copy_request())

    def other_is_quicker(_: MaterialTask, __: MaterialStatus) -> None:
        room.store.before_move = None
        room.work(task)

    room.store.before_move = other_is_quicker
    room.work(task, raising(AssertionError("two workers at once")))
    assert room.now().status == "ready"
    assert room.produced == 1


@pytest.mark.parametrize("status", ["failed", "rejected", "superseded"])
def test_a_message_about_an_ended_task_is_dropped(room: Room, status: MaterialStatus) -> None:
    (task,) = room.request(a_copy_request())
    room.store.tasks["v-1", "hero.copy"] = task.model_copy(update={"status": status})
    room.work(task)
    assert (room.produced, room.now().status, room.bus.events) == (0, status, [])


def test_a_superseded_message_is_dropped(room: Room) -> None:
    (old,) = room.request(a_copy_request())
    (new,) = room.request(a_copy_request(facts={"theme_name": "别的"}))
    room.work(old)
    assert room.produced == 0
    assert room.now() == new
    room.work(new)
    assert room.now().status == "ready"


def test_a_message_about_a_material_the_page_has_no_more_is_dropped(room: Room) -> None:
    _, floor = room.request(a_copy_request(), a_copy_request("floor-9.copy"))
    room.request(a_copy_request())
    assert ids_of(room.store.of_venue("v-1")) == ["hero.copy"]
    assert room.now("floor-9.copy").status == "superseded"
    assert (room.bus.last(MaterialSuperseded).material_id, room.bus.last(MaterialSuperseded).by) == ("floor-9.copy", "")
    room.work(floor)
    assert room.produced == 0
    assert ids_of(room.request(a_copy_request(), a_copy_request("floor-9.copy"))) == ["hero.copy", "floor-9.copy"]  # it is back
    room.work(floor)
    assert room.now("floor-9.copy").status == "ready"


def test_a_result_that_comes_after_its_task_was_replaced_is_not_the_new_ones(room: Room) -> None:
    (old,) = room.request(a_copy_request())

    def produce(request: MaterialRequest) -> Model:
        room.request(a_copy_request(facts={"theme_name": "别的"}))
        return room.good(request)

    room.work(old, produce)
    assert (room.now().status, room.now().result_key) == ("requested", "")
    assert [move.after for move in room.store.moves("v-1", "hero.copy")] == ["requested", "running", "superseded", "requested"]
    assert room.bus.names == ["MaterialSuperseded"]
    told = room.bus.last(MaterialSuperseded)
    assert (told.task_key, told.by) == (old.task_key, room.now().task_key)


# --- errors -----------------------------------------------------------------------------------------------------------


def test_transient_errors_are_tried_again_with_growing_delays_and_then_given_up(room: Room) -> None:
    (task,) = room.request(a_copy_request())
    delays = []
    for _ in range(ATTEMPTS - 1):
        room.work(task, raising(TransientError("the model throttles")))
        ((task, delay),) = room.queue.take()
        delays.append(delay)
        assert (room.now().status, room.now().error) == ("requested", "the model throttles")
    assert delays == list(BACKOFF_SECONDS[: ATTEMPTS - 1])
    assert delays == sorted(set(delays))
    # The longest wait on the queue must end before the sweep takes the message for lost.
    assert max(delays) < STALE
    assert room.bus.events == []
    room.work(task, raising(TransientError("the model throttles")))
    assert room.queue.take() == []
    assert room.now().status == "failed"
    assert room.now().error == f"the model throttles (after {ATTEMPTS} attempts)"
    assert room.bus.last(MaterialFailed).reason == room.now().error


def test_a_lease_of_another_worker_is_waited_for(room: Room) -> None:
    (task,) = room.request(a_copy_request())
    room.work(task, raising(LeaseHeldError("another worker is asking")))
    ((task, delay),) = room.queue.take()
    assert delay > 0
    room.work(task)
    assert (room.now().status, room.now().attempts, room.now().error) == ("ready", 2, "")


@pytest.mark.parametrize("error", [PermanentError("no picture"), ModelRefusedError("unusable twice")])
def test_a_permanent_error_ends_the_task_at_once(room: Room, error: PermanentError) -> None:
    (task,) = room.request(a_copy_request())
    room.work(task, raising(error))
    assert (room.now().status, room.now().error, room.now().attempts) == ("failed", error.message, 1)
    assert room.bus.last(MaterialFailed).reason == error.message
    assert room.desk.progress("v-1") == Progress(total=1, ready=0, failed=1)
    assert room.desk.progress("v-1").complete


def test_a_defect_ends_the_task_with_its_name_and_is_seen(room: Room) -> None:
    (task,) = room.request(a_copy_request())
    with pytest.raises(KeyError):
        room.work(task, raising(KeyError("title")))
    assert (room.now().status, room.now().error) == ("failed", "KeyError: 'title'")
    room.work(task, raising(AssertionError("tried again")))  # the message comes back, and nothing is left to do


def test_a_missing_request_body_ends_the_task(room: Room) -> None:
    (task,) = room.request(a_copy_request())
    room.documents.bodies.clear()
    room.work(task)
    assert room.now().status == "failed"
    assert room.produced == 0


def test_a_result_that_could_not_be_stored_is_tried_again(room: Room) -> None:
    (task,) = room.request(a_copy_request())
    room.documents.failures = [TransientError("S3 is busy")]
    room.work(task)
    assert room.now().status == "requested"
    ((task, _),) = room.queue.take()
    room.work(task)
    assert room.now().status == "ready"


def test_a_lost_event_is_told_by_the_next_message(room: Room) -> None:
    (task,) = room.request(a_copy_request())
    room.bus.failures = 1
    with pytest.raises(TransientError):
        room.work(task)
    assert (room.now().status, room.bus.events) == ("ready", [])
    room.work(task)
    assert room.bus.names == ["MaterialReady"]
    assert room.produced == 1


# --- the sweep --------------------------------------------------------------------------------------------------------


def test_nothing_is_swept_before_its_time(room: Room) -> None:
    room.request(a_copy_request())
    room.clock.pass_time(STALE - 1)
    assert room.desk.sweep() == 0
    assert room.queue.take() == []


def test_a_lost_message_is_sent_again(room: Room) -> None:
    room.request(a_copy_request())
    room.clock.pass_time(STALE + 1)
    assert room.sweep() == 1
    ((task, _),) = room.queue.take()
    assert (task.status, task.attempts, task.resends) == ("requested", 0, 1)  # nobody has tried it
    room.work(task)
    assert (room.now().status, room.now().attempts, room.now().resends) == ("ready", 1, 0)


def test_a_worker_that_died_is_replaced(room: Room) -> None:
    (task,) = room.request(a_copy_request())
    killed = room.store.move(task, "running", attempts=1)
    assert killed
    room.work(task)  # its message comes again: whether it lives is not for this worker to say
    assert room.produced == 0
    room.clock.pass_time(STALE + 1)
    assert room.sweep() == 1
    ((again, delay),) = room.queue.take()
    assert (again.attempts, delay) == (1, BACKOFF_SECONDS[0])
    room.work(again)
    assert (room.now().status, room.now().attempts) == ("ready", 2)


def test_a_worker_that_is_slow_and_lives_is_left_alone(room: Room) -> None:
    (task,) = room.request(a_copy_request())

    def an_hour(request: MaterialRequest) -> Model:
        for _ in range(60):
            room.clock.pass_time(60)
            room.store.touch(room.now())
            room.desk.sweep()
        return room.good(request)

    room.work(task, an_hour)
    assert room.store.changes == [("hero.copy", "requested", "running"), ("hero.copy", "running", "ready")]
    assert room.now().attempts == 1


def test_a_worker_beats_while_it_works(room: Room) -> None:
    """In real time: the thread, and not a test's own hand."""
    desk = MaterialDesk(room.store, room.documents, room.queue, room.bus, room.clock, stale_seconds=0, max_attempts=ATTEMPTS)
    (task,) = room.request(a_copy_request())
    heard = threading.Event()
    touch = room.store.touch

    def touched(running: MaterialTask) -> bool:
        lives = touch(running)
        heard.set()
        return lives

    room.store.touch = touched  # type: ignore[method-assign]

    def slow(request: MaterialRequest) -> Model:
        assert heard.wait(20)
        return room.good(request)

    desk.work(reference(task), slow)
    assert room.now().status == "ready"
    assert not [thread for thread in threading.enumerate() if thread.name == "pulse"]


def test_a_result_that_comes_after_the_sweep_is_taken(room: Room) -> None:
    (task,) = room.request(a_copy_request())

    def slow(request: MaterialRequest) -> Model:
        room.clock.pass_time(STALE + 1)
        assert room.sweep() == 1
        return room.good(request)

    room.work(task, slow)
    assert room.now().status == "ready"
    assert room.now().result_key
    ((again, _),) = room.queue.take()
    room.work(again)
    assert room.produced == 1


def test_a_result_that_comes_after_giving_up_is_taken(room: Room) -> None:
    (task,) = room.request(a_copy_request())

    def very_slow(request: MaterialRequest) -> Model:
        failed = room.store.get("v-1", "hero.copy")
        room.store.move(failed, "failed", error="given up")
        return room.good(request)

    room.work(task, very_slow)
    assert (room.now().status, room.now().error) == ("ready", "")


def test_the_sweep_gives_up_after_the_last_attempt(room: Room) -> None:
    (task,) = room.request(a_copy_request())
    delays = []
    for attempt in range(1, ATTEMPTS + 1):
        assert room.store.move(room.now(), "running", attempts=attempt, due_at="")  # and is killed, every time
        room.clock.pass_time(STALE + 1)
        assert room.sweep() == 1
        delays += [delay for _, delay in room.queue.take()]
    assert delays == list(BACKOFF_SECONDS[: ATTEMPTS - 1])
    assert (room.now().error, room.now().code) == (f"timed out after {ATTEMPTS} attempts", "timed_out")
    assert room.bus.last(MaterialFailed).reason == room.now().error
    room.clock.pass_time(STALE * 16)
    assert room.desk.sweep() == 0
    room.work(task)
    assert room.produced == 0


def test_messages_that_are_lost_again_and_again_are_sent_less_and_less_often_and_given_up(room: Room) -> None:
    room.request(a_copy_request())
    since, pauses = room.clock.moment, []
    while room.now().status != "failed":
        if room.desk.sweep():
            pauses.append((room.clock.moment - since).total_seconds())
            since = room.clock.moment
            room.queue.take()  # and lost
        room.clock.pass_time(60)
        assert len(pauses) < 30
    assert pauses[:4] == sorted(pauses[:4])
    assert pauses[0] < 2 * STALE
    assert pauses[3] > 8 * STALE
    assert room.now().error == f"nobody took it up for 4:00:00, sent {len(pauses)} times"
    assert (room.now().code, room.now().attempts) == ("not_taken_up", 0)
    assert room.bus.last(MaterialFailed).reason == room.now().error


@pytest.mark.parametrize("step", ["requested", "send"])
def test_a_sweep_that_dies_half_way_is_finished_by_the_next(room: Room, step: str) -> None:
    (task,) = room.request(a_copy_request())
    room.clock.pass_time(STALE + 1)
    if step == "requested":  # timed out, and then killed

        def killed(_: MaterialTask, to: MaterialStatus) -> None:
            if to == "requested":
                raise MemoryError("killed")

        room.store.before_move = killed
        with pytest.raises(MemoryError):
            room.sweep()
        room.store.before_move = None
        assert room.now().status == "timed_out"
    else:
        room.queue.failures = 1
        with pytest.raises(TransientError):
            room.sweep()
        assert room.now().status == "requested"
    assert room.queue.take() == []
    room.clock.pass_time(STALE * 2 + 1)
    assert room.sweep() == 1
    ((again, _),) = room.queue.take()
    assert again.task_key == task.task_key
    room.work(again)
    assert room.now().status == "ready"


def test_a_message_finds_a_task_that_was_timed_out_and_left(room: Room) -> None:
    (task,) = room.request(a_copy_request())
    room.store.move(task, "timed_out", error="no news")
    room.work(task)
    assert room.now().status == "ready"


def test_a_worker_is_quicker_than_the_sweep(room: Room) -> None:
    (task,) = room.request(a_copy_request())
    room.clock.pass_time(STALE + 1)

    def worker_first(_: MaterialTask, __: MaterialStatus) -> None:
        room.store.before_move = None
        room.work(task)

    room.store.before_move = worker_first
    assert room.sweep() == 0
    assert (room.now().status, room.queue.take(), room.produced) == ("ready", [], 1)


# --- a page requested again -------------------------------------------------------------------------------------------


def test_a_replay_queues_what_a_dead_try_had_not_queued(room: Room) -> None:
    room.queue.failures = 1
    requests = [a_copy_request(), an_image_request()]
    with pytest.raises(TransientError):
        room.desk.request_page(requests, 1)
    assert room.queue.take() == []
    assert ids_of(room.request(*requests)) == ["hero.copy", "hero.image"]


def test_a_try_that_died_between_two_tasks_is_completed(room: Room) -> None:
    requests = [a_copy_request(), an_image_request()]
    create, made = room.store.create, 0

    def dies_at_the_second(task: MaterialTask) -> bool:
        nonlocal made
        made += 1
        if made == 2:
            raise MemoryError("killed")
        return create(task)

    room.store.create = dies_at_the_second  # type: ignore[method-assign]
    with pytest.raises(MemoryError):
        room.desk.request_page(requests, 1)
    room.store.create = create  # type: ignore[method-assign]
    assert ids_of(room.request(*requests)) == ["hero.copy", "hero.image"]
    assert len(room.store.of_venue("v-1")) == 2


def test_a_replay_leaves_running_and_ready_tasks_alone(room: Room) -> None:
    first, second = room.request(a_copy_request(), an_image_request())
    room.work(first)
    room.store.move(second, "running", attempts=1)
    assert room.request(a_copy_request(), an_image_request()) == []
    assert [task.status for task in room.store.of_venue("v-1")] == ["ready", "running"]


def test_a_venue_that_is_started_again_tries_what_had_failed(room: Room) -> None:
    (task,) = room.request(a_copy_request())
    room.work(task, raising(PermanentError("no")))
    (again,) = room.request(a_copy_request())
    assert (again.status, again.attempts, again.error) == ("requested", 0, "")
    room.work(again)
    assert room.now().status == "ready"


def test_only_what_was_rejected_is_made_again(room: Room) -> None:
    copy, picture = room.request(a_copy_request(), an_image_request())
    room.work(copy)
    room.work(picture)
    ready = room.now()
    assert room.store.move(ready, "rejected", error="too stiff")
    assert not room.desk.progress("v-1").complete
    constrained = a_copy_request(constraints=(ReviewConstraint(code="tone", text="too stiff"),))
    (again,) = room.request(constrained, an_image_request(), review_round=2)
    assert again.task_key != copy.task_key
    assert (again.round, again.attempts) == (2, 0)
    assert room.now("hero.image").status == "ready"


def test_a_rejected_task_under_the_same_key_is_made_again_too(room: Room) -> None:
    (task,) = room.request(a_copy_request())
    room.work(task)
    assert room.store.move(room.now(), "rejected")
    assert ids_of(room.request(a_copy_request())) == ["hero.copy"]


def test_equal_requests_have_one_key_and_any_difference_another() -> None:
    keys = {
        a_copy_request().task_key,
        a_copy_request("share.copy").task_key,
        a_copy_request(venue_id="v-2").task_key,
        a_copy_request(language="en").task_key,
        a_copy_request(facts={"theme_name": "x"}).task_key,
        a_copy_request(slots=({"name": "title", "max_chars": 13, "what": "headline"},)).task_key,
        a_copy_request(constraints=(ReviewConstraint(code="tone"),)).task_key,
        a_copy_request(constraints=(ReviewConstraint(code="tone"), ReviewConstraint(code="tone"))).task_key,
    }
    assert len(keys) == 8
    assert a_copy_request().task_key == a_copy_request().task_key


# --- all at once ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(40))
def test_in_any_order_of_mishaps_every_task_ends(seed: int) -> None:
    """Messages lost, doubled and late, workers killed, models away: after a finite time all is ready or failed."""
    dice, room = random.Random(seed), Room()
    requests = [a_copy_request(f"c{n}.copy") for n in range(4)]
    messages = room.request(*requests)

    def produce(request: MaterialRequest) -> Model:
        fate = dice.random()
        if fate < 0.3:
            raise TransientError("away")
        if fate < 0.35:
            raise PermanentError("refused")
        if fate < 0.5:
            raise SystemExit  # kill -9: nothing of ours runs after this
        room.clock.pass_time(dice.choice((1, STALE + 1)))
        return room.good(request)

    for _ in range(400):
        messages += [task for task, _ in room.queue.take()]
        act: Any = dice.choice(("work", "work", "lose", "double", "sweep", "replay"))
        if act == "sweep":
            room.clock.pass_time(dice.choice((30, STALE, STALE * 9)))
            room.desk.sweep()
        elif act == "replay" and dice.random() < 0.1:
            room.desk.request_page(requests, 1)
        elif messages and act != "replay":
            message = messages.pop(dice.randrange(len(messages)))
            if act == "double":
                messages += [message, message]
            if act == "work":
                try:
                    room.work(message, produce)
                except SystemExit:
                    messages += [message]  # SQS gives it out again
        if room.desk.progress("v-1").complete and not messages:
            break
    for _ in range(12):  # nobody works any more: the sweep alone must bring everything to an end
        room.clock.pass_time(STALE * 9)
        room.desk.sweep()
        room.queue.take()
    for task in room.store.of_venue("v-1"):
        assert task.status in ("ready", "failed")
        assert (task.status == "ready") == bool(task.result_key)
        assert task.status == "ready" or task.error
    ended = {event.material_id for event in room.bus.events if isinstance(event, (MaterialReady, MaterialFailed))}
    assert ended == {request.material_id for request in requests}


def test_every_status_can_come_to_an_end() -> None:
    for status in TRANSITIONS:
        reached, frontier = set(), {status}
        while frontier:
            reached |= frontier
            frontier = {to for at in frontier for to in TRANSITIONS[at]} - reached
        assert "superseded" in reached
        assert {"ready", "failed"} & reached or status == "superseded"


# --- waiting for its turn ---------------------------------------------------------------------------------------------


def test_a_wait_for_its_turn_is_no_attempt_and_comes_back_when_told(room: Room) -> None:
    (task,) = room.request(a_copy_request())
    for number in range(3 * ATTEMPTS):
        room.work(task, raising(ThrottledError("the quota is used", retry_after=12.2, code="quota")))
        assert (room.now().status, room.now().attempts) == ("requested", 0), number
        ((task, delay),) = room.queue.take()
        assert delay == 13
        room.clock.pass_time(13)
    assert room.now().error == "the quota is used"
    room.work(task)
    done = room.now()
    assert (done.status, done.attempts, done.waited_seconds, done.error) == ("ready", 1, 0, "")


def test_attempts_that_failed_before_a_wait_still_count(room: Room) -> None:
    (task,) = room.request(a_copy_request())
    for _ in range(ATTEMPTS - 1):
        room.work(task, raising(TransientError("500")))
        room.work(task, raising(ThrottledError("later", retry_after=1)))
        room.queue.take()
    assert room.now().status == "requested"
    room.work(task, raising(TransientError("500")))
    assert room.now().status == "failed"


def test_a_wait_ends_with_its_reason_one_day(room: Room) -> None:
    (task,) = room.request(a_copy_request())
    waits = 0
    while waits < 99:
        waits += 1
        room.work(task, raising(ThrottledError("its circuit is open", retry_after=600, code="circuit_open")))
        room.clock.pass_time(600)
        if not room.queue.take():
            break
    failed = room.now()
    assert (failed.status, failed.code, waits) == ("failed", "circuit_open", 4 * 6 + 1)
    assert failed.error == "waited 4:00:00 for the model: its circuit is open"
    room.request(a_copy_request())  # the venue is started again
    assert (room.now().status, room.now().code, room.now().waited_seconds) == ("requested", "", 0)


def test_a_cap_that_is_reached_ends_it_at_once_and_is_known_by_its_code(room: Room) -> None:
    (task,) = room.request(a_copy_request())
    room.work(task, raising(CapReachedError("the cap of $1.00 is reached")))
    assert (room.now().status, room.now().code) == ("failed", "cap_reached")
    assert not room.queue.take()


def test_a_wait_longer_than_patience_is_not_taken_for_a_lost_message(room: Room) -> None:
    (task,) = room.request(a_copy_request())
    room.work(task, raising(ThrottledError("the provider asked to wait", retry_after=600, code="provider_wait")))
    room.queue.take()
    room.clock.pass_time(600 + STALE - 5)
    assert room.desk.sweep() == 0
    assert room.now().status == "requested"
    room.clock.pass_time(10)  # now it should have come long ago
    assert room.sweep() == 1
    ((again, _),) = room.queue.take()
    room.work(again)
    assert (room.now().status, room.now().due_at) == ("ready", "")
