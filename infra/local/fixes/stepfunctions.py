"""Step Functions: the walk through a machine, with AWS's semantics where the emulator has its own.

The emulator's executors are replaced as a whole, because the differences run through all of them:

- Retry ignores MaxDelaySeconds and JitterStrategy; States.ALL and States.TaskFailed catch States.Runtime.
- HeartbeatSeconds and the machine's TimeoutSeconds are ignored; StopExecution lets branches and waits run on.
- Branches of a Parallel share one context object, so that one branch gets another one's task token; a failed branch or
  item does not stop its siblings; what happens inside them is not in the history.
- `.waitForTaskToken` swallows the error of the Lambda that was to carry the token away, and waits for ever; all
  attempts share one token; a token can be answered twice.
- StartExecution with the same name is refused even for the same input while it runs (AWS: idempotent).
- `startExecution.sync` runs the child as an Express execution inside the parent, overwrites an execution of the same
  name, and reports the child's own error (AWS: States.TaskFailed, with the child's description as Cause).
- A path that selects nothing yields null (AWS: States.Runtime, which nothing catches); state may exceed 256 KiB.
- A definition with a dangling Next, or with a feature that the emulator ignores, is accepted.
- After a restart every running execution is FAILED. AWS never loses one; here it goes on at the state that it was in:
  the state is entered again (steps are idempotent), a task token that was given away stays valid, a Wait ends when it
  would have.
"""

from __future__ import annotations

import contextlib
import contextvars
import copy
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ministack.core.responses import error_response_json, json_response, now_iso, request_scope
from ministack.services import stepfunctions as sf
from ministack.services.cloudformation import provisioners as pv
from ministack.services.stepfunctions import _ExecutionError as StateError

from infra.local.fixes.guard import replace

EXPECTED = {
    "services.stepfunctions:_run_execution": "996dff84e0e0",
    "services.stepfunctions:_fail_execution": "e6da895fa0b7",
    "services.stepfunctions:_execute_task": "53c818d247db",
    "services.stepfunctions:_invoke_resource": "a85d2be9a858",
    "services.stepfunctions:_invoke_with_callback": "bbb38423156a",
    "services.stepfunctions:_call_lambda": "25830369b126",
    "services.stepfunctions:_execute_wait": "a1012679c72d",
    "services.stepfunctions:_sleep_until": "2738e0a4030c",
    "services.stepfunctions:_scaled_sleep": "5ed19df2efa9",
    "services.stepfunctions:_with_retry_and_catch": "b351699db7b3",
    "services.stepfunctions:_run_parallel_branches": "b8c7f6915297",
    "services.stepfunctions:_run_map_items": "5df19a8074ce",
    "services.stepfunctions:_run_distributed_map": "2b77d3ec0e04",
    "services.stepfunctions:_run_sub_machine": "f8d844168b14",
    "services.stepfunctions:_error_matches": "519b9dc729c5",
    "services.stepfunctions:_find_matching_retrier": "cb494ae8503c",
    "services.stepfunctions:_find_matching_catcher": "7fcca16317a4",
    "services.stepfunctions:_apply_catcher": "ca17bcad86a8",
    "services.stepfunctions:_resolve_path": "4ca0c5fe9f70",
    "services.stepfunctions:_resolve_params_obj": "d41c2e27dd1b",
    "services.stepfunctions:_evaluate_rule": "728e6547c8ca",
    "services.stepfunctions:_start_execution": "9923282fc76c",
    "services.stepfunctions:_start_sync_execution": "8600470a0208",
    "services.stepfunctions:_stop_execution": "44d2d84ccd5c",
    "services.stepfunctions:_send_task_success": "12eff48bce57",
    "services.stepfunctions:_send_task_failure": "c2a489b4ed33",
    "services.stepfunctions:_send_task_heartbeat": "56879a4655d1",
    "services.stepfunctions:_invoke_nested_start_execution": "fc2b83eed27a",
    "services.stepfunctions:_invoke_nested_start_execution_sync": "d9f13c4aabed",
    "services.stepfunctions:_validate_definition_jsonata": "a5ec092b2c8d",
    "services.stepfunctions:_restore_state": "b94c49c3dd97",
    "services.stepfunctions:_add_event": "b1db143ccd21",
    "services.cloudformation.provisioners:_sfn_definition": "e29ae22959e7",
    "services.stepfunctions:handle_request": "efa6e8c4532a",
}

MAX_STATE_BYTES = 262_144
POLL_SECONDS = 0.2
TERMINAL = ("States.Runtime", "States.DataLimitExceeded")
UNEMULATED_MAP_FIELDS = ("ItemBatcher", "ResultWriter")

_original_start = sf._start_execution
_original_stop = sf._stop_execution
_original_validate = sf._validate_definition_jsonata
_original_rule = sf._evaluate_rule
_original_resolve = sf._resolve_path
_original_cfn_definition = pv._sfn_definition

_events_lock = threading.Lock()
_tokens_lock = threading.Lock()
_runs_lock = threading.Lock()
_runs: dict[str, Run] = {}
_current: contextvars.ContextVar[Run] = contextvars.ContextVar("huichang_run")


class HaltedError(Exception):
    """The run was ended from outside: stopped, out of time, or a sibling failed. No Retry and no Catch sees it."""


class Run:
    """The live side of one execution, branch or item. The record in the emulator's store holds what is kept."""

    def __init__(self, execution: dict[str, Any], parent: Run | None = None, *, resumed: bool = False) -> None:
        self.execution = execution
        self.parent = parent
        self.resumed: bool = resumed or (parent is not None and parent.resumed)
        self.deadline: float | None = parent.deadline if parent else None
        self.done = threading.Event()
        self._halted = threading.Event()
        self._children: list[Run] = []
        if parent is not None:
            parent._children.append(self)
            if parent._halted.is_set():
                self._halted.set()

    @property
    def kept(self) -> dict[str, Any] | None:
        """Where to note the position for a restart: only the top level of an execution of its own has one."""
        if self.parent is not None or self.execution.get("sync") or self.execution.get("mapRunArn"):
            return None
        return self.execution

    def halt(self) -> None:
        """End this run and all below it at their next step or wait."""
        self._halted.set()
        for child in list(self._children):
            child.halt()

    def leave(self) -> None:
        """This run has ended; its parent need not halt it any more."""
        self.done.set()
        if self.parent is not None:
            with contextlib.suppress(ValueError):
                self.parent._children.remove(self)

    def check(self) -> None:
        """HaltedError when this run must end."""
        if self._halted.is_set():
            raise HaltedError
        if self.deadline is not None and time.time() >= self.deadline:
            top = self
            while top.parent is not None:
                top = top.parent
            _time_out(top)
            raise HaltedError

    def wait(self, event: threading.Event, seconds: float | None) -> bool:
        """Wait for `event`, at most `seconds`. True if it came; HaltedError if this run must end first."""
        end = None if seconds is None else time.monotonic() + seconds
        while True:
            self.check()
            left = POLL_SECONDS if end is None else min(POLL_SECONDS, end - time.monotonic())
            if left <= 0:
                return event.is_set()
            if event.wait(left):
                return True

    def sleep(self, seconds: float) -> None:
        """Sleep unless halted. Honours the emulator's SFN_WAIT_SCALE."""
        self.wait(threading.Event(), seconds * sf._SFN_WAIT_SCALE)


def install() -> None:
    """Apply the fix."""
    if sf._sfn_mock_config:
        raise RuntimeError("SFN_MOCK_CONFIG is not supported together with the fixes")
    replacements: dict[str, Callable[..., Any]] = {
        "_run_execution": run_execution,
        "_fail_execution": fail_execution,
        "_run_sub_machine": run_sub_machine,
        "_execute_task": execute_task,
        "_execute_wait": execute_wait,
        "_with_retry_and_catch": with_retry_and_catch,
        "_run_parallel_branches": run_parallel_branches,
        "_run_map_items": run_map_items,
        "_error_matches": error_matches,
        "_resolve_path": resolve_path,
        "_evaluate_rule": evaluate_rule,
        "_start_execution": start_execution,
        "_stop_execution": stop_execution,
        "_send_task_success": send_task_success,
        "_send_task_failure": send_task_failure,
        "_send_task_heartbeat": send_task_heartbeat,
        "_invoke_nested_start_execution": start_nested,
        "_validate_definition_jsonata": validate_definition,
        "_restore_state": restore_state,
        "_add_event": add_event,
    }
    for name, replacement in replacements.items():
        replace(f"services.stepfunctions:{name}", replacement)
    replace("services.cloudformation.provisioners:_sfn_definition", cfn_definition)


# --- starting, stopping, ending ---------------------------------------------------------------------------------------


def start_execution(data: dict[str, Any]) -> Any:
    """StartExecution. AWS: same name and same input as a running execution answers as the first call did."""
    arn = _execution_arn(data)
    known = sf._executions.get(arn) if arn else None
    if known is not None and known["status"] == "RUNNING" and _same_json(known["input"], data.get("input", "{}")):
        return json_response({"executionArn": arn, "startDate": known["startDate"]})
    return _original_start(data)


def _execution_arn(data: dict[str, Any]) -> str | None:
    machine_arn = sf._resolve_state_machine_arn(data.get("stateMachineArn", ""))
    if machine_arn is None or not data.get("name"):
        return None
    return str(machine_arn).replace(":stateMachine:", ":execution:") + f":{data['name']}"


def _same_json(left: str, right: str) -> bool:
    try:
        return bool(json.loads(left) == json.loads(right))
    except ValueError:
        return left == right


def stop_execution(data: dict[str, Any]) -> Any:
    """StopExecution, and everything below the execution stops as well."""
    answer = _original_stop(data)
    execution = sf._executions.get(data.get("executionArn"))
    if execution is not None and execution["status"] == "ABORTED":
        with _runs_lock:
            run = _runs.get(execution["executionArn"])
        if run is not None:
            run.halt()
    return answer


def _time_out(run: Run) -> None:
    execution = run.execution
    with _events_lock:
        if execution["status"] != "RUNNING":
            return
        execution.update(status="TIMED_OUT", stopDate=now_iso(), error="States.Timeout", cause=None)
    details = {"error": "States.Timeout"}
    add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": details})
    sf._emit_execution_status_event(execution)
    run.halt()


def fail_execution(execution: dict[str, Any], error: str, cause: str) -> None:
    """End a running execution as FAILED. One that was stopped or timed out keeps that status."""
    with _events_lock:
        if execution["status"] != "RUNNING":
            return
        execution.update(status="FAILED", error=error, cause=cause, stopDate=now_iso())
    add_event(execution, "ExecutionFailed", {"executionFailedEventDetails": {"error": error, "cause": cause}})
    sf._emit_execution_status_event(execution)


def add_event(execution: dict[str, Any], kind: str, details: dict[str, Any] | None = None) -> dict[str, Any]:
    """Append to the history. Branches write concurrently, and event ids are positions."""
    with _events_lock:
        number = len(execution["events"]) + 1
        event = {"id": number, "previousEventId": number - 1, "type": kind, "timestamp": now_iso(), **(details or {})}
        execution["events"].append(event)
    return event


def run_execution(arn: str, *, resumed: bool = False) -> None:
    """Walk one execution to its end, from the start or from where a restart found it."""
    execution = sf._executions.get(arn)
    if not execution:
        return
    run = Run(execution, resumed=resumed)
    with _runs_lock:
        _runs[arn] = run
    token = _current.set(run)
    try:
        _walk_execution(execution, run)
    except StateError as error:
        fail_execution(execution, error.error, error.cause)
    except HaltedError:
        pass  # whoever halted it has written the status
    except Exception as error:  # noqa: BLE001 - a fault of the emulator must end the execution, not hang it
        sf.logger.exception("Unexpected error in execution %s", arn)
        fail_execution(execution, "States.Runtime", str(error))
    finally:
        _current.reset(token)
        for key in ("_position", "_callback", "_until"):
            execution.pop(key, None)
        with _runs_lock:
            _runs.pop(arn, None)
        run.leave()


def _walk_execution(execution: dict[str, Any], run: Run) -> None:
    machine = sf._state_machines.get(execution["stateMachineArn"])
    if not machine:
        raise StateError("States.Runtime", "State machine no longer exists")
    definition = json.loads(machine["definition"])
    data = json.loads(execution["input"])
    if definition.get("TimeoutSeconds") is not None:
        started = sf._iso_to_epoch_ms(execution["startDate"]) / 1000
        run.deadline = started + float(definition["TimeoutSeconds"])
    ctx = {
        "QueryLanguage": definition.get("QueryLanguage", "JSONPath"),
        "Execution": {
            "Id": execution["executionArn"],
            "Input": data,
            "Name": execution["name"],
            "RoleArn": machine["roleArn"],
            "StartTime": execution["startDate"],
            "RedriveCount": 0,
        },
        "StateMachine": {"Id": execution["stateMachineArn"], "Name": machine["name"]},
        "variables": {},
    }
    position = execution.get("_position")
    start = definition.get("StartAt")
    if position is not None:
        start, data, ctx["variables"] = position["state"], position["input"], position["variables"]
    output = json.dumps(walk(definition.get("States", {}), start, data, execution, ctx))
    with _events_lock:
        if execution["status"] != "RUNNING":
            return
        execution.update(status="SUCCEEDED", output=output, stopDate=now_iso())
    add_event(execution, "ExecutionSucceeded", {"executionSucceededEventDetails": {"output": output}})
    sf._emit_execution_status_event(execution)


def run_sub_machine(states: Any, start_at: Any, input_data: Any, execution: Any, ctx: Any) -> Any:
    """A branch or an item: its context is its own."""
    return walk(states, start_at, copy.deepcopy(input_data), execution, copy.deepcopy(ctx))


def walk(states: dict[str, Any], start: str | None, data: Any, execution: dict[str, Any], ctx: dict[str, Any]) -> Any:
    """Run states from `start` until one ends. Returns the last output; StateError when a state fails uncaught."""
    executors: dict[str, Callable[..., tuple[Any, str | None]]] = {
        "Pass": lambda s, d, _e, c: sf._execute_pass(s, d, c),
        "Choice": lambda s, d, _e, c: sf._execute_choice(s, d, c),
        "Wait": lambda s, d, _e, c: sf._execute_wait(s, d, c),
        "Task": sf._execute_task,
        "Parallel": sf._execute_parallel,
        "Map": sf._execute_map,
        "Succeed": lambda s, d, _e, c: (sf._apply_output_path(s, sf._apply_input_path(s, d, c), c), None),
    }
    name = start
    run = _current.get()
    while name:
        run.check()
        state = states.get(name)
        if state is None:
            raise StateError("States.Runtime", f"State '{name}' not found in definition")
        ctx["State"] = {"Name": name, "EnteredTime": now_iso(), "RetryCount": 0}
        if run.kept is not None:
            run.kept["_position"] = {"state": name, "input": data, "variables": copy.deepcopy(ctx["variables"])}
        kind = state.get("Type")
        entered = {"stateEnteredEventDetails": {"name": name, "input": json.dumps(data)}}
        add_event(execution, f"{kind}StateEntered", entered)
        if kind == "Fail":
            raise StateError(*sf._fail_state_error(state, data, ctx))
        if kind not in executors:
            raise StateError("States.Runtime", f"Unknown state type: {kind}")
        data, following = executors[kind](state, data, execution, ctx)
        text = _within_limit(data, name)
        add_event(execution, f"{kind}StateExited", {"stateExitedEventDetails": {"name": name, "output": text}})
        name = following
    return data


def _within_limit(data: Any, name: str) -> str:
    text = json.dumps(data, ensure_ascii=False)
    if len(text.encode()) > MAX_STATE_BYTES:
        message = f"The state/task '{name}' returned a result with a size exceeding the maximum number of bytes"
        raise StateError("States.DataLimitExceeded", f"{message} service limit.")
    return text


# --- errors, retries, paths -------------------------------------------------------------------------------------------


def error_matches(names: list[str], error: str) -> bool:
    """Does an ErrorEquals list name this error? AWS: the wildcards do not match the two terminal errors."""
    if error in names:
        return True
    if error in TERMINAL:
        return False
    if "States.ALL" in names:
        return True
    if "States.Timeout" in names and error == "States.HeartbeatTimeout":
        return True
    return "States.TaskFailed" in names and error != "States.Timeout"


def retry_delay(retrier: dict[str, Any], attempt: int, rng: random.Random | None = None) -> float:
    """Seconds before retry `attempt` (0: the first): interval x rate^attempt, at most MaxDelaySeconds, jittered."""
    delay = float(retrier.get("IntervalSeconds", 1)) * float(retrier.get("BackoffRate", 2.0)) ** attempt
    if "MaxDelaySeconds" in retrier:
        delay = min(delay, float(retrier["MaxDelaySeconds"]))
    if retrier.get("JitterStrategy", "NONE") == "FULL":
        delay = (rng or random).uniform(0, delay)
    return delay


def with_retry_and_catch(state_def: Any, raw_input: Any, ctx: Any, attempt: Callable[[], Any]) -> Any:
    """Run a Task, Parallel or Map under its Retry and Catch."""
    state = ctx["State"]
    counts: dict[int, int] = {}
    while True:
        ctx["State"] = {**state, "RetryCount": sum(counts.values())}
        try:
            return attempt()
        except StateError as error:
            retrier, index = sf._find_matching_retrier(state_def.get("Retry", []), error.error, counts)
            if retrier is not None:
                _current.get().sleep(retry_delay(retrier, counts.get(index, 0)))
                counts[index] = counts.get(index, 0) + 1
                continue
            catcher = sf._find_matching_catcher(state_def.get("Catch", []), error.error)
            if catcher is None:
                raise
            output = {"Error": error.error, "Cause": error.cause}
            language = sf._state_query_language(state_def, ctx)
            return sf._apply_catcher(catcher, raw_input, ctx, language, output), catcher["Next"]


def resolve_path(path: str, data: Any) -> Any:
    """The value at a JSONPath. AWS: a path that leads nowhere is States.Runtime, not null."""
    if not path or path == "$" or not path.startswith("$"):
        return data
    tokens = sf._parse_jsonpath_tokens(path)
    if tokens is None:
        raise StateError("States.Runtime", f"Invalid path '{path}'")
    if any(kind == "wildcard" for kind, _ in tokens):
        return _original_resolve(path, data)
    value = data
    for kind, key in tokens:
        found = (kind == "field" and isinstance(value, dict) and key in value) or (
            kind == "index" and isinstance(value, list) and key < len(value)
        )
        if not found:
            raise StateError("States.Runtime", f"The JSONPath '{path}' could not be found in the input")
        value = value[key]
    return value


def evaluate_rule(rule: dict[str, Any], data: Any, ctx: Any = None) -> bool:
    """A Choice rule. IsPresent asks if the path leads somewhere (null is present); every other test needs it to."""
    if "IsPresent" not in rule or "Variable" not in rule:
        return bool(_original_rule(rule, data, ctx))
    try:
        sf._resolve_path_or_ctx(rule["Variable"], data, ctx)
    except StateError:
        return rule["IsPresent"] is False
    return rule["IsPresent"] is True


# --- tasks ------------------------------------------------------------------------------------------------------------


def execute_task(state_def: Any, raw_input: Any, execution: Any, ctx: Any) -> Any:
    """A Task state with its retries."""
    return with_retry_and_catch(state_def, raw_input, ctx, lambda: _attempt_task(state_def, raw_input, execution, ctx))


def _attempt_task(state_def: Any, raw_input: Any, execution: Any, ctx: Any) -> Any:
    resource = state_def.get("Resource", "")
    name = ctx["State"]["Name"]
    is_jsonata = sf._state_query_language(state_def, ctx) == "JSONata"
    is_callback = resource.endswith(".waitForTaskToken")
    kept = _kept_callback(name) if is_callback else None
    if is_callback:
        ctx["Task"] = {"Token": kept["token"] if kept else sf.new_uuid()}
    if is_jsonata:
        effective = sf._apply_jsonata_arguments(state_def, raw_input, ctx)
    else:
        effective = sf._apply_parameters(state_def, sf._apply_input_path(state_def, raw_input, ctx), ctx)
    _within_limit(effective, name)
    about = {"resourceType": "lambda" if "lambda" in resource else "states", "resource": resource}
    add_event(execution, "TaskScheduled", {"taskScheduledEventDetails": about})
    add_event(execution, "TaskStarted", {"taskStartedEventDetails": about})
    timeout = _seconds_of(state_def, "TimeoutSeconds", raw_input, ctx)
    try:
        if is_callback:
            heartbeat = _seconds_of(state_def, "HeartbeatSeconds", raw_input, ctx)
            result = _call_back(resource, effective, ctx["Task"]["Token"], name, timeout, heartbeat, kept)
        elif ":activity:" in resource:
            result = sf._invoke_activity(resource, effective)
        elif "states:startExecution.sync" in resource:
            result = _run_nested(resource, effective, timeout)
        else:
            result = _with_timeout(lambda: sf._invoke_resource(resource, effective), timeout)
        _within_limit(result, name)
    except StateError as error:
        kind = "TaskTimedOut" if error.error in ("States.Timeout", "States.HeartbeatTimeout") else "TaskFailed"
        details = {**about, "error": error.error, "cause": error.cause}
        add_event(execution, kind, {f"{kind[0].lower()}{kind[1:]}EventDetails": details})
        raise
    succeeded = {**about, "output": json.dumps(result)}
    add_event(execution, "TaskSucceeded", {"taskSucceededEventDetails": succeeded})
    if is_jsonata:
        output = sf._apply_jsonata_output(state_def, raw_input, ctx, result=result, default=result)
        sf._apply_state_assign(state_def, raw_input, ctx, result=result)
    else:
        output = sf._apply_result_path(state_def, raw_input, sf._apply_result_selector(state_def, result))
        output = sf._apply_output_path(state_def, output, ctx)
    return output, sf._next_or_end(state_def)


def _seconds_of(state_def: Any, field: str, raw_input: Any, ctx: Any) -> float | None:
    if f"{field}Path" in state_def:
        return float(sf._resolve_path_or_ctx(state_def[f"{field}Path"], raw_input, ctx))
    if field not in state_def:
        return None
    if isinstance(state_def[field], str):
        return float(sf._jsonata_state_field(state_def, field, "number", raw_input, ctx))
    return float(state_def[field])


def _in_background(work: Callable[[], Any], finished: Callable[[Any, StateError | None], None]) -> None:
    """Run `work` in a thread of its own under the same account and region, then `finished(result, error)`."""

    def body() -> None:
        try:
            finished(work(), None)
        except StateError as error:
            finished(None, error)
        except Exception as error:  # noqa: BLE001 - a fault of the emulator must reach the waiting state
            sf.logger.exception("task failed inside the emulator")
            finished(None, StateError("States.TaskFailed", str(error)))

    threading.Thread(target=contextvars.copy_context().run, args=(body,), daemon=True, name="sfn-task").start()


def _with_timeout(work: Callable[[], Any], seconds: float | None) -> Any:
    """Wait for `work`; States.Timeout after `seconds`. As on AWS the work itself is not stopped, only not waited
    for."""
    done = threading.Event()
    box: dict[str, Any] = {}

    def finished(result: Any, error: StateError | None) -> None:
        box.update(result=result, error=error)
        done.set()

    _in_background(work, finished)
    if not _current.get().wait(done, seconds):
        raise StateError("States.Timeout", "")
    if box["error"] is not None:
        raise box["error"]
    return box["result"]


# --- task tokens ------------------------------------------------------------------------------------------------------


def _kept_callback(state_name: str) -> dict[str, Any] | None:
    """The token that this state had given away before a restart. Only its first attempt after the restart uses it."""
    run = _current.get()
    if run.kept is None or not run.resumed:
        return None
    kept = run.kept.get("_callback")
    if kept is None or kept["state"] != state_name or kept.get("used"):
        return None
    kept["used"] = True
    found: dict[str, Any] = kept
    return found


def _call_back(
    resource: str,
    effective: Any,
    token: str,
    state_name: str,
    timeout: float | None,
    heartbeat: float | None,
    kept: dict[str, Any] | None,
) -> Any:
    run = _current.get()
    info: dict[str, Any] = {"event": threading.Event(), "result": None, "error": None, "heartbeat": None}
    sf._task_tokens[token] = info
    now = time.time()
    deadline = kept["deadline"] if kept else (None if timeout is None else now + timeout)
    delivered = bool(kept and kept["delivered"])
    note = {"state": state_name, "token": token, "deadline": deadline, "delivered": delivered}
    if run.kept is not None:
        run.kept["_callback"] = note

    def handed_over(_result: Any, error: StateError | None) -> None:
        if error is None:
            note["delivered"] = True
        else:
            _answer(token, error={"Error": error.error, "Cause": error.cause})

    try:
        if not delivered:
            service = resource.removesuffix(".waitForTaskToken")
            _in_background(lambda: sf._invoke_resource(service, effective), handed_over)
        _await_answer(run, info, deadline, heartbeat)
    finally:
        sf._task_tokens.pop(token, None)
        if run.kept is not None:
            run.kept.pop("_callback", None)
    if info["error"] is not None:
        raise StateError(info["error"]["Error"], info["error"]["Cause"])
    return json.loads(str(info["result"]))


def _await_answer(run: Run, info: dict[str, Any], deadline: float | None, heartbeat: float | None) -> None:
    seen, last_beat = info["heartbeat"], time.monotonic()
    step = POLL_SECONDS if heartbeat is None else min(POLL_SECONDS, heartbeat / 4)
    while not run.wait(info["event"], step):
        if info["heartbeat"] != seen:
            seen, last_beat = info["heartbeat"], time.monotonic()
        if heartbeat is not None and time.monotonic() - last_beat > heartbeat:
            raise StateError("States.HeartbeatTimeout", "")
        if deadline is not None and time.time() > deadline:
            raise StateError("States.Timeout", "")


def _answer(token: str, *, result: str | None = None, error: dict[str, str] | None = None) -> bool:
    """Record the first answer to a token. False if it is not waited for (any more)."""
    with _tokens_lock:
        info = sf._task_tokens.pop(token, None)
    if info is None:
        return False
    info["result"], info["error"] = result, error
    info["event"].set()
    return True


def _no_such_task() -> Any:
    message = "Task Timed Out: 'Provided task does not exist anymore'"
    return error_response_json("TaskTimedOut", message, 400)


def send_task_success(data: dict[str, Any]) -> Any:
    """SendTaskSuccess: InvalidOutput for what is no JSON, TaskTimedOut for a token that was answered already."""
    output = data.get("output", "")
    try:
        json.loads(output)
    except ValueError:
        return error_response_json("InvalidOutput", "Invalid Output: 'Invalid JSON'", 400)
    return json_response({}) if _answer(data.get("taskToken", ""), result=output) else _no_such_task()


def send_task_failure(data: dict[str, Any]) -> Any:
    """SendTaskFailure."""
    error = {"Error": data.get("error") or "", "Cause": data.get("cause") or ""}
    return json_response({}) if _answer(data.get("taskToken", ""), error=error) else _no_such_task()


def send_task_heartbeat(data: dict[str, Any]) -> Any:
    """SendTaskHeartbeat."""
    info = sf._task_tokens.get(data.get("taskToken", ""))
    if info is None:
        return _no_such_task()
    info["heartbeat"] = time.monotonic()
    return json_response({})


# --- nested executions ------------------------------------------------------------------------------------------------


def start_nested(_resource: str, input_data: Any) -> dict[str, Any]:
    """`startExecution` without waiting."""
    payload = _start_child(input_data, adopt=False)
    return {"ExecutionArn": payload["executionArn"], "StartDate": payload["startDate"]}


def _start_child(input_data: Any, *, adopt: bool) -> dict[str, Any]:
    request = sf._nested_start_execution_request(input_data)
    status, _, body = sf._start_execution(request)
    payload: dict[str, Any] = json.loads(body)
    if status < 400:
        return payload
    kind = payload.get("__type", "ServiceException")
    if adopt and kind == "ExecutionAlreadyExists":
        # A Map that is entered again after a restart finds the children that ended before it.
        known = sf._executions.get(_execution_arn(request))
        if known is not None and _same_json(known["input"], request["input"]):
            return {"executionArn": known["executionArn"], "startDate": known["startDate"]}
    name = kind if kind.endswith("Exception") else f"{kind}Exception"
    raise StateError(f"StepFunctions.{name}", payload.get("message", ""))


def _run_nested(resource: str, input_data: Any, timeout: float | None) -> Any:
    run = _current.get()
    arn = _start_child(input_data, adopt=run.resumed)["executionArn"]
    try:
        ended = _wait_for_execution(run, arn, timeout)
    except HaltedError:
        stop_execution({"executionArn": arn, "cause": "The parent execution ended"})
        raise
    if not ended:
        stop_execution({"executionArn": arn, "cause": "The parent's task timed out"})
        raise StateError("States.Timeout", "")
    child = sf._executions[arn]
    structured = resource.endswith(".sync:2")
    described = {
        "ExecutionArn": arn,
        "Input": json.loads(child["input"]) if structured else child["input"],
        "InputDetails": {"Included": True},
        "Name": child["name"],
        "StartDate": sf._iso_to_epoch_ms(child["startDate"]),
        "StateMachineArn": child["stateMachineArn"],
        "Status": child["status"],
        "StopDate": sf._iso_to_epoch_ms(child["stopDate"]),
    }
    if child["status"] != "SUCCEEDED":
        cause = {**described, "Error": child.get("error"), "Cause": child.get("cause")}
        raise StateError("States.TaskFailed", json.dumps(cause))
    output = json.loads(child["output"]) if structured else child["output"]
    return {**described, "Output": output, "OutputDetails": {"Included": True}}


def _wait_for_execution(run: Run, arn: str, timeout: float | None) -> bool:
    end = None if timeout is None else time.monotonic() + timeout
    while sf._executions[arn]["status"] == "RUNNING":
        with _runs_lock:
            child = _runs.get(arn)
        # Between its record and its thread a child has no run yet; look again soon.
        event = child.done if child is not None else threading.Event()
        run.wait(event, POLL_SECONDS if child is not None else 0.02)
        if end is not None and time.monotonic() > end:
            return False
    return True


# --- Wait, Parallel, Map ----------------------------------------------------------------------------------------------


def execute_wait(state_def: Any, raw_input: Any, ctx: Any = None) -> Any:
    """A Wait state that a stop ends, and that a restart does not begin anew."""
    is_jsonata = sf._state_query_language(state_def, ctx) == "JSONata"
    effective = raw_input if is_jsonata else sf._apply_input_path(state_def, raw_input, ctx)
    run = _current.get()
    until = _kept_until(run, ctx["State"]["Name"])
    if until is None:
        until = _wait_until(state_def, raw_input, effective, ctx, is_jsonata)
        if run.kept is not None:
            run.kept["_until"] = {"state": ctx["State"]["Name"], "time": until}
    run.wait(threading.Event(), max(0.0, until - time.time()))
    if run.kept is not None:
        run.kept.pop("_until", None)
    if is_jsonata:
        output = sf._apply_jsonata_output(state_def, raw_input, ctx, default=raw_input)
        sf._apply_state_assign(state_def, raw_input, ctx)
    else:
        output = sf._apply_output_path(state_def, effective, ctx)
    return output, sf._next_or_end(state_def)


def _kept_until(run: Run, name: str) -> float | None:
    kept = run.kept.get("_until") if run.kept is not None else None
    return float(kept["time"]) if kept is not None and run.resumed and kept["state"] == name else None


def _wait_until(state_def: Any, raw_input: Any, effective: Any, ctx: Any, is_jsonata: bool) -> float:
    if is_jsonata and "Seconds" in state_def:
        seconds = float(sf._jsonata_wait_seconds(state_def, raw_input, ctx))
    elif "Seconds" in state_def or "SecondsPath" in state_def:
        path = state_def.get("SecondsPath")
        seconds = float(state_def["Seconds"] if path is None else sf._resolve_path_or_ctx(path, effective, ctx))
    else:
        stamp = state_def.get("Timestamp")
        if is_jsonata:
            stamp = sf._jsonata_wait_timestamp(state_def, raw_input, ctx)
        elif "TimestampPath" in state_def:
            stamp = sf._resolve_path_or_ctx(state_def["TimestampPath"], effective, ctx)
        moment = sf._parse_ts(stamp)
        if moment is None:
            raise StateError("States.Runtime", f"{stamp!r} is not an ISO-8601 timestamp")
        seconds = float(moment.timestamp()) - time.time()
    return time.time() + max(0.0, seconds) * float(sf._SFN_WAIT_SCALE)


@contextlib.contextmanager
def _sub_run(parent: Run, execution: dict[str, Any] | None = None) -> Iterator[Run]:
    run = Run(execution or parent.execution, parent)
    token = _current.set(run)
    try:
        yield run
    finally:
        _current.reset(token)
        run.leave()


def _side_by_side(work: list[Callable[[], Any]], width: int) -> list[Any]:
    """Run all, at most `width` at a time; the first failure halts the others and is the result, as on AWS."""
    family = Run(_current.get().execution, _current.get())
    results: list[Any] = [None] * len(work)
    errors: list[Exception] = []

    def one(index: int) -> None:
        try:
            with _sub_run(family):
                results[index] = work[index]()
        except HaltedError:
            pass  # decided by whoever halted the family
        except Exception as error:  # noqa: BLE001 - carried to the waiting thread
            errors.append(error)
            family.halt()

    try:
        with ThreadPoolExecutor(max_workers=max(1, width), thread_name_prefix="sfn-branch") as pool:
            for index in range(len(work)):
                pool.submit(contextvars.copy_context().run, one, index)
    finally:
        family.leave()
    _current.get().check()
    if errors:
        first = errors[0]
        raise first if isinstance(first, StateError) else StateError("States.Runtime", str(first))
    return results


def run_parallel_branches(state_def: Any, raw_input: Any, execution: Any, ctx: Any) -> Any:
    """A Parallel state."""
    is_jsonata = sf._state_query_language(state_def, ctx) == "JSONata"
    if is_jsonata:
        effective = sf._apply_jsonata_arguments(state_def, raw_input, ctx)
    else:
        effective = sf._apply_parameters(state_def, sf._apply_input_path(state_def, raw_input, ctx), ctx)
    branches = state_def.get("Branches", [])

    def runner(branch: Any) -> Callable[[], Any]:
        return lambda: run_sub_machine(branch["States"], branch["StartAt"], effective, execution, ctx)

    results = _side_by_side([runner(branch) for branch in branches], len(branches))
    return _map_output(state_def, raw_input, results, ctx), sf._next_or_end(state_def)


def _map_output(state_def: Any, raw_input: Any, results: Any, ctx: Any) -> Any:
    if sf._state_query_language(state_def, ctx) == "JSONata":
        output = sf._apply_jsonata_output(state_def, raw_input, ctx, result=results, default=results)
        sf._apply_state_assign(state_def, raw_input, ctx, result=results)
        return output
    output = sf._apply_result_path(state_def, raw_input, sf._apply_result_selector(state_def, results))
    return sf._apply_output_path(state_def, output, ctx)


def run_map_items(state_def: Any, raw_input: Any, execution: Any, ctx: Any) -> Any:
    """A Map state, inline or distributed."""
    is_jsonata = sf._state_query_language(state_def, ctx) == "JSONata"
    effective = raw_input if is_jsonata else sf._apply_input_path(state_def, raw_input, ctx)
    processor = state_def.get("ItemProcessor") or state_def.get("Iterator") or {}
    if state_def.get("ItemReader"):
        items = sf._read_map_items(state_def["ItemReader"], effective, ctx)
    elif is_jsonata and "Items" in state_def:
        items = sf._jsonata_state_field(state_def, "Items", "array", raw_input, ctx)
    else:
        items = sf._resolve_path_or_ctx(state_def.get("ItemsPath", "$"), effective, ctx)
    if not isinstance(items, list):
        raise StateError("States.Runtime", "Reference path for the Map state's items does not lead to an array")
    selector = state_def.get("ItemSelector") or state_def.get("Parameters")
    width = int(_seconds_of(state_def, "MaxConcurrency", raw_input, ctx) or 0) or min(len(items), 64)

    def item_input(index: int, item_ctx: Any) -> Any:
        item_ctx["Map"] = {"Item": {"Index": index, "Value": items[index]}}
        if not selector:
            return items[index]
        if is_jsonata:
            return sf._apply_jsonata_template(selector, raw_input, item_ctx)
        return sf._resolve_params_obj(selector, effective, item_ctx)

    if (processor.get("ProcessorConfig") or {}).get("Mode") == "DISTRIBUTED":
        results = _run_distributed(state_def, processor, len(items), item_input, width, execution, ctx)
    else:

        def runner(index: int) -> Callable[[], Any]:
            def work() -> Any:
                item_ctx = copy.deepcopy(ctx)
                data = item_input(index, item_ctx)
                return run_sub_machine(processor["States"], processor["StartAt"], data, execution, item_ctx)

            return work

        results = _side_by_side([runner(index) for index in range(len(items))], width)
    return _map_output(state_def, raw_input, results, ctx), sf._next_or_end(state_def)


def _run_distributed(
    state_def: Any,
    processor: Any,
    count: int,
    item_input: Callable[[int, Any], Any],
    width: int,
    execution: dict[str, Any],
    ctx: Any,
) -> list[Any]:
    """The items of a Distributed Map, each a child execution of a Map Run. Above the tolerated failures the rest is
    halted."""
    _, _, _, region, account, _, machine_name = execution["stateMachineArn"].split(":", 6)
    label = state_def.get("Label") or sf.new_uuid()
    counted = "pending running succeeded failed timedOut aborted total resultsWritten failuresNotRedrivable pendingRedrive"
    zero = dict.fromkeys(counted.split(), 0)
    map_run = {
        "mapRunArn": f"arn:aws:states:{region}:{account}:mapRun:{machine_name}/{label}:{sf.new_uuid()}",
        "executionArn": execution["executionArn"],
        "status": "RUNNING",
        "startDate": now_iso(),
        "maxConcurrency": int(state_def.get("MaxConcurrency") or 0),
        "toleratedFailurePercentage": float(state_def.get("ToleratedFailurePercentage") or 0),
        "toleratedFailureCount": int(state_def.get("ToleratedFailureCount") or 0),
        "itemCounts": {**zero, "total": count, "pending": count},
        "executionCounts": {**zero, "total": count, "pending": count},
        "redriveCount": 0,
        "_stateMachineArn": f"arn:aws:states:{region}:{account}:stateMachine:{machine_name}/{label}",
    }
    sf._map_runs[map_run["mapRunArn"]] = map_run
    tally = _Tally(state_def, map_run, count)
    results: list[Any] = [None] * count
    family = Run(execution, _current.get())

    def one(index: int) -> None:
        item_ctx = copy.deepcopy(ctx)
        data = item_input(index, item_ctx)
        name = sf.new_uuid()
        child = {
            "executionArn": f"arn:aws:states:{region}:{account}:execution:{machine_name}/{label}:{name}",
            "stateMachineArn": map_run["_stateMachineArn"],
            "name": name,
            "status": "RUNNING",
            "startDate": now_iso(),
            "stopDate": None,
            "input": json.dumps(data),
            "inputDetails": {"included": True},
            "output": None,
            "outputDetails": {"included": True},
            "mapRunArn": map_run["mapRunArn"],
            "events": [],
        }
        sf._executions[child["executionArn"]] = child
        tally.move("pending", "running")
        outcome = "failed"
        try:
            with _sub_run(family, child):
                results[index] = run_sub_machine(processor["States"], processor["StartAt"], data, child, item_ctx)
            child.update(status="SUCCEEDED", output=json.dumps(results[index]))
            outcome = "succeeded"
        except HaltedError:
            child.update(status="ABORTED")
            outcome = "aborted"
        except StateError as error:
            child.update(status="FAILED", error=error.error, cause=error.cause)
        except Exception as error:  # noqa: BLE001 - a fault of the emulator fails this item, visibly
            sf.logger.exception("item %s failed inside the emulator", index)
            child.update(status="FAILED", error="States.Runtime", cause=str(error))
        finally:
            child["stopDate"] = now_iso()
            if tally.move("running", outcome):
                family.halt()

    try:
        with ThreadPoolExecutor(max_workers=max(1, width), thread_name_prefix="sfn-item") as pool:
            futures = [pool.submit(contextvars.copy_context().run, one, index) for index in range(count)]
        for future in futures:
            future.result()
    finally:
        family.leave()
        map_run["stopDate"] = now_iso()
        map_run["status"] = "FAILED" if tally.exceeded else "SUCCEEDED"
    try:
        _current.get().check()
    except HaltedError:
        map_run["status"] = "ABORTED"
        raise
    if tally.exceeded:
        message = "The specified tolerated failure threshold was exceeded"
        raise StateError("States.ExceedToleratedFailureThreshold", message)
    return results


class _Tally:
    """Counts of a Map Run and its failure threshold."""

    def __init__(self, state_def: Any, map_run: dict[str, Any], total: int) -> None:
        self._map_run = map_run
        self._total = total
        self._lock = threading.Lock()
        self._count = state_def.get("ToleratedFailureCount")
        self._percentage = state_def.get("ToleratedFailurePercentage")
        self.exceeded = False

    def move(self, before: str, after: str) -> bool:
        """Move one item; True when the failures now exceed what is tolerated."""
        with self._lock:
            for counts in (self._map_run["itemCounts"], self._map_run["executionCounts"]):
                counts[before] -= 1
                counts[after] += 1
            failed = self._map_run["itemCounts"]["failed"]
            limits = []
            if self._count is not None:
                limits.append(failed > int(self._count))
            if self._percentage is not None:
                limits.append(failed * 100 > float(self._percentage) * self._total)
            self.exceeded = failed > 0 and (any(limits) if limits else True)
            return self.exceeded


# --- definitions ------------------------------------------------------------------------------------------------------


def validate_definition(text: Any) -> str | None:
    """None, or why AWS would refuse the definition, or why the emulator cannot run it."""
    complaint: str | None = _original_validate(text)
    if complaint:
        return complaint
    try:
        definition = json.loads(text or "{}")
    except ValueError:
        return "INVALID_JSON_DESCRIPTION: the definition is not valid JSON"
    problems = list(definition_problems(definition, definition.get("QueryLanguage", "JSONPath")))
    return "SCHEMA_VALIDATION_FAILED: " + "; ".join(problems) if problems else None


def cfn_definition(props: dict[str, Any]) -> str:
    """The definition of a template's machine; ValueError, which fails the resource, if it cannot run."""
    text: str = _original_cfn_definition(props)
    complaint = validate_definition(text)
    if complaint:
        raise ValueError(f"Invalid State Machine Definition: '{complaint}'")
    return text


def definition_problems(machine: dict[str, Any], language: str, where: str = "") -> Iterator[str]:
    """Dangling transitions (AWS refuses them) and fields that the emulator would silently ignore."""
    states = machine.get("States") or {}
    if machine.get("StartAt") not in states:
        yield f"{where}StartAt names no state: {machine.get('StartAt')}"
    for name, state in states.items():
        place = f"{where}{name}"
        targets = [state.get("Next"), state.get("Default")]
        targets += [rule.get("Next") for rule in [*state.get("Choices", []), *state.get("Catch", [])]]
        for target in targets:
            if target is not None and target not in states:
                yield f"{place} leads to {target}, which is not among its siblings"
        if state.get("Type") not in ("Choice", "Succeed", "Fail") and "Next" not in state and not state.get("End"):
            yield f"{place} has neither Next nor End"
        spoken = state.get("QueryLanguage", language)
        if "Assign" in state and spoken == "JSONPath":
            yield f"{place}: Assign with JSONPath is not emulated"
        for field in UNEMULATED_MAP_FIELDS:
            if field in state:
                yield f"{place}: {field} is not emulated"
        for number, branch in enumerate(state.get("Branches", [])):
            yield from definition_problems(branch, spoken, f"{place}/{number}/")
        processor = state.get("ItemProcessor") or state.get("Iterator")
        if processor:
            yield from definition_problems(processor, spoken, f"{place}/")


# --- restart ----------------------------------------------------------------------------------------------------------


def restore_state(data: dict[str, Any]) -> None:
    """Load the service's state; running executions stay RUNNING until `resume` takes them up."""
    if not data:
        return
    sf._state_machines.update(data.get("state_machines", {}))
    sf._executions.update(data.get("executions", {}))
    sf._map_runs.update(data.get("map_runs", {}))
    sf._tags.update(data.get("tags", {}))
    sf._activities.update(data.get("activities", {}))
    sf._state_machine_versions.update(data.get("state_machine_versions", {}))
    sf._state_machine_aliases.update(data.get("state_machine_aliases", {}))
    for map_run in sf._map_runs.all_values():
        if map_run["status"] == "RUNNING":
            map_run.update(status="ABORTED", stopDate=now_iso())
    for execution in sf._executions.all_values():
        # Items run again under the Map that is entered again; an Express execution had a caller who is gone.
        if execution["status"] == "RUNNING" and (execution.get("mapRunArn") or execution.get("sync")):
            execution.update(status="ABORTED", stopDate=now_iso(), cause="The emulator was restarted")


def resume() -> list[str]:
    """Go on with the executions that were running when the state was saved. Returns their names."""
    resumed = []
    for (account, region, arn), execution in list(sf._executions._data.items()):
        if execution["status"] != "RUNNING":
            continue
        with request_scope(account, region):
            context = contextvars.copy_context()

        def body(context: contextvars.Context = context, arn: str = arn) -> None:
            context.run(run_execution, arn, resumed=True)

        threading.Thread(target=body, daemon=True, name="sfn-resumed").start()
        resumed.append(execution["name"])
    return resumed
