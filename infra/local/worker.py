"""A Lambda execution environment: one process that imports a handler once and then serves invocations.

Runs as `python -m infra.local.worker`, or as a fork of `worker_host`. One JSON object per line: on standard input first
the initialisation, then one invocation after another; on a private copy of standard output first "ready", then
one answer per invocation. Whatever the handler prints goes to standard error, which ends each invocation with a marker
line, so that its log is complete without waiting for silence.

What AWS does and this keeps: an exception leaves as {errorType, errorMessage, requestId, stackTrace} with the *class
name* as errorType (Retry and Catch of Step Functions match it), and the environment stays warm; an import that fails is
`Runtime.ImportModuleError`, an answer that is no JSON is `Runtime.MarshalError`.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from typing import IO, Any

END_OF_LOG = "\x1eEND "
TRACE_VARIABLE = "_X_AMZN_TRACE_ID"
DEPTH_VARIABLE = "_MINISTACK_INVOKE_DEPTH"
DEPTH_HEADER = "X-Ministack-Invoke-Depth"


class LambdaContext:
    """The second argument of a handler: the attributes of AWS's Python context object."""

    identity = None
    client_context = None

    def __init__(self, name: str, memory: int, arn: str, request_id: str, deadline: float) -> None:
        self.function_name = name
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        self.memory_limit_in_mb = memory
        self.invoked_function_arn = arn
        self.aws_request_id = request_id
        self.log_group_name = f"/aws/lambda/{name}"
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME", "")
        self._deadline = deadline

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function's timeout, never negative."""
        return max(0, int((self._deadline - time.time()) * 1000))


def serve(requests: Iterator[str], answers: IO[str]) -> None:
    """Serve one environment until its standard input closes."""
    init = json.loads(next(requests))
    _install_depth_header()
    try:
        handler = _load_handler(init)
    except BaseException as error:  # noqa: BLE001 - even SystemExit of a module must become an answer
        answers.write(json.dumps({"status": "init_error", "body": _init_error(error)}) + "\n")
        answers.flush()
        return
    answers.write(json.dumps({"status": "ready"}) + "\n")
    answers.flush()
    for line in requests:
        message = json.loads(line)
        answer = _invoke(handler, init, message["event"], message["ctx"])
        sys.stdout.flush()
        sys.stderr.write(f"{END_OF_LOG}{message['ctx']['request_id']}\n")
        sys.stderr.flush()
        answers.write(answer + "\n")
        answers.flush()


def _load_handler(init: dict[str, Any]) -> Callable[[Any, LambdaContext], Any]:
    # /var/task comes before /opt/python on AWS's sys.path.
    sys.path[:0] = [init["code_dir"], *init["layer_paths"]]
    module = importlib.import_module(init["module"])
    handler: Callable[[Any, LambdaContext], Any] = getattr(module, init["handler"])
    return handler


def _init_error(error: BaseException) -> dict[str, Any]:
    kind = type(error).__name__
    if isinstance(error, ImportError):
        kind = "Runtime.ImportModuleError"
    elif isinstance(error, SyntaxError):
        kind = "Runtime.UserCodeSyntaxError"
    elif isinstance(error, AttributeError):
        kind = "Runtime.HandlerNotFound"
    elif isinstance(error, SystemExit):
        kind = "Runtime.ExitError"
    return {"errorType": kind, "errorMessage": str(error), "stackTrace": traceback.format_tb(error.__traceback__)}


def _invoke(handler: Callable[[Any, LambdaContext], Any], init: dict[str, Any], event: Any, ctx: dict[str, Any]) -> str:
    for name, value in ((TRACE_VARIABLE, ctx.get("trace_id")), (DEPTH_VARIABLE, ctx.get("depth"))):
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = str(value)
    context = LambdaContext(init["function_name"], init["memory"], ctx["arn"], ctx["request_id"], time.time() + ctx["timeout_ms"] / 1000)
    try:
        result = handler(event, context)
    except Exception as error:  # noqa: BLE001 - this is the runtime: every error of a handler becomes its answer
        sys.stderr.write(traceback.format_exc())
        return json.dumps(
            {
                "status": "handler_error",
                "body": {
                    "errorMessage": str(error),
                    "errorType": type(error).__name__,
                    "requestId": ctx["request_id"],
                    "stackTrace": traceback.format_tb(error.__traceback__)[1:],
                },
            }
        )
    try:
        return json.dumps({"status": "ok", "result": result})
    except (TypeError, ValueError) as error:
        body = {
            "errorMessage": f"Unable to marshal response: {error}",
            "errorType": "Runtime.MarshalError",
            "requestId": ctx["request_id"],
            "stackTrace": [],
        }
        return json.dumps({"status": "handler_error", "body": body})


def _install_depth_header() -> None:
    """Let the emulator see that an Invoke comes from inside a function (its recursion guard and our slots need it)."""
    import botocore.handlers

    def add_depth(params: dict[str, Any], **_: Any) -> None:
        depth = os.environ.get(DEPTH_VARIABLE)
        if depth:
            params["headers"].setdefault(DEPTH_HEADER, depth)

    botocore.handlers.BUILTIN_HANDLERS.append(("before-call", add_depth))


def die_with_parent() -> None:
    """Ask Linux to kill this process when its parent ends, however it ends. A closed standard input does it
    elsewhere."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes
    import signal

    pr_set_pdeathsig = 1
    ctypes.CDLL(None, use_errno=True).prctl(pr_set_pdeathsig, signal.SIGKILL)


def main() -> None:
    """Take over the standard streams and serve."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # native code that prints must not reach the protocol
    sys.stdout = sys.stderr
    serve(iter(sys.stdin.readline, ""), answers)


if __name__ == "__main__":
    # No die_with_parent() here: Linux ties it to the *thread* that started the process, and off Linux it does not
    # exist. A fresh process ends when its standard input closes.
    main()
