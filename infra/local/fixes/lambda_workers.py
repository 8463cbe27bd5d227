"""Lambda: real error names, warm environments, exit and timeout errors, a cap on workers.

AWS: a failed invocation carries the exception's class name as errorType, and the environment lives on; a process that
dies is `Runtime.ExitError`, one that exceeds its Timeout is `Sandbox.Timedout` and is ended; the next invocation gets
a new environment. The emulator: every error is `Runtime.HandlerError` and ends the worker; a dead worker too; and
each concurrent invocation starts one more process without limit (100 executions: 150 processes, 4.7 GB).

AWS reports START/END/REPORT lines to CloudWatch Logs and metrics to CloudWatch. Here they go to
`<state>/logs/lambda/<name>.log`: the emulator would keep every line and data point in memory and in its snapshots for
ever.
"""

from __future__ import annotations

import contextlib
import contextvars
import hashlib
import io
import os
import shutil
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.local.fixes.guard import replace
from infra.local.worker_pool import (
    START_SECONDS,
    Conversation,
    Slots,
    WorkerDiedError,
    WorkerHost,
    WorkerProcess,
    WorkerTimeoutError,
    fresh_process,
)

EXPECTED = {
    "core.lambda_runtime:Worker": "a0bd1819a704",
    "core.lambda_runtime:_worker_class_for": "b5a23849280a",
    "core.lambda_runtime:acquire_worker": "5017d144adb5",
    "core.lambda_runtime:kill_workers": "56a6df63f9bd",
    "core.lambda_runtime:invalidate_worker": "1be5d7f769f5",
    "services.lambda_svc:_execute_function_warm": "62b9218bef5b",
    "services.lambda_svc:_execute_function_dispatch": "f62cd259213e",
    "services.lambda_svc:_emit_lambda_logs": "111efbf06968",
    "services.lambda_svc:_emit_lambda_metrics": "3b6689d77cf6",
    "services.lambda_svc:_resolve_layer_zip": "447d3c3ec42c",
    "services.apigateway:handle_execute": "c7a2f92d7eb6",
}

# At AWS a function has processor time in proportion to its memory, and one core at this many MB. Here all functions share the
# machine's cores: of those that need a whole one (a browser), more at a time than there are cores are slower than in turn.
ONE_CORE_MB = 1769
CORE_PATIENCE_SECONDS = 60.0  # then one goes ahead all the same: no wait here may outlast a state's TimeoutSeconds

# Warm environments kept over all functions; the one idle for longest makes room.
MAX_ENVIRONMENTS = 48

_interactive: contextvars.ContextVar[bool] = contextvars.ContextVar("huichang_interactive", default=False)
_code_lock = threading.Lock()


class Settings:
    """Where the fix keeps unpacked code and logs, and how many handlers may run. Set by `install`."""

    state = Path()
    logs = Path()
    slots = Slots(6)
    cores = Slots(os.cpu_count() or 1, patience=CORE_PATIENCE_SECONDS)
    host: WorkerHost | None = None


def install(state: Path, slots: int) -> None:
    """Apply the fix. `state` is the emulator's folder; call from the main thread (see WorkerHost)."""
    Settings.state = state
    Settings.logs = state.parent / "logs" / "lambda"
    Settings.slots = Slots(slots)
    if sys.platform.startswith("linux"):
        Settings.host = WorkerHost()
        Settings.host.start()
    shutil.rmtree(state / "code", ignore_errors=True)
    replace("core.lambda_runtime:_worker_class_for", lambda _config: Worker)
    replace("services.lambda_svc:_execute_function_warm", execute_warm)
    replace("services.lambda_svc:_emit_lambda_logs", write_log)
    replace("services.lambda_svc:_emit_lambda_metrics", lambda *_args, **_kwargs: None)

    from ministack.services import apigateway

    original = apigateway.handle_execute

    async def handle_execute(*args: Any, **kwargs: Any) -> Any:
        _interactive.set(True)
        return await original(*args, **kwargs)

    replace("services.apigateway:handle_execute", handle_execute)


class Worker:
    """One execution environment, with the attributes by which the emulator's pool handles its own workers."""

    def __init__(self, func_name: str, config: dict[str, Any], code_zip: bytes) -> None:
        self.func_name = func_name
        self.config = config
        self.code_zip = code_zip
        self.in_use = False
        self.last_used = time.time()
        self._proc: WorkerProcess | None = None
        self._talk: Conversation | None = None
        self._lock = threading.Lock()
        self.busy = False

    @property
    def pid(self) -> int | None:
        """The process id while it lives."""
        process = self._proc
        return process.pid if process is not None and process.poll() is None else None

    def invoke(self, event: Any, request_id: str, *, trace_id: str | None, arn: str, depth: int | None) -> dict[str, Any]:
        """{"status": "ok", "result"} or {"status": "error", "body"}, and "log". Never raises for the handler."""
        with self._lock:
            timeout = float(self.config.get("Timeout", 3))
            try:
                if self._proc is None or self._proc.poll() is not None:
                    failure = self._spawn()
                    if failure is not None:
                        return self._end(request_id, failure)
                if self._talk is None:
                    raise WorkerDiedError
                context = {
                    "request_id": request_id,
                    "arn": arn,
                    "timeout_ms": int(timeout * 1000),
                    "trace_id": trace_id,
                    "depth": depth,
                }
                self._talk.send({"event": event, "ctx": context})
                self.busy = True
                answer = self._talk.receive(timeout)
            except WorkerTimeoutError:
                message = f"RequestId: {request_id} Error: Task timed out after {timeout:.2f} seconds"
                return self._end(request_id, {"errorType": "Sandbox.Timedout", "errorMessage": message})
            except WorkerDiedError:
                message = f"RequestId: {request_id} Error: Runtime exited {self._exit_reason()}"
                return self._end(request_id, {"errorType": "Runtime.ExitError", "errorMessage": message})
            finally:
                self.busy = False
            log = self._talk.log_of(request_id) if self._talk is not None else ""
            if answer["status"] == "ok":
                return {"status": "ok", "result": answer["result"], "log": log}
            return {"status": "error", "body": answer["body"], "log": log}

    def _spawn(self) -> dict[str, Any] | None:
        code_dir = unpacked(self.code_zip)
        layers = [unpacked(layer) for layer in _layers_of(self.config)]
        module, _, handler = self.config.get("Handler", "app.handler").rpartition(".")
        environment = _environment(self.config, code_dir)
        if Settings.host is not None:
            process: Any = Settings.host.fork(environment, str(code_dir))
        else:
            process = fresh_process(environment, str(code_dir))
        self._proc = process
        self._talk = talk = Conversation(process)
        talk.send(
            {
                "code_dir": str(code_dir),
                "layer_paths": [str(layer / "python") for layer in layers],
                "module": module.replace("/", "."),
                "handler": handler,
                "function_name": self.config.get("FunctionName", ""),
                "memory": self.config.get("MemorySize", 128),
            }
        )
        answer = talk.receive(START_SECONDS)
        if answer["status"] == "ready":
            return None
        body: dict[str, Any] = answer["body"]
        return body

    def _exit_reason(self) -> str:
        if self._proc is None:
            return "without providing a reason"
        self._proc.terminate()
        status = self._proc.wait(5)
        if status < 0:
            return f"with error: signal: {'killed' if status == -9 else -status}"
        return f"with error: exit status {status}" if status else "without providing a reason"

    def _end(self, request_id: str, body: dict[str, Any]) -> dict[str, Any]:
        """End the process: its state is unknown, so the next invocation gets a new one."""
        log = ""
        process, talk = self._proc, self._talk
        self._proc = self._talk = None
        if process is not None:
            process.kill()
        if talk is not None:
            log = talk.log_of(request_id, 0.2)
            talk.close()
        return {"status": "error", "body": {**body, "requestId": request_id}, "log": log}

    def _discard_tmpdir(self) -> None:
        """The emulator's hook after it has ended the process; unpacked code is shared and stays."""
        if self._talk is not None:
            self._talk.close()
            self._talk = None

    def kill(self) -> None:
        """End the process."""
        from ministack.core import lambda_runtime

        lambda_runtime.kill_workers([self])


def execute_warm(func: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
    """Replaces `_execute_function_warm`: run one invocation in a slot, in a warm environment."""
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    config = func.get("config") or func
    code_zip = func.get("code_zip")
    name = config.get("FunctionName", "unknown")
    if not code_zip:
        message = f"function {name} has no code"
        return {"error": True, "body": {"errorType": "Runtime.ExitError", "errorMessage": message}, "log": ""}
    lambda_svc._ensure_reaper_thread()
    depth = lambda_svc._invoke_depth.get()
    with turn(config, depth):
        _make_room()
        worker, _ = lambda_runtime.acquire_worker(name, config, code_zip, qualifier=config.get("Version", "$LATEST"))
        try:
            answer = worker.invoke(
                event,
                request_id,
                trace_id=lambda_svc._xray_trace_id_for_invocation(config),
                arn=config.get("FunctionArn", ""),
                depth=depth,
            )
        finally:
            lambda_runtime.release_worker(worker)
    if answer["status"] == "ok":
        return {"body": answer["result"], "log": answer["log"]}
    return {"body": answer["body"], "error": True, "log": answer["log"]}


@contextlib.contextmanager
def turn(config: dict[str, Any], depth: int | None) -> Iterator[None]:
    """Run the body when it is this function's turn."""
    nested = (depth or 0) > 1
    light = int(config.get("MemorySize", 128)) < ONE_CORE_MB
    # First the core, then the slot: who waits for a core keeps no slot from the others.
    with Settings.cores.hold(nested=nested or light, interactive=False), Settings.slots.hold(nested=nested, interactive=_interactive.get()):
        yield


def _make_room() -> None:
    from ministack.core import lambda_runtime

    with lambda_runtime._lock:
        living = [(w.last_used, k, w) for k, pool in lambda_runtime._workers.items() for w in pool]
        if len(living) < MAX_ENVIRONMENTS:
            return
        idle = sorted((entry for entry in living if not entry[2].in_use), key=lambda entry: entry[0])
        if not idle:
            return
        _, key, worker = idle[0]
        lambda_runtime._workers[key].remove(worker)
    lambda_runtime.kill_workers([worker])


def unpacked(archive: bytes) -> Path:
    """The folder of a zip's content, unpacked once per content. Workers share it: AWS's is read-only as well."""
    digest = hashlib.sha256(archive).hexdigest()[:24]
    folder = Settings.state / "code" / digest
    if folder.is_dir():
        return folder
    with _code_lock:
        if folder.is_dir():
            return folder
        folder.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(dir=folder.parent))
        with zipfile.ZipFile(io.BytesIO(archive)) as zipped:
            zipped.extractall(staging)
        staging.chmod(0o755)
        staging.rename(folder)
    return folder


def _layers_of(config: dict[str, Any]) -> list[bytes]:
    from ministack.services import lambda_svc

    archives = []
    for layer in config.get("Layers") or []:
        archive = lambda_svc._resolve_layer_zip(layer)
        if archive is None:
            raise RuntimeError(f"layer {layer} of {config.get('FunctionName')} has no content")
        archives.append(archive)
    return archives


def _environment(config: dict[str, Any], code_dir: Path) -> dict[str, str]:
    """A function's environment: its own variables and AWS's; of ours only what an interpreter needs to start."""
    from ministack.core import lambda_runtime

    account, region = lambda_runtime._account_region_from_function_config(config)
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name in ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "PYTHONHOME")
    }
    own = {k: str(v) for k, v in config.get("Environment", {}).get("Variables", {}).items()}
    return {
        **inherited,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{os.environ['HUICHANG_AWS_PORT']}",
        "AWS_EC2_METADATA_DISABLED": "true",
        "OMP_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        **own,
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_SESSION_TOKEN": "local",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{config.get('Runtime', 'python3.11')}",
        "AWS_LAMBDA_FUNCTION_NAME": config.get("FunctionName", ""),
        "AWS_LAMBDA_FUNCTION_VERSION": config.get("Version", "$LATEST"),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize", 128)),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{config.get('FunctionName', '')}",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "LAMBDA_TASK_ROOT": str(code_dir),
    }


def write_log(func: dict[str, Any], request_id: str, log_text: str, error: bool, duration_ms: int, **_: Any) -> None:
    """Replaces `_emit_lambda_logs`: append to the function's log file, with a line as AWS's REPORT line."""
    name = (func.get("config") or func).get("FunctionName", "unknown")
    path = Settings.logs / f"{name}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > 20_000_000:
        path.replace(path.with_suffix(".log.1"))
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S")
    outcome = "failed" if error else "ok"
    text = f"{log_text}\n" if log_text else ""
    with path.open("a", encoding="utf-8") as log:
        log.write(f"{text}{stamp} REPORT RequestId: {request_id} {outcome} Duration: {duration_ms} ms\n")
