"""Forks Lambda workers from a parent that has already imported the heavy libraries.

A cold start imports boto3, pydantic, powertools, openai …: about a second of one core, for each of some thirty
functions. A fork of a process that has imported them takes milliseconds and shares the memory. The host imports and
forks, nothing else: it starts no thread, opens no client and reads no configuration, so that a child sees a clean
environment.

Linux only (it needs SOCK_SEQPACKET and a death signal); elsewhere a worker is a fresh process.
Requests and answers travel on one SEQPACKET socket: {"id", "env", "cwd"} with three descriptors (standard streams) in,
{"id", "pid"} and later {"exit": pid, "status": n} out. It ends when the other side of the socket closes.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import traceback
from typing import Any

from infra.local import worker

MAX_MESSAGE = 256 * 1024
PRELOAD = (
    "boto3",
    "botocore.handlers",
    "pydantic",
    "yaml",
    "jinja2",
    "httpx",
    "openai",
    "opensearchpy",
    "jwt",
    "aws_lambda_powertools",
    "aws_lambda_powertools.event_handler",
    "aws_lambda_powertools.utilities.batch",
    "aws_lambda_powertools.utilities.typing",
    "numpy",
)


def preload() -> None:
    """Import what most functions import. A library that is not installed is simply not shared."""
    for name in PRELOAD:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    _share_service_models()
    # Objects that the collector no longer touches stay in shared pages.
    gc.collect()
    gc.freeze()


def _share_service_models() -> None:
    """Parse the API descriptions of the AWS services once for all workers instead of once for each client."""
    from botocore.loaders import JSONFileLoader, create_loader

    original = JSONFileLoader.load_file
    cache: dict[str, object] = {}

    def load_file(self: JSONFileLoader, file_path: str) -> object:
        if file_path not in cache:
            cache[file_path] = original(self, file_path)
        return cache[file_path]

    JSONFileLoader.load_file = load_file  # type: ignore[method-assign]
    loader = create_loader()
    for service in ("dynamodb", "s3", "sqs", "stepfunctions", "events", "scheduler", "lambda"):
        loader.load_service_model(service, "service-2")
        loader.load_service_model(service, "endpoint-rule-set-1")
    loader.load_data("endpoints")
    loader.load_data("partitions")
    loader.load_data("sdk-default-configuration")
    loader.load_data("_retry")


def main(control: socket.socket) -> None:
    """Serve fork requests until the other side goes away."""
    preload()
    wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    control.send(json.dumps({"ready": os.getpid()}).encode())
    while True:
        waited_for: list[Any] = [control, wake_read]
        readable = select.select(waited_for, [], [])[0]
        if wake_read in readable:
            with contextlib.suppress(BlockingIOError):
                os.read(wake_read, 4096)
            _report_exits(control)
        if control in readable:
            data, descriptors, _, _ = socket.recv_fds(control, MAX_MESSAGE, 3)
            if not data:
                return
            request = json.loads(data)
            pid = os.fork()
            if pid == 0:
                _become_worker(control, (wake_read, wake_write), request, descriptors)
            for descriptor in descriptors:
                os.close(descriptor)
            control.send(json.dumps({"id": request["id"], "pid": pid}).encode())


def _report_exits(control: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        control.send(json.dumps({"exit": pid, "status": os.waitstatus_to_exitcode(status)}).encode())


def _become_worker(control: socket.socket, wake: tuple[int, int], request: dict[str, Any], descriptors: list[int]) -> None:
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        worker.die_with_parent()
        control.close()
        for descriptor in wake:
            os.close(descriptor)
        for target, descriptor in enumerate(descriptors):
            os.dup2(descriptor, target)
            os.close(descriptor)
        os.environ.clear()
        os.environ.update(request["env"])
        os.chdir(request["cwd"])
        sys.stdin = os.fdopen(0, "r", encoding="utf-8", closefd=False)
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", buffering=1, errors="backslashreplace", closefd=False)
        worker.main()
        code = 0
    except SystemExit as exit_request:
        code = exit_request.code if isinstance(exit_request.code, int) else 1
    except BaseException:
        traceback.print_exc(file=sys.stderr)
        raise
    finally:
        # Never run the parent's exit handlers in a child.
        os._exit(code)


if __name__ == "__main__":
    worker.die_with_parent()
    main(socket.socket(fileno=int(sys.argv[1])))
