"""Slots, workers and the guard of the emulator fixes."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from infra.local.cloud import REPOSITORY
from infra.local.fixes import lambda_workers
from infra.local.fixes.guard import moved, source_digest
from infra.local.worker_pool import Conversation, Slots, WorkerDiedError, WorkerTimeoutError, fresh_process

HANDLER = """
import os, time
class TransientError(Exception): pass
def handler(event, context):
    print("said", event.get("say", ""))
    if event.get("raise"): raise TransientError("later")
    if event.get("sleep"): time.sleep(event["sleep"])
    if event.get("leave"): os._exit(4)
    return {"echo": event, "name": context.function_name, "left": context.get_remaining_time_in_millis()}
"""


def peak(slots: Slots, threads: int, seconds: float, **how: bool) -> int:
    """The most that held a slot at a time when `threads` wanted one."""
    most = most_inside(lambda: slots.hold(nested=how.get("nested", False), interactive=how.get("interactive", False)), threads, seconds)
    assert slots.running == 0
    return most


def most_inside(enter: Callable[[], AbstractContextManager[None]], threads: int, seconds: float) -> int:
    """The most that were inside at a time when `threads` wanted in."""
    inside, most, lock = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal inside, most
        with enter():
            with lock:
                inside += 1
                most = max(most, inside)
            time.sleep(seconds)
            with lock:
                inside -= 1

    running = [threading.Thread(target=work) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(20)
    return most


def test_slots_cap_what_runs() -> None:
    assert peak(Slots(3), 12, 0.05) == 3


def test_nested_calls_need_no_slot() -> None:
    assert peak(Slots(1), 4, 0.2, nested=True) == 4


def test_waiting_requests_have_a_reserve() -> None:
    assert peak(Slots(2, reserve=2), 8, 0.1, interactive=True) == 4


def test_hidden_dependency_between_functions_does_not_hang() -> None:
    slots = Slots(1, patience=0.3)
    with slots.hold(nested=False, interactive=False), slots.hold(nested=False, interactive=False):
        assert slots.running == 2


def test_functions_that_need_a_whole_core_take_turns_and_hold_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lambda_workers.Settings, "cores", Slots(1, patience=20))
    monkeypatch.setattr(lambda_workers.Settings, "slots", Slots(3, patience=20))
    browser, small = {"MemorySize": 2048}, {"MemorySize": 512}
    assert most_inside(lambda: lambda_workers.turn(browser, None), 4, 0.05) == 1
    assert most_inside(lambda: lambda_workers.turn(browser, 2), 4, 0.2) == 4  # called by a function: waiting could be for ever
    with lambda_workers.turn(browser, None):
        waiting = threading.Thread(target=most_inside, args=(lambda: lambda_workers.turn(browser, None), 3, 0))
        waiting.start()
        assert most_inside(lambda: lambda_workers.turn(small, None), 2, 0.2) == 2  # those who wait for a core keep no slot
    waiting.join(20)
    assert (lambda_workers.Settings.cores.running, lambda_workers.Settings.slots.running) == (0, 0)


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Conversation]:
    (tmp_path / "app.py").write_text(HANDLER)
    process: Any = fresh_process({"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY)}, str(tmp_path))
    conversation = Conversation(process)
    init = {"code_dir": str(tmp_path), "layer_paths": [], "module": "app", "handler": "handler"}
    conversation.send({**init, "function_name": "probe", "memory": 128})
    assert conversation.receive(20)["status"] == "ready"
    yield conversation
    conversation.close()
    process.kill()
    process.wait(5)


def call(event: dict[str, Any], request: str = "r1") -> dict[str, Any]:
    context = {"request_id": request, "arn": "arn", "timeout_ms": 5000, "trace_id": None, "depth": None}
    return {"event": event, "ctx": context}


def test_worker_answers_with_results_and_errors_and_keeps_its_log_apart(talk: Conversation) -> None:
    talk.send(call({"say": "hello"}))
    answer = talk.receive(5)
    assert answer["result"]["echo"] == {"say": "hello"}
    assert (answer["result"]["name"], 4000 < answer["result"]["left"] <= 5000) == ("probe", True)
    assert talk.log_of("r1") == "said hello"
    talk.send(call({"raise": True}, "r2"))
    failed = talk.receive(5)
    assert (failed["status"], failed["body"]["errorType"]) == ("handler_error", "TransientError")
    assert "Traceback" in talk.log_of("r2")


def test_worker_that_is_late_or_dead_is_told_apart(talk: Conversation) -> None:
    talk.send(call({"sleep": 0.4}))
    with pytest.raises(WorkerTimeoutError):
        talk.receive(0.1)
    assert talk.receive(5)["status"] == "ok"
    talk.send(call({"leave": True}))
    with pytest.raises(WorkerDiedError):
        talk.receive(5)
    assert talk.process.wait(5) == 4


def test_large_messages_pass_both_ways(talk: Conversation) -> None:
    text = "大" * 400_000
    talk.send(call({"say": "", "text": text}))
    assert talk.receive(10)["result"]["echo"]["text"] == text


def test_guard_names_what_changed_and_what_is_gone() -> None:
    good = {"core.arn:parse_arn": source_digest(_parse_arn())}
    assert moved(good) == []
    findings = moved({"core.arn:parse_arn": "0" * 12, "core.arn:no_such_function": "0" * 12})
    assert findings[0].startswith("core.arn:parse_arn changed (000000000000 -> ")
    assert findings[1] == "core.arn:no_such_function is gone"


def _parse_arn() -> Any:
    from ministack.core.arn import parse_arn

    return parse_arn


def test_every_fix_has_its_digests() -> None:
    """An empty digest would make a guard that guards nothing."""
    for path in (REPOSITORY / "infra" / "local" / "fixes").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.findall(r'"(?:core|services)\.[^"]+": ""', text), path.name
